import { IDLE, other, type Resource, type Share, type Weight } from '../model/workload.ts';
import { type Joules, joules, scale, sum } from '../units.ts';

/** Energy of one component, floor and rest, over the interval in which the amounts were counted. */
export interface ComponentEnergy {
  readonly resource: Resource;
  readonly fixed: Joules;
  readonly dynamic: Joules;
}

/**
 * What a part of the energy goes by. The rows share it by their amounts, in parts of the whole: what is missing to the
 * whole is nobody's. Rows that sum to more than the whole share all of it.
 */
export interface Drive {
  readonly whole: number;
  readonly rows: readonly Weight[];
}

export const NO_DRIVE: Drive = { whole: 0, rows: [] };

export const amountOf = (rows: readonly Weight[]): number => {
  let total = 0;
  for (const { amount } of rows) total += amount;
  return total;
};

/** What amounts are divided by: the whole, unless the rows together counted more (tick sampling of CPU time). */
export const divisorOf = ({ whole, rows }: Drive): number => Math.max(whole, amountOf(rows));

/** How much more the rows counted than the whole, 0 or above; exported, not hidden. */
export const discrepancyOf = (drive: Drive): number => divisorOf(drive) - drive.whole;

/**
 * Splits a component's energy over the workloads. Pure.
 *
 * Law: the shares sum to `fixed + dynamic`. Dynamic energy goes by use; what no workload used is `other` (kernel,
 * interrupts, work outside any group). The floor goes by the claims of the policy; what nobody claims is `idle`.
 */
export const partition = (component: ComponentEnergy, use: Drive, claims: Drive): readonly Share[] => {
  const { resource, fixed, dynamic } = component;
  const shares: Share[] = [];
  const give = (total: Joules, drive: Drive, part: Share['part']): Joules => {
    const divisor = divisorOf(drive);
    if (divisor <= 0) return total;
    const given = drive.rows.map(({ workload, amount }) => ({
      workload,
      energy: scale(total, amount / divisor),
    }));
    for (const { workload, energy } of given) {
      if (energy > 0) shares.push({ workload, resource, part, energy });
    }
    // The last share by subtraction, so that rounding cannot open the sum.
    return joules(Math.max(0, total - sum(given.map((share) => share.energy))));
  };
  const unexplained = give(dynamic, use, 'dynamic');
  if (unexplained > 0) shares.push({ workload: other(), resource, part: 'dynamic', energy: unexplained });
  const unclaimed = give(fixed, claims, 'static_share');
  if (unclaimed > 0) shares.push({ workload: IDLE, resource, part: 'static_share', energy: unclaimed });
  return shares;
};
