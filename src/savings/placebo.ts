import { DAY, type DayMoments } from './day-moments.ts';
import { LEVEL } from './levels.ts';
import { median, quantile } from './quantiles.ts';
import { predictDays } from './window-error.ts';

/** The windows of a claim in days: a placebo must be made of the same, as drift grows with the horizon. */
export interface Horizon {
  /** Of the baseline. */
  readonly fit: number;
  /** Between baseline and start. */
  readonly gap: number;
  readonly report: number;
}

/** A prediction of days on which nothing was changed, so that its whole error is one of the method. */
export interface PlaceboWindow {
  /** Start and end of the days that were predicted, seconds since 1970 UTC. */
  readonly start: number;
  readonly end: number;
  /** (expected - actual) / expected: what would have been claimed as a saving. */
  readonly error: number;
  /** Standard error that the days of the fit lead to expect, as a share of what was expected; at least LEAST_DIFFICULTY. */
  readonly difficulty: number;
  /** Which series; windows of different ones do not overlap. */
  readonly host: number;
}

/** Below this no prediction is taken to be surer than the meter: meters of energy are of class 1 at best (IEC 62053-21). */
export const LEAST_DIFFICULTY = 0.01;
/** Share of the intervals of each window that must be usable, as of the claim's own. */
export const LEAST_USABLE = 0.9;
/** Non-overlapping windows without which a placebo interval proves nothing: with fewer than 9 none exists at 90 %. */
export const LEAST_WINDOWS = 10;

const days = (seconds: number): number => Math.max(0, Math.ceil(seconds / DAY - 1e-9));

export const horizonOf = (windows: { fit: number; gap: number; report: number }): Horizon => ({
  fit: days(windows.fit),
  gap: days(windows.gap),
  report: days(windows.report),
});

/**
 * Placebo windows at every day of a history without a measure. Left out are those with gaps and those whose fit is singular
 * or not physical, which give no figure. Those with work far outside that of the fit stay, although a claim of them would
 * be refused: on a trace of real hosts intervals were up to a quarter narrower without them, and held 0.88 for 0.90.
 */
export const placeboWindows = (
  moments: DayMoments,
  always: number,
  { fit, gap, report }: Horizon,
  host = 0,
): readonly PlaceboWindow[] => {
  const windows: PlaceboWindow[] = [];
  const known = new Float64Array(moments.days + 1);
  for (let day = 0; day < moments.days; day += 1)
    known[day + 1] = (known[day] ?? 0) + (moments.rows[day] ?? 0);
  const usable = (from: number, to: number): boolean =>
    (known[to] ?? 0) - (known[from] ?? 0) >= LEAST_USABLE * (to - from) * moments.perDay;
  for (let origin = 0; origin + fit + gap + report <= moments.days; origin += 1) {
    const fitted = { of: moments, from: origin, to: origin + fit };
    const later = { of: moments, from: fitted.to + gap, to: fitted.to + gap + report };
    if (!usable(fitted.from, fitted.to) || !usable(later.from, later.to)) continue;
    const prediction = predictDays(fitted, later, always);
    if (prediction === undefined) continue;
    const { expected, actual, difficulty } = prediction;
    windows.push({
      start: moments.from + later.from * DAY,
      end: moments.from + later.to * DAY,
      error: (expected - actual) / expected,
      difficulty: Math.max(LEAST_DIFFICULTY, difficulty),
      host,
    });
  }
  return windows;
};

/** How many windows do not overlap, over all series: the earliest first, then each that starts after the one before. */
export const independentWindows = (windows: readonly PlaceboWindow[]): number => {
  const ends = new Map<number, number>();
  let count = 0;
  for (const { start, end, host } of windows)
    if (start >= (ends.get(host) ?? Number.NEGATIVE_INFINITY)) {
      count += 1;
      ends.set(host, end);
    }
  return count;
};

/** Level of the quantile for K non-overlapping windows: a finite sample's own, so that a new window falls within at 90 %. */
export const placeboLevel = (independent: number): number => Math.min(1, LEVEL * (1 + 1 / independent));

/** What placebo windows say of an interval. */
export interface Calibration {
  readonly windows: number;
  readonly independent: number;
  /**
   * Half width of a relative interval for each unit of difficulty: the quantile of |error| / difficulty (Lei et al.,
   * "Distribution-Free Predictive Inference for Regression", JASA 113, 2018, 5.2). A claim whose own baseline is steady
   * gets a narrower interval than one whose baseline is not, and both hold as often.
   */
  readonly factor: number;
  /** The quantile of |error| itself: one half width for all. */
  readonly plain: number;
  /** Median error, and median of |error| and of |error| / difficulty. */
  readonly bias: number;
  readonly medianError: number;
  readonly medianScore: number;
  readonly medianDifficulty: number;
}

/** Undefined where there is no window. Windows in order of their start. */
export const calibrate = (windows: readonly PlaceboWindow[]): Calibration | undefined => {
  if (windows.length === 0) return undefined;
  const independent = independentWindows(windows);
  const level = placeboLevel(independent);
  const sizes = windows.map(({ error }) => Math.abs(error));
  const scores = windows.map(({ error, difficulty }) => Math.abs(error) / difficulty);
  return {
    windows: windows.length,
    independent,
    factor: quantile(scores, level),
    plain: quantile(sizes, level),
    bias: median(windows.map(({ error }) => error)),
    medianError: median(sizes),
    medianScore: median(scores),
    medianDifficulty: median(windows.map(({ difficulty }) => difficulty)),
  };
};

/** Relative half width for a claim of this difficulty, a share of the expected energy. */
export const placeboHalfWidth = ({ factor }: Calibration, difficulty: number): number =>
  factor * Math.max(LEAST_DIFFICULTY, difficulty);

/** Smallest saving that a claim of this difficulty shows more often than not: half width plus median error (|r|). */
export const detectableSaving = ({ factor, medianScore }: Calibration, difficulty: number): number =>
  (factor + medianScore) * Math.max(LEAST_DIFFICULTY, difficulty);
