/** Two windows or two pools beside each other without a plan: what may be said, and what may not. */
import { describe, expect, it } from 'vitest';
import { type CompareInput, compareSides } from '../../src/evaluate.ts';
import {
  dailyWork,
  type FleetInput,
  fleet,
  nameOf,
  namesOf,
  replaced,
  withHosts,
} from '../fixtures/fleet.ts';
import { MONDAY, newHash } from '../fixtures/measure-plan.ts';
import { type MemoryHistory, memoryHistory } from '../fixtures/memory-history.ts';

const START = 56 * 24;
const DAY = 86_400;
const HOSTS = namesOf(10);
const saving = (share: number): FleetInput => ({ left: (at) => (at < START ? 1 : 1 - share) });
const window = (from: number, to: number) => ({ from: MONDAY + from * DAY, to: MONDAY + to * DAY });

const compared = (history: MemoryHistory, change: Partial<CompareInput> = {}) =>
  compareSides({
    engine: memoryHistory(history),
    newHash,
    before: { label: 'before', window: window(28, 56), hosts: HOSTS },
    after: { label: 'after', window: window(56, 84), hosts: HOSTS },
    work: [{ unit: 'request' }],
    step: 3600,
    seed: 'comparison',
    version: '0',
    next: 'negawatt measure draft',
    ...change,
  });
const flagsOf = ({ remarks }: Awaited<ReturnType<typeof compareSides>>) => remarks.map(({ flag }) => flag);

describe('without work', () => {
  it('a change is a change, evidence E, and no avoided figure is there at all', async () => {
    const found = await compared(fleet(saving(0.12)), { work: [] });
    expect(found.grade).toBe('E');
    expect(found.adjusted).toBeUndefined();
    expect(found.sentence).toBe(
      'Energy changed by -12.0 %; not a saving, because nothing says how much work was done.',
    );
    expect(JSON.stringify(found)).not.toContain('avoided');
  });

  it('the same holds where work is asked for and was not counted', async () => {
    const history = withHosts(fleet(saving(0.12)), ({ work: _, ...host }) => host);
    const found = await compared(history);
    expect(found.grade).toBe('E');
    expect(found.sentence).toContain('nothing says how much work was done');
  });
});

describe('with work', () => {
  it('an estimate at the same work is given, of grade D and no better', async () => {
    const found = await compared(fleet(saving(0.12)));
    expect(found.grade).toBe('D');
    expect(found.adjusted?.fraction).toBeCloseTo(0.12, 2);
    expect(found.adjusted?.verdict).toBe('indicative');
    expect(found.adjusted?.gradeReasons[0]?.flag).toBe('no_plan');
    expect(found.sentence).toContain('Indicative: no plan was made before.');
  });

  it('that is known in half of the hours is not set against the energy of all of them', async () => {
    const history = withHosts(fleet(), (host) => ({
      ...host,
      work: (host.work ?? []).map((units) =>
        replaced(units, (at, value) => (at >= 56 * 24 && at % 2 === 0 ? Number.NaN : value)),
      ),
    }));
    const found = await compared(history);
    expect([found.before.work.length, found.after.work.length]).toEqual([1, 0]);
    expect(found.sentence).toMatch(
      /not a saving: Only 336 of the 672 intervals since the start have energy and work/,
    );
  });

  it('less work is no saving', async () => {
    const work = dailyWork();
    const history = fleet({ work: (at, host) => work(at, host) * (at < START ? 1 : 0.7) });
    const found = await compared(history);
    expect(found.after.energy).toBeLessThan(0.95 * found.before.energy);
    expect(found.adjusted?.verdict).toBe('not_verified');
  });

  it('a baseline of less than two weeks gives none', async () => {
    const found = await compared(fleet(saving(0.12)), {
      before: { label: 'before', window: window(49, 56), hosts: HOSTS },
      after: { label: 'after', window: window(56, 63), hosts: HOSTS },
    });
    expect(found.grade).toBe('E');
    expect(found.adjusted?.refusals.map(({ flag }) => flag)).toContain('short_baseline');
    expect(found.sentence).toContain('not a saving');
  });

  it('windows of different length are compared by the day', async () => {
    const found = await compared(fleet(), {
      after: { label: 'after', window: window(56, 70), hosts: HOSTS },
    });
    expect(found.perDay).toBe(true);
    expect(found.sentence).toMatch(/^Energy changed by [+-][0-2]\.\d %/);
  });

  it('one factor holds for both sides, so that a cleaner grid is none of the hosts doing', async () => {
    const grid = Float64Array.from({ length: 84 * 24 }, (_, at) => (at < START ? 400 : 200));
    const found = await compared({ ...fleet(), grid });
    expect(found.factor).toBeCloseTo(300, 6);
    expect((found.after.grams ?? 0) / (found.before.grams ?? 1)).toBeCloseTo(
      found.after.energy / found.before.energy,
      9,
    );
  });

  it('another meter after the change refuses the estimate', async () => {
    const history = withHosts(fleet(saving(0.1)), (host) => ({
      ...host,
      meter: (at) => (at < MONDAY + 56 * DAY ? 'rapl' : 'ipmi'),
    }));
    const found = await compared(history);
    expect(found.adjusted?.verdict).toBe('refused');
    expect(flagsOf(found)).toContain('meter_changed');
    expect(found.grade).toBe('E');
  });

  it('a host that went silent is left out of both sides and named', async () => {
    const history = withHosts(fleet({ idle: (host) => (host === 3 ? 900 : 120) }), (host, index) =>
      index === 3
        ? { ...host, energy: replaced(host.energy, (at, value) => (at < START ? value : Number.NaN)) }
        : host,
    );
    const found = await compared(history);
    expect(found.before.hosts).toBe(9);
    expect(found.remarks.find(({ flag }) => flag === 'hosts_left_out')?.text).toContain(nameOf(3));
    expect(found.adjusted?.verdict).toBe('not_verified');
  });
});

