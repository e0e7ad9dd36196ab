import { columnSums, totalWeights } from './fit-statistics.ts';
import type { Design, Fit } from './least-squares.ts';
import { quantile } from './quantiles.ts';
import type { Random } from './random.ts';

/**
 * Half-width of the interval of the total over the rows of `future`, in units of y: blocks of whole cycles are drawn from
 * centred residuals for the baseline and for the future, and the error of the total is read off. A linear model needs no
 * refit: its coefficients are off by (XᵀX)⁻¹Xᵀe*. Künsch, Annals of Statistics 17:3 (1989).
 *
 * @param block length of a block in rows: the longest cycle (168 for a week of hours), never above the rows themselves.
 */
export const blockBootstrapHalfWidth = ({
  design,
  fit,
  future,
  block: wanted,
  draws,
  level,
  random,
}: {
  readonly design: Design;
  readonly fit: Fit;
  readonly future: Design;
  readonly block: number;
  readonly draws: number;
  readonly level: number;
  readonly random: Random;
}): number => {
  const { n, residuals } = fit;
  const m = future.columns[0]?.length ?? 0;
  const block = Math.max(1, Math.min(wanted, n, m));
  const mean = residuals.reduce((sum, value) => sum + value, 0) / n;
  const e = residuals.map((value) => value - mean);
  // The total is off by gᵀe* with g = X (XᵀX)⁻¹ d: one number for each row, worked out once.
  const g = totalWeights(design, fit, columnSums(future));
  // Sums of e up to each row: a block of the future is one difference.
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i += 1) sums[i + 1] = (sums[i] ?? 0) + (e[i] ?? 0);
  const starts = n - block + 1;
  // What a block at each start does at each place of the baseline: a draw often comes back to one that was worked out.
  const effects = new Float64Array(Math.ceil(n / block) * starts).fill(Number.NaN);
  const effectOf = (at: number, from: number): number => {
    const slot = (at / block) * starts + from;
    const known = effects[slot] ?? 0;
    if (!Number.isNaN(known)) return known;
    const length = Math.min(block, n - at);
    let effect = 0;
    for (let i = 0; i < length; i += 1) effect += (g[at + i] ?? 0) * (e[from + i] ?? 0);
    effects[slot] = effect;
    return effect;
  };
  const errors = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw += 1) {
    let off = 0;
    for (let at = 0; at < n; at += block) off += effectOf(at, random.below(starts));
    for (let at = 0; at < m; at += block) {
      const from = random.below(starts);
      off -= (sums[from + Math.min(block, m - at)] ?? 0) - (sums[from] ?? 0);
    }
    errors[draw] = Math.abs(off);
  }
  return quantile(errors, level);
};
