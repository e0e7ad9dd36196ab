import { applyTransposed, type Design, factorise, inverseOf, solveUpper } from './householder.ts';

export type { Design } from './householder.ts';

/** A linear model fitted by least squares, in the units of what was fitted (y) and of its columns. */
export interface Fit {
  readonly names: readonly string[];
  /** Rows, and coefficients. */
  readonly n: number;
  readonly p: number;
  /** Units of y per unit of the column. */
  readonly coefficients: Float64Array;
  readonly fitted: Float64Array;
  /** y minus fitted: positive where more was measured than the model says. */
  readonly residuals: Float64Array;
  readonly sse: number;
  /** Residual standard deviation, sqrt(SSE / (n - p)). */
  readonly s: number;
  /** NaN where y does not vary. */
  readonly r2: number;
  readonly r2Adjusted: number;
  /** True: R2 is about the mean of y, as the columns span a constant; false: about 0. */
  readonly centred: boolean;
  /** (X'X)^-1, row-major p x p: times s^2 it is the covariance of the coefficients. */
  readonly inverse: Float64Array;
  /** min |R_ii| / max |R_ii| of columns of unit length. */
  readonly pivotRatio: number;
}

export type FitOutcome =
  | { readonly ok: true; readonly fit: Fit }
  | { readonly ok: false; readonly reason: 'too-few' | 'singular' | 'not-finite'; readonly detail: string };

/**
 * Smallest pivot ratio that is still fitted. Of the 16 digits of a double about 16 + log10(ratio) are left in the
 * coefficients: the NIST set Filip has a ratio of 5.2e-8 and 7.7 digits right, at 1e-10 some 6 would be.
 */
export const RANK_LIMIT = 1e-10;
/** Share of a constant that the columns may leave unexplained for it to be spanned: rounding leaves 1e-16. */
const SPANNED = 1e-10;

const finite = (column: Float64Array): boolean => column.every(Number.isFinite);

const sumOfSquares = (values: Float64Array, about: number): number =>
  values.reduce((sum, value) => sum + (value - about) * (value - about), 0);

/**
 * Ordinary least squares by Householder QR. Every row must be known: the caller leaves the others out.
 * Throws RangeError where columns differ in length or in number from their names: that is a defect of the caller.
 */
export const fitLeastSquares = (
  design: Design,
  y: Float64Array,
  options: { readonly rankLimit?: number } = {},
): FitOutcome => {
  const { names, columns } = design;
  const n = y.length;
  const p = columns.length;
  if (names.length !== p || columns.some((column) => column.length !== n))
    throw new RangeError(
      `a design of ${names.length} names and ${p} columns for ${n} rows does not fit together`,
    );
  if (p === 0 || n <= p)
    return {
      ok: false,
      reason: 'too-few',
      detail: `${n} rows cannot tell ${p} coefficients and their error`,
    };
  const unknown = columns.findIndex((column) => !finite(column));
  if (unknown >= 0 || !finite(y)) {
    const what = unknown >= 0 ? `column ${names[unknown]}` : 'the energy';
    return { ok: false, reason: 'not-finite', detail: `${what} has a row that is not a finite number` };
  }
  const factors = factorise(columns);
  if (!(factors.pivotRatio >= (options.rankLimit ?? RANK_LIMIT)) || factors.pivotRatio === 0)
    return {
      ok: false,
      reason: 'singular',
      detail: `${names.join(', ')} cannot be told apart (pivot ratio ${factors.pivotRatio.toExponential(1)})`,
    };
  const scaled = solveUpper(factors, applyTransposed(factors, y.slice()));
  const coefficients = scaled.map((value, at) => value * (factors.scales[at] ?? 1));
  const fitted = predict({ coefficients }, columns);
  const residuals = y.map((value, row) => value - (fitted[row] ?? 0));
  const ones = applyTransposed(factors, new Float64Array(n).fill(1));
  const centred = sumOfSquares(ones.subarray(p), 0) < SPANNED * SPANNED * n;
  const quality = qualityOf(y, residuals, p, centred);
  const { pivotRatio } = factors;
  const inverse = inverseOf(factors);
  return {
    ok: true,
    fit: { names, n, p, coefficients, fitted, residuals, ...quality, centred, inverse, pivotRatio },
  };
};

/** What residuals of y say of a model with p coefficients; R2 about the mean (centred) or about 0. */
export const qualityOf = (
  y: Float64Array,
  residuals: Float64Array,
  p: number,
  centred: boolean,
): Pick<Fit, 'sse' | 's' | 'r2' | 'r2Adjusted'> => {
  const n = y.length;
  const mean = y.reduce((sum, value) => sum + value, 0) / n;
  const sse = sumOfSquares(residuals, 0);
  const sst = sumOfSquares(y, centred ? mean : 0);
  const variance = sse / (n - p);
  return {
    sse,
    s: Math.sqrt(variance),
    r2: sst > 0 ? 1 - sse / sst : Number.NaN,
    r2Adjusted: sst > 0 ? 1 - variance / (sst / (centred ? n - 1 : n)) : Number.NaN,
  };
};

/** Prediction of each row, in the units of y; columns in the order of the fit. NaN where a column is. */
export const predict = (
  { coefficients }: Pick<Fit, 'coefficients'>,
  columns: readonly Float64Array[],
): Float64Array => {
  if (columns.length !== coefficients.length)
    throw new RangeError(`${columns.length} columns for ${coefficients.length} coefficients`);
  const predicted = new Float64Array(columns[0]?.length ?? 0);
  columns.forEach((column, at) => {
    const by = coefficients[at] ?? 0;
    for (let row = 0; row < predicted.length; row += 1)
      predicted[row] = (predicted[row] ?? 0) + by * (column[row] ?? Number.NaN);
  });
  return predicted;
};
