/** Which design speaks, from a plan and a history: randomised tests, untouched hosts, before and after. */
import { describe, expect, it } from 'vitest';
import type { MeasurePlan } from '../../src/model/measure.ts';
import { drawPool } from '../../src/savings/pool-draw.ts';
import { seededRandom } from '../../src/savings/random.ts';
import { switchbackBlocks } from '../../src/savings/switchback-schedule.ts';
import { ratio } from '../../src/units.ts';
import { fleet, nameOf, namesOf } from '../fixtures/fleet.ts';
import { evaluated, MONDAY, planOf } from '../fixtures/measure-plan.ts';
import { type MemoryHistory, memoryHistory } from '../fixtures/memory-history.ts';

const START = 56 * 24;
const DAY = 86_400;
const HOSTS = namesOf(10);

const schedule = (seed: string) => ({ design: 'switchback' as const, block: 6 * 3600, washout: 3600, seed });

/** On/off test of four weeks in which the measure takes a share off while it is on. */
const onOff = (seed: string, share: number, noise = 0.02): { history: MemoryHistory; plan: MeasurePlan } => {
  const plan = planOf({ hosts: HOSTS, schedule: schedule(seed) });
  const blocks = switchbackBlocks(schedule(seed), plan.start, plan.start + 28 * DAY);
  const on = new Set(
    blocks.flatMap((block) =>
      block.on ? Array.from({ length: 6 }, (_, hour) => (block.from - MONDAY) / 3600 + hour) : [],
    ),
  );
  return { plan, history: fleet({ seed, noise, left: (at) => (on.has(at) ? 1 - share : 1) }) };
};

describe('a randomised on/off test', () => {
  it('with a plan from before its start verifies a saving of 5 %, grade A', async () => {
    const { plan, history } = onOff('first', 0.05);
    const { outcome } = await evaluated({
      plan,
      engine: memoryHistory({ ...history, grid: Array(84 * 24).fill(400) }),
    });
    expect([outcome.verdict, outcome.grade]).toEqual(['verified', 'A']);
    expect(outcome.fraction).toBeCloseTo(0.05, 2);
    expect(outcome.gradeReasons).toEqual([]);
    // Half of the hours count: grams are of those alone.
    expect(outcome.emissions?.energyEffect).toBeCloseTo(((outcome.avoided ?? 0) / 3.6e6) * 400, 3);
    expect(outcome.growthOffset).toBeUndefined();
  });

  it('with service that is worse while it is on verifies nothing until the plan accepts that', async () => {
    const { plan, history } = onOff('service', 0.05);
    const blocks = switchbackBlocks(schedule('service'), plan.start, plan.start + 28 * DAY);
    const p99 = Float64Array.from({ length: 84 * 24 }, (_, at) =>
      blocks.some(({ on, from, to }) => on && MONDAY + at * 3600 >= from && MONDAY + at * 3600 < to)
        ? 120
        : 100,
    );
    const guards = [{ name: 'p99', query: 'p99', maxDegradation: ratio(0.05) }];
    const engine = memoryHistory({ ...history, guards: [p99] });
    const worse = await evaluated({ plan: { ...plan, guards }, engine });
    expect([worse.outcome.verdict, worse.outcome.grade]).toEqual(['indicative', 'A']);
    expect(worse.outcome.flags.find(({ flag }) => flag === 'lower_service')?.text).toContain('20.0 % worse');
    const accepted = await evaluated({ plan: { ...plan, guards, overrides: { p99: 'batch' } }, engine });
    expect(accepted.outcome.verdict).toBe('verified');
  });

  it('edited after its start is indicative, however clear it is', async () => {
    const { plan, history } = onOff('edited', 0.2);
    const registration = { hashAtStart: 'aa', frozenAt: plan.start - 1, hashNow: 'bb' };
    const { outcome } = await evaluated({ plan, registration, engine: memoryHistory(history) });
    expect([outcome.verdict, outcome.grade]).toEqual(['indicative', 'D']);
  });

  it('of nothing verifies something no more often than its level allows', async () => {
    let [verified, increase] = [0, 0];
    const runs = 40;
    for (let run = 0; run < runs; run += 1) {
      const { plan, history } = onOff(`nothing ${run}`, 0);
      const { outcome } = await evaluated({ plan, engine: memoryHistory(history), seed: `${run}` });
      if (outcome.verdict === 'verified') verified += 1;
      if (outcome.verdict === 'increase') increase += 1;
      expect(['verified', 'not_verified', 'increase', 'refused']).toContain(outcome.verdict);
    }
    // 5 % a side are meant: of 40, more than 7 happen once in 700 times (binomial).
    expect(verified).toBeLessThanOrEqual(7);
    expect(increase).toBeLessThanOrEqual(7);
  });

  it('that shows nothing yet says how many days more would', async () => {
    const { plan, history } = onOff('small', 0.004, 0.2);
    const { outcome } = await evaluated({ plan, engine: memoryHistory(history) });
    expect(outcome.verdict).toBe('not_verified');
    expect(outcome.daysNeeded).toBeGreaterThan(0);
    expect(outcome.detectable).toBeGreaterThan(0);
  });
});

