import { IDLE, other, type Resource, type Share, type WorkloadUse } from '../model/workload.ts';
import { type Joules, joules, type Seconds, scale, seconds, subtract, sum } from '../units.ts';

/**
 * Who carries the idle floor. `none`: nobody, it stays in the row `idle`. `used`: the workloads, by their CPU time.
 * Alternatives: figures of two policies are never added up.
 */
export type StaticPolicy = 'none' | 'used';
export const STATIC_POLICIES: readonly StaticPolicy[] = ['none', 'used'];

/** Energy of one component, floor and rest, over the interval in which the uses were counted. */
export interface ComponentEnergy {
  readonly resource: Resource;
  readonly fixed: Joules;
  readonly dynamic: Joules;
}

/** What the workloads did meanwhile. */
export interface IntervalUse {
  /** Host CPU time that was not idle, as the kernel counts it for the whole host. */
  readonly busy: Seconds;
  readonly uses: readonly WorkloadUse[];
}

/** CPU time that shares are divided by: the host's, unless the leaves together counted more (tick sampling). */
export const divisorOf = ({ busy, uses }: IntervalUse): Seconds =>
  seconds(Math.max(busy, sum(uses.map((use) => use.cpu))));

/** How much more the leaves counted than the host did, 0 or above; exported, not hidden. */
export const discrepancyOf = (use: IntervalUse): Seconds => subtract(divisorOf(use), use.busy);

/**
 * Splits a component's energy over the workloads. Pure.
 *
 * Law: the shares sum to `fixed + dynamic`. Dynamic energy goes by CPU time; what no workload used is `other`
 * (kernel, interrupts, work outside any group). The floor goes by the policy; what nobody takes is `idle`.
 */
export const partition = (
  component: ComponentEnergy,
  use: IntervalUse,
  policy: StaticPolicy,
): readonly Share[] => {
  const { resource, fixed, dynamic } = component;
  const divisor = divisorOf(use);
  const shares: Share[] = [];
  const give = (total: Joules, base: number, part: Share['part']): Joules => {
    const given = base <= 0 ? [] : use.uses.map((row) => ({ row, energy: scale(total, row.cpu / base) }));
    for (const { row, energy } of given) {
      if (energy > 0) shares.push({ workload: row.workload, resource, part, energy });
    }
    // The last share by subtraction, so that rounding cannot open the sum.
    return joules(Math.max(0, total - sum(given.map((share) => share.energy))));
  };
  const unexplained = give(dynamic, divisor, 'dynamic');
  if (unexplained > 0) shares.push({ workload: other(), resource, part: 'dynamic', energy: unexplained });
  const used = sum(use.uses.map((row) => row.cpu));
  const unclaimed = policy === 'used' ? give(fixed, used, 'static_share') : fixed;
  if (unclaimed > 0) shares.push({ workload: IDLE, resource, part: 'static_share', energy: unclaimed });
  return shares;
};
