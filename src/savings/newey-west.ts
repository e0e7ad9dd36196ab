import { totalWeights } from './fit-statistics.ts';
import type { Design, Fit } from './least-squares.ts';

/** Weight of lag l of L (Bartlett; Newey and West, Econometrica 55, 1987): no variance comes out below 0. */
const bartlett = (lag: number, of: number): number => 1 - lag / (of + 1);

/** Lags that n rows can tell something of. */
const within = (lag: number, n: number): number => Math.max(0, Math.min(Math.floor(lag), n - 1));

/**
 * Lag of the Newey-West estimators: ceil(1.3 sqrt(n)) (Lazarus et al., Journal of Business and Economic Statistics 36,
 * 2018), at least `atLeast` (24 for hourly data, 168 with a weekly cycle), but a quarter of the rows at most.
 */
export const defaultLag = (n: number, atLeast = 0): number =>
  Math.max(0, Math.min(Math.max(Math.ceil(1.3 * Math.sqrt(n)), atLeast), Math.floor(n / 4)));

/**
 * Variance by which the sum of one more interval's errors grows in the long run, autocorrelation included, in the square
 * of the units of the residuals: gamma_0 + 2 sum of w_l gamma_l, each gamma over n, without a small-sample factor.
 */
export const longRunVariance = (residuals: Float64Array, lag: number): number => {
  const n = residuals.length;
  const lags = within(lag, n);
  let sum = 0;
  for (let l = 0; l <= lags; l += 1) {
    let product = 0;
    for (let at = l; at < n; at += 1) product += (residuals[at] ?? 0) * (residuals[at - l] ?? 0);
    sum += (l === 0 ? 1 : 2 * bartlett(l, lags)) * product;
  }
  return sum / n;
};

/**
 * Covariance of the coefficients that holds with autocorrelated errors of differing size, row-major p x p:
 * (X'X)^-1 [ S_0 + sum of w_l (S_l + S_l') ] (X'X)^-1 with S_l = sum of e_t e_{t-l} x_t x_{t-l}'. No small-sample factor.
 */
export const hacCovariance = (design: Design, fit: Fit, lag: number): Float64Array => {
  const { p, n, inverse, residuals } = fit;
  const lags = within(lag, n);
  const moments = design.columns.map((column) => column.map((value, at) => value * (residuals[at] ?? 0)));
  const meat = new Float64Array(p * p);
  moments.forEach((a, row) => {
    moments.forEach((b, at) => {
      let sum = 0;
      for (let l = 0; l <= lags; l += 1) {
        let product = 0;
        for (let t = l; t < n; t += 1) product += (a[t] ?? 0) * (b[t - l] ?? 0);
        const weighted = (l === 0 ? 0.5 : bartlett(l, lags)) * product;
        sum += weighted;
      }
      // S_l here and its transpose there; lag 0 is half of itself in each.
      meat[row * p + at] = (meat[row * p + at] ?? 0) + sum;
      meat[at * p + row] = (meat[at * p + row] ?? 0) + sum;
    });
  });
  return product(product(inverse, meat, p), inverse, p);
};

/**
 * d'Vd with the V of `hacCovariance`, without V: the long-run variance of e_t w_t, w = X (X'X)^-1 d, times n. For a
 * predicted total, in the square of the units of y.
 */
export const hacTotalVariance = (design: Design, fit: Fit, d: Float64Array, lag: number): number => {
  const weights = totalWeights(design, fit, d);
  return (
    fit.n *
    longRunVariance(
      fit.residuals.map((value, at) => value * (weights[at] ?? 0)),
      lag,
    )
  );
};

/** Product of two row-major p x p matrices. */
const product = (a: Float64Array, b: Float64Array, p: number): Float64Array => {
  const result = new Float64Array(p * p);
  for (let row = 0; row < p; row += 1)
    for (let at = 0; at < p; at += 1) {
      let sum = 0;
      for (let k = 0; k < p; k += 1) sum += (a[row * p + k] ?? 0) * (b[k * p + at] ?? 0);
      result[row * p + at] = sum;
    }
  return result;
};
