import { normalQuantile } from './normal.ts';
import { type Areas, tAreas } from './t-areas.ts';

export { normalProbability, normalQuantile } from './normal.ts';

/** Above this the difference from the expansion in 1/degrees is below the precision of a double. */
const LARGE = 1e5;

/** Squares of larger values leave the range of a double. */
const FAR = 1e150;

/** Expansion of the quantile about the normal one, to 1/v^3 (Abramowitz and Stegun, 26.7.5). */
const expanded = (z: number, v: number): number => {
  const s = z * z;
  return (
    z +
    (z * (s + 1)) / (4 * v) +
    (z * ((5 * s + 16) * s + 3)) / (96 * v ** 2) +
    (z * (((3 * s + 19) * s + 17) * s - 15)) / (384 * v ** 3)
  );
};

/** The positive t above which a share `tail` < 1/2 lies: Newton's steps inside a bracket, on the smaller of both areas. */
const upperQuantile = (tail: number, degrees: number): number => {
  const central = 0.5 - tail;
  const missOf = ({ tail: above, centre, density }: Areas): number =>
    central < 0.25 ? (centre - central) / density : (Math.log(tail / above) * above) / density;
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let t = Math.max(-expanded(normalQuantile(tail), Math.max(degrees, 1)), Number.MIN_VALUE);
  for (let step = 0; step < 2000; step += 1) {
    const miss = missOf(tAreas(t, degrees));
    if (miss < 0) low = t;
    else high = t;
    const newton = t - miss;
    // Outside of the bracket: twice as far, or the middle by order of magnitude.
    const other =
      high === Number.POSITIVE_INFINITY ? t * 2 : Math.sqrt(Math.max(low, high / 1024)) * Math.sqrt(high);
    const next = newton > low && newton < high ? newton : other;
    if (Math.abs(next - t) <= 4e-16 * t) return next;
    if (next > FAR) return Number.POSITIVE_INFINITY;
    t = next;
  }
  return t;
};

/**
 * The t below which a share `probability` of Student's distribution lies: `tQuantile(0.95, n - p)` for a two-sided
 * interval at 90 %. To 1e-10 of itself; Infinity beyond 1e150. Degrees of freedom need not be whole, Infinity is the
 * normal distribution; NaN where they are not above 0 or the probability is not between 0 and 1.
 */
export const tQuantile = (probability: number, degrees: number): number => {
  if (!(degrees > 0) || !(probability > 0 && probability < 1)) return Number.NaN;
  if (probability === 0.5) return 0;
  if (degrees > LARGE) return expanded(normalQuantile(probability), degrees);
  return probability < 0.5 ? -upperQuantile(probability, degrees) : upperQuantile(1 - probability, degrees);
};

/** Nearer to the normal distribution than this the two do not differ by more than 1e-7, and the fraction loses digits. */
const NORMAL = 1e6;

/**
 * Share of Student's distribution below t (the cumulative probability). More than a million degrees of freedom count as
 * a million; NaN where they are not above 0.
 */
export const tProbability = (t: number, degrees: number): number => {
  if (!(degrees > 0) || Number.isNaN(t)) return Number.NaN;
  const { tail } = tAreas(Math.min(Math.abs(t), FAR), Math.min(degrees, NORMAL));
  return t > 0 ? 1 - tail : tail;
};
