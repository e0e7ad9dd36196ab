/** Guard rails of a measure: each refuses, flags or lowers the grade where it should, and says what to do. */
import { describe, expect, it } from 'vitest';
import type { EvaluateInput } from '../../src/evaluate.ts';
import type { MeasureReport } from '../../src/model/comparison.ts';
import type { FactorOrigin } from '../../src/model/history.ts';
import type { MeasurePlan, Registration } from '../../src/model/measure.ts';
import { ratio, watts } from '../../src/units.ts';
import { dailyWork, type FleetInput, fleet, namesOf, replaced, withHosts } from '../fixtures/fleet.ts';
import { evaluated, MONDAY, planOf, registered } from '../fixtures/measure-plan.ts';
import { type MemoryHistory, memoryHistory } from '../fixtures/memory-history.ts';

const START = 56 * 24;
const DAY = 86_400;
const HOSTS = namesOf(10);
const saving = (share: number): FleetInput => ({ left: (at) => (at < START ? 1 : 1 - share) });

const judged = (
  history: MemoryHistory,
  change: Partial<MeasurePlan> = {},
  input: Partial<EvaluateInput> = {},
): Promise<MeasureReport> =>
  evaluated({ plan: planOf({ hosts: HOSTS, ...change }), engine: memoryHistory(history), ...input });
const flagsOf = ({ outcome }: MeasureReport) => outcome.flags.map(({ flag }) => flag);
const refusalsOf = ({ outcome }: MeasureReport) => outcome.refusals.map(({ flag }) => flag);
const reasonsOf = ({ outcome }: MeasureReport) => outcome.gradeReasons.map(({ flag }) => flag);

const length = 84 * 24;
const stepped = (without: number, withIt: number) =>
  Float64Array.from({ length }, (_, at) => (at < START ? without : withIt));

