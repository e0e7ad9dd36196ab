import type { ScopeSeries } from './series.ts';

/** Neumaier's compensated sum, one value at a time. */
export const runningSum = () => {
  let [total, lost] = [0, 0];
  return {
    add: (value: number): void => {
      const next = total + value;
      lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
      total = next;
    },
    value: (): number => total + lost,
  };
};

/** Sums over the intervals of a series that may be used, and no others: both sides of a ratio are of the same time. */
export interface UsableTotals {
  readonly intervals: number;
  /** J. */
  readonly energy: number;
  /** Host-seconds. */
  readonly demanded: number;
  readonly powered: number;
  /** Units by term. */
  readonly work: readonly number[];
}

/** @param counts which intervals, all usable ones if left out. */
export const usableTotals = (
  series: ScopeSeries,
  counts: (at: number) => boolean = () => true,
): UsableTotals => {
  const [energy, demanded, powered] = [runningSum(), runningSum(), runningSum()];
  const work = series.work.map(() => runningSum());
  let intervals = 0;
  for (let at = 0; at < series.length; at += 1) {
    if (series.usable[at] !== 1 || !counts(at)) continue;
    intervals += 1;
    energy.add(series.energy[at] ?? Number.NaN);
    demanded.add(series.demanded[at] ?? Number.NaN);
    powered.add(series.powered[at] ?? Number.NaN);
    for (const [term, sum] of work.entries()) sum.add(series.work[term]?.[at] ?? Number.NaN);
  }
  return {
    intervals,
    energy: energy.value(),
    demanded: demanded.value(),
    powered: powered.value(),
    work: work.map((sum) => sum.value()),
  };
};
