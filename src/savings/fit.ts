import { type Factors, solveUpper, solveUpperTransposed, timesQTransposed } from './householder.ts';

/** Columns of the right-hand side, each of n items; a constant is a column of ones. */
export interface Design {
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
}

export interface Fit {
  readonly names: readonly string[];
  readonly n: number;
  readonly p: number;
  /** In units of y per unit of the column. */
  readonly coefficients: Float64Array;
  readonly fitted: Float64Array;
  readonly residuals: Float64Array;
  /** Sum of squared residuals. */
  readonly sse: number;
  /** Residual standard deviation, sqrt(SSE/(n-p)). */
  readonly s: number;
  /** About the mean where a constant is spanned by the columns, else about 0, as NIST does. */
  readonly r2: number;
  readonly r2Adjusted: number;
  /** (XᵀX)⁻¹, row-major, p x p. */
  readonly inverse: Float64Array;
  /** Smallest over largest diagonal element of R, columns scaled to unit length: 0 is singular, 1 orthogonal. */
  readonly pivotRatio: number;
}

/** A fit of given coefficients; residuals may be handed in where they were worked out with more digits. */
export const fitOf = (
  { names, columns }: Design,
  y: Float64Array,
  factors: Factors,
  coefficients: Float64Array,
  given?: Float64Array,
): Fit => {
  const [n, p] = [y.length, columns.length];
  const fitted = predict({ coefficients }, columns);
  const residuals = given ?? y.map((value, i) => value - (fitted[i] ?? 0));
  const sse = sumOf(residuals, (value) => value * value);
  const isCentred = spansConstant(factors, n);
  const center = isCentred ? sumOf(y, (value) => value) / n : 0;
  const sst = sumOf(y, (value) => (value - center) ** 2);
  const free = n - (isCentred ? 1 : 0);
  return {
    names,
    n,
    p,
    coefficients,
    fitted,
    residuals,
    sse,
    s: Math.sqrt(sse / (n - p)),
    r2: 1 - sse / sst,
    r2Adjusted: 1 - sse / (n - p) / (sst / free),
    inverse: inverseOf(factors),
    pivotRatio: factors.pivotRatio,
  };
};

/** Values that the coefficients give for other rows; NaN where a column ends before the first one does. */
export const predict = (
  { coefficients }: Pick<Fit, 'coefficients'>,
  columns: readonly Float64Array[],
): Float64Array => {
  if (columns.length !== coefficients.length)
    throw new RangeError(`${columns.length} columns for ${coefficients.length} coefficients`);
  const values = new Float64Array(columns[0]?.length ?? 0);
  for (const [j, column] of columns.entries()) {
    const coefficient = coefficients[j] ?? 0;
    for (let i = 0; i < values.length; i += 1)
      values[i] = (values[i] ?? 0) + coefficient * (column[i] ?? Number.NaN);
  }
  return values;
};

/** (XᵀX)⁻¹ = D⁻¹R⁻¹R⁻ᵀD⁻¹, with D the lengths of the columns. */
export const inverseOf = (factors: Factors): Float64Array => {
  const p = factors.lengths.length;
  const inverse = new Float64Array(p * p);
  for (let k = 0; k < p; k += 1) {
    const unit = new Float64Array(p);
    unit[k] = 1 / (factors.lengths[k] ?? 1);
    const column = solveUpper(factors, solveUpperTransposed(factors, unit));
    for (let j = 0; j < p; j += 1) inverse[j * p + k] = (column[j] ?? 0) / (factors.lengths[j] ?? 1);
  }
  return inverse;
};

/** Whether the columns can make a column of ones: then R² is about the mean. */
const spansConstant = (factors: Factors, n: number): boolean => {
  const ones = timesQTransposed(factors, new Float64Array(n).fill(1));
  const outside = sumOf(ones.subarray(factors.lengths.length), (value) => value * value);
  return outside < 1e-18 * n;
};

/** Compensated: an hour of thousands of hosts is 1e10 J and the square of it 1e20. */
const sumOf = (values: Float64Array, of: (value: number) => number): number => {
  let [total, lost] = [0, 0];
  for (const one of values) {
    const value = of(one);
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
};
