import { counted } from '../model/counted.ts';
import { type Design, type Fit, fitOf } from './fit.ts';
import { factorise, solveUpper, timesQTransposed } from './householder.ts';
import { fitRefined } from './refine.ts';

export { type Design, type Fit, inverseOf, predict } from './fit.ts';

export type FitOutcome =
  | { readonly ok: true; readonly fit: Fit }
  | {
      readonly ok: false;
      readonly reason: 'too-few' | 'singular' | 'not-finite';
      /** What and how much, in words. */
      readonly detail: string;
    };

/** Below it columns cannot be told apart in double precision: 1e-16 of rounding, grown by the condition, eats all digits. */
export const LEAST_PIVOT_RATIO = 1e-10;

/**
 * Below it a fit is refined with residuals in double-double: plain doubles would keep fewer than nine digits. Above it they
 * keep more than any meter has.
 */
const REFINED_PIVOT_RATIO = 1e-7;

/**
 * Least squares by Householder reflections on columns scaled to unit length; the normal equations, which square the
 * condition, are never formed. Golub and Van Loan, Matrix Computations, 4th edition, 5.3.3.
 *
 * @param leastPivotRatio below it the columns are refused as inseparable.
 */
export const fitLeastSquares = (
  design: Design,
  y: Float64Array,
  leastPivotRatio = LEAST_PIVOT_RATIO,
): FitOutcome => {
  const { names, columns } = design;
  const [n, p] = [y.length, columns.length];
  if (n <= p)
    return {
      ok: false,
      reason: 'too-few',
      detail: `${counted(n, 'interval')} for ${counted(p, 'term')}: at least ${p + 1} are needed`,
    };
  const wrong = columns.findIndex((column) => column.length !== n || !column.every(Number.isFinite));
  if (wrong >= 0 || !y.every(Number.isFinite))
    return {
      ok: false,
      reason: 'not-finite',
      detail: `${wrong >= 0 ? names[wrong] : 'the energy'} is not a finite number in every interval`,
    };
  const factors = factorise(columns);
  if (!(factors.pivotRatio >= leastPivotRatio))
    return {
      ok: false,
      reason: 'singular',
      detail: `${names.join(', ')} move together: their effects cannot be told apart`,
    };
  if (factors.pivotRatio < REFINED_PIVOT_RATIO)
    return {
      ok: true,
      fit: fitRefined(
        names,
        columns.map((hi) => ({ hi, lo: new Float64Array(n) })),
        y,
      ),
    };
  const scaled = solveUpper(factors, timesQTransposed(factors, y));
  const coefficients = scaled.map((value, j) => value / (factors.lengths[j] ?? 1));
  return { ok: true, fit: fitOf(design, y, factors, coefficients) };
};
