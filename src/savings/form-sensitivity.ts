import { factorise, solveUpper, timesQTransposed } from './householder.ts';
import { LEAST_PIVOT_RATIO } from './least-squares.ts';
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
export const formSensitivity = (before: ScopeSeries, after: ScopeSeries, terms: readonly Term[]): number => {
  const [known, rows] = [usableRows(before), usableRows(after)];
  const p = terms.length;
  if (known.length <= p) return 0;
  const straight = factorise(designOf(before, terms, known).columns);
  const energy = timesQTransposed(straight, energyOver(before, known));
  const future = designOf(after, terms, rows).columns.map(sum);
  const bent = terms.flatMap((term): readonly Term[] => {
    if (term.kind !== 'work') return [];
    const { at, unit } = term;
    const rates = Float64Array.from(known, (row) => rateOf(before, at, row)).sort();
    return BENDS.map((share): Term => ({ kind: 'waking', at, unit, rate: quantile(rates, share) }));
  });
  return bent.reduce((most, bend) => {
    // What the straight terms do not hold of the bend tells its coefficient (Frisch and Waugh, Econometrica 1, 1933).
    const [column = new Float64Array()] = designOf(before, [bend], known).columns;
    const turned = timesQTransposed(straight, column);
    let [own, shared, whole] = [0, 0, 0];
    for (let at = 0; at < turned.length; at += 1) {
      const value = turned[at] ?? 0;
      whole += value * value;
      if (at < p) continue;
      own += value * value;
      shared += value * (energy[at] ?? 0);
    }
    if (!(own > LEAST_PIVOT_RATIO ** 2 * whole)) return most;
    const held = solveUpper(straight, turned);
    const [total = 0] = designOf(after, [bend], rows).columns.map(sum);
    const beyond = future.reduce(
      (left, value, j) => left - (value * (held[j] ?? 0)) / (straight.lengths[j] ?? 1),
      total,
    );
    const change = Math.abs((shared / own) * beyond);
    return Number.isFinite(change) ? Math.max(most, change) : most;
  }, 0);
};

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
