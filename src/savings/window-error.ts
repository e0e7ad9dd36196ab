import type { DayMoments } from './day-moments.ts';
import { isPhysical } from './model-terms.ts';
import {
  coefficientsOf,
  expectedOver,
  fitMoments,
  type MomentFit,
  type Sums,
  squaredErrors,
  sumOf,
  zeros,
} from './moment-fit.ts';

/** Share of a baseline that a model is fitted to before the rest judges it. */
export const HOLD_OUT_FROM = 0.75;
/** Days over which errors of days are taken to hang together: a week, the longest cycle of work. */
const CYCLE_DAYS = 7;

/** Some days of a series. */
export interface Days {
  readonly of: DayMoments;
  readonly from: number;
  readonly to: number;
}

/**
 * The terms that a model of these days has, as indices: an optional one stays only if with it the last quarter of the
 * days is predicted with a smaller squared error from the first three, and the coefficients stay physical. `always` are
 * the first terms of the moments, the others are optional.
 */
export const chooseTerms = ({ of, from, to }: Days, always: number): readonly number[] => {
  let used: readonly number[] = Array.from({ length: always }, (_, at) => at);
  if (of.terms.length === always) return used;
  const cut = from + Math.floor((to - from) * HOLD_OUT_FROM);
  const [first, whole] = [sumOf(of, from, cut), sumOf(of, from, to)];
  const last = sumOf(of, cut, to);
  const judged = fitMoments(first, used);
  let error = judged === undefined ? Number.POSITIVE_INFINITY : squaredErrors(judged, last);
  for (let term = always; term < of.terms.length; term += 1) {
    const more = [...used, term];
    const tried = fitMoments(first, more);
    if (tried === undefined || !physical(tried, of)) continue;
    const triedError = squaredErrors(tried, last);
    const settled = triedError < error ? fitMoments(whole, more) : undefined;
    if (settled === undefined || !physical(settled, of)) continue;
    used = more;
    error = triedError;
  }
  return used;
};

const physical = (fit: MomentFit, of: DayMoments): boolean =>
  isPhysical(
    fit.used.flatMap((at) => of.terms[at] ?? []),
    coefficientsOf(fit, of),
  );

/** What a model of some days said of some later ones. */
export interface Prediction {
  readonly fit: MomentFit;
  /** J. */
  readonly expected: number;
  readonly actual: number;
  /**
   * How hard the prediction was, as a share of `expected`: standard error of the total from the errors of the days of the
   * fit (Newey and West's estimator over days, coefficients included). It knows neither the energy of the later days nor
   * drift: a measure of difficulty, no interval.
   */
  readonly difficulty: number;
}

/** Fits the days of `fitted` and predicts those of `later`; undefined where the fit is singular or not physical. */
export const predictDays = (fitted: Days, later: Days, always: number): Prediction | undefined => {
  const { of } = fitted;
  const fit = fitMoments(sumOf(of, fitted.from, fitted.to), chooseTerms(fitted, always));
  if (fit === undefined || !physical(fit, of)) return undefined;
  const future = sumOf(later.of, later.from, later.to);
  const expected = expectedOver(fit, of, future);
  if (!(expected > 0)) return undefined;
  const variance = totalVariance(fitted, fit, future);
  return { fit, expected, actual: future.energy, difficulty: Math.sqrt(variance) / expected };
};

/** Variance of the predicted total minus what comes, J^2: m LRV + d' V d over days. */
const totalVariance = ({ of, from, to }: Days, { used, beta, inverse }: MomentFit, future: Sums): number => {
  const p = of.terms.length;
  const days = to - from;
  // By how much the total moves with the score of a day: z = (X'X)^-1 d, so that d'Vd is the long-run sum of (z'g)^2.
  const z = zeros(p);
  used.forEach((a, row) => {
    used.forEach((b, at) => {
      z[a] = (z[a] ?? 0) + (inverse[row * used.length + at] ?? 0) * (future.x[b] ?? 0);
    });
  });
  const errors = new Float64Array(days);
  const pulls = new Float64Array(days);
  let rows = 0;
  // z'(X'y - X'X b) of a day, as one sum over the cells of X'X.
  const outer = zeros(p * p);
  for (let a = 0; a < p; a += 1)
    for (let b = 0; b < p; b += 1) outer[a * p + b] = (z[a] ?? 0) * (beta[b] ?? 0);
  for (let day = 0; day < days; day += 1) {
    const at = from + day;
    let error = of.y[at] ?? 0;
    let pull = 0;
    for (let a = 0; a < p; a += 1) {
      error -= (beta[a] ?? 0) * (of.x[at * p + a] ?? 0);
      pull += (z[a] ?? 0) * (of.xy[at * p + a] ?? 0);
    }
    for (let cell = 0; cell < p * p; cell += 1) pull -= (outer[cell] ?? 0) * (of.xx[at * p * p + cell] ?? 0);
    errors[day] = error;
    pulls[day] = pull;
    rows += of.rows[at] ?? 0;
  }
  const lag = Math.min(CYCLE_DAYS, Math.floor(days / 4));
  // The mean square of a day of the fit, for as many days as the future rows are.
  return (longRunSum(errors, lag) / rows) * future.rows + longRunSum(pulls, lag);
};

/** Sum of squares with Bartlett-weighted products of neighbours: n times the long-run variance. */
const longRunSum = (values: Float64Array, lag: number): number => {
  let sum = 0;
  for (let l = 0; l <= lag; l += 1) {
    let product = 0;
    for (let at = l; at < values.length; at += 1) product += (values[at] ?? 0) * (values[at - l] ?? 0);
    sum += (l === 0 ? 1 : 2 * (1 - l / (lag + 1))) * product;
  }
  return Math.max(0, sum);
};
