import { fitLeastSquares, predict } from './least-squares.ts';
import { designOf, energyOver, rateOf, type Term, usableRows } from './model-terms.ts';
import { quantile } from './quantiles.ts';
import type { ScopeSeries } from './series.ts';

/** Where the line of work may bend: at the quartiles of the baseline's rates. */
const BENDS = [0.25, 0.5, 0.75] as const;

/**
 * J by which the expected energy would be another one if energy did not rise with work in a straight line. The power of
 * hosts bends (SPECpower results: concave or convex by generation), which averages out as long as work is as it was, and
 * does not once it fell or grew. The largest difference over models with one more bend, for each kind of work; a bend
 * that cannot be fitted says nothing. What is random in the fit is not in it.
 */
export const formSensitivity = (
  before: ScopeSeries,
  after: ScopeSeries,
  terms: readonly Term[],
  expected: number,
): number => {
  const [known, rows] = [usableRows(before), usableRows(after)];
  const energy = energyOver(before, known);
  const bent = terms.flatMap((term): readonly Term[] => {
    if (term.kind !== 'work') return [];
    const { at, unit } = term;
    const rates = Float64Array.from(known, (row) => rateOf(before, at, row)).sort();
    return BENDS.map((share): Term => ({ kind: 'waking', at, unit, rate: quantile(rates, share) }));
  });
  return bent.reduce((most, bend) => {
    const outcome = fitLeastSquares(designOf(before, [...terms, bend], known), energy);
    if (!outcome.ok) return most;
    const other = predict(outcome.fit, designOf(after, [...terms, bend], rows).columns);
    return Math.max(most, Math.abs(other.reduce((total, value) => total + value, 0) - expected));
  }, 0);
};
