/**
 * What a counter counted in an interval, from samples of it: differences of neighbours, never an extrapolated rate.
 *
 * Laws: what an interval is given does not depend on what else is read; over samples without a gap and without a fall the
 * intervals sum to the difference between the last and the first; nothing is ever added that no two samples show.
 */

/** Samples of one series in order of time: seconds since 1970 UTC and values; NaN values are left out before. */
export interface Samples {
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** What one series tells of one interval. */
export interface Piece {
  /** In the unit of the counter. */
  readonly amount: number;
  /** Seconds that it is of. */
  readonly covered: number;
  /** First and last instant of those. */
  readonly from: number;
  readonly to: number;
}

/**
 * Two samples further apart than this are a gap: whether the counter went on between them or began anew and came to
 * more is not known. Twice the time for which Prometheus takes a sample for the present one (lookback delta, 5 min).
 */
export const LONGEST_GAP = 600;

/**
 * The interval `from < t <= to` from raw samples. A pair belongs where its later sample lies. A pair that falls (a reset,
 * or a register that wrapped at an unknown value), that lies further apart than a gap, or that rises faster than
 * `mostPerSecond` tells nothing: neither its amount nor its time counts. Undefined where no pair is left.
 */
export const fromSamples = (
  { times, values }: Samples,
  from: number,
  to: number,
  mostPerSecond: number,
): Piece | undefined => {
  let [amount, covered, first, last] = [0, 0, Number.NaN, Number.NaN];
  for (let at = firstAfter(times, from); at < times.length && (times[at] ?? 0) <= to; at += 1) {
    if (at === 0) continue;
    const [before, now] = [times[at - 1] ?? Number.NaN, times[at] ?? Number.NaN];
    const rise = (values[at] ?? Number.NaN) - (values[at - 1] ?? Number.NaN);
    const time = now - before;
    if (!(rise >= 0) || !(time > 0) || time > LONGEST_GAP || rise > mostPerSecond * time) continue;
    amount += rise;
    covered += time;
    if (Number.isNaN(first)) first = before;
    last = now;
  }
  return covered > 0 ? { amount, covered, from: first, to: last } : undefined;
};

/** Place of the first sample after an instant. */
const firstAfter = (times: ArrayLike<number>, instant: number): number => {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * The same from values at a few instants, each the last sample of the 5 minutes before: enough where the series was there
 * all along and never fell. `look`: only raw samples can tell. `nothing`: there was none in the whole interval.
 *
 * @param points values at the start, in between, at the end, and at one instant after it, by which a series that ended a
 *   moment ago is told from one that goes on.
 */
export const fromGrid = (
  points: Float64Array,
  from: number,
  to: number,
  mostPerSecond: number,
): Piece | 'look' | 'nothing' => {
  let known = 0;
  let falls = false;
  for (let at = 0; at < points.length; at += 1) {
    const value = points[at] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    known += 1;
    if (at > 0 && at < points.length - 1 && value < (points[at - 1] ?? value)) falls = true;
  }
  const inside = points.length - 1;
  // The last of the interval before may still show at the start.
  if (known === 0 || points.subarray(1, inside).every(Number.isNaN)) {
    return known === 0 || Number.isNaN(points[0]) ? 'nothing' : 'look';
  }
  if (known < points.length || falls) return 'look';
  const amount = (points[inside - 1] ?? 0) - (points[0] ?? 0);
  return amount > mostPerSecond * (to - from) ? 'look' : { amount, covered: to - from, from, to };
};
