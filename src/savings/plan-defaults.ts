import type { TimeWindow } from '../model/history.ts';
import type { ResidualPower } from '../model/measure.ts';
import { watts } from '../units.ts';

const DAY = 86_400;
const WEEK = 7 * DAY;

/** Seconds: long enough for work and energy to meet in one interval, short enough for a day to show. */
export const DEFAULT_STEP = 3600;
/** Four weeks from the start to the first verdict: each weekday four times. Our choice. */
export const DEFAULT_REPORT_WEEKS = 4;
/**
 * An extreme week before a measure looks like a saving afterwards; over four weeks it evens out (regression to the
 * mean). Our choice; 14 days are the least.
 */
export const LEAST_BASELINE_WEEKS = 4;
/** A year has all seasons; older weeks are of another one. Our choice. */
const MOST_BASELINE_WEEKS = 52;
/** Seconds: quarter of a day, so that each part of the day is met by both arms. */
export const DEFAULT_BLOCK = 6 * 3600;
export const DEFAULT_WASHOUT = 3600;

/**
 * What a host that is off draws for its BMC, standby rails and fans. Cautious: no source states one figure for all
 * hosts, so it is an assumption and named one wherever it counts.
 */
export const ASSUMED_RESIDUAL: ResidualPower = {
  measured: false,
  watts: watts(20),
  source: 'assumption: cautious default, not measured on these hosts',
};

/**
 * Baseline of a plan that names none: whole weeks that end at the start, as many as the first reporting window has and
 * at least four. Seconds since 1970 UTC.
 */
export const defaultBaseline = (start: number, firstReport: number): TimeWindow => {
  const weeks = Math.ceil((firstReport - start) / WEEK);
  const length = Math.min(MOST_BASELINE_WEEKS, Math.max(LEAST_BASELINE_WEEKS, weeks)) * WEEK;
  return { from: start - length, to: start };
};

export const defaultReport = (start: number): number => start + DEFAULT_REPORT_WEEKS * WEEK;