describe('the plan', () => {
  const registrations: Readonly<Record<string, Registration>> = {
    plan_edited: { ...registered(planOf()), hashNow: 'b2'.repeat(32) },
    plan_late: { ...registered(planOf()), frozenAt: planOf().start + 1 },
    plan_not_registered: { hashAtStart: undefined, frozenAt: undefined, hashNow: 'a1'.repeat(32) },
  };
  for (const [reason, registration] of Object.entries(registrations))
    it(`${reason}: grade D at most, with the reason first`, async () => {
      const { outcome } = await judged(fleet(saving(0.1)), {}, { registration });
      expect(outcome.grade).toBe('D');
      expect(outcome.gradeReasons[0]?.flag).toBe(reason);
      expect(outcome.gradeReasons[0]?.remedy).not.toBe('');
    });

  it('edited: both hashes are shown', async () => {
    const { outcome } = await judged(
      fleet(saving(0.1)),
      {},
      { registration: registrations.plan_edited as Registration },
    );
    expect(outcome.gradeReasons[0]?.text).toContain('a1a1a1a1a1a1');
    expect(outcome.gradeReasons[0]?.text).toContain('b2b2b2b2b2b2');
  });

  it('whose figure would be another one than it is called gives none, although somebody evaluates it', async () => {
    const { start, baseline } = planOf();
    const wrong: Readonly<Record<string, Partial<MeasurePlan>>> = {
      baseline_overlaps_start: { baseline: { ...baseline, to: start + 7 * DAY } },
      control_in_scope: { control: HOSTS.slice(0, 8) },
      bad_control: { kind: 'autoscale', drivers: [{ name: 'cpu_utilisation', query: 'cpu_utilisation' }] },
    };
    for (const [flag, change] of Object.entries(wrong)) {
      const report = await judged(fleet(saving(0.1)), change);
      expect([flag, report.outcome.verdict]).toEqual([flag, 'refused']);
      expect(refusalsOf(report)).toContain(flag);
      expect(report.outcome.refusals.every(({ remedy }) => remedy !== '')).toBe(true);
    }
  });

  it('before its start there is nothing to report, and the message says when', async () => {
    await expect(judged(fleet(), {}, { now: planOf().start - 1 })).rejects.toThrow(
      /in force from 2026-03-02/,
    );
  });

  it('between report dates a figure is provisional', async () => {
    const report = await judged(fleet(saving(0.1)), {}, { now: planOf().start + 21 * DAY + 1234 });
    expect(report.isFinal).toBe(false);
    expect(flagsOf(report)).toContain('provisional');
    expect(report.asOf % 3600).toBe(0);
  });

  it('that was given up keeps its result, with the reason', async () => {
    const report = await judged(fleet(saving(-0.1)), { withdrawn: 'too slow' });
    expect(report.outcome.verdict).toBe('increase');
    expect(report.outcome.flags.find(({ flag }) => flag === 'withdrawn')?.text).toContain('too slow');
  });

  it('that begins after an extreme week is told that the next weeks would be ordinary without it', async () => {
    const week = (at: number) => at >= START - 168 && at < START;
    const work = dailyWork();
    const extreme = await judged(fleet({ work: (at, host) => work(at, host) * (week(at) ? 1.5 : 1) }));
    expect(flagsOf(extreme)).toContain('extreme_start');
    expect(flagsOf(await judged(fleet()))).not.toContain('extreme_start');
  });

  it('with three weeks of baseline is told that an extreme one does not even out', async () => {
    const report = await judged(fleet(), { baseline: { from: MONDAY + 35 * DAY, to: MONDAY + 56 * DAY } });
    expect(flagsOf(report)).toContain('few_weeks');
  });

  it('of which another measure shares hosts and time gives no figure of its own', async () => {
    const report = await judged(fleet(saving(0.1)), { overlaps: ['autoscale-east'] });
    expect(refusalsOf(report)).toEqual(['overlapping']);
    expect(report.outcome.avoided).toBeUndefined();
  });

  it('that comes by and by is judged from when all of the scope has it', async () => {
    const start = planOf().start;
    const left = (at: number) => (at < START ? 1 : at < START + 168 ? 0.95 : 0.9);
    const ramp = [
      [start, ratio(0.5)],
      [start + 7 * DAY, ratio(1)],
    ] as const;
    const report = await judged(fleet({ left }), { ramp });
    expect(report.after.window.from).toBe(start + 7 * DAY);
    expect(report.outcome.fraction).toBeCloseTo(0.1, 2);
  });
});

describe('work', () => {
  it('that fell takes energy with it, which is no saving', async () => {
    const work = dailyWork();
    const report = await judged(fleet({ work: (at, host) => work(at, host) * (at < START ? 1 : 0.6) }));
    expect(report.outcome.verdict).toBe('not_verified');
    expect(Math.abs(report.outcome.fraction ?? 1)).toBeLessThan(0.02);
  });

  it('that is not counted at all refuses: a change of energy is no saving', async () => {
    const report = await judged(fleet(saving(0.2)), { work: [] });
    expect(report.outcome.verdict).toBe('refused');
    expect(refusalsOf(report)).toContain('no_work');
  });

  it('of which none was done after the start refuses', async () => {
    const work = dailyWork();
    const report = await judged(fleet({ work: (at, host) => (at < START ? work(at, host) : 0) }));
    expect(report.outcome.verdict).toBe('refused');
    expect(refusalsOf(report)).toContain('zero_work');
  });
});

