import type { ChangeInEmissions } from '../model/comparison.ts';
import { grams, JOULES_PER_KWH } from '../units.ts';
import { filledByHour, knownShare, pueOf } from './grid-hours.ts';
import { decompose } from './lmdi.ts';
import type { ScopeSeries } from './series.ts';
import { runningSum, usableTotals } from './usable-totals.ts';

/** Least share of intervals whose factor is known: the coverage that is asked for everywhere. */
const LEAST_KNOWN = 0.9;

/** Work, joules per unit, facility over IT energy, g/J: their product is emissions. */
const factorsOf = (series: ScopeSeries, weights: readonly number[]): readonly number[] | undefined => {
  if (knownShare(series, series.grid) < LEAST_KNOWN) return undefined;
  const { energy, work } = usableTotals(series);
  const [grid, pue] = [filledByHour(series, series.grid), pueOf(series)];
  const [facility, emitted] = [runningSum(), runningSum()];
  for (let at = 0; at < series.length; at += 1) {
    if (series.usable[at] !== 1) continue;
    const drawn = (series.energy[at] ?? Number.NaN) * (pue[at] ?? 1);
    facility.add(drawn);
    emitted.add((drawn * (grid[at] ?? Number.NaN)) / JOULES_PER_KWH);
  }
  const activity = work.reduce((sum, amount, term) => sum + amount * (weights[term] ?? 0), 0);
  if (!(activity > 0) || !(energy > 0) || !(facility.value() > 0)) return undefined;
  return [activity, energy / activity, facility.value() / energy, emitted.value() / facility.value()];
};

/**
 * The change of all emissions of the scope from the baseline, scaled to as many intervals as the reporting window has, in
 * bars that add up. The bar of intensity is not the measure: idle energy spread over more work is in it.
 *
 * @param weights J per unit of each kind of work, by which several kinds become one activity; any number for one kind.
 * @returns undefined where factors or work are not known on a side.
 */
export const changeInEmissions = (
  before: ScopeSeries,
  after: ScopeSeries,
  weights: readonly number[],
): ChangeInEmissions | undefined => {
  const [was, is] = [factorsOf(before, weights), factorsOf(after, weights)];
  if (was === undefined || is === undefined) return undefined;
  const scale = usableTotals(after).intervals / usableTotals(before).intervals;
  const scaled = was.map((factor, at) => (at === 0 ? factor * scale : factor));
  const [activity = 0, intensity = 0, facility = 0, grid = 0] = decompose(scaled, is);
  const product = (factors: readonly number[]) => factors.reduce((all, factor) => all * factor, 1);
  return {
    activity: grams(activity),
    intensity: grams(intensity),
    facility: grams(facility),
    grid: grams(grid),
    total: grams(product(is) - product(scaled)),
  };
};
