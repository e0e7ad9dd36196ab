import {
  add,
  columnOf,
  type DoubleDouble,
  dot,
  itemOf,
  multiply,
  negate,
  type PairColumn,
  pair,
  setItem,
  subtract,
} from './double-double.ts';
import {
  applyOrthogonal,
  applyTransposed,
  type Factorisation,
  factorise,
  inverseOf,
  solveLower,
  solveUpper,
} from './householder.ts';
import { type Fit, type FitOutcome, fitLeastSquares, qualityOf, RANK_LIMIT } from './least-squares.ts';

/** A design and what is fitted, to 32 digits. */
export interface RefinedInput {
  readonly names: readonly string[];
  readonly columns: readonly PairColumn[];
  readonly y: PairColumn;
  /** As for the plain fit; refinement gains digits as long as it is far above 1e-16. */
  readonly rankLimit?: number;
}

/** Steps after which no digit is gained any more: each gains about log10(1e16 x pivot ratio), 3 at the very worst. */
const STEPS = 12;

/**
 * Least squares to nearly the precision of a double for the coefficients themselves, also where plain QR has lost most
 * digits: the augmented system r + Xb = y, X'r = 0 is refined by the plain QR, with its residuals in 32 digits (Bjorck,
 * "Iterative Refinement of Linear Least Squares Solutions I", BIT 7, 1967). Meant for checks of the plain fit and for
 * polynomials; it takes some hundred times as long. Throws as the plain fit does.
 */
export const fitRefined = ({ names, columns, y, rankLimit = RANK_LIMIT }: RefinedInput): FitOutcome => {
  const design = { names, columns: columns.map(({ hi }) => hi) };
  const plain = fitLeastSquares(design, y.hi, { rankLimit });
  if (!plain.ok) return plain;
  const factors = factorise(design.columns);
  const scaled = columns.map((column, at) => {
    const by = factors.scales[at] ?? 1;
    return columnOf(
      column.hi.map((value) => value * by),
      column.lo.map((value) => value * by),
    );
  });
  const { n, p } = factors;
  const solution = columnOf(new Float64Array(p));
  const residuals = columnOf(y.hi.slice(), y.lo.slice());
  for (let step = 0; step < STEPS; step += 1) correct(factors, scaled, y, solution, residuals);
  const coefficients = Float64Array.from(
    { length: p },
    (_, at) => (solution.hi[at] ?? 0) * (factors.scales[at] ?? 1),
  );
  const fitted = Float64Array.from(
    { length: n },
    (_, row) => subtract(itemOf(y, row), itemOf(residuals, row)).hi,
  );
  const fit: Fit = {
    ...plain.fit,
    ...qualityOf(y.hi, residuals.hi, p, plain.fit.centred),
    coefficients,
    fitted,
    residuals: residuals.hi,
    inverse: inverseOf(factors),
  };
  return { ok: true, fit };
};

/** One step: the errors f = y - r - Xb and g = -X'r in 32 digits, and what QR says that they ask for. */
const correct = (
  factors: Factorisation,
  columns: readonly PairColumn[],
  y: PairColumn,
  solution: PairColumn,
  residuals: PairColumn,
): void => {
  const { n, p } = factors;
  const f = new Float64Array(n);
  for (let row = 0; row < n; row += 1) {
    let left: DoubleDouble = subtract(itemOf(y, row), itemOf(residuals, row));
    columns.forEach((column, at) => {
      left = subtract(left, multiply(itemOf(column, row), itemOf(solution, at)));
    });
    f[row] = left.hi;
  }
  const g = Float64Array.from(columns, (column) => negate(dot(column, residuals)).hi);
  const h = solveLower(factors, g);
  const d = applyTransposed(factors, f);
  const step = solveUpper(
    factors,
    h.map((value, at) => (d[at] ?? 0) - value),
  );
  d.set(h);
  const change = applyOrthogonal(factors, d);
  for (let at = 0; at < p; at += 1) setItem(solution, at, add(itemOf(solution, at), pair(step[at] ?? 0)));
  for (let row = 0; row < n; row += 1)
    setItem(residuals, row, add(itemOf(residuals, row), pair(change[row] ?? 0)));
};
