import { rowKey, type Workload, type WorkloadUse } from '../model/workload.ts';
import { type Seconds, seconds } from '../units.ts';

/**
 * CPU time of an interval by workload, as two lists of one length. No workload stands twice in a roster, and a roster
 * stays the same object for as long as the same workloads exist: what follows from it is worked out once, and hundreds
 * of workloads cost a tick two lists of numbers.
 */
export interface Uses {
  readonly roster: readonly Workload[];
  /** Processor seconds, 0 where none was used. */
  readonly cpu: readonly number[];
}

export const NO_USES: Uses = { roster: [], cpu: [] };

const positions = new WeakMap<readonly Workload[], ReadonlyMap<string, number>>();

/** Position of each workload by its row key. */
export const positionsOf = (roster: readonly Workload[]): ReadonlyMap<string, number> => {
  const known = positions.get(roster);
  if (known !== undefined) return known;
  const made = new Map(roster.map((workload, at) => [rowKey(workload), at]));
  positions.set(roster, made);
  return made;
};

/** The workloads that used anything. */
export const usedOf = ({ roster, cpu }: Uses): readonly WorkloadUse[] => {
  const used: WorkloadUse[] = [];
  for (let at = 0; at < cpu.length; at++) {
    const workload = roster[at];
    const own = cpu[at] ?? 0;
    if (own > 0 && workload !== undefined) used.push({ workload, cpu: seconds(own) });
  }
  return used;
};

/** Numbers of one roster in the order of another; 0 for a workload that the first does not have. */
export const aligned = (
  from: readonly Workload[],
  values: readonly number[],
  to: readonly Workload[],
): readonly number[] => {
  if (from === to) return values;
  const known = positionsOf(from);
  return to.map((workload) => values[known.get(rowKey(workload)) ?? -1] ?? 0);
};

/** Two uses as one: what either counted. */
export const addUses = (a: Uses, b: Uses): Uses => {
  if (a.roster === b.roster) return { roster: b.roster, cpu: b.cpu.map((own, at) => own + (a.cpu[at] ?? 0)) };
  const known = positionsOf(b.roster);
  const missing = a.roster.filter((workload, at) => (a.cpu[at] ?? 0) > 0 && !known.has(rowKey(workload)));
  const roster = missing.length === 0 ? b.roster : [...b.roster, ...missing];
  const first = aligned(a.roster, a.cpu, roster);
  return { roster, cpu: first.map((own, at) => own + (b.cpu[at] ?? 0)) };
};

/** With further uses, some of them by workloads that the roster does not have. */
export const withMore = (uses: Uses, more: readonly WorkloadUse[]): Uses => {
  if (more.length === 0) return uses;
  const known = positionsOf(uses.roster);
  const cpu = [...uses.cpu];
  const added = new Map<string, { workload: Workload; cpu: number }>();
  for (const { workload, cpu: own } of more) {
    const key = rowKey(workload);
    const at = known.get(key);
    const held = added.get(key);
    if (at !== undefined) cpu[at] = (cpu[at] ?? 0) + own;
    else if (held === undefined) added.set(key, { workload, cpu: own });
    else held.cpu += own;
  }
  if (added.size === 0) return { roster: uses.roster, cpu };
  const rest = [...added.values()];
  return {
    roster: [...uses.roster, ...rest.map(({ workload }) => workload)],
    cpu: [...cpu, ...rest.map(({ cpu: own }) => own)],
  };
};

export const totalOf = ({ cpu }: Uses): Seconds => seconds(cpu.reduce((total, own) => total + own, 0));
