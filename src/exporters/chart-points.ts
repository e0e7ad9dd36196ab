import type { ChartSeries } from '../model/comparison.ts';

const DAY = 86_400;
/** A side that is longer is drawn by the day: hours of months are a blot. Seconds. */
const LONG = 14 * DAY;
/** Fewer points than this show no course. */
const LEAST_POINTS = 3;

/**
 * What one point of a chart stands for, in seconds: the same for all `sides`, since hours beside means of days look as
 * though power had begun to swing. Whole days where a side is long, less where another has not three of them yet.
 *
 * @param sides of one step.
 */
export const pointLength = (...sides: readonly ChartSeries[]): number => {
  const step = sides[0]?.step ?? DAY;
  const lengths = sides.map(({ energy }) => energy.length * step).filter((length) => length > 0);
  if (lengths.every((length) => length <= LONG)) return step;
  const fits = (point: number): boolean =>
    point > step && lengths.every((length) => length >= LEAST_POINTS * point);
  return [DAY, DAY / 4].find(fits) ?? step;
};

/** `days`, `6 hours`, `15 minutes`: what points stand for, after "means of". */
export const pointWords = (point: number): string => {
  const [size, word] = point >= DAY ? [DAY, 'day'] : point >= 3600 ? [3600, 'hour'] : [60, 'minute'];
  const count = Math.round(point / size);
  return count === 1 ? `${word}s` : `${count} ${word}s`;
};

/** A series in points of `length` seconds. */
export const pointsOf = ({ from, step, energy }: ChartSeries, length: number) => {
  const group = Math.max(1, Math.round(length / step));
  const count = Math.ceil(energy.length / group);
  return {
    /** The middle of each, seconds since 1970 UTC. */
    at: Float64Array.from({ length: count }, (_, i) => from + (i + 0.5) * group * step),
    /**
     * Mean over the intervals in which both columns are known; NaN where those are less than half. What stands beside each
     * other is of the same intervals: a night that was not metered would else make the day look like more.
     */
    means: (values: Float64Array, beside: Float64Array = values): Float64Array =>
      Float64Array.from({ length: count }, (_, i) => {
        let [sum, known] = [0, 0];
        for (let at = i * group; at < Math.min(values.length, (i + 1) * group); at += 1) {
          const value = values[at] ?? Number.NaN;
          if (!Number.isFinite(value) || !Number.isFinite(beside[at] ?? Number.NaN)) continue;
          sum += value;
          known += 1;
        }
        return known * 2 < group ? Number.NaN : sum / known;
      }),
  };
};
