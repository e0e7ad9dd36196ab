import { baselineDiagnostics } from './adjusted-diagnostics.ts';
import { fitBaseline } from './baseline.ts';
import { historyPlacebo } from './claim-placebo.ts';
import { type Hasher, hashSeries } from './input-hash.ts';
import { modelForm, type Terms } from './model-form.ts';
import { nameOf, quantityOf } from './model-terms.ts';
import { defaultLag, hacCovariance, longRunVariance } from './newey-west.ts';
import { horizonOf } from './placebo.ts';
import type { ScopeSeries } from './series.ts';
import type { FrozenBaseline } from './standing.ts';

export interface FreezeInput {
  /** The baseline window of the frozen plan. */
  readonly series: ScopeSeries;
  /** The same before non-routine events were taken out, as it was read. */
  readonly raw: ScopeSeries;
  /** All that is known before the start, events taken out; it ends with the baseline. */
  readonly history: ScopeSeries;
  /** From when on the measure is in force, seconds since 1970 UTC, and how long the window of each report date is. */
  readonly start: number;
  readonly reports: readonly number[];
  readonly names: Terms;
  readonly planSha256: string;
  readonly at: number;
  readonly method: string;
  readonly newHash: () => Hasher;
}

const finiteOnly = (figures: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(figures).filter(([, value]) => Number.isFinite(value)));

/** Fits the baseline once. One that must not be believed has refusals and no terms. */
export const freezeBaseline = (input: FreezeInput): FrozenBaseline => {
  const { series, raw, names, planSha256, at, method, newHash } = input;
  const outcome = fitBaseline(series, modelForm(series, names));
  const window = { from: series.from, to: series.from + series.length * series.step };
  const common = {
    planSha256,
    at,
    method,
    window,
    isFitted: outcome.ok,
    inputs: hashSeries('baseline', raw, newHash),
  };
  const none = { terms: [], covariance: [], longRunVariance: Number.NaN, placebo: [] };
  if (!outcome.ok) return { ...common, ...none, statistics: {}, refusals: outcome.refusals };
  const { baseline } = outcome;
  const { terms, design, fit, refusals } = baseline;
  const statistics = finiteOnly(baselineDiagnostics(baseline));
  if (refusals.length > 0) return { ...common, ...none, statistics, refusals };
  const lag = defaultLag(fit.n);
  return {
    ...common,
    terms: terms.map((term, place) => ({
      name: nameOf(term),
      term,
      joules: fit.coefficients[place] ?? Number.NaN,
    })),
    covariance: [...hacCovariance(design, fit, lag)],
    longRunVariance: longRunVariance(fit.residuals, lag),
    statistics: { ...statistics, newey_west_lag_intervals: lag },
    placebo: input.reports.flatMap((report) => placeboFor(input, report)),
    refusals: [],
  };
};

/** How wrong the method was on this scope's own past, for a window of the length of a report; none where it is too short. */
const placeboFor = (
  { series, history, names, start }: FreezeInput,
  report: number,
): FrozenBaseline['placebo'] => {
  const end = series.from + series.length * series.step;
  const horizon = horizonOf({ fit: series.length * series.step, gap: start - end, report });
  const own = { series: history, form: modelForm(series, names) };
  const found = historyPlacebo(own, [], horizon, start);
  if (found === undefined) return [];
  const { calibration, coverage } = found;
  return [
    {
      reportSeconds: report,
      windows: calibration.windows,
      independentWindows: calibration.independent,
      halfWidthRatio: calibration.plain,
      biasRatio: calibration.bias,
      ...(coverage === undefined ? {} : { coverageRatio: coverage.ratio }),
    },
  ];
};

/** Energy that the frozen baseline expects in one interval, J, 0 or more; NaN where a quantity is not known. */
export const expectedOf = ({ terms }: FrozenBaseline, series: ScopeSeries, row: number): number => {
  let sum = 0;
  for (const { term, joules } of terms) sum += joules * quantityOf(term, series, row);
  return Number.isNaN(sum) ? sum : Math.max(0, sum);
};
