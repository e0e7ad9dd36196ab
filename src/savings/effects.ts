import type { AvoidedEmissions, ChangeInEmissions } from '../model/comparison.ts';
import { grams, JOULES_PER_KWH } from '../units.ts';
import type { ScopeSeries } from './series.ts';

const KWH = 1 / JOULES_PER_KWH;
const HOURS = 24;

/** PUE of an interval; 1 where it is not known: then the figure is of the IT equipment alone, and is said to be. */
const pueAt = ({ pue }: ScopeSeries, i: number): number => {
  const value = pue[i] ?? Number.NaN;
  return Number.isFinite(value) ? value : 1;
};

/** Mean factor of each hour of the day of a window; NaN for an hour that has none. */
export const gridByHour = ({ grid, from, step, length }: ScopeSeries): Float64Array => {
  const [sums, counts] = [new Float64Array(HOURS), new Float64Array(HOURS)];
  for (let i = 0; i < length; i += 1) {
    const value = grid[i] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const hour = Math.floor((from + i * step) / 3600) % HOURS;
    sums[hour] = (sums[hour] ?? 0) + value;
    counts[hour] = (counts[hour] ?? 0) + 1;
  }
  return sums.map((sum, hour) => sum / (counts[hour] ?? 0));
};

/**
 * CO2e of avoided energy at the factors of the reporting period, hour by hour; what the grid did by itself stands apart
 * and is no part of it. Undefined where no factor is known for an hour that counts.
 *
 * @param expected J by interval of `after`; NaN where the interval did not count.
 * @param half of the interval of the avoided energy, J: it is turned into grams at the mean factor.
 */
export const avoidedEmissions = (
  before: ScopeSeries,
  after: ScopeSeries,
  expected: Float64Array,
  interval: { readonly low: number; readonly high: number },
): AvoidedEmissions | undefined => {
  const usual = gridByHour(before);
  let [energyEffect, gridEffect, avoided, weight, weighted] = [0, 0, 0, 0, 0];
  let isGridKnown = true;
  for (let i = 0; i < after.length; i += 1) {
    const without = expected[i] ?? Number.NaN;
    if (!Number.isFinite(without)) continue;
    const factor = after.grid[i] ?? Number.NaN;
    if (!Number.isFinite(factor)) return undefined;
    const pue = pueAt(after, i);
    const saved = without - (after.energy[i] ?? 0);
    avoided += saved;
    energyEffect += saved * KWH * pue * factor;
    weight += without;
    weighted += without * pue * factor;
    const then = usual[Math.floor((after.from + i * after.step) / 3600) % HOURS] ?? Number.NaN;
    if (Number.isFinite(then)) gridEffect += without * KWH * pue * (then - factor);
    else isGridKnown = false;
  }
  if (weight === 0) return undefined;
  const mean = weighted / weight;
  return {
    energyEffect: grams(energyEffect),
    energyEffectLow: grams(energyEffect - (avoided - interval.low) * KWH * mean),
    energyEffectHigh: grams(energyEffect + (interval.high - avoided) * KWH * mean),
    gridEffect: isGridKnown ? grams(gridEffect) : undefined,
    shiftEffect: undefined,
  };
};

/** Logarithmic mean: L(a, a) = a, and 0 where one of them is 0 (Ang, Energy Policy 33:7, 2005). */
export const logMean = (a: number, b: number): number => {
  if (a <= 0 || b <= 0) return 0;
  // Near 1 the quotient of two small differences would lose its digits.
  const x = a / b - 1;
  return Math.abs(x) < 1e-6 ? b * (1 + x / 2 - (x * x) / 12) : (a - b) / Math.log(a / b);
};

/**
 * The whole change of location-based emissions as work done, energy per work, facility and grid (LMDI-I): exact, nothing is
 * left over. Undefined where a side has no work, energy or factor. The step of energy per work is not the measure.
 */
export const changeInEmissions = (before: ScopeSeries, after: ScopeSeries): ChangeInEmissions | undefined => {
  const [a, b] = [totalsOf(before), totalsOf(after)];
  if (a === undefined || b === undefined) return undefined;
  const scale = b.time / a.time;
  const [c0, c1] = [a.grams * scale, b.grams];
  const weight = logMean(c1, c0);
  const bar = (now: number, then: number): number => weight * Math.log(now / then);
  return {
    activity: grams(bar(b.work, a.work * scale)),
    intensity: grams(bar(b.energy / b.work, a.energy / a.work)),
    facility: grams(bar(b.facility / b.energy, a.facility / a.energy)),
    grid: grams(bar(b.grams / b.facility, a.grams / a.facility)),
    total: grams(c1 - c0),
  };
};

const totalsOf = (series: ScopeSeries) => {
  let [work, energy, facility, mass, time] = [0, 0, 0, 0, 0];
  for (let i = 0; i < series.length; i += 1) {
    if (series.usable[i] !== 1) continue;
    const used = series.energy[i] ?? Number.NaN;
    const factor = series.grid[i] ?? Number.NaN;
    if (!Number.isFinite(used) || !Number.isFinite(factor)) continue;
    const pue = pueAt(series, i);
    work += series.work[0]?.[i] ?? 0;
    energy += used;
    facility += used * pue;
    mass += used * KWH * pue * factor;
    time += series.step;
  }
  return work > 0 && energy > 0 && mass > 0 ? { work, energy, facility, grams: mass, time } : undefined;
};

/** Energy, work and time of the intervals that count. */
export const usedOf = (series: ScopeSeries): { energy: number; work: readonly number[]; time: number } => {
  let [energy, time] = [0, 0];
  const work = series.work.map(() => 0);
  for (let i = 0; i < series.length; i += 1) {
    if (series.usable[i] !== 1) continue;
    energy += series.energy[i] ?? 0;
    time += series.step;
    for (const [term, column] of series.work.entries()) work[term] = (work[term] ?? 0) + (column[i] ?? 0);
  }
  return { energy, work, time };
};

/**
 * Growth against the saving: 1 - (E_b - E_R)/S with the baseline's energy scaled to the reporting time. 0: none; above 1
 * total energy rose although the measure saves. Undefined where nothing was avoided.
 */
export const growthOffset = (
  before: ScopeSeries,
  after: ScopeSeries,
  avoided: number,
): number | undefined => {
  if (!(avoided > 0)) return undefined;
  const [then, now] = [usedOf(before), usedOf(after)];
  return then.time > 0 ? 1 - ((then.energy * now.time) / then.time - now.energy) / avoided : undefined;
};
