import { columnSums, totalWeights } from './fit-statistics.ts';
import type { Design, Fit } from './least-squares.ts';
import { quantile } from './quantiles.ts';
import type { Random } from './random.ts';

export interface BootstrapInput {
  readonly design: Design;
  readonly fit: Fit;
  /** The rows over which the total is predicted. */
  readonly future: Design;
  /** Rows in a block: at least the longest cycle (168 for hourly data); no longer than either window is used. */
  readonly block: number;
  /** At least 1,000 for a figure that is printed. */
  readonly draws: number;
  /** Two-sided, 0.9 for 90 %. */
  readonly level: number;
  readonly random: Random;
}

/**
 * Half width of the interval for the total over the future rows, in the units of y (J), by the moving-block bootstrap
 * (Kuensch, Annals of Statistics 17, 1989): blocks of centred residuals are drawn for the baseline and for the future,
 * and the quantile is of |error of the prediction - new errors|. A linear model needs no refit: the coefficients are off
 * by (X'X)^-1 X'e, so the total by w'e with w = X (X'X)^-1 d. The same bits for the same stream.
 */
export const blockBootstrapHalfWidth = ({
  design,
  fit,
  future,
  block,
  draws,
  level,
  random,
}: BootstrapInput): number => {
  const { n } = fit;
  const m = future.columns[0]?.length ?? 0;
  const length = Math.max(1, Math.min(Math.floor(block), n, m));
  if (m === 0 || !(draws >= 1)) throw new RangeError(`a bootstrap of ${draws} draws over ${m} future rows`);
  const mean = fit.residuals.reduce((sum, value) => sum + value, 0) / n;
  const errors = fit.residuals.map((value) => value - mean);
  // running[i] is the sum of the first i errors, so that a block of the future is one difference.
  const running = new Float64Array(n + 1);
  errors.forEach((value, at) => {
    running[at + 1] = (running[at] ?? 0) + value;
  });
  const weights = totalWeights(design, fit, columnSums(future));
  const starts = n - length + 1;
  const distances = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw += 1) {
    let total = 0;
    for (let at = 0; at < n; at += length) {
      const start = random.below(starts);
      const upTo = Math.min(length, n - at);
      for (let k = 0; k < upTo; k += 1) total += (weights[at + k] ?? 0) * (errors[start + k] ?? 0);
    }
    for (let at = 0; at < m; at += length) {
      const start = random.below(starts);
      total -= (running[start + Math.min(length, m - at)] ?? 0) - (running[start] ?? 0);
    }
    distances[draw] = Math.abs(total);
  }
  return quantile(distances, level);
};
