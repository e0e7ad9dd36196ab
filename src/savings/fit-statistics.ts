import { factorise } from './householder.ts';
import { type Design, type Fit, inverseOf, LEAST_PIVOT_RATIO } from './least-squares.ts';

/** Statistics of a fit; e are its residuals in order of time. None of them says whether a saving is believable. */

const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Residual standard deviation over the mean of y. */
export const cvRmse = ({ s, fitted, residuals }: Fit): number =>
  s / Math.abs(meanOf(fitted.map((value, i) => value + (residuals[i] ?? 0))));

/** Mean error over the mean of what was metered; positive where the model is too low. For rows that were held out. */
export const nmbe = (actual: Float64Array, predicted: Float64Array): number =>
  actual.reduce((sum, value, i) => sum + value - (predicted[i] ?? 0), 0) / actual.length / meanOf(actual);

/** Root mean square error over the mean of what was metered, of rows that were held out. */
export const cvRmseOf = (actual: Float64Array, predicted: Float64Array): number =>
  Math.sqrt(actual.reduce((sum, value, i) => sum + (value - (predicted[i] ?? 0)) ** 2, 0) / actual.length) /
  Math.abs(meanOf(actual));

/** Correlation of neighbours, clamped to 0..0.99: a negative one would claim more points than there are. */
export const autocorrelation = (e: Float64Array): number => {
  if (e.length < 3) return 0;
  const [first, second] = [e.subarray(0, -1), e.subarray(1)];
  const [a, b] = [meanOf(first), meanOf(second)];
  let [product, squareA, squareB] = [0, 0, 0];
  for (const [i, value] of first.entries()) {
    const [da, db] = [value - a, (second[i] ?? 0) - b];
    product += da * db;
    squareA += da * da;
    squareB += db * db;
  }
  const rho = product / Math.sqrt(squareA * squareB);
  return Number.isFinite(rho) ? Math.min(Math.max(rho, 0), 0.99) : 0;
};

/** n' = n(1-ρ)/(1+ρ): independent points that n correlated ones are worth. */
export const effectivePoints = (n: number, rho: number): number => (n * (1 - rho)) / (1 + rho);

/** 2 where neighbours are independent, towards 0 where they move together. */
export const durbinWatson = (e: Float64Array): number => {
  let changes = 0;
  for (let i = 1; i < e.length; i += 1) changes += ((e[i] ?? 0) - (e[i - 1] ?? 0)) ** 2;
  return changes / e.reduce((sum, value) => sum + value * value, 0);
};

/**
 * Variance inflation of each coefficient, above 10 hard to tell from the others: (XᵀX)⁻¹_jj times the variation of the
 * column about its mean, which is 1/(1-R²) on the others where they span a constant. Where none is spanned, as with host
 * time that hardly varies, it goes on smoothly and may be below 1; R² about 0 would call any two positive columns alike.
 * 1 for a column that does not vary or stands alone. Infinity for columns that cannot be told apart.
 */
export const varianceInflation = (design: Design): readonly number[] => {
  const { columns } = design;
  const factors = factorise(columns);
  if (!(factors.pivotRatio >= LEAST_PIVOT_RATIO)) return columns.map(() => Number.POSITIVE_INFINITY);
  const inverse = inverseOf(factors);
  return columns.map((column, j) => {
    if (columns.length === 1) return 1;
    const mean = meanOf(column);
    const variation = column.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    // What rounding of the mean leaves of a column that does not vary.
    const rounding = column.length * (mean * Number.EPSILON * column.length) ** 2;
    return variation > rounding ? variation * (inverse[j * columns.length + j] ?? Number.NaN) : 1;
  });
};

/** xᵀ(XᵀX)⁻¹x of each row: how far it pulls the fit towards itself; they add up to p. */
export const leverages = (
  { columns }: Design,
  { inverse, p, n }: Pick<Fit, 'inverse' | 'p' | 'n'>,
): Float64Array =>
  Float64Array.from({ length: n }, (_, i) =>
    quadratic(
      inverse,
      Float64Array.from({ length: p }, (_, j) => columns[j]?.[i] ?? 0),
    ),
  );

/** dᵀMd of a symmetric p x p matrix, row-major. */
export const quadratic = (matrix: Float64Array, d: Float64Array): number => {
  const p = d.length;
  let sum = 0;
  for (let j = 0; j < p; j += 1)
    for (let k = 0; k < p; k += 1) sum += (d[j] ?? 0) * (matrix[j * p + k] ?? 0) * (d[k] ?? 0);
  return sum;
};

/** Sums of the columns: what the total over these rows multiplies each coefficient by. */
export const columnSums = ({ columns }: Design): Float64Array =>
  Float64Array.from(columns, (column) => column.reduce((sum, value) => sum + value, 0));

/** g = X(XᵀX)⁻¹d: by how much a total whose columns sum to d is off for an error of each row of the fit. */
export const totalWeights = (
  { columns }: Design,
  { inverse, n, p }: Pick<Fit, 'inverse' | 'n' | 'p'>,
  d: Float64Array,
): Float64Array => {
  const weights = new Float64Array(n);
  for (const [j, column] of columns.entries()) {
    let towards = 0;
    for (let k = 0; k < p; k += 1) towards += (inverse[j * p + k] ?? 0) * (d[k] ?? 0);
    for (let i = 0; i < n; i += 1) weights[i] = (weights[i] ?? 0) + towards * (column[i] ?? 0);
  }
  return weights;
};