describe('service', () => {
  const guards = [{ name: 'p99', query: 'p99', maxDegradation: ratio(0.05) }];
  const history = (without: number, withIt: number): MemoryHistory => ({
    ...fleet({ ...saving(0.1), days: 84 }),
    guards: [stepped(without, withIt)],
  });

  it('that got worse than the plan allows is named, and nothing is verified', async () => {
    const report = await judged(history(100, 110), { guards });
    const told = report.outcome.flags.find(({ flag }) => flag === 'lower_service');
    expect(told?.text).toContain('p99 is 10.0 % worse');
    expect(told?.remedy).not.toBe('');
    expect(report.outcome.verdict).toBe('indicative');
  });

  it('within what the plan allows is not', async () => {
    expect(flagsOf(await judged(history(100, 104), { guards }))).not.toContain('lower_service');
  });

  it('that the plan accepts by name keeps its flag, with the reason', async () => {
    const report = await judged(history(100, 110), { guards, overrides: { p99: 'batch only' } });
    expect(report.outcome.flags.find(({ flag }) => flag === 'lower_service')?.text).toContain('batch only');
  });

  it('of which nothing is known has not been passed', async () => {
    expect(flagsOf(await judged(history(Number.NaN, 100), { guards }))).toContain('service_unknown');
  });
});

describe('the grid', () => {
  const history = { ...fleet(saving(0.1)), grid: stepped(400, 300) };
  const of = (provider: string, signal: 'average' | 'marginal') => ({ provider, signal });

  const booked = (before: FactorOrigin, after: FactorOrigin): MemoryHistory => ({
    ...history,
    factors: (at) => [at < MONDAY + START * 3600 ? before : after],
  });

  it('signal that went from average to marginal leaves the energy verdict and refuses the carbon comparison', async () => {
    const { outcome } = await judged(booked(of('x', 'average'), of('x', 'marginal')));
    expect(outcome.verdict).toBe('indicative');
    expect(outcome.avoided).toBeGreaterThan(0);
    expect(outcome.emissions).toBeUndefined();
    expect(outcome.change).toBeUndefined();
    expect(outcome.flags.find(({ flag }) => flag === 'factor_signal')?.text).toContain(
      'average before the start and marginal after',
    );
  });

  it('marginal factors on both sides are no account of what was emitted either', async () => {
    const { outcome } = await judged(booked(of('x', 'marginal'), of('x', 'marginal')));
    expect(outcome.emissions).toBeUndefined();
  });

  it('provider that changed is named, and the effect of energy stands', async () => {
    const report = await judged(booked(of('x', 'average'), of('y', 'average')));
    expect(flagsOf(report)).toContain('factor_provider');
    expect(report.outcome.emissions).toBeDefined();
    const same = await judged(booked(of('x', 'average'), of('x', 'average')));
    expect(flagsOf(same)).not.toContain('factor_provider');
  });

  it('basis, gases or edition that changed refuse the carbon comparison, and say from what to what', async () => {
    const known = { ...of('x', 'average'), basis: 'direct', gases: 'CO2', edition: 'data' };
    const cases = [
      [{ basis: 'lifecycle' }, 'factor_basis', 'direct before the start and lifecycle after it'],
      [{ gases: 'CO2e' }, 'factor_gases', 'CO2 before the start and CO2e after it'],
      [
        { edition: 'edition' },
        'factor_edition',
        'years of generation before the start and years of publication',
      ],
    ] as const;
    for (const [change, flag, words] of cases) {
      const { outcome } = await judged(booked(known, { ...known, ...change }));
      expect(outcome.avoided).toBeGreaterThan(0);
      expect([outcome.emissions, outcome.change], flag).toEqual([undefined, undefined]);
      expect(outcome.flags.find((one) => one.flag === flag)?.text).toContain(words);
    }
    const same = await judged(booked(known, known));
    expect(same.outcome.emissions).toBeDefined();
    const unstated = await judged(booked(of('x', 'average'), known));
    expect(unstated.outcome.emissions, 'what a side does not state is not held against it').toBeDefined();
  });

  it('hours in which another factor stood in are named; two bases on one side are refused', async () => {
    const known = { ...of('x', 'average'), basis: 'direct', gases: 'CO2' };
    const mixed = (more: Partial<FactorOrigin>): MemoryHistory => ({
      ...history,
      factors: (at) => (at < MONDAY + START * 3600 ? [known] : [known, { ...known, ...more }]),
    });
    const { outcome } = await judged(mixed({ gases: 'CO2e' }));
    expect(outcome.emissions).toBeDefined();
    expect(outcome.flags.find(({ flag }) => flag === 'factor_gases')?.text).toContain(
      'CO2 and CO2e after it',
    );
    expect((await judged(mixed({ basis: 'lifecycle' }))).outcome.emissions).toBeUndefined();
  });

  it('without factors gives no grams; with a stated one the effect of energy alone', async () => {
    expect((await judged(fleet(saving(0.1)))).outcome.emissions).toBeUndefined();
    const { outcome } = await judged(fleet(saving(0.1)), {}, { factor: 250 as never });
    expect(outcome.emissions?.energyEffect).toBeCloseTo(((outcome.avoided ?? 0) / 3.6e6) * 250, 3);
    expect(outcome.emissions?.gridEffect).toBeUndefined();
  });

  it('and the site: PUE multiplies grams of both effects, and its absence is told', async () => {
    const plain = await judged(history);
    const site = await judged({ ...history, pue: stepped(1.5, 1.5) });
    expect(flagsOf(plain)).toContain('it_only');
    expect(flagsOf(site)).not.toContain('it_only');
    const [a, b] = [plain.outcome.emissions, site.outcome.emissions];
    expect((b?.energyEffect ?? 0) / (a?.energyEffect ?? 1)).toBeCloseTo(1.5, 9);
    expect((b?.gridEffect ?? 0) / (a?.gridEffect ?? 1)).toBeCloseTo(1.5, 9);
  });
});

