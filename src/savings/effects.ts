import type { AvoidedEmissions } from '../model/comparison.ts';
import type { EnergyInterval } from '../model/estimate.ts';
import { type GramsCO2e, grams, JOULES_PER_KWH } from '../units.ts';
import { filledByHour, hourOf, knownShare, meansByHour, pueOf } from './grid-hours.ts';
import type { ScopeSeries } from './series.ts';
import { runningSum } from './usable-totals.ts';

/** Least share of intervals whose factor is known: the coverage that is asked for everywhere. */
const LEAST_KNOWN = 0.9;
/** Rounding of sums over a year of hours; beyond it the design counted other energy than this series. */
const SAME = 1e-9;

export interface EffectsInput {
  readonly before: ScopeSeries;
  readonly after: ScopeSeries;
  /** J by interval of `after`; NaN where the interval did not count; undefined where the design has none. */
  readonly expectedSeries: Float64Array | undefined;
  /** J over the intervals that counted. */
  readonly expected: number;
  readonly avoided: number;
  readonly interval: EnergyInterval;
  /** Whether the measure moves energy in time or place rather than avoids it. */
  readonly isShift: boolean;
}

/**
 * CO2e of avoided energy at factors of the reporting period; what the grid did by itself stands beside it and is never
 * added: it is the change of the factor since the baseline, by hour of day, on the energy that was due. Both times PUE,
 * where it is known. Undefined where factors are known for less than 90 % of the reporting window.
 */
export const avoidedEmissions = (input: EffectsInput): AvoidedEmissions | undefined => {
  const { before, after, expectedSeries, expected, avoided, interval } = input;
  if (knownShare(after, after.grid) < LEAST_KNOWN) return undefined;
  const grid = filledByHour(after, after.grid);
  const pue = pueOf(after);
  const usual = knownShare(before, before.grid) < LEAST_KNOWN ? undefined : meansByHour(before, before.grid);
  const sums = { due: runningSum(), avoided: runningSum(), dueGrams: runningSum() };
  const effects = { energy: runningSum(), grid: runningSum() };
  for (let at = 0; at < after.length; at += 1) {
    const actual = after.energy[at] ?? Number.NaN;
    const due = expectedSeries === undefined ? actual : (expectedSeries[at] ?? Number.NaN);
    if (after.usable[at] !== 1 || !Number.isFinite(due)) continue;
    const facility = (pue[at] ?? 1) / JOULES_PER_KWH;
    const factor = grid[at] ?? Number.NaN;
    sums.due.add(due);
    sums.avoided.add(due - actual);
    sums.dueGrams.add(due * facility * factor);
    effects.energy.add((due - actual) * facility * factor);
    effects.grid.add(due * facility * ((usual?.[hourOf(after, at)] ?? Number.NaN) - factor));
  }
  const perJoule = sums.dueGrams.value() / sums.due.value();
  if (!Number.isFinite(perJoule)) return undefined;
  // Where the design counted a part of the hosts, or corrected the total, its total is booked at the mean factor.
  const isItemised =
    expectedSeries !== undefined && Math.abs(sums.avoided.value() - avoided) <= SAME * Math.abs(expected);
  const effect = isItemised ? effects.energy.value() : avoided * perJoule;
  const counted = expected / sums.due.value();
  return {
    energyEffect: grams(effect),
    energyEffectLow: grams(effect + (interval.low - avoided) * perJoule),
    energyEffectHigh: grams(effect + (interval.high - avoided) * perJoule),
    gridEffect: usual === undefined ? undefined : grams(effects.grid.value() * counted),
    shiftEffect: input.isShift ? shiftEffect(before, after, grid, pue) : undefined,
  };
};

/**
 * CO2e of having used the same energy at other hours: the profile of the baseline over the day, scaled to the energy that
 * was used, against the profile that was. Undefined where the baseline has none.
 */
export const shiftEffect = (
  before: ScopeSeries,
  after: ScopeSeries,
  grid: Float64Array,
  pue: Float64Array,
): GramsCO2e | undefined => {
  const known = before.energy.map((energy, at) => (before.usable[at] === 1 ? energy : Number.NaN));
  const profile = meansByHour(before, known);
  const [actual, shape, actualGrams, shapeGrams] = [runningSum(), runningSum(), runningSum(), runningSum()];
  for (let at = 0; at < after.length; at += 1) {
    if (after.usable[at] !== 1) continue;
    const perJoule = ((pue[at] ?? 1) * (grid[at] ?? Number.NaN)) / JOULES_PER_KWH;
    const usual = profile[hourOf(after, at)] ?? Number.NaN;
    const used = after.energy[at] ?? Number.NaN;
    actual.add(used);
    shape.add(usual);
    actualGrams.add(used * perJoule);
    shapeGrams.add(usual * perJoule);
  }
  const effect = (shapeGrams.value() * actual.value()) / shape.value() - actualGrams.value();
  return Number.isFinite(effect) ? grams(effect) : undefined;
};
