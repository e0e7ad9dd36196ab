import type { DesignOutcome, EnergyInterval, Remark } from '../model/estimate.ts';
import { joules, ratio } from '../units.ts';
import { baselineDiagnostics, placeboDiagnostics } from './adjusted-diagnostics.ts';
import { fitBaseline } from './baseline.ts';
import { blockBootstrapHalfWidth } from './block-bootstrap.ts';
import { claimPlacebo, windowsInSeconds } from './claim-placebo.ts';
import { DAY } from './day-moments.ts';
import { formSensitivity } from './form-sensitivity.ts';
import { predict } from './least-squares.ts';
import { LEVEL } from './levels.ts';
import { lastOf, modelForm, type Terms } from './model-form.ts';
import { intervalAround, modelIntervals } from './model-intervals.ts';
import { designOf, energyOver, usableRows } from './model-terms.ts';
import { defaultLag } from './newey-west.ts';
import { detectableSaving, horizonOf, placeboHalfWidth } from './placebo.ts';
import { gradeOf, placeboRemarks, reportingRefusals } from './placebo-remarks.ts';
import type { Random } from './random.ts';
import type { ScopeSeries } from './series.ts';
import { lagRemarks } from './work-lag.ts';
import { rangeRemarks, workRange } from './work-range.ts';

export interface AdjustedBaselineInput {
  readonly terms: Terms;
  /** The frozen baseline, and the reporting window. */
  readonly before: ScopeSeries;
  readonly after: ScopeSeries;
  /**
   * What the interval is calibrated on: first everything of this scope before the start (it ends with the baseline), then
   * hosts that the measure never touched, each or together; of them what is before the start.
   */
  readonly histories: readonly ScopeSeries[];
  readonly random: Random;
  /** Draws of the bootstrap; 1,000 where it is not given. */
  readonly draws?: number;
}

/** Days of a block of the bootstrap: a week, the longest cycle. */
const BLOCK_DAYS = 7;
const DRAWS = 1000;

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/** Those that may be printed: with autocorrelated errors, with a line of work that bends, and that of the placebo. */
const HONEST: readonly EnergyInterval['method'][] = [
  'newey-west',
  'block-bootstrap',
  'model-form',
  'placebo',
];

const widest = (intervals: readonly EnergyInterval[]): EnergyInterval | undefined =>
  intervals
    .filter(({ method }) => HONEST.includes(method))
    .reduce<EnergyInterval | undefined>(
      (most, one) => (most === undefined || one.high - one.low > most.high - most.low ? one : most),
      undefined,
    );

/**
 * The design `adjusted-baseline`: the energy that the scope would have used in the reporting window, under its work, by a
 * model frozen before the measure. The printed interval is the widest of Newey-West, block bootstrap, model form and placebo. Grade C
 * with ten placebo windows that do not overlap and a measured coverage of 0.80 and more, else D. The same bits for the
 * same input and stream.
 */
export const adjustedBaseline = (input: AdjustedBaselineInput): DesignOutcome => {
  const { before, after, terms: names, random } = input;
  const [history = before, ...untouched] = input.histories;
  const form = modelForm(before, names);
  const outcome = fitBaseline(before, form);
  const rows = usableRows(after);
  const absent = reportingRefusals(rows.length, after.length);
  if (!outcome.ok || rows.length === 0)
    return { design: 'adjusted-baseline', refusals: outcome.ok ? absent : [...outcome.refusals, ...absent] };
  const { baseline } = outcome;
  const { design, fit, terms } = baseline;
  const future = designOf(after, terms, rows);
  const predicted = predict(fit, future.columns);
  const [expected, actual] = [sum(predicted), sum(energyOver(after, rows))];
  const avoided = expected - actual;

  const dayRows = Math.max(1, Math.round(DAY / after.step));
  const bootstrap = blockBootstrapHalfWidth({
    design,
    fit,
    future,
    block: BLOCK_DAYS * dayRows,
    draws: input.draws ?? DRAWS,
    level: LEVEL,
    random,
  });
  const horizon = horizonOf(windowsInSeconds(before, after));
  const own = { series: history, form };
  const others = untouched.map((series) => ({
    series,
    form: modelForm(lastOf(series, before.length), names),
  }));
  const { placebo, difficulty } = claimPlacebo(own, others, horizon, before, after);
  const relative =
    placebo === undefined
      ? Number.NaN
      : Number.isNaN(difficulty)
        ? placebo.calibration.plain
        : placeboHalfWidth(placebo.calibration, difficulty);

  const about = (method: EnergyInterval['method'], halfWidth: number): readonly EnergyInterval[] =>
    Number.isFinite(halfWidth) ? [intervalAround(method, avoided, halfWidth)] : [];
  const ofModel = modelIntervals({ design, fit, future, actual });
  const robust = ofModel.find(({ method }) => method === 'newey-west');
  const bend = formSensitivity(before, after, terms);
  const intervals = [
    ...ofModel,
    ...about('block-bootstrap', bootstrap),
    ...about('model-form', robust === undefined ? Number.NaN : (robust.high - robust.low) / 2 + bend),
    ...about('placebo', relative * expected),
  ];
  const interval = widest(intervals);
  if (interval === undefined || !(expected > 0))
    return { design: 'adjusted-baseline', refusals: [...baseline.refusals, NO_INTERVAL] };
  const halfWidth = (interval.high - interval.low) / 2 / expected;
  const range = workRange(before, after);
  const ranged = rangeRemarks(range);
  const told = placeboRemarks({ placebo, relative, halfWidth, avoided, expected, horizon });
  const expectedSeries = new Float64Array(after.length).fill(Number.NaN);
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
    refusals: [
      ...baseline.refusals,
      ...lagRemarks(before, terms),
      ...absent,
      ...ranged.refusals,
      ...told.refusals,
    ],
    diagnostics: {
      ...baselineDiagnostics(baseline),
      ...placeboDiagnostics(placebo, relative, difficulty),
      extrapolated_ratio: range.outsideCommon,
      outside_baseline_ratio: range.outsideExtremes,
      form_sensitivity_ratio: bend / expected,
      newey_west_lag_intervals: defaultLag(fit.n),
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
