/** Columns of one length, each the values of one term of a linear model; every value finite, every row used. */
export interface Design {
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
}

/** An orthogonal factorisation of a design whose columns were scaled by powers of two. */
export interface Factorisation {
  readonly n: number;
  readonly p: number;
  /** Householder vectors, one a column: its first `at` items are 0. */
  readonly reflectors: readonly Float64Array[];
  /** Twice the inverse of the squared length of each vector; 0: no reflection. */
  readonly weights: Float64Array;
  /** Upper triangle R, row-major p x p. */
  readonly upper: Float64Array;
  /** What each column was multiplied by: an exact power of two, so that scaling rounds nothing. */
  readonly scales: Float64Array;
  /** min |R_ii| / max |R_ii| of the columns scaled to unit length: 0 is singular. */
  readonly pivotRatio: number;
}

/** Largest value first, so that neither the squares of large values nor those of small ones leave the range. */
const lengthOf = (column: Float64Array): number => {
  let largest = 0;
  for (const value of column) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return 0;
  let sum = 0;
  for (const value of column) sum += (value / largest) * (value / largest);
  return largest * Math.sqrt(sum);
};

/**
 * Householder QR (Golub and Van Loan, Matrix Computations, algorithm 5.2.1), never the normal equations: those square
 * the condition number. Columns come to a length of 1 to 2 by a power of two; the pivots are judged at length 1.
 */
export const factorise = (columns: readonly Float64Array[]): Factorisation => {
  const p = columns.length;
  const n = columns[0]?.length ?? 0;
  const lengths = columns.map(lengthOf);
  const scales = Float64Array.from(lengths, (length) =>
    length > 0 ? 2 ** Math.max(-1000, Math.min(1000, -Math.floor(Math.log2(length)))) : 1,
  );
  const work = columns.map((column, at) => column.map((value) => value * (scales[at] ?? 1)));
  const weights = new Float64Array(p);
  const upper = new Float64Array(p * p);
  let least = Number.POSITIVE_INFINITY;
  let greatest = 0;
  work.forEach((reflector, at) => {
    const norm = lengthOf(reflector.subarray(at));
    const first = reflector[at] ?? 0;
    const pivot = first > 0 ? -norm : norm;
    for (let row = 0; row < at; row += 1) {
      upper[row * p + at] = reflector[row] ?? 0;
      reflector[row] = 0;
    }
    upper[at * p + at] = pivot;
    const unit = Math.abs(pivot) / ((lengths[at] ?? 0) * (scales[at] ?? 1) || 1);
    least = Math.min(least, unit);
    greatest = Math.max(greatest, unit);
    if (norm === 0) return;
    reflector[at] = first - pivot;
    // v'v = 2 norm (norm + |first|), without a sum that could cancel.
    weights[at] = 1 / (norm * (norm + Math.abs(first)));
    for (let later = at + 1; later < p; later += 1) {
      const column = work[later];
      if (column !== undefined) reflect(reflector, weights[at] ?? 0, column, at);
    }
  });
  return { n, p, reflectors: work, weights, upper, scales, pivotRatio: greatest > 0 ? least / greatest : 0 };
};

const reflect = (reflector: Float64Array, weight: number, vector: Float64Array, from: number): void => {
  if (weight === 0) return;
  let dot = 0;
  for (let row = from; row < vector.length; row += 1) dot += (reflector[row] ?? 0) * (vector[row] ?? 0);
  const by = dot * weight;
  for (let row = from; row < vector.length; row += 1)
    vector[row] = (vector[row] ?? 0) - by * (reflector[row] ?? 0);
};

/** Q'v, in place. */
export const applyTransposed = (of: Factorisation, vector: Float64Array): Float64Array => {
  for (let at = 0; at < of.p; at += 1) reflect(of.reflectors[at] ?? vector, of.weights[at] ?? 0, vector, at);
  return vector;
};

/** Qv, in place. */
export const applyOrthogonal = (of: Factorisation, vector: Float64Array): Float64Array => {
  for (let at = of.p - 1; at >= 0; at -= 1)
    reflect(of.reflectors[at] ?? vector, of.weights[at] ?? 0, vector, at);
  return vector;
};

/** The solution of R z = v, for the scaled columns. No pivot may be 0. */
export const solveUpper = ({ upper, p }: Factorisation, vector: Float64Array): Float64Array => {
  const solution = new Float64Array(p);
  for (let row = p - 1; row >= 0; row -= 1) {
    let rest = vector[row] ?? 0;
    for (let later = row + 1; later < p; later += 1)
      rest -= (upper[row * p + later] ?? 0) * (solution[later] ?? 0);
    solution[row] = rest / (upper[row * p + row] ?? 0);
  }
  return solution;
};

/** The solution of R'z = v, for the scaled columns. No pivot may be 0. */
export const solveLower = ({ upper, p }: Factorisation, vector: Float64Array): Float64Array => {
  const solution = new Float64Array(p);
  for (let row = 0; row < p; row += 1) {
    let rest = vector[row] ?? 0;
    for (let earlier = 0; earlier < row; earlier += 1)
      rest -= (upper[earlier * p + row] ?? 0) * (solution[earlier] ?? 0);
    solution[row] = rest / (upper[row * p + row] ?? 0);
  }
  return solution;
};

/** (X'X)^-1 = R^-1 R^-T of the columns as they were before scaling, row-major p x p. */
export const inverseOf = (of: Factorisation): Float64Array => {
  const { p, scales } = of;
  const inverse = new Float64Array(p * p);
  for (let at = 0; at < p; at += 1) {
    const unit = new Float64Array(p);
    unit[at] = 1;
    const column = solveUpper(of, solveLower(of, unit));
    for (let row = 0; row < p; row += 1)
      inverse[row * p + at] = (column[row] ?? 0) * (scales[row] ?? 1) * (scales[at] ?? 1);
  }
  return inverse;
};
