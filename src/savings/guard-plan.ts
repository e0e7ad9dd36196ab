import type { Remark } from '../model/estimate.ts';
import { percent } from './percent.ts';
import { type ScopeSeries, slice } from './series.ts';
import { tQuantile } from './student-t.ts';
import { usableTotals } from './usable-totals.ts';

const WEEK = 7 * 86_400;
/** Weeks over which an extreme one evens out (reference of the method, 8: regression to the mean). */
const LEAST_WEEKS = 4;
/** Two-sided 95 %. */
const EXTREME = 0.975;

/**
 * Whether the week before the start was an extreme one: many a measure is begun because of one, and the next weeks are
 * ordinary without it. The last whole week of the baseline is held against a prediction from the ones before.
 */
export const startFlags = (before: ScopeSeries): readonly Remark[] => {
  const flags: Remark[] = [];
  const weekly = Math.round(WEEK / before.step);
  const weeks = Math.floor(before.length / weekly);
  if (weeks < LEAST_WEEKS)
    flags.push({
      flag: 'few_weeks',
      text: `The baseline has ${weeks} whole weeks; over fewer than ${LEAST_WEEKS} an extreme week does not even out.`,
      remedy: 'Begin the baseline earlier.',
    });
  const means = Array.from({ length: weeks }, (_, week) => {
    const to = before.length - (weeks - 1 - week) * weekly;
    const { energy, demanded } = usableTotals(slice(before, to - weekly, to));
    return energy / demanded;
  }).filter(Number.isFinite);
  const last = means.pop();
  const count = means.length;
  if (last === undefined || count < LEAST_WEEKS - 1) return flags;
  const mean = means.reduce((sum, value) => sum + value, 0) / count;
  const deviation = Math.sqrt(means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1));
  const reach = tQuantile(EXTREME, count - 1) * deviation * Math.sqrt(1 + 1 / count);
  // Rounding of equal weeks is no extreme.
  if (Math.abs(last - mean) > Math.max(reach, 1e-9 * mean))
    flags.push({
      flag: 'extreme_start',
      text: `In the last week before the start hosts drew ${percent(Math.abs(last / mean - 1))} ${last > mean ? 'more' : 'less'} than in the weeks before: a measure that begins after an extreme week looks better than it is.`,
      remedy: 'Let the baseline end before that week, or use untouched hosts or an on/off test.',
    });
  return flags;
};
