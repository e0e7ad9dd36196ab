import type { ScopeSeries } from './series.ts';
import { runningSum } from './usable-totals.ts';

const HOUR = 3600;
const HOURS = 24;

/** Hour of day in UTC, 0 to 23, of an interval's start. */
export const hourOf = ({ from, step }: ScopeSeries, at: number): number =>
  (((Math.floor((from + at * step) / HOUR) % HOURS) + HOURS) % HOURS) as number;

/** Means of a column by hour of day, over intervals in which it is known; the mean of all where an hour never is. */
export const meansByHour = (series: ScopeSeries, values: Float64Array): Float64Array => {
  const sums = Array.from({ length: HOURS + 1 }, runningSum);
  const counts = new Float64Array(HOURS + 1);
  for (const [at, value] of values.entries()) {
    if (!Number.isFinite(value)) continue;
    for (const hour of [hourOf(series, at), HOURS]) {
      sums[hour]?.add(value);
      counts[hour] = (counts[hour] ?? 0) + 1;
    }
  }
  const mean = (hour: number): number => (sums[hour]?.value() ?? Number.NaN) / (counts[hour] ?? 0);
  return Float64Array.from({ length: HOURS }, (_, hour) =>
    (counts[hour] ?? 0) > 0 ? mean(hour) : mean(HOURS),
  );
};

/** A column with unknown intervals at the mean of their hour of day. All NaN where nothing is known. */
export const filledByHour = (series: ScopeSeries, values: Float64Array): Float64Array => {
  if (values.every(Number.isFinite)) return values;
  const means = meansByHour(series, values);
  return values.map((value, at) =>
    Number.isFinite(value) ? value : (means[hourOf(series, at)] ?? Number.NaN),
  );
};

/** Share of the usable intervals of which a column is known; 0 where there are none. */
export const knownShare = (series: ScopeSeries, values: Float64Array): number => {
  let [known, all] = [0, 0];
  for (let at = 0; at < series.length; at += 1) {
    if (series.usable[at] !== 1) continue;
    all += 1;
    if (Number.isFinite(values[at])) known += 1;
  }
  return all === 0 ? 0 : known / all;
};

/** Facility over IT energy by interval; 1, which is the hosts alone, where none was ever known. */
export const pueOf = (series: ScopeSeries): Float64Array =>
  series.pue.some(Number.isFinite)
    ? filledByHour(series, series.pue)
    : new Float64Array(series.length).fill(1);
