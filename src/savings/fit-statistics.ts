import type { Design, Fit } from './least-squares.ts';

const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** CV(RMSE) = s over the mean of what was fitted, a ratio; s has n - p below it (ASHRAE Guideline 14). */
export const cvRmse = (fit: Pick<Fit, 's' | 'fitted' | 'residuals'>): number =>
  fit.s / (meanOf(fit.fitted) + meanOf(fit.residuals));

/**
 * Normalised mean bias error of a prediction with p coefficients, a ratio: sum of (actual - predicted) over (n - p) times
 * the mean of what is actual. It is 0 within the sample of a model with a constant: meant for a hold-out.
 */
export const nmbe = (actual: Float64Array, predicted: Float64Array, p: number): number => {
  const bias = actual.reduce((sum, value, at) => sum + (value - (predicted[at] ?? Number.NaN)), 0);
  return bias / ((actual.length - p) * meanOf(actual));
};

/** Above it n' would come near 0: half a point in a hundred is left here. */
const MOST = 0.99;

/**
 * Correlation of each residual with the one before, clamped to 0 to 0.99: rows are taken as neighbours as they stand, so
 * a gap that was left out counts as one step. 0 where they do not vary.
 */
export const autocorrelation = (residuals: Float64Array): number => {
  const n = residuals.length;
  const later = residuals.subarray(Math.min(1, n));
  const earlier = residuals.subarray(0, Math.max(0, n - 1));
  const [meanLater, meanEarlier] = [meanOf(later), meanOf(earlier)];
  let [product, squaresLater, squaresEarlier] = [0, 0, 0];
  for (let at = 0; at < later.length; at += 1) {
    const a = (later[at] ?? 0) - meanLater;
    const b = (earlier[at] ?? 0) - meanEarlier;
    product += a * b;
    squaresLater += a * a;
    squaresEarlier += b * b;
  }
  const size = Math.sqrt(squaresLater) * Math.sqrt(squaresEarlier);
  return size > 0 ? Math.min(MOST, Math.max(0, product / size)) : 0;
};

/** n' = n (1 - rho) / (1 + rho): independent points that n autocorrelated ones are worth (ASHRAE Guideline 14). */
export const effectivePoints = (n: number, rho: number): number => (n * (1 - rho)) / (1 + rho);

/** Durbin and Watson's statistic: about 2 where neighbours are not correlated, towards 0 where they are; NaN without any error. */
export const durbinWatson = (residuals: Float64Array): number => {
  let [steps, squares] = [0, 0];
  residuals.forEach((value, at) => {
    squares += value * value;
    if (at > 0) steps += (value - (residuals[at - 1] ?? 0)) ** 2;
  });
  return steps / squares;
};

/**
 * Variance inflation of each coefficient, 1 / (1 - R_j^2), as (X'X)^-1_jj times the variation of its column about its
 * mean. NaN for a column that does not vary (a constant). Where the columns span no constant it compares with a model
 * of a constant and that column alone, and may be below 1.
 */
export const varianceInflation = (design: Design, { inverse, p }: Pick<Fit, 'inverse' | 'p'>): Float64Array =>
  Float64Array.from(design.columns, (column, at) => {
    const mean = meanOf(column);
    const variation = column.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
    // What rounding of the mean leaves of a column that does not vary.
    const rounding = column.length * (mean * Number.EPSILON * column.length) ** 2;
    return variation > rounding ? variation * (inverse[at * p + at] ?? Number.NaN) : Number.NaN;
  });

/** h = x'(X'X)^-1 x of each row of a design, 0 to 1 for the rows of the fit; they sum to p there. */
export const leverages = (design: Design, { inverse, p }: Pick<Fit, 'inverse' | 'p'>): Float64Array =>
  Float64Array.from({ length: design.columns[0]?.length ?? 0 }, (_, row) =>
    quadraticForm(
      inverse,
      Float64Array.from({ length: p }, (_item, at) => design.columns[at]?.[row] ?? Number.NaN),
    ),
  );

/** d'Md of a row-major p x p matrix. */
export const quadraticForm = (matrix: Float64Array, d: Float64Array): number => {
  const p = d.length;
  let sum = 0;
  for (let row = 0; row < p; row += 1)
    for (let at = 0; at < p; at += 1) sum += (d[row] ?? 0) * (matrix[row * p + at] ?? 0) * (d[at] ?? 0);
  return sum;
};

/** Sum of each column: the d of a total over all rows of a design. */
export const columnSums = (design: Design): Float64Array =>
  Float64Array.from(design.columns, (column) => column.reduce((sum, value) => sum + value, 0));

/** w = X (X'X)^-1 d: by how much a predicted total moves with the error of each row of the fit. */
export const totalWeights = (
  design: Design,
  { inverse, n, p }: Pick<Fit, 'inverse' | 'n' | 'p'>,
  d: Float64Array,
): Float64Array => {
  const weights = new Float64Array(n);
  design.columns.forEach((column, row) => {
    let by = 0;
    for (let at = 0; at < p; at += 1) by += (inverse[row * p + at] ?? 0) * (d[at] ?? 0);
    for (let t = 0; t < n; t += 1) weights[t] = (weights[t] ?? 0) + by * (column[t] ?? 0);
  });
  return weights;
};