describe('two pools drawn at random', () => {
  it('verify what the hosts with the measure avoided', async () => {
    const hosts = namesOf(20);
    const treated = drawPool(hosts, 'pools');
    const plan = planOf({ hosts, schedule: { design: 'ab', seed: 'pools', treated } });
    const history = fleet({
      hosts: 20,
      left: (at, host) => (at >= START && treated.includes(nameOf(host)) ? 0.9 : 1),
    });
    const { outcome } = await evaluated({ plan, engine: memoryHistory(history) });
    expect(outcome.estimate?.design).toBe('ab');
    expect([outcome.verdict, outcome.grade]).toEqual(['verified', 'A']);
    expect(outcome.fraction).toBeCloseTo(0.1, 2);
  });
});

describe('untouched hosts', () => {
  const hosts = namesOf(10);
  const control = Array.from({ length: 10 }, (_, at) => nameOf(at + 10));
  /** Hosts 0 to 9 have the measure; the weather takes some off all of them after the start. */
  const history = (share: number, weather = 0.03) =>
    fleet({ hosts: 20, left: (at, host) => (at < START ? 1 : (1 - weather) * (host < 10 ? 1 - share : 1)) });

  it('take out what happened to all hosts: 8 % remain of what looks like 11 %', async () => {
    const { outcome } = await evaluated({
      plan: planOf({ hosts, control }),
      engine: memoryHistory(history(0.08)),
    });
    expect(outcome.estimate?.design).toBe('difference-in-differences');
    expect([outcome.verdict, outcome.grade]).toEqual(['verified', 'B']);
    expect(outcome.fraction).toBeCloseTo(0.08, 2);
    const names = outcome.others.map(({ design }) => design);
    expect(names).toContain('adjusted-baseline');
    expect(names).toContain('synthetic-control');
    expect(names).toContain('segmented');
  });

  it('that another measure changed are left out and named: half more energy of one of them would be a saving', async () => {
    const [spoilt = ''] = control;
    const changed = fleet({
      hosts: 20,
      left: (at, host) => (at < START ? 1 : nameOf(host) === spoilt ? 1.5 : host < 10 ? 0.92 : 1),
    });
    const { outcome } = await evaluated({
      plan: planOf({ hosts, control }),
      engine: memoryHistory(changed),
      touched: [{ other: 'cap', hosts: [spoilt] }],
    });
    expect(outcome.estimate?.design).toBe('difference-in-differences');
    expect(outcome.fraction).toBeCloseTo(0.08, 2);
    expect(outcome.estimate?.diagnostics.hosts_control).toBe(9);
    expect(outcome.flags.find(({ flag }) => flag === 'control_touched')?.text).toContain(
      `cap changed 1 of the untouched hosts (${spoilt})`,
    );
  });

  it('let no change that all hosts had pass for a saving, also not by a design that does not look at them', async () => {
    const plan = planOf({ hosts, control });
    const { outcome } = await evaluated({ plan, engine: memoryHistory(history(0, 0.05)) });
    expect(outcome.verdict).toBe('not_verified');
    expect(outcome.estimate?.design).toBe('difference-in-differences');
    expect(outcome.flags.map(({ flag }) => flag)).toContain('control_drift');
    // A design that does not look at them found a saving, and may not say so.
    const other = outcome.others.find(({ design }) => design === 'adjusted-baseline');
    expect(other && 'interval' in other ? other.interval.low : 0).toBeGreaterThan(0);
    expect(other?.refusals.map(({ flag }) => flag)).toContain('control_drift');
    // Without the untouched hosts it would have been one.
    const alone = await evaluated({ plan: planOf({ hosts }), engine: memoryHistory(history(0, 0.05)) });
    expect(alone.outcome.verdict).toBe('indicative');
  });

  it('beside a measure that does nothing leave it not shown, or nothing to tell', async () => {
    const { outcome } = await evaluated({
      plan: planOf({ hosts, control }),
      engine: memoryHistory(history(0, 0)),
    });
    expect(['not_verified', 'refused']).toContain(outcome.verdict);
  });

  it('of which too many are silent are not compared with, and the report says so', async () => {
    const whole = history(0.08, 0);
    const held = {
      ...whole,
      hosts: whole.hosts.map((host, index) =>
        index < 15
          ? host
          : { ...host, coverage: Array.from({ length: 84 * 24 }, (_, at) => (at < START ? 1 : 0)) },
      ),
    };
    const { outcome } = await evaluated({ plan: planOf({ hosts, control }), engine: memoryHistory(held) });
    const did = outcome.others.find(({ design }) => design === 'difference-in-differences');
    expect(did?.refusals[0]?.flag).toMatch(/^control_/);
    expect(did?.refusals[0]?.text).toMatch(/^Of the untouched hosts: /);
  });

  it('whose work a query of the scope can not tell are not compared with', async () => {
    const plan = planOf({ hosts, control, work: [{ unit: 'request', query: 'sum(rate(x[1h]))' }] });
    const counted = history(0.08);
    const sums = Array.from({ length: 84 * 24 }, (_, at) =>
      counted.hosts.slice(0, 10).reduce((sum, { work }) => sum + (work?.[0]?.[at] ?? 0), 0),
    );
    const scoped = { ...counted, work: [sums] };
    const engine = memoryHistory({ ...scoped, hosts: scoped.hosts.map(({ work: _, ...host }) => host) });
    const { outcome } = await evaluated({ plan, engine });
    expect(outcome.estimate?.design).toBe('adjusted-baseline');
    const did = outcome.others.find(({ design }) => design === 'difference-in-differences');
    expect(did?.refusals.map(({ flag }) => flag)).toEqual(['control_work_unknown']);
  });
});

