import type { Remark } from '../model/estimate.ts';
import { rateOf, usableRows } from './model-terms.ts';
import { percent } from './percent.ts';
import { quantile } from './quantiles.ts';
import type { ScopeSeries } from './series.ts';

/** Above this share of intervals outside the extremes of the baseline, a prediction is refused. */
const OUTSIDE_LIMIT = 0.25;
/** Work may go beyond the baseline's by this share of its range at most. */
const BEYOND_LIMIT = 0.5;
/** Above this share of intervals outside the common work of the baseline, a reader is told. */
const FLAG_LIMIT = 0.05;
/** The common work: between these percentiles. */
const COMMON = [0.01, 0.99] as const;

/** How the work of a reporting window lies to that of the baseline, per host-second; of several kinds the worst. */
export interface WorkRange {
  /** Share of intervals outside the 1st and 99th percentile, and outside the extremes. */
  readonly outsideCommon: number;
  readonly outsideExtremes: number;
  /** By how much the highest is above the baseline's highest, as a share of its range. */
  readonly beyond: number;
}

export const workRange = (baseline: ScopeSeries, reporting: ScopeSeries): WorkRange => {
  let worst: WorkRange = { outsideCommon: 0, outsideExtremes: 0, beyond: 0 };
  baseline.work.forEach((_, at) => {
    const before = Float64Array.from(usableRows(baseline), (row) => rateOf(baseline, at, row)).sort();
    const after = Float64Array.from(usableRows(reporting), (row) => rateOf(reporting, at, row));
    const [low, high] = [before[0] ?? Number.NaN, before[before.length - 1] ?? Number.NaN];
    const share = (least: number, most: number): number =>
      after.length === 0 ? 0 : after.filter((rate) => rate < least || rate > most).length / after.length;
    const top = after.reduce((most, rate) => Math.max(most, rate), Number.NEGATIVE_INFINITY);
    const beyond = top > high ? (high > low ? (top - high) / (high - low) : Number.POSITIVE_INFINITY) : 0;
    worst = {
      outsideCommon: Math.max(
        worst.outsideCommon,
        share(quantile(before, COMMON[0]), quantile(before, COMMON[1])),
      ),
      outsideExtremes: Math.max(worst.outsideExtremes, share(low, high)),
      beyond: Math.max(worst.beyond, beyond),
    };
  });
  return worst;
};

const REMEDY =
  'Begin the baseline where work was as it is now, or run the measure as a switchback, which needs no baseline.';

/** What must be told of it: beyond some hours a line is drawn out, far beyond it proves nothing. */
export const rangeRemarks = ({
  outsideCommon,
  outsideExtremes,
  beyond,
}: WorkRange): { readonly flags: readonly Remark[]; readonly refusals: readonly Remark[] } => {
  const flags: Remark[] = [];
  const refusals: Remark[] = [];
  if (outsideCommon > FLAG_LIMIT)
    flags.push({
      flag: 'extrapolating',
      text: `${percent(outsideCommon)} of the intervals had more or less work than the baseline knows well (its 1st to 99th percentile), ${percent(outsideExtremes)} more or less than it ever had: there the model is drawn out.`,
      remedy: REMEDY,
    });
  if (outsideExtremes > OUTSIDE_LIMIT)
    refusals.push({
      flag: 'extrapolating_too_far',
      text: `${percent(outsideExtremes)} of the intervals had work that the baseline never saw (more than ${percent(OUTSIDE_LIMIT)}).`,
      remedy: REMEDY,
    });
  if (beyond > BEYOND_LIMIT)
    refusals.push({
      flag: 'extrapolating_too_far',
      text: Number.isFinite(beyond)
        ? `The highest work is above the baseline's highest by ${percent(beyond)} of its range (more than ${percent(BEYOND_LIMIT)}).`
        : 'Work in the baseline was always the same: what more of it takes is not known.',
      remedy: REMEDY,
    });
  return { flags, refusals };
};
