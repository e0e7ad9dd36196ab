/** Measures that share hosts and time: what they avoided together, and what of it each did, never added up separately. */
import { describe, expect, it } from 'vitest';
import { evaluateOverlap } from '../../src/evaluate-overlap.ts';
import type { MeasurePlan } from '../../src/model/measure.ts';
import { ratio } from '../../src/units.ts';
import { fleet, namesOf } from '../fixtures/fleet.ts';
import { evaluated, MONDAY, newHash, planOf } from '../fixtures/measure-plan.ts';
import { memoryHistory } from '../fixtures/memory-history.ts';

const DAY = 86_400;
const HOSTS = namesOf(10);
const WATTS = 160;

const measure = (name: string, start: number, change: Partial<MeasurePlan> = {}): MeasurePlan =>
  planOf({
    ...{ name, hosts: HOSTS, start: MONDAY + start * DAY },
    baseline: { from: MONDAY, to: MONDAY + 28 * DAY },
    reportAt: [MONDAY + 84 * DAY],
    ...change,
  });

/** Watts that each host draws less by the measures in force on a day. */
const lowered = (by: (day: number) => number) => {
  const history = fleet({ noise: 0.01 });
  return {
    ...history,
    hosts: history.hosts.map((host) => ({
      ...host,
      energy: Float64Array.from(host.energy, (value, at) => value - by(Math.floor(at / 24)) * 3600),
    })),
  };
};
const overlap = (plans: readonly MeasurePlan[], by: (day: number) => number) =>
  evaluateOverlap({ engine: memoryHistory(lowered(by)), newHash, plans, now: MONDAY + 84 * DAY });

/** J that a number of watts less on each host are, over the days in which all were in force. */
const over = (watts: number, days: number): number => watts * HOSTS.length * days * DAY;

describe('measures that began at different times', () => {
  const plans = [measure('pack', 28), measure('cap', 56)];
  const by = (day: number) => (day < 28 ? 0 : day < 56 ? 12 : 20);

  it('are told apart: 12 W and 8 W a host, which add up to the 20 W of both', async () => {
    const { joint, parts, interval, evidence, remarks } = await overlap(plans, by);
    expect((joint ?? 0) / over(20, 28)).toBeCloseTo(1, 1);
    const [pack, cap] = parts ?? [];
    expect((pack?.avoided ?? 0) / over(12, 28)).toBeCloseTo(1, 1);
    expect((cap?.avoided ?? 0) / over(8, 28)).toBeCloseTo(1, 1);
    expect((pack?.avoided ?? 0) + (cap?.avoided ?? 0)).toBeCloseTo(joint ?? Number.NaN, 0);
    for (const [found, truth] of [
      [interval, over(20, 28)],
      [pack?.interval, over(12, 28)],
      [cap?.interval, over(8, 28)],
    ] as const) {
      expect(found?.low).toBeLessThan(truth);
      expect(found?.high).toBeGreaterThan(truth);
    }
    expect(evidence).toBe('additive');
    expect(remarks.map(({ flag }) => flag)).toEqual(['split_additive']);
  });

  it('are in the report of each of them beside its refusal, the joint figure and the parts the same in both', async () => {
    const engine = memoryHistory(lowered(by));
    const [pack, cap] = plans as [MeasurePlan, MeasurePlan];
    const first = await evaluated({ plan: { ...pack, overlaps: ['cap'] }, engine, overlapping: [cap] });
    const second = await evaluated({ plan: { ...cap, overlaps: ['pack'] }, engine, overlapping: [pack] });
    for (const { outcome, overlap } of [first, second]) {
      expect(outcome.verdict).toBe('refused');
      expect(outcome.avoided).toBeUndefined();
      expect((overlap?.joint ?? 0) / over(20, 28)).toBeCloseTo(1, 1);
      expect(overlap?.hosts).toBe(10);
      expect((overlap?.time ?? 0) / DAY).toBeCloseTo(28, 0);
    }
    const part = ({ overlap }: typeof first, name: string) =>
      overlap?.parts?.find((one) => one.name === name)?.avoided ?? Number.NaN;
    expect(part(first, 'cap') / part(second, 'cap')).toBeCloseTo(1, 9);
  });

  it('on other hosts than the first say so, in place of a split', async () => {
    const [pack, cap] = plans as [MeasurePlan, MeasurePlan];
    const { overlap } = await evaluated({
      plan: { ...pack, overlaps: ['cap'] },
      engine: memoryHistory(lowered(by)),
      overlapping: [{ ...cap, hosts: ['elsewhere'] }],
    });
    expect(overlap?.evidence).toBe('none');
    expect(overlap?.remarks[0]?.text).toBe('pack and cap share no host.');
  });

  it('by themselves give no figure each: separate totals would count something twice', async () => {
    const engine = memoryHistory(lowered(by));
    for (const [plan, other] of [
      [plans[0]!, 'cap'],
      [plans[1]!, 'pack'],
    ] as const) {
      const { outcome } = await evaluated({ plan: { ...plan, overlaps: [other] }, engine });
      expect(outcome.avoided).toBeUndefined();
      expect(outcome.refusals.map(({ flag }) => flag)).toContain('overlapping');
    }
  });
});