describe('power', () => {
  it('that is worked out from load on one side alone lowers the grade to D', async () => {
    const history = withHosts(fleet(saving(0.1)), (host) => ({
      ...host,
      quality: (at) => (at < planOf().start ? 'measured' : 'estimated'),
    }));
    const report = await judged(history);
    expect(reasonsOf(report)).toContain('estimated_power');
    expect(report.outcome.grade).toBe('D');
  });

  it('below 0 counts as unknown, is counted, and never lowers a total', async () => {
    const history = withHosts(fleet(), (host, index) =>
      index > 0
        ? host
        : { ...host, energy: replaced(host.energy, (at, value) => (at % 97 === 0 ? -1e9 : value)) },
    );
    const report = await judged(history);
    expect(report.outcome.flags.find(({ flag }) => flag === 'negative_energy_left_out')?.text).toMatch(
      /\d+ host-hours/,
    );
    expect(Math.abs(report.outcome.fraction ?? 1)).toBeLessThan(0.01);
  });

  it('of a meter that stands still after the start is unknown, and no saving', async () => {
    const history = withHosts(fleet(), (host, index) =>
      index > 2 ? host : { ...host, energy: replaced(host.energy, (at, value) => (at < START ? value : 0)) },
    );
    const report = await judged(history);
    const told = [...report.outcome.flags, ...report.outcome.refusals];
    const stuck = told.find(({ flag }) => flag === 'stuck_meter_left_out');
    expect(stuck?.text).toContain('After it: in 2016 host-hours the meter counted nothing');
    expect(stuck?.remedy).toContain('powered_on_seconds');
    expect(['verified', 'indicative']).not.toContain(report.outcome.verdict);
    expect(Math.abs(report.outcome.fraction ?? 0)).toBeLessThan(0.01);
  });

  it('0 of hosts that are told to be off is theirs', async () => {
    const isOff = (at: number) => at >= START && at % 24 < 6;
    const history = withHosts(fleet(), (host) => ({
      ...host,
      energy: replaced(host.energy, (at, value) => (isOff(at) ? 0 : value)),
      poweredOn: replaced(host.energy, (at) => (isOff(at) ? 0 : 3600)),
      work: (host.work ?? []).map((units) => replaced(units, (at, value) => (isOff(at) ? 0 : value))),
    }));
    const report = await judged(history);
    expect(flagsOf(report)).not.toContain('stuck_meter_left_out');
    expect(flagsOf(report)).toContain('hosts_off');
  });

  it('of no number, on all hosts, refuses instead of saying 0', async () => {
    const history = withHosts(fleet(), (host) => ({
      ...host,
      energy: replaced(host.energy, () => Number.NaN),
    }));
    const report = await judged(history);
    expect(report.outcome.verdict).toBe('refused');
    expect(report.outcome.avoided).toBeUndefined();
  });
});

