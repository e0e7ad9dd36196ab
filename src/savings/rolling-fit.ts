import { designOf, type Terms, usableRows } from './baseline.ts';
import { factorise, solveUpper, timesQ, timesQTransposed } from './householder.ts';
import type { ScopeSeries } from './series.ts';

/**
 * Fits over any window of a series from sums that were made once: thousands of windows in milliseconds. Columns are
 * first made orthonormal over the whole series and energy is freed of its fit on all of it, so that the small systems
 * of the windows are well-conditioned and their sums lose no digits; a test compares with QR of each window.
 */
export interface RollingFit {
  /**
   * Fits on `[from, from + n)` and predicts `[from + n, from + n + m)`, positions of intervals. Undefined where less than
   * 90 % of either is usable or nothing can be fitted.
   */
  predict(
    from: number,
    n: number,
    m: number,
  ): { readonly expected: number; readonly actual: number } | undefined;
}

const LEAST_USABLE = 0.9;

export const rollingFit = (series: ScopeSeries, terms: Terms): RollingFit | undefined => {
  const rows = usableRows(series);
  const { columns } = designOf(series, rows, terms);
  const p = columns.length;
  if (rows.length <= p * 10) return undefined;
  const factors = factorise(columns);
  if (!(factors.pivotRatio > 1e-10)) return undefined;
  const y = Float64Array.from(rows, (i) => series.energy[i] ?? 0);
  const rotated = timesQTransposed(factors, y);
  rotated.fill(0, 0, p);
  const e = timesQ(factors, rotated);
  const basis = Array.from({ length: p }, (_, j) => {
    const unit = new Float64Array(rows.length);
    unit[j] = 1;
    return timesQ(factors, unit);
  });
  // Running sums over the usable rows, by interval: counts, energy, e, and the products.
  const sums = (of: (row: number) => number): Float64Array => {
    const running = new Float64Array(series.length + 1);
    let [row, total, lost] = [0, 0, 0];
    for (let i = 0; i < series.length; i += 1) {
      if (rows[row] === i) {
        const value = of(row);
        const next = total + value;
        lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
        total = next;
        row += 1;
      }
      running[i + 1] = total + lost;
    }
    return running;
  };
  const scale = rows.length;
  const counts = sums(() => 1);
  const energies = sums((row) => y[row] ?? 0);
  const errors = sums((row) => e[row] ?? 0);
  const totals = basis.map((q) => sums((row) => q[row] ?? 0));
  const products = basis.map((a, j) =>
    basis.map((b, k) => (k < j ? undefined : sums((row) => (a[row] ?? 0) * (b[row] ?? 0) * scale))),
  );
  const sides = basis.map((q) => sums((row) => (q[row] ?? 0) * (e[row] ?? 0) * scale));
  const between = (running: Float64Array | undefined, from: number, to: number): number =>
    (running?.[to] ?? 0) - (running?.[from] ?? 0);

  return {
    predict: (from, n, m) => {
      const [middle, end] = [from + n, from + n + m];
      if (from < 0 || end > series.length) return undefined;
      if (between(counts, from, middle) < LEAST_USABLE * n || between(counts, middle, end) < LEAST_USABLE * m)
        return undefined;
      const matrix = new Float64Array(p * p);
      const right = new Float64Array(p);
      for (let j = 0; j < p; j += 1) {
        right[j] = between(sides[j], from, middle);
        for (let k = j; k < p; k += 1) {
          const value = between(products[j]?.[k], from, middle);
          matrix[j * p + k] = value;
          matrix[k * p + j] = value;
        }
      }
      const coefficients = solveSymmetric(matrix, right, p);
      if (coefficients === undefined) return undefined;
      // The error of the window's own fit on y is that of its fit on e: the common part cancels.
      let off = -between(errors, middle, end);
      for (let j = 0; j < p; j += 1) off += (coefficients[j] ?? 0) * between(totals[j], middle, end);
      const actual = between(energies, middle, end);
      return { expected: actual + off, actual };
    },
  };
};

/** Cholesky factors; undefined where the columns cannot be told apart within the window. */
const solveSymmetric = (a: Float64Array, b: Float64Array, p: number): Float64Array | undefined => {
  const r = new Float64Array(p * p);
  for (let j = 0; j < p; j += 1) {
    for (let k = j; k < p; k += 1) {
      let value = a[j * p + k] ?? 0;
      for (let i = 0; i < j; i += 1) value -= (r[i * p + j] ?? 0) * (r[i * p + k] ?? 0);
      if (k === j) {
        if (!(value > 1e-10 * (a[j * p + j] ?? 0))) return undefined;
        r[j * p + j] = Math.sqrt(value);
      } else r[j * p + k] = value / (r[j * p + j] ?? 1);
    }
  }
  const z = new Float64Array(p);
  for (let j = 0; j < p; j += 1) {
    let rest = b[j] ?? 0;
    for (let i = 0; i < j; i += 1) rest -= (r[i * p + j] ?? 0) * (z[i] ?? 0);
    z[j] = rest / (r[j * p + j] ?? 1);
  }
  const lengths = new Float64Array(p);
  return solveUpper({ reflections: [], weights: lengths, r, lengths, pivotRatio: 1 }, z);
};
