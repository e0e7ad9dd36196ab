/**
 * Quantile of type 7 (Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50, 1996):
 * linear between order statistics, the default of R and NumPy. NaN where there is no value or one of them is NaN.
 * Throws RangeError for a level outside 0 to 1.
 */
export const quantile = (values: ArrayLike<number>, level: number): number => {
  if (!(level >= 0 && level <= 1)) throw new RangeError(`a quantile at ${level}: it must be 0 to 1`);
  // A typed array sorts by value, with NaN at the end.
  const sorted = Float64Array.from(values).sort();
  const last = sorted.length - 1;
  if (last < 0 || Number.isNaN(sorted[last])) return Number.NaN;
  const at = last * level;
  const below = Math.floor(at);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(last, below + 1)] ?? Number.NaN;
  // Equal neighbours come out as they are, infinite ones too.
  return low === high || at === below ? low : low + (at - below) * (high - low);
};

/** Middle value, or the mean of the two middle ones; NaN as for a quantile. */
export const median = (values: ArrayLike<number>): number => quantile(values, 0.5);