describe('two pools in one window', () => {
  const pool = (hosts: readonly string[], label: string) => ({ label, window: window(0, 84), hosts });

  it('are other hosts with other work: no saving, whatever the difference', async () => {
    const history = fleet({ idle: (host) => (host < 5 ? 120 : 60) });
    const found = await compared(history, {
      before: pool(HOSTS.slice(0, 5), 'old'),
      after: pool(HOSTS.slice(5), 'new'),
    });
    expect(found.grade).toBe('E');
    expect(found.adjusted).toBeUndefined();
    expect(found.sentence).toContain('not a saving, because they are other hosts');
  });

  it('with different meters say so', async () => {
    const history = withHosts(fleet(), (host, index) => ({ ...host, meter: index < 5 ? 'rapl' : 'redfish' }));
    const found = await compared(history, {
      before: pool(HOSTS.slice(0, 5), 'old'),
      after: pool(HOSTS.slice(5), 'new'),
    });
    expect(flagsOf(found)).toContain('meters_differ');
  });
});

describe('a side', () => {
  it('tells utilisation of what was powered and of all, and the 95th percentile to 0.1 %', async () => {
    const length = 84 * 24;
    const history = withHosts(fleet(), (host, index) => ({
      ...host,
      cpu: Float64Array.from({ length }, (_, at) => (at % 100) / 100),
      ...(index < 5
        ? {}
        : {
            energy: replaced(host.energy, () => 0),
            coverage: Float64Array.from({ length }, () => 1),
            poweredOn: new Float64Array(length),
            ...{ cpu: new Float64Array(length), work: [new Float64Array(length)] },
          }),
    }));
    const { before } = await compared(history, {
      before: { label: 'x', window: window(0, 50), hosts: HOSTS },
    });
    expect(before.cpu.mean).toBeCloseTo(0.495, 6);
    expect(before.cpu.meanOfAll).toBeCloseTo(0.2475, 6);
    expect(before.cpu.p95).toBeCloseTo(0.94, 3);
    expect(before.gpu.mean).toBeUndefined();
    expect(before.poweredTime).toBe(0.5 * before.hostTime);
  });

  it('costs each hour at its own price', async () => {
    const found = await compared(fleet({ noise: 0 }), {
      price: (at) => ({ currency: 'EUR', perKWh: at < MONDAY + 56 * DAY ? 0.2 : 0.4 }),
    });
    expect(found.before.cost?.amount).toBeCloseTo((found.before.energy / 3.6e6) * 0.2, 6);
    expect(found.after.cost?.amount).toBeCloseTo((found.after.energy / 3.6e6) * 0.4, 6);
  });

  it('of which a host does not tell whether it was on does not tell powered time at all', async () => {
    const history = withHosts(fleet(), (host, index) =>
      index === 0 ? { ...host, poweredOn: new Float64Array(84 * 24).fill(Number.NaN) } : host,
    );
    expect((await compared(history)).before.poweredTime).toBeUndefined();
  });
});