describe('measures that were in force in every combination', () => {
  it('are split with what they do to each other: half of it to each', async () => {
    // Pack from day 28, cap from day 42, pack in turns of a week after that by an on/off test.
    const schedule = { design: 'switchback' as const, block: 7 * DAY, washout: 0, seed: 'turns' };
    const pack = measure('pack', 28, { schedule });
    const cap = measure('cap', 56);
    const { armAt } = await import('../../src/savings/switchback-arm.ts');
    const isPacked = (day: number) =>
      day >= 28 && armAt(schedule, pack.start, MONDAY + 84 * DAY, MONDAY + day * DAY).arm === 'on';
    // 12 W and 8 W, and 4 W less together than the sum of both.
    const by = (day: number) =>
      (isPacked(day) ? 12 : 0) + (day >= 56 ? 8 : 0) - (isPacked(day) && day >= 56 ? 4 : 0);
    const days = Array.from({ length: 28 }, (_, at) => at + 56).filter(isPacked).length;
    const { joint, parts, evidence } = await overlap([pack, cap], by);
    expect(days).toBeGreaterThanOrEqual(7);
    expect(days).toBeLessThan(28);
    expect(evidence).toBe('factorial');
    expect((joint ?? 0) / over(16, days)).toBeCloseTo(1, 1);
    expect((parts?.[0]?.avoided ?? 0) / over(10, days)).toBeCloseTo(1, 1);
    expect((parts?.[1]?.avoided ?? 0) / over(6, days)).toBeCloseTo(1, 1);
    expect((parts?.[0]?.avoided ?? 0) + (parts?.[1]?.avoided ?? 0)).toBeCloseTo(joint ?? Number.NaN, 0);
  });
});

describe('measures that began together', () => {
  it('are told together alone', async () => {
    const { joint, parts, evidence, remarks } = await overlap([measure('a', 28), measure('b', 28)], (day) =>
      day < 28 ? 0 : 20,
    );
    expect((joint ?? 0) / over(20, 56)).toBeCloseTo(1, 1);
    expect(parts).toBeUndefined();
    expect(evidence).toBe('joint');
    expect(remarks[0]?.flag).toBe('joint_only');
  });

  it('less than a week ago are not told at all', async () => {
    const { joint, remarks } = await overlap([measure('a', 28), measure('b', 80)], () => 0);
    expect(joint).toBeUndefined();
    expect(remarks[0]?.flag).toBe('overlap_unknown');
  });
});

describe('measures with nothing in common', () => {
  it('are no overlap, and the message says so', async () => {
    const other = measure('b', 56, { hosts: ['elsewhere'] });
    await expect(overlap([measure('a', 28), other], () => 0)).rejects.toThrow('share no host');
    await expect(overlap([measure('a', 28)], () => 0)).rejects.toThrow('overlaps with none');
    await expect(overlap([measure('a', 28), measure('b', 56, { step: 86_400 })], () => 0)).rejects.toThrow(
      'steps',
    );
  });

  it('of no effect avoid nothing that excludes 0 by more than chance', async () => {
    const { joint, interval } = await overlap([measure('a', 28), measure('b', 56)], () => 0);
    expect(Math.abs(joint ?? Number.NaN)).toBeLessThan(0.01 * over(WATTS, 28));
    expect(interval?.low).toBeLessThan(interval?.high ?? Number.NaN);
    expect(interval?.level).toBe(ratio(0.9));
  });
});
