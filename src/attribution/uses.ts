import { rowKey, type Weight, type Workload } from '../model/workload.ts';

/**
 * What workloads used of one thing in an interval, as two lists of one length: processor seconds, byte-seconds of
 * memory, seconds of a GPU. No workload stands twice in a roster, and a roster stays the same object for as long as the
 * same workloads exist: what follows from it is worked out once, and hundreds of workloads cost a tick two lists.
 */
export interface Uses {
  readonly roster: readonly Workload[];
  /** 0 where none was used. */
  readonly amounts: readonly number[];
}

export const NO_USES: Uses = { roster: [], amounts: [] };

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
export const usedOf = ({ roster, amounts }: Uses): readonly Weight[] => {
  const used: Weight[] = [];
  for (let at = 0; at < amounts.length; at++) {
    const workload = roster[at];
    const amount = amounts[at] ?? 0;
    if (amount > 0 && workload !== undefined) used.push({ workload, amount });
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
  if (a.roster === b.roster) {
    return { roster: b.roster, amounts: b.amounts.map((own, at) => own + (a.amounts[at] ?? 0)) };
  }
  const known = positionsOf(b.roster);
  const missing = a.roster.filter((workload, at) => (a.amounts[at] ?? 0) > 0 && !known.has(rowKey(workload)));
  const roster = missing.length === 0 ? b.roster : [...b.roster, ...missing];
  const first = aligned(a.roster, a.amounts, roster);
  return { roster, amounts: first.map((own, at) => own + (b.amounts[at] ?? 0)) };
};

/** The same in other units. */
export const scaled = ({ roster, amounts }: Uses, by: number): Uses => ({
  roster,
  amounts: amounts.map((amount) => amount * by),
});

/** With further uses, some of them by workloads that the roster does not have. */
export const withMore = (uses: Uses, more: readonly Weight[]): Uses => {
  if (more.length === 0) return uses;
  const known = positionsOf(uses.roster);
  const amounts = [...uses.amounts];
  const added = new Map<string, { workload: Workload; amount: number }>();
  for (const { workload, amount } of more) {
    const key = rowKey(workload);
    const at = known.get(key);
    const held = added.get(key);
    if (at !== undefined) amounts[at] = (amounts[at] ?? 0) + amount;
    else if (held === undefined) added.set(key, { workload, amount });
    else held.amount += amount;
  }
  if (added.size === 0) return { roster: uses.roster, amounts };
  const rest = [...added.values()];
  return {
    roster: [...uses.roster, ...rest.map(({ workload }) => workload)],
    amounts: [...amounts, ...rest.map(({ amount }) => amount)],
  };
};
