import type { MeasuredCoverage } from '../model/estimate.ts';
import { basisOf, type DayMoments, dayMoments } from './day-moments.ts';
import type { ModelForm } from './model-terms.ts';
import {
  type Calibration,
  calibrate,
  type Horizon,
  LEAST_WINDOWS,
  type PlaceboWindow,
  placeboWindows,
} from './placebo.ts';
import { measuredCoverage } from './placebo-coverage.ts';
import type { ScopeSeries } from './series.ts';
import { predictDays } from './window-error.ts';

/** A history without a measure, and the form of its model. */
export interface PlaceboSource {
  readonly series: ScopeSeries;
  readonly form: ModelForm;
}

/** What placebo windows say of a claim with the same windows. */
export interface ClaimPlacebo {
  readonly windows: readonly PlaceboWindow[];
  readonly calibration: Calibration;
  readonly coverage: MeasuredCoverage | undefined;
  /** Whether windows of untouched hosts are among them. */
  readonly isPooled: boolean;
}

/** A source with the moments of its days. */
interface Prepared {
  readonly moments: DayMoments;
  /** How many terms the model always has. */
  readonly always: number;
}

const prepare = ({ series, form }: PlaceboSource): Prepared => {
  const terms = [...form.always, ...form.optional];
  return { moments: dayMoments(series, terms, basisOf(series, terms), 'end'), always: form.always.length };
};

/**
 * Calibrates on the scope's own history and on untouched hosts together: their errors, each over its own difficulty, are
 * of one kind, and more of them make a surer quantile. Windows that end after `start` are not used.
 */
const calibrated = (
  own: Prepared,
  untouched: readonly PlaceboSource[],
  horizon: Horizon,
  start: number,
): ClaimPlacebo | undefined => {
  const before = ({ moments, always }: Prepared, host: number): readonly PlaceboWindow[] =>
    placeboWindows(moments, always, horizon, host).filter(({ end }) => end <= start);
  const others = untouched.flatMap((source, at) => before(prepare(source), at + 1));
  const windows = [...before(own, 0), ...others];
  const isPooled = others.length > 0;
  const calibration = calibrate(windows);
  return calibration && { windows, calibration, coverage: measuredCoverage(windows), isPooled };
};

/** The calibration alone, before there is anything to report. */
export const historyPlacebo = (
  own: PlaceboSource,
  untouched: readonly PlaceboSource[],
  horizon: Horizon,
  start: number,
): ClaimPlacebo | undefined => calibrated(prepare(own), untouched, horizon, start);

/**
 * The calibration, and the difficulty of the claim itself by the same reckoning as that of its placebo windows. NaN where
 * the model of the baseline cannot be fitted. @param before the baseline of the claim.
 */
export const claimPlacebo = (
  own: PlaceboSource,
  untouched: readonly PlaceboSource[],
  horizon: Horizon,
  before: ScopeSeries,
  after: ScopeSeries,
): { readonly placebo: ClaimPlacebo | undefined; readonly difficulty: number } => {
  const { moments, always } = prepare({ series: before, form: own.form });
  const later = dayMoments(after, moments.terms, moments.basis, 'start');
  const prediction = predictDays(
    { of: moments, from: 0, to: moments.days },
    { of: later, from: 0, to: later.days },
    always,
  );
  return {
    // Two pools at the same time have no start: then all that is of the baseline's time is before.
    placebo: calibrated(prepare(own), untouched, horizon, Math.max(after.from, endOf(before))),
    difficulty: prediction?.difficulty ?? Number.NaN,
  };
};

const endOf = ({ from, step, length }: ScopeSeries): number => from + step * length;

/** Days of history that ten windows of this length take. */
export const daysForPlacebo = ({ fit, gap, report }: Horizon): number => fit + gap + LEAST_WINDOWS * report;

/** Windows of a claim in seconds, from the series that it is made of. */
export const windowsInSeconds = (
  baseline: ScopeSeries,
  reporting: ScopeSeries,
): { readonly fit: number; readonly gap: number; readonly report: number } => ({
  fit: baseline.length * baseline.step,
  gap: reporting.from - endOf(baseline),
  report: reporting.length * reporting.step,
});
