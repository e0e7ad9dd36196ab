/** QR factors of a matrix of columns scaled to unit length, by Householder reflections. */
export interface Factors {
  /** Reflection vectors: column j from row j on; rows above are 0. */
  readonly reflections: readonly Float64Array[];
  /** 2/‖v‖² of each. */
  readonly weights: Float64Array;
  /** Upper triangle, row-major, p x p. */
  readonly r: Float64Array;
  /** Euclidean lengths of the columns before they were scaled; 1 for a column of zeros. */
  readonly lengths: Float64Array;
  readonly pivotRatio: number;
}

const lengthOf = (values: Float64Array): number => {
  // Scaled by the largest: squares of joules may leave the range of doubles.
  let largest = 0;
  for (let i = 0; i < values.length; i += 1) largest = Math.max(largest, Math.abs(values[i] ?? 0));
  if (largest === 0) return 0;
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += ((values[i] ?? 0) / largest) ** 2;
  return largest * Math.sqrt(sum);
};

/** Golub and Van Loan, Matrix Computations, 4th edition, algorithm 5.2.1. */
export const factorise = (columns: readonly Float64Array[]): Factors => {
  const p = columns.length;
  const n = columns[0]?.length ?? 0;
  const lengths = Float64Array.from(columns, (column) => lengthOf(column) || 1);
  const work = columns.map((column, j) => column.map((value) => value / (lengths[j] ?? 1)));
  const r = new Float64Array(p * p);
  const weights = new Float64Array(p);
  const reflections: Float64Array[] = [];
  for (const [j, column] of work.entries()) {
    const v = new Float64Array(n);
    v.set(column.subarray(j), j);
    const length = lengthOf(v);
    const head = v[j] ?? 0;
    // Away from the head: no digits cancel.
    const diagonal = head >= 0 ? -length : length;
    v[j] = head - diagonal;
    let square = 0;
    for (let i = j; i < n; i += 1) square += (v[i] ?? 0) ** 2;
    const weight = square === 0 ? 0 : 2 / square;
    for (let k = 0; k < j; k += 1) r[k * p + j] = column[k] ?? 0;
    r[j * p + j] = diagonal;
    for (const other of work.slice(j + 1)) reflect(v, weight, other, j);
    reflections.push(v);
    weights[j] = weight;
  }
  const diagonals = Array.from({ length: p }, (_, j) => Math.abs(r[j * p + j] ?? 0));
  return { reflections, weights, r, lengths, pivotRatio: Math.min(...diagonals) / Math.max(...diagonals) };
};

const reflect = (v: Float64Array, weight: number, values: Float64Array, from: number): void => {
  let product = 0;
  for (let i = from; i < values.length; i += 1) product += (v[i] ?? 0) * (values[i] ?? 0);
  const by = weight * product;
  for (let i = from; i < values.length; i += 1) values[i] = (values[i] ?? 0) - by * (v[i] ?? 0);
};

/** Qᵀy: the first p items are in the space of the columns, the rest is the residual's. */
export const timesQTransposed = ({ reflections, weights }: Factors, y: Float64Array): Float64Array => {
  const values = y.slice();
  for (const [j, v] of reflections.entries()) reflect(v, weights[j] ?? 0, values, j);
  return values;
};

/** Q·z, the way back. */
export const timesQ = ({ reflections, weights }: Factors, z: Float64Array): Float64Array => {
  const values = z.slice();
  for (let j = reflections.length - 1; j >= 0; j -= 1)
    reflect(reflections[j] ?? new Float64Array(0), weights[j] ?? 0, values, j);
  return values;
};

/** x of R·x = the first p items of b. */
export const solveUpper = ({ r, lengths: { length: p } }: Factors, b: Float64Array): Float64Array => {
  const x = new Float64Array(p);
  for (let j = p - 1; j >= 0; j -= 1) {
    let rest = b[j] ?? 0;
    for (let k = j + 1; k < p; k += 1) rest -= (r[j * p + k] ?? 0) * (x[k] ?? 0);
    x[j] = rest / (r[j * p + j] ?? 0);
  }
  return x;
};

/** x of Rᵀ·x = b. */
export const solveUpperTransposed = (
  { r, lengths: { length: p } }: Factors,
  b: Float64Array,
): Float64Array => {
  const x = new Float64Array(p);
  for (let j = 0; j < p; j += 1) {
    let rest = b[j] ?? 0;
    for (let k = 0; k < j; k += 1) rest -= (r[k * p + j] ?? 0) * (x[k] ?? 0);
    x[j] = rest / (r[j * p + j] ?? 0);
  }
  return x;
};
