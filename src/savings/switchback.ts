import { counted } from '../model/counted.ts';
import type { DesignOutcome, EnergyInterval, IntervalMethod, NoEstimate, Remark } from '../model/estimate.ts';
import type { SwitchbackSchedule } from '../model/measure.ts';
import { joules, ratio } from '../units.ts';
import { LEVEL, POWER_QUANTILE, REDRAWS } from './levels.ts';
import { seededRandom } from './random.ts';
import type { Inversion } from './randomisation.ts';
import { residualsOf, switchbackTerms } from './residualise.ts';
import type { ScopeSeries } from './series.ts';
import { blockMeans, keepIntervals } from './switchback-blocks.ts';
import { judgeSchedule, schedulesLog10 } from './switchback-check.ts';
import { shortSpan, tooFew, unlikeArms } from './switchback-remarks.ts';
import { blocksInCycle, drawArms, strataOf } from './switchback-schedule.ts';
import { difference, type Redraw, redrawOf, switchbackTest } from './switchback-test.ts';
import { workBalance } from './work-balance.ts';

export interface SwitchbackInput {
  /** Of the scope, from the start of the measure to the date of the report. */
  readonly series: ScopeSeries;
  readonly schedule: SwitchbackSchedule;
  /** First instant of the schedule, seconds since 1970 UTC. */
  readonly start: number;
  /** Seeds the re-draws; recorded in the report. */
  readonly seed: string;
  readonly draws?: number;
}

const intervalOf = (method: IntervalMethod, found: Inversion, unit: number): EnergyInterval => ({
  method,
  level: ratio(LEVEL),
  low: joules(found.low * unit),
  high: joules(found.high * unit),
});

const none = (...refusals: readonly Remark[]): NoEstimate => ({ design: 'switchback', refusals });

/**
 * Randomised on/off test: what the hours with the measure on would have used with it off. Joules of these hours alone:
 * nothing is scaled up to hours without it, nor to a year (CalTRACK 4.1.2). Pure; the same input gives the same bytes.
 *
 * Energy is freed of what demanded host time, work, drivers and the time of day explain, without the flag; blocks are
 * averaged; chance is what other draws of the same design would have shown. The interval is that of a saving of so many
 * joules an interval together with that of a saving by so much of what was used: nobody knows which it is. At no saving
 * the two are one test; of a saving of 10 % of power on a real trace the first alone held 0.85, both together 0.90.
 */
export const switchback = (input: SwitchbackInput): DesignOutcome => {
  const { series, schedule, start } = input;
  const end = series.from + series.length * series.step;
  const judged = judgeSchedule({ schedule, start, end, step: series.step });
  const shape = judged.refusals.filter(({ flag }) => flag !== 'too_short' && flag !== 'too_few_blocks');
  if (shape.length > 0) return none(...shape);
  const kept = keepIntervals(series, schedule, start);
  const early = [...tooFew(kept), ...shortSpan(series, start)];
  if (early.length > 0) return none(...early);
  const energy = Float64Array.from(kept.kept, (at) => series.energy[at] ?? Number.NaN);
  const flag = Float64Array.from(kept.blockOf, (block) => (kept.blocks[block]?.on === true ? 1 : 0));
  const columns = switchbackTerms(series, kept.kept, kept.blocks.length, schedule.block);
  const left = residualsOf(columns, energy);
  const flagLeft = residualsOf(columns, flag);
  if (left === undefined || flagLeft === undefined)
    return none({
      flag: 'not_fitted',
      text: `Energy of ${counted(energy.length, 'hour')} could not be set against work: hours are too few or no host was demanded.`,
      remedy: 'Check that work and energy of these hosts are counted.',
    });
  const on = Uint8Array.from(kept.blocks, (block) => (block.on ? 1 : 0));
  const indices = Int32Array.from(kept.blocks, ({ index }) => index);
  const count = blocksInCycle(schedule.block);
  const cycles = Math.ceil(((indices.at(-1) ?? 0) + 1) / count);
  const strata = strataOf(schedule, start, cycles);
  const redraw = (purpose: string): Redraw =>
    redrawOf(
      (random, all) => drawArms(strata, random, all),
      cycles * count,
      indices,
      seededRandom(`${input.seed} ${purpose}`),
    );
  const draws = input.draws ?? REDRAWS;
  const means = { energy: blockMeans(left, kept), flag: blockMeans(flagLeft, kept), on };
  const found = switchbackTest(means, redraw('switchback'), draws, LEVEL);
  const shares = residualsOf(
    columns,
    energy.map((value, at) => (flag[at] ?? 0) * value),
  );
  const byShare =
    shares &&
    switchbackTest({ ...means, flag: blockMeans(shares, kept) }, redraw('switchback'), draws, LEVEL);
  if (!Number.isFinite(found.low) || !Number.isFinite(found.high))
    return none({
      flag: 'not_separable',
      text: 'Chance can not be told from effect at 90 %: work happened to follow the schedule, or too few schedules were possible.',
      remedy: 'Let the on/off test run on, or take shorter blocks.',
    });
  const ons = flag.reduce((sum, value) => sum + value, 0);
  const actual = energy.reduce((sum, value, at) => sum + (flag[at] ?? 0) * value, 0);
  const avoided = found.estimate * ons;
  const expected = actual + avoided;
  const intervals: readonly EnergyInterval[] = [
    intervalOf('randomisation', found, ons),
    ...(byShare !== undefined && Number.isFinite(byShare.low) && Number.isFinite(byShare.high)
      ? [intervalOf('randomisation-share', byShare, actual)]
      : []),
  ];
  const interval: EnergyInterval = {
    method: 'randomisation',
    level: ratio(LEVEL),
    low: joules(Math.min(...intervals.map(({ low }) => low))),
    high: joules(Math.max(...intervals.map(({ high }) => high))),
  };
  const balance = workBalance(series, schedule, kept, redraw('work'), draws);
  const expectedSeries = new Float64Array(series.length).fill(Number.NaN);
  kept.kept.forEach((at, place) => {
    if (flag[place] === 1) expectedSeries[at] = (energy[place] ?? Number.NaN) + found.estimate;
  });
  const half = (interval.high - interval.low) / 2;
  return {
    design: 'switchback',
    expected: joules(expected),
    actual: joules(actual),
    avoided: joules(avoided),
    intervals,
    interval,
    coverage: undefined,
    pValue: found.pValue,
    detectable: ratio((half + POWER_QUANTILE * found.standardError * ons) / expected),
    grade: 'A',
    flags: [...judged.warnings, ...balance.flags],
    refusals: unlikeArms(kept),
    diagnostics: {
      effect_joules_per_interval: -found.estimate,
      standard_error_joules_per_interval: found.standardError,
      blocks_on: on.reduce((sum, value) => sum + value, 0),
      blocks_off: on.length - on.reduce((sum, value) => sum + value, 0),
      blocks_left_out: kept.scheduled - kept.blocks.length,
      intervals_on: ons,
      intervals_off: flag.length - ons,
      intervals_washout: kept.washout,
      known_on_ratio: kept.knownOn,
      known_off_ratio: kept.knownOff,
      possible_schedules_log10: schedulesLog10(schedule, start, cycles),
      redraws: draws,
      terms: columns.length,
      raw_difference_joules_per_interval: difference(blockMeans(energy, kept), on),
      ...balance.diagnostics,
    },
    expectedSeries,
    placebo: [],
  };
};
