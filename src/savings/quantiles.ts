/**
 * Quantile with linear interpolation between order statistics (type 7 of Hyndman and Fan, 1996); NaN of nothing, and where
 * a value is not known: sorted to the end it would count as the largest.
 */
export const quantile = (values: ArrayLike<number>, level: number): number => {
  const sorted = Float64Array.from(values).sort();
  return quantileOfSorted(sorted, level);
};

/** The same of values that are in ascending order. */
export const quantileOfSorted = (sorted: ArrayLike<number>, level: number): number => {
  const { length } = sorted;
  if (length === 0 || Number.isNaN(sorted[length - 1])) return Number.NaN;
  const at = Math.min(Math.max(level, 0), 1) * (length - 1);
  const below = Math.floor(at);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, length - 1)] ?? low;
  // Infinite neighbours have no difference.
  return low === high ? low : low + (high - low) * (at - below);
};

export const median = (values: ArrayLike<number>): number => quantile(values, 0.5);
