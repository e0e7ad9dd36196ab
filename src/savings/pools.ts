import { counted } from '../model/counted.ts';
import type { DesignOutcome, EnergyInterval, NoEstimate, Remark } from '../model/estimate.ts';
import type { PoolSchedule } from '../model/measure.ts';
import { joules, ratio } from '../units.ts';
import { energiesOf, type HostEnergy, type HostHalves } from './host-model.ts';
import { LEVEL, POWER_QUANTILE, REDRAWS } from './levels.ts';
import { HOSTS_A_POOL, remarksOf } from './pools-remarks.ts';
import { seededRandom } from './random.ts';
import { invert, type LinearStatistics } from './randomisation.ts';
import { workShift } from './work-shift.ts';

/** With four of eight there are 70 ways to draw; with three of six 20, of which 90 % can not be rejected one-sidedly. */
const LEAST_HOSTS = 4;

export interface PoolsInput {
  /** All hosts that were drawn from, with a past before the measure. */
  readonly hosts: readonly HostHalves[];
  readonly schedule: PoolSchedule;
  /** Seeds the re-draws; recorded in the report. */
  readonly seed: string;
  readonly draws?: number;
}

const none = (...refusals: readonly Remark[]): NoEstimate => ({ design: 'ab', refusals });

/** Actual over expected of hosts with the measure less that of the others, and what giving back a share would add. */
const gap = (hosts: readonly HostEnergy[], had: Uint8Array, drawn: Uint8Array): readonly [number, number] => {
  const sums = { expected: [0, 0], actual: [0, 0], given: [0, 0] };
  const add = (to: number[], side: number, value: number): void => {
    to[side] = (to[side] ?? 0) + value;
  };
  hosts.forEach(({ expected, actual }, at) => {
    const side = drawn[at] ?? 0;
    add(sums.expected, side, expected);
    add(sums.actual, side, actual);
    add(sums.given, side, (had[at] ?? 0) * actual);
  });
  const apart = (of: readonly number[]): number =>
    (of[1] ?? 0) / (sums.expected[1] ?? 0) - (of[0] ?? 0) / (sums.expected[0] ?? 0);
  return [apart(sums.actual), apart(sums.given)];
};

/** The gap as it is and under other draws of as many hosts. */
export const poolStatistics = (
  hosts: readonly HostEnergy[],
  had: Uint8Array,
  draws: readonly Uint8Array[],
): LinearStatistics => {
  const [level, slope] = gap(hosts, had, had);
  const drawn = draws.map((other) => gap(hosts, had, other));
  return {
    level,
    slope,
    levels: Float64Array.from(drawn, ([value]) => value),
    slopes: Float64Array.from(drawn, ([, value]) => value),
  };
};

/**
 * Hosts drawn at random into two pools: what those with the measure would have used without it. Each host is set
 * against its own frozen model, so that what it was like before adds no chance; chance is what other draws of the
 * pools would have shown, and the interval inverts that test for a saving by a share. Grade A.
 */
export const pools = (input: PoolsInput): DesignOutcome => {
  const { known, left } = energiesOf(input.hosts);
  const had = Uint8Array.from(known, ({ host }) => (input.schedule.treated.includes(host) ? 1 : 0));
  const count = had.reduce((sum, flag) => sum + flag, 0);
  const sample = input.hosts[0];
  if (sample === undefined || Math.min(count, known.length - count) < LEAST_HOSTS)
    return none({
      flag: 'too_few_hosts',
      text: `${counted(count, 'host')} with the measure and ${known.length - count} without have enough known hours before and after; ${LEAST_HOSTS} of each are the least, ${HOSTS_A_POOL} are needed for proof.`,
      remedy: 'Draw from more hosts, or take an on/off test.',
    });
  const random = seededRandom(`${input.seed} pools`);
  const draws = Array.from({ length: input.draws ?? REDRAWS }, () => {
    const other = new Uint8Array(known.length);
    const order = Array.from({ length: known.length }, (_, at) => at);
    for (let drawn = 0; drawn < count; drawn += 1) {
      const place = drawn + random.below(order.length - drawn);
      const host = order[place] ?? 0;
      order[place] = order[drawn] ?? 0;
      other[host] = 1;
    }
    return other;
  });
  const found = invert(poolStatistics(known, had, draws), LEVEL);
  if (!Number.isFinite(found.low) || !Number.isFinite(found.high))
    return none({
      flag: 'too_few_schedules',
      text: 'So few pools could have been drawn that chance can not be told from effect at 90 %.',
      remedy: 'Draw from more hosts.',
    });
  const actual = known.reduce((sum, host, at) => sum + (had[at] ?? 0) * host.actual, 0);
  const interval: EnergyInterval = {
    method: 'randomisation',
    level: ratio(LEVEL),
    low: joules(found.low * actual),
    high: joules(found.high * actual),
  };
  const avoided = found.estimate * actual;
  const expected = actual + avoided;
  const due = known.reduce((sum, host, at) => sum + (had[at] ?? 0) * host.expected, 0);
  const expectedSeries = new Float64Array(sample.after.length).fill(Number.NaN);
  known.forEach((host, place) => {
    if (had[place] !== 1) return;
    host.expectedSeries.forEach((value, at) => {
      if (!Number.isFinite(value)) return;
      const sum = expectedSeries[at] ?? Number.NaN;
      expectedSeries[at] = (Number.isFinite(sum) ? sum : 0) + (value * expected) / due;
    });
  });
  const remarks = remarksOf(known, had, input);
  const isLarge = Math.min(count, known.length - count) >= HOSTS_A_POOL;
  const side = (flag: number) =>
    input.hosts.filter(({ host }) => Number(input.schedule.treated.includes(host)) === flag);
  return {
    design: 'ab',
    expected: joules(expected),
    actual: joules(actual),
    avoided: joules(avoided),
    intervals: [interval],
    interval,
    coverage: undefined,
    pValue: found.pValue,
    detectable: ratio(
      (((found.high - found.low) / 2 + POWER_QUANTILE * found.standardError) * actual) / expected,
    ),
    grade: isLarge && remarks.isRandom ? 'A' : 'D',
    flags: [...remarks.flags, ...workShift(side(1), side(0))],
    refusals: remarks.refusals,
    diagnostics: {
      hosts_treated: count,
      hosts_control: known.length - count,
      hosts_left_out: left.length,
      control_fall_ratio:
        1 -
        known.reduce((sum, host, at) => sum + (had[at] === 1 ? 0 : host.actual), 0) /
          known.reduce((sum, host, at) => sum + (had[at] === 1 ? 0 : host.expected), 0),
      treated_fall_ratio: 1 - actual / due,
      standard_error_ratio: (found.standardError * actual) / expected,
      redraws: draws.length,
    },
    expectedSeries,
    placebo: [],
  };
};