describe('other changes', () => {
  const event = (change = {}) => ({
    at: planOf().start,
    what: 'two fans were taken out',
    hosts: HOSTS,
    deltaWatts: watts(-100),
    uncertaintyWatts: watts(30),
    evidence: 'CHG-18',
    ...change,
  });
  // 100 W less on ten hosts together, from the start on, by the event alone.
  const lowered = withHosts(fleet({ noise: 0.005 }), (host) => ({
    ...host,
    energy: replaced(host.energy, (at, value) => (at < START ? value : value - 10 * 3600)),
  }));

  it('are taken out at their watts, with their uncertainty in the interval', async () => {
    const [raw, adjusted] = await Promise.all([judged(lowered), judged(lowered, { nonRoutine: [event()] })]);
    expect(raw.outcome.verdict).toBe('indicative');
    expect(adjusted.outcome.verdict).toBe('not_verified');
    const time = 28 * DAY;
    expect((raw.outcome.avoided ?? 0) - (adjusted.outcome.avoided ?? 0)).toBeCloseTo(100 * time, -3);
    const half = ({ outcome }: MeasureReport) =>
      ((outcome.interval?.high ?? 0) - (outcome.interval?.low ?? 0)) / 2;
    const model =
      ((adjusted.outcome.estimate?.interval.high ?? 0) - (adjusted.outcome.estimate?.interval.low ?? 0)) / 2;
    expect(half(adjusted)).toBeCloseTo(Math.hypot(model, 30 * time), -3);
    expect(flagsOf(adjusted)).toContain('non_routine');
  });

  it('in force throughout both windows change nothing between them', async () => {
    const report = await judged(fleet(), { nonRoutine: [event({ at: MONDAY - DAY })] });
    const plain = await judged(fleet());
    expect(report.outcome.avoided).toBeCloseTo(plain.outcome.avoided ?? Number.NaN, -2);
    expect(report.outcome.interval?.low).toBeCloseTo(plain.outcome.interval?.low ?? Number.NaN, -2);
  });

  it('of which load went elsewhere, or the unit of work is another, refuse', async () => {
    const moved = await judged(fleet(saving(0.1)), {
      nonRoutine: [event({ what: 'search traffic migrated to another region' })],
    });
    expect(refusalsOf(moved)).toContain('leakage');
    const unit = await judged(fleet(saving(0.1)), {
      nonRoutine: [event({ what: 'client batching: ten calls in one request' })],
    });
    expect(refusalsOf(unit)).toContain('unit_redefined');
    const accepted = await judged(fleet(saving(0.1)), {
      nonRoutine: [event({ what: 'search traffic migrated to another region', deltaWatts: watts(0) })],
      overrides: { leakage: 'metered there too' },
    });
    expect(accepted.outcome.verdict).toBe('indicative');
  });

  it('that would have avoided more than all refuse', async () => {
    const report = await judged(fleet(), { nonRoutine: [event({ deltaWatts: watts(5000) })] });
    expect(report.outcome.verdict).toBe('refused');
    expect(refusalsOf(report)).toContain('negative_energy');
  });

  it('known to no better than all the energy refuse', async () => {
    const report = await judged(fleet(), { nonRoutine: [event({ uncertaintyWatts: watts(5000) })] });
    expect(refusalsOf(report)).toContain('interval_too_wide');
  });
});
