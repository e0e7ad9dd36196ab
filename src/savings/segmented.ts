import { counted, plural } from '../model/counted.ts';
import type { DesignOutcome, EnergyInterval, NoEstimate, Remark } from '../model/estimate.ts';
import { joules, ratio } from '../units.ts';
import { LEVEL } from './levels.ts';
import { quantile } from './quantiles.ts';
import { CYCLES_BEFORE, fitSegmented } from './segmented-fit.ts';
import { fromFewStarts, placeboErrors, quantileOf, rollingCoverage } from './segmented-placebo.ts';
import { type ScopeSeries, slice } from './series.ts';

const DAY = 86_400;
const WEEK = 7 * DAY;
/** Windows that do not overlap, for a bound of 90 % (reference of the method, 4.4). */
const LEAST_INDEPENDENT = 10;
/** Least measured coverage for grade C (reference of the method, 1). */
const LEAST_COVERAGE = 0.8;
/**
 * 95 % point of a t-ratio whose variance has a Bartlett window of share b of the points (Kiefer and Vogelsang,
 * Econometric Theory 21, 2005, table 1). At b = 0 it is the normal 1.645.
 */
const criticalValue = (b: number): number => 1.6449 + 2.1859 * b + 0.3142 * b ** 2 - 0.3427 * b ** 3;

export interface SegmentedInput {
  /** Of the scope, from the beginning of the baseline to the date of the report. */
  readonly series: ScopeSeries;
  /** First instant with the measure in force, seconds since 1970 UTC. */
  readonly start: number;
  /** End of the baseline; what lies between is left out. The start, if absent. */
  readonly baselineEnd?: number;
}

const none = (...refusals: readonly Remark[]): NoEstimate => ({ design: 'segmented', refusals });

/** The series without what lies between baseline and start: made unusable, so that time runs on. */
const withoutGap = (series: ScopeSeries, from: number, to: number): ScopeSeries => ({
  ...series,
  usable: series.usable.map((flag, at) => (at >= from && at < to ? 0 : flag)),
});

/**
 * Interrupted time series: one regression with a trend, a change of level and of trend at the start, work and waves of
 * a day and a week. Grade D; C where pretended starts in a long baseline bear its interval out. The interval is the
 * wider one of Newey-West's with fixed-b points and of what pretended starts show.
 */
export const segmented = (input: SegmentedInput): DesignOutcome => {
  const { series } = input;
  const position = (instant: number): number => Math.round((instant - series.from) / series.step);
  const start = position(input.start);
  const baselineEnd = position(input.baselineEnd ?? input.start);
  if (baselineEnd * series.step < CYCLES_BEFORE * WEEK || start >= series.length)
    return none({
      flag: 'too_few_cycles',
      text: `${((baselineEnd * series.step) / DAY).toFixed(1)} days lie before the start; ${CYCLES_BEFORE} weeks are the least that show a week's course.`,
      remedy: `Take a baseline of ${(CYCLES_BEFORE * WEEK) / DAY} days or more.`,
    });
  const found = fitSegmented(withoutGap(series, baselineEnd, start), start);
  if (found === undefined)
    return none({
      flag: 'not_fitted',
      text: 'Trend, break, work and waves could not be told apart in what is known.',
      remedy: 'Take a longer baseline and reporting window, and check that work is counted.',
    });
  const avoided = -found.effect;
  const expected = found.actual + avoided;
  const placebo = placeboErrors(slice(series, 0, baselineEnd), series.length - start);
  if (placebo.errors.length === 0)
    return none({
      flag: 'not_tried',
      text: `A baseline of ${((baselineEnd * series.step) / DAY).toFixed(1)} days has no room to try the method where nothing was changed, and by itself it claims far too much.`,
      remedy: 'Take a baseline of 28 days or more, or untouched hosts, or an on/off test.',
    });
  const interval = (method: EnergyInterval['method'], half: number): EnergyInterval => ({
    method,
    level: ratio(LEVEL),
    low: joules(avoided - half),
    high: joules(avoided + half),
  });
  const reporting = series.length - start;
  const isWhole = placebo.horizon >= reporting && placebo.independent >= LEAST_INDEPENDENT;
  const error = isWhole
    ? quantileOf(placebo.errors, placebo.independent)
    : fromFewStarts(placebo.errors, placebo.independent, reporting / placebo.horizon);
  const intervals = [
    interval('newey-west', criticalValue(found.bandwidth) * found.standardError),
    interval('placebo', error * expected),
  ];
  const widest = intervals.reduce((a, b) => (b.high - b.low > a.high - a.low ? b : a));
  const covered = rollingCoverage(placebo.errors, placebo.independent);
  const isCalibrated = isWhole && covered >= LEAST_COVERAGE;
  const flags: Remark[] = [];
  if (!isWhole)
    flags.push({
      flag: 'not_calibrated',
      text: `Only ${counted(placebo.independent, 'stretch', 'stretches')} of ${counted(Math.round((placebo.horizon * series.step) / DAY), 'day')} ${plural(placebo.independent, 'fits', 'fit')} into the baseline at which the method could be tried where nothing was changed.`,
      remedy: `A baseline of ${(((series.length - start) * 2 * LEAST_INDEPENDENT * series.step) / DAY).toFixed(0)} days would do, or untouched hosts, or an on/off test.`,
    });
  return {
    design: 'segmented',
    expected: joules(expected),
    actual: joules(found.actual),
    avoided: joules(avoided),
    intervals,
    interval: widest,
    coverage: isWhole
      ? {
          ratio: ratio(covered),
          windows: placebo.errors.length,
          independent: placebo.independent,
          standardError: ratio(Math.sqrt((covered * (1 - covered)) / placebo.independent)),
        }
      : undefined,
    pValue: undefined,
    detectable: ratio(
      (widest.high - widest.low) / 2 / expected +
        quantile(
          placebo.errors.map((error) => Math.abs(error)),
          0.5,
        ),
    ),
    grade: isCalibrated ? 'C' : 'D',
    flags,
    refusals: [],
    diagnostics: {
      points: found.points,
      terms: found.terms,
      standard_error_joules: found.standardError,
      pseudo_starts: placebo.errors.length,
      pseudo_starts_independent: placebo.independent,
      pseudo_starts_horizon_days: (placebo.horizon * series.step) / DAY,
    },
    expectedSeries: found.expectedSeries.subarray(start),
    placebo: placebo.errors,
  };
};
