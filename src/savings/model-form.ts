import { type ModelForm, rateOf, type Term } from './model-terms.ts';
import { quantile } from './quantiles.ts';
import { type ScopeSeries, slice } from './series.ts';

/** What the columns of a series are, in their order there. Work by its unit. */
export interface Terms {
  readonly work: readonly string[];
  readonly drivers: readonly string[];
}

/** A model of more terms than that asks for more days than a baseline has (n' of at least 10 a term). */
export const MOST_TERMS = 6;
/**
 * Where the knee between idle and awake is looked for: at 2 % of the busiest rate of work. On a public trace of GPU hosts
 * (charlottegressel/dc_workload_pipeline, 70,665 host-hours) placebo half widths of predicted weeks are a fifth smaller
 * with it than without (mean 0.30 of the energy against 0.38); with one at 5, 10 and 20 % they are 0.32, 0.35 and 0.36.
 */
const KNEE_SHARE = 0.02;
/** The busiest rate: 99th percentile, as one hour of a burst must not set it. */
const BUSIEST = 0.99;
/** Share of intervals that must lie on each side of a knee or threshold, for a term to be looked at. */
const LEAST_SIDE = 0.05;

/** Share of known values above a limit. */
const shareAbove = (values: readonly number[], limit: number): number =>
  values.filter((value) => value > limit).length / values.length;

const divides = (values: readonly number[], limit: number): boolean => {
  const above = shareAbove(values, limit);
  return above >= LEAST_SIDE && above <= 1 - LEAST_SIDE;
};

/**
 * The form of the model for a baseline: the physical terms (host time, each kind of work), and as optional ones the knee
 * of the first kind of work and each driver above its median. Thresholds are of the baseline alone; what stays of the
 * optional terms is settled by `chooseTerms`.
 */
export const modelForm = (baseline: ScopeSeries, names: Terms): ModelForm => {
  const always: Term[] = [
    { kind: 'host' },
    ...names.work.map((unit, at): Term => ({ kind: 'work', at, unit })),
  ];
  const optional: Term[] = [];
  const known = (of: (row: number) => number): readonly number[] => {
    const values: number[] = [];
    for (let row = 0; row < baseline.length; row += 1)
      if (baseline.usable[row] === 1 && Number.isFinite(of(row))) values.push(of(row));
    return values;
  };
  const [unit] = names.work;
  if (unit !== undefined) {
    const rates = known((row) => rateOf(baseline, 0, row));
    const rate = rates.length > 0 ? KNEE_SHARE * quantile(rates, BUSIEST) : Number.NaN;
    if (rate > 0 && divides(rates, rate)) optional.push({ kind: 'waking', at: 0, unit, rate });
  }
  names.drivers.forEach((driver, at) => {
    const values = known((row) => baseline.drivers[at]?.[row] ?? Number.NaN);
    const threshold = values.length > 0 ? quantile(values, 0.5) : Number.NaN;
    if (divides(values, threshold)) optional.push({ kind: 'above', at, driver, threshold });
  });
  return { always, optional: optional.slice(0, Math.max(0, MOST_TERMS - always.length)) };
};

/** The last `length` intervals of a series. */
export const lastOf = (series: ScopeSeries, length: number): ScopeSeries =>
  slice(series, Math.max(0, series.length - length), series.length);
