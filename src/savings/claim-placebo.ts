import type { MeasuredCoverage } from '../model/estimate.ts';
import { basisOf, DAY, dayMoments } from './day-moments.ts';
import type { ModelForm } from './model-terms.ts';
import {
  type Calibration,
  calibrate,
  type Horizon,
  independentWindows,
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

/** All placebo windows of one history. */
export const windowsOf = ({ series, form }: PlaceboSource, horizon: Horizon, host: number) => {
  const terms = [...form.always, ...form.optional];
  const moments = dayMoments(series, terms, basisOf(series, terms), 'end');
  return placeboWindows(moments, form.always.length, horizon, host);
};

/**
 * Calibrates on the scope's own history; where that is too short for ten windows, together with untouched hosts. Pooled
 * windows are not added to enough of the scope's own: on a public trace of GPU hosts that made intervals narrower than
 * they should be (coverage 0.87 at 56 days / 14 days, against 0.90). Windows that end after `start` are not used.
 */
export const claimPlacebo = (
  own: PlaceboSource,
  untouched: readonly PlaceboSource[],
  horizon: Horizon,
  start: number,
): ClaimPlacebo | undefined => {
  const before = (source: PlaceboSource, host: number): readonly PlaceboWindow[] =>
    windowsOf(source, horizon, host).filter(({ end }) => end <= start);
  const ownWindows = before(own, 0);
  const isPooled = untouched.length > 0 && independentWindows(ownWindows) < LEAST_WINDOWS;
  const windows = isPooled
    ? [...ownWindows, ...untouched.flatMap((source, at) => before(source, at + 1))]
    : ownWindows;
  const calibration = calibrate(windows);
  return calibration && { windows, calibration, coverage: measuredCoverage(windows), isPooled };
};

/**
 * Difficulty of the claim itself, by the same reckoning as that of its placebo windows: the last days of the history are
 * the baseline. NaN where the model of the baseline cannot be fitted.
 */
export const claimDifficulty = (own: PlaceboSource, reporting: ScopeSeries, horizon: Horizon): number => {
  const terms = [...own.form.always, ...own.form.optional];
  const basis = basisOf(own.series, terms);
  const of = dayMoments(own.series, terms, basis, 'end');
  const later = dayMoments(reporting, terms, basis, 'start');
  const fitted = { of, from: Math.max(0, of.days - horizon.fit), to: of.days };
  const prediction = predictDays(fitted, { of: later, from: 0, to: later.days }, own.form.always.length);
  return prediction?.difficulty ?? Number.NaN;
};

/** Days of history that ten windows of this length take. */
export const daysForPlacebo = ({ fit, gap, report }: Horizon): number => fit + gap + LEAST_WINDOWS * report;

/** Windows of a claim in seconds, from the series that it is made of. */
export const windowsInSeconds = (
  baseline: ScopeSeries,
  reporting: ScopeSeries,
): { readonly fit: number; readonly gap: number; readonly report: number } => ({
  fit: baseline.length * baseline.step,
  gap: reporting.from - (baseline.from + baseline.length * baseline.step),
  report: reporting.length * reporting.step,
});

export const inDays = (series: ScopeSeries): number => (series.length * series.step) / DAY;
