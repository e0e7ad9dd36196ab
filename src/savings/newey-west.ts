import { totalWeights } from './fit-statistics.ts';
import type { Design, Fit } from './least-squares.ts';

/** Lags in hours that leave a daily cycle inside, and the default rule of thumb for n intervals; never above n/4. */
export const defaultLag = (n: number): number =>
  Math.max(1, Math.min(Math.max(24, Math.ceil(1.3 * Math.sqrt(n))), Math.floor(n / 4)));

/**
 * Long-run variance of residuals, Bartlett weights: γ₀ + 2 Σ (1 - l/(L+1)) γ_l with γ_l = (1/n) Σ e_t e_{t-l}; no
 * small-sample factor. Newey and West, Econometrica 55:3 (1987). In squares of the residuals' unit.
 */
export const longRunVariance = (e: Float64Array, lag: number): number => {
  const n = e.length;
  const gamma = (l: number): number => {
    let sum = 0;
    for (let t = l; t < n; t += 1) sum += (e[t] ?? 0) * (e[t - l] ?? 0);
    return sum / n;
  };
  let variance = gamma(0);
  for (let l = 1; l <= lag; l += 1) variance += 2 * (1 - l / (lag + 1)) * gamma(l);
  return variance;
};

/** Covariance of the coefficients that holds where residuals move together: (XᵀX)⁻¹ S (XᵀX)⁻¹, row-major, p x p. */
export const hacCovariance = (
  { columns }: Design,
  { residuals: e, inverse, n, p }: Fit,
  lag: number,
): Float64Array => {
  // Scores x_t e_t, one column for each coefficient.
  const scores = columns.map((column) => column.map((value, t) => value * (e[t] ?? 0)));
  const middle = new Float64Array(p * p);
  for (let l = 0; l <= lag; l += 1) {
    const weight = l === 0 ? 1 : 1 - l / (lag + 1);
    for (let j = 0; j < p; j += 1) {
      for (let k = 0; k < p; k += 1) {
        const [a, b] = [scores[j], scores[k]];
        let sum = 0;
        if (a !== undefined && b !== undefined)
          for (let t = l; t < n; t += 1)
            sum +=
              l === 0
                ? (a[t] ?? 0) * (b[t] ?? 0)
                : (a[t] ?? 0) * (b[t - l] ?? 0) + (a[t - l] ?? 0) * (b[t] ?? 0);
        middle[j * p + k] = (middle[j * p + k] ?? 0) + weight * sum;
      }
    }
  }
  return product(product(inverse, middle, p), inverse, p);
};

/**
 * dᵀVd with the V of `hacCovariance`, p² times as fast: n times the long-run variance of e_t g_t, g = X(XᵀX)⁻¹d. Of a
 * total whose columns sum to d, in squares of its unit; never below 0.
 */
export const hacTotalVariance = (design: Design, fit: Fit, d: Float64Array, lag: number): number => {
  const weights = totalWeights(design, fit, d);
  const errors = fit.residuals.map((value, t) => value * (weights[t] ?? 0));
  return Math.max(0, fit.n * longRunVariance(errors, lag));
};

const product = (a: Float64Array, b: Float64Array, p: number): Float64Array => {
  const c = new Float64Array(p * p);
  for (let i = 0; i < p; i += 1)
    for (let j = 0; j < p; j += 1) {
      let sum = 0;
      for (let k = 0; k < p; k += 1) sum += (a[i * p + k] ?? 0) * (b[k * p + j] ?? 0);
      c[i * p + j] = sum;
    }
  return c;
};
