import type { DesignOutcome, EnergyInterval, Remark } from '../model/estimate.ts';
import { joules, ratio } from '../units.ts';
import { baselineDiagnostics, placeboDiagnostics } from './adjusted-diagnostics.ts';
import { fitBaseline } from './baseline.ts';
import { blockBootstrapHalfWidth } from './block-bootstrap.ts';
import { claimPlacebo, windowsInSeconds } from './claim-placebo.ts';
import { DAY } from './day-moments.ts';
import { predict } from './least-squares.ts';
import { lastOf, modelForm, type SeriesNames } from './model-form.ts';
import { intervalAbout, modelIntervals } from './model-intervals.ts';
import { designOf, energyOver, usableRows } from './model-terms.ts';
import { defaultLag } from './newey-west.ts';
import { detectableSaving, horizonOf, LEVEL, placeboHalfWidth } from './placebo.ts';
import { gradeOf, placeboRemarks, reportingRefusals } from './placebo-remarks.ts';
import type { Random } from './random.ts';
import type { ScopeSeries } from './series.ts';
import { rangeRemarks, workRange } from './work-range.ts';

export interface AdjustedBaselineInput {
  /** Everything before the measure; it ends with the baseline. Black-out and measure are not in it. */
  readonly history: ScopeSeries;
  /** How many of its last intervals are the baseline. */
  readonly baselineLength: number;
  readonly reporting: ScopeSeries;
  readonly names: SeriesNames;
  /** Hosts that the measure never touched, each a series, for placebo windows where the history is short. */
  readonly untouched?: readonly ScopeSeries[];
  readonly random: Random;
  /** Draws of the bootstrap; 1,000 where it is not given. */
  readonly draws?: number;
}

/** Days of a block of the bootstrap: a week, the longest cycle. */
const BLOCK_DAYS = 7;
const DRAWS = 1000;

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/** Those that may be printed: intervals that hold with autocorrelated errors, and that of the placebo. */
const HONEST: readonly EnergyInterval['method'][] = ['newey-west', 'block-bootstrap', 'placebo'];

const widest = (intervals: readonly EnergyInterval[]): EnergyInterval | undefined =>
  intervals
    .filter(({ method }) => HONEST.includes(method))
    .reduce<EnergyInterval | undefined>(
      (most, one) => (most === undefined || one.high - one.low > most.high - most.low ? one : most),
      undefined,
    );

/**
 * The design `adjusted-baseline`: the energy that the scope would have used in the reporting window, under its work, by a
 * model frozen before the measure. The printed interval is the widest of Newey-West, block bootstrap and placebo. Grade C
 * with ten placebo windows that do not overlap and a measured coverage of 0.80 and more, else D. The same bits for the
 * same input and stream.
 */
export const adjustedBaseline = (input: AdjustedBaselineInput): DesignOutcome => {
  const { history, reporting, names, random, untouched = [] } = input;
  const baselineSeries = lastOf(history, input.baselineLength);
  const form = modelForm(baselineSeries, names);
  const outcome = fitBaseline(baselineSeries, form);
  const rows = usableRows(reporting);
  const absent = reportingRefusals(rows.length, reporting.length);
  if (!outcome.ok || rows.length === 0)
    return { design: 'adjusted-baseline', refusals: outcome.ok ? absent : [...outcome.refusals, ...absent] };
  const { baseline } = outcome;
  const { design, fit, terms } = baseline;
  const future = designOf(reporting, terms, rows);
  const predicted = predict(fit, future.columns);
  const [expected, actual] = [sum(predicted), sum(energyOver(reporting, rows))];
  const avoided = expected - actual;

  const dayRows = Math.max(1, Math.round(DAY / reporting.step));
  const lag = defaultLag(fit.n, dayRows);
  const bootstrap = blockBootstrapHalfWidth({
    design,
    fit,
    future,
    block: BLOCK_DAYS * dayRows,
    draws: input.draws ?? DRAWS,
    level: LEVEL,
    random,
  });
  const horizon = horizonOf(windowsInSeconds(baselineSeries, reporting));
  const own = { series: history, form };
  const others = untouched.map((series) => ({
    series,
    form: modelForm(lastOf(series, input.baselineLength), names),
  }));
  const { placebo, difficulty } = claimPlacebo(own, others, horizon, reporting);
  const relative =
    placebo === undefined
      ? Number.NaN
      : Number.isNaN(difficulty)
        ? placebo.calibration.plain
        : placeboHalfWidth(placebo.calibration, difficulty);

  const about = (method: EnergyInterval['method'], halfWidth: number): readonly EnergyInterval[] =>
    Number.isFinite(halfWidth) ? [intervalAbout(method, LEVEL, avoided, halfWidth)] : [];
  const intervals = [
    ...modelIntervals({ design, fit, future, actual, level: LEVEL, lag }),
    ...about('block-bootstrap', bootstrap),
    ...about('placebo', relative * expected),
  ];
  const interval = widest(intervals);
  if (interval === undefined || !(expected > 0))
    return { design: 'adjusted-baseline', refusals: [...baseline.refusals, NO_INTERVAL] };
  const halfWidth = (interval.high - interval.low) / 2 / expected;
  const range = workRange(baselineSeries, reporting);
  const ranged = rangeRemarks(range);
  const told = placeboRemarks({ placebo, relative, halfWidth, avoided, expected, horizon });
  const expectedSeries = new Float64Array(reporting.length).fill(Number.NaN);
  rows.forEach((row, at) => {
    expectedSeries[row] = predicted[at] ?? Number.NaN;
  });
  const median =
    placebo === undefined || Number.isNaN(difficulty)
      ? 0
      : detectableSaving(placebo.calibration, difficulty) - relative;
  return {
    design: 'adjusted-baseline',
    expected: joules(expected),
    actual: joules(actual),
    avoided: joules(avoided),
    intervals,
    interval,
    coverage: placebo?.coverage,
    pValue: undefined,
    detectable: ratio(halfWidth + median),
    grade: gradeOf(placebo),
    flags: [...baseline.flags, ...ranged.flags, ...told.flags],
    refusals: [...baseline.refusals, ...absent, ...ranged.refusals, ...told.refusals],
    diagnostics: {
      ...baselineDiagnostics(baseline),
      ...placeboDiagnostics(placebo, relative, difficulty),
      extrapolated_ratio: range.outsideCommon,
      outside_baseline_ratio: range.outsideExtremes,
      newey_west_lag_intervals: lag,
      reporting_intervals: rows.length,
    },
    expectedSeries,
    placebo: placebo?.windows.map(({ error }) => error) ?? [],
  };
};

const NO_INTERVAL: Remark = {
  flag: 'no_interval',
  text: 'The model expects no energy for this work, or its uncertainty cannot be worked out.',
  remedy: 'Check the work of the reporting window, or choose a longer baseline.',
};
