import { type DoubleDoubles, exactly, minus, plus, times } from './double-double.ts';
import { type Fit, fitOf } from './fit.ts';
import { factorise, solveUpper, solveUpperTransposed, timesQ, timesQTransposed } from './householder.ts';

/** Steps until nothing changes any more; ill-conditioned sets gain some three digits a step. */
const MOST_STEPS = 20;

/**
 * Least squares of columns known to some 31 digits, by iterative refinement of the augmented system
 * [I X; Xᵀ 0][e; b] = [y; 0] with residuals in double-double: for sets so ill-conditioned that plain doubles keep few
 * digits. Björck, "Iterative refinement of linear least squares solutions", BIT 7 (1967) and 8 (1968).
 */
export const fitRefined = (
  names: readonly string[],
  columns: readonly DoubleDoubles[],
  y: Float64Array,
): Fit => {
  const n = y.length;
  const p = columns.length;
  const design = { names, columns: columns.map(({ hi }) => hi) };
  const factors = factorise(design.columns);
  // The solution too needs more digits than one double has while it is corrected.
  const b = Array.from({ length: p }, () => exactly(0));
  const e = Array.from({ length: n }, () => exactly(0));
  const at = (column: DoubleDoubles | undefined, i: number) => ({
    hi: column?.hi[i] ?? 0,
    lo: column?.lo[i] ?? 0,
  });
  let before = Number.POSITIVE_INFINITY;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    // f = y - e - X b, g = -Xᵀ e
    const f = new Float64Array(n);
    for (let i = 0; i < n; i += 1) {
      let rest = plus(exactly(y[i] ?? 0), minus(e[i] ?? exactly(0)));
      for (let j = 0; j < p; j += 1) rest = plus(rest, minus(times(at(columns[j], i), b[j] ?? exactly(0))));
      f[i] = rest.hi + rest.lo;
    }
    const g = Float64Array.from({ length: p }, (_, j) => {
      let sum = exactly(0);
      for (let i = 0; i < n; i += 1) sum = plus(sum, times(at(columns[j], i), e[i] ?? exactly(0)));
      return -(sum.hi + sum.lo) / (factors.lengths[j] ?? 1);
    });
    // h = R⁻ᵀ g, d = Qᵀ f; db = R⁻¹ (d₁ - h), de = Q [h; d₂]
    const h = solveUpperTransposed(factors, g);
    const d = timesQTransposed(factors, f);
    const db = solveUpper(
      factors,
      d.map((value, j) => (j < p ? value - (h[j] ?? 0) : value)),
    );
    const inQ = d.slice();
    inQ.set(h);
    const de = timesQ(factors, inQ);
    let change = 0;
    for (let j = 0; j < p; j += 1) {
      const by = (db[j] ?? 0) / (factors.lengths[j] ?? 1);
      b[j] = plus(b[j] ?? exactly(0), exactly(by));
      change = Math.max(change, Math.abs(by) / (Math.abs(b[j]?.hi ?? 0) || 1));
    }
    for (let i = 0; i < n; i += 1) e[i] = plus(e[i] ?? exactly(0), exactly(de[i] ?? 0));
    if (change < 1e-17 || change >= before) break;
    before = change;
  }
  return fitOf(
    design,
    y,
    factors,
    Float64Array.from(b, ({ hi, lo }) => hi + lo),
    Float64Array.from(e, ({ hi, lo }) => hi + lo),
  );
};