describe('before and after', () => {
  it('with a past of a year is tried on it: the interval is that of windows in which nothing changed', async () => {
    const days = 56 + 14 * 14 + 14;
    const start = MONDAY + (days - 14) * DAY;
    const history = fleet({ days, left: (at) => (at < (days - 14) * 24 ? 1 : 0.8) });
    const plan = planOf({
      hosts: HOSTS,
      baseline: { from: start - 56 * DAY, to: start },
      start,
      reportAt: [start + 14 * DAY],
    });
    const { outcome } = await evaluated({ plan, engine: memoryHistory(history) });
    expect([outcome.verdict, outcome.grade]).toEqual(['verified', 'C']);
    expect(outcome.coverage?.windows).toBeGreaterThan(50);
    expect(outcome.detectable).toBeGreaterThan(0);
    expect(outcome.fraction).toBeCloseTo(0.2, 2);
  });

  it('of fleets that drift and were never changed verify something no more often than is meant', async () => {
    const days = 56 + 14 * 14;
    const start = MONDAY + (days - 14) * DAY;
    const plan = planOf({
      hosts: HOSTS,
      baseline: { from: start - 56 * DAY, to: start },
      start,
      reportAt: [start + 14 * DAY],
    });
    let verified = 0;
    const runs = 20;
    for (let run = 0; run < runs; run += 1) {
      // A level that wanders from day to day: the job mix behind the same work.
      const random = seededRandom(`drift ${run}`);
      let level = 0;
      const levels = Array.from({ length: days }, () => {
        level = 0.97 * level + 0.02 * (random.next() - 0.5);
        return 1 + level;
      });
      const history = fleet({ days, seed: `drift ${run}`, left: (at) => levels[Math.floor(at / 24)] ?? 1 });
      const { outcome } = await evaluated({ plan, engine: memoryHistory(history) });
      if (outcome.verdict === 'verified') verified += 1;
    }
    // 5 % are meant: of 20, more than 4 happen once in 390 times (binomial).
    expect(verified).toBeLessThanOrEqual(4);
  });

  it('of a baseline that is refused is not rescued by a trend on top of it', async () => {
    const history = fleet({
      left: (at) => (at < START ? 1 : 0.9),
      work: (at, host) => (at < START ? 20 : 60) + (at % 24) / 4 + host / 100,
    });
    const { outcome } = await evaluated({ plan: planOf({ hosts: HOSTS }), engine: memoryHistory(history) });
    expect(outcome.verdict).toBe('refused');
    expect(outcome.refusals.map(({ flag }) => flag)).toContain('extrapolating_too_far');
  });
});
