/** A measure as it stands: frozen baseline, counters that only grow, the word of a report date, and what is exported of it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { evaluateStanding, LATEST, type StandingInput } from '../../src/evaluate-standing.ts';
import { type HistoryEngine, HistoryError } from '../../src/model/history.ts';
import type { MeasurePlan } from '../../src/model/measure.ts';
import type { MeasureStanding } from '../../src/savings/standing.ts';
import { savingsPoints } from '../../src/savings-points.ts';
import { standingJson } from '../../src/savings-standing.ts';
import { MONDAY, newHash, planOf, registered } from '../fixtures/measure-plan.ts';
import { memoryHistory } from '../fixtures/memory-history.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const DAYS = 100;
const START = MONDAY + 56 * DAY;
const REPORT = MONDAY + 84 * DAY;
const HOSTS = ['a', 'b'];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'negawatt-standing-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const requestsAt = (hour: number): number =>
  400 + 150 * Math.sin((hour % 24) / 4) + 20 * Math.sin(hour * 12.9898);
const joulesAt = (hour: number, at: number): number =>
  (100 * HOUR + 300 * requestsAt(hour)) * (1 + 0.02 * Math.sin(hour * 78.233 + at));

interface Change {
  /** Share that is saved from the start on. */
  readonly saving?: number;
  /** Hours of which nothing is known any more. */
  readonly isGone?: (hour: number) => boolean;
  readonly restate?: (hour: number) => number;
  /** From this hour on host b is off, and metered by nobody. */
  readonly offFrom?: number;
  readonly hasWork?: boolean;
}
const engineOf = (change: Change = {}): HistoryEngine => {
  const {
    saving = 0.1,
    isGone = () => false,
    restate = () => 1,
    offFrom = Infinity,
    hasWork = true,
  } = change;
  const hours = Array.from({ length: DAYS * 24 }, (_, hour) => hour);
  const isOff = (at: number, hour: number): boolean => at === 1 && hour >= offFrom;
  return memoryHistory({
    from: MONDAY,
    hosts: HOSTS.map((host, at) => ({
      host,
      energy: hours.map((hour) =>
        isGone(hour) || isOff(at, hour)
          ? Number.NaN
          : joulesAt(hour, at) * restate(hour) * (hour >= 56 * 24 ? 1 - saving : 1),
      ),
      coverage: hours.map((hour) => (isGone(hour) || isOff(at, hour) ? 0 : 1)),
      poweredOn: hours.map((hour) => (isGone(hour) ? Number.NaN : isOff(at, hour) ? 0 : HOUR)),
    })),
    work: [hours.map((hour) => (isGone(hour) || !hasWork ? Number.NaN : 2 * requestsAt(hour)))],
    grid: hours.map(() => 400),
    pue: hours.map(() => 1),
  });
};

const standingOf = (more: Partial<StandingInput> = {}, change: Partial<MeasurePlan> = {}) => {
  const plan = planOf({ hosts: HOSTS, ...change });
  const registration = registered(plan);
  return evaluateStanding({
    ...{ plan, registered: { registration, changes: [] }, before: undefined, engine: engineOf() },
    frozen: { plan, sha256: registration.hashAtStart ?? '' },
    ...{ now: REPORT + LATEST, method: '1', version: '1.0.0', newHash },
    ...more,
  });
};
/** As it is after it was kept and read again. */
const again = (standing: MeasureStanding): MeasureStanding => JSON.parse(JSON.stringify(standing));
const linesOf = (standing: MeasureStanding): readonly string[] =>
  savingsPoints(standing).map(({ metric, labels, value }) => {
    const text = Object.entries(labels).map(([name, label]) => `${name}="${label}"`);
    return `${metric}{${text.join(',')}} ${Number(value.toPrecision(6))}`;
  });
const figureOf = (standing: MeasureStanding, metric: string): number | undefined =>
  savingsPoints(standing).find((point) => point.metric === metric)?.value;
const namesOf = (standing: MeasureStanding): ReadonlySet<string> =>
  new Set(savingsPoints(standing).map(({ metric }) => metric));

describe('what is exported of a measure', () => {
  it('is, for a saving of a tenth, exactly this', async () => {
    const lines = linesOf(await standingOf());
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../golden/savings-points.txt');
  });

  it('agrees with itself: baseline less energy is what the report avoided, from the same hours', async () => {
    const standing = await standingOf();
    const [baseline = 0, energy = 0] = [
      figureOf(standing, 'negawatt_savings_baseline_energy_joules_total'),
      figureOf(standing, 'negawatt_savings_energy_joules_total'),
    ];
    expect(baseline - energy).toBeCloseTo(
      figureOf(standing, 'negawatt_savings_avoided_energy_joules') ?? 0,
      0,
    );
    // Frozen coefficients over the counters give the counter of the baseline again.
    const [host, work] = savingsPoints(standing).filter(
      ({ metric }) => metric === 'negawatt_savings_coefficient_joules',
    );
    const hostTime = figureOf(standing, 'negawatt_savings_demanded_host_seconds_total') ?? 0;
    const done = figureOf(standing, 'negawatt_savings_work_total') ?? 0;
    expect((host?.value ?? 0) * hostTime + (work?.value ?? 0) * done).toBeCloseTo(baseline, 0);
  });

  it('has no figure of savings where the measure is refused, and says which flags refuse it', async () => {
    const standing = await standingOf({ engine: engineOf({ isGone: (hour) => hour >= 60 * 24 }) });
    expect(standingJson(standing)).toMatchObject({ verdict: 'refused', state: 'final' });
    expect(standingJson(standing)).not.toHaveProperty('avoided');
    for (const name of [
      ...[
        'avoided_energy_joules',
        'avoided_energy_low_joules',
        'avoided_emissions_grams',
        'detectable_ratio',
      ],
      ...['placebo_coverage_ratio', 'work_change_ratio', 'intensity_change_ratio', 'growth_offset_ratio'],
    ])
      expect(namesOf(standing)).not.toContain(`negawatt_savings_${name}`);
    expect(figureOf(standing, 'negawatt_savings_missing_ratio')).toBeCloseTo(24 / 28, 6);
    expect(linesOf(standing)).toContain('negawatt_savings_verdict{measure="demo",verdict="refused"} 1');
    expect(
      linesOf(standing).filter((line) => line.startsWith('negawatt_savings_flag')).length,
    ).toBeGreaterThan(0);
  });

  it('has neither baseline nor coefficients where no work is counted: absent, not zero', async () => {
    const standing = await standingOf({}, { work: [] });
    const names = namesOf(standing);
    expect(names).toContain('negawatt_savings_energy_joules_total');
    for (const name of [
      'baseline_energy_joules_total',
      'coefficient_joules',
      'work_total',
      'avoided_energy_joules',
    ])
      expect(names).not.toContain(`negawatt_savings_${name}`);
  });

  it('has no baseline for a test of on and off in turns: before and after are not what it compares', async () => {
    const schedule = { design: 'switchback', block: 6 * HOUR, washout: HOUR, seed: '7' } as const;
    const standing = await standingOf({}, { schedule });
    expect(standing.baseline).toBeUndefined();
    expect(namesOf(standing)).not.toContain('negawatt_savings_baseline_energy_joules_total');
    expect(namesOf(standing)).toContain('negawatt_savings_energy_joules_total');
  });

  it('counts a host that is told to be off as demanded, at its residual power, and tells its state', async () => {
    const offFrom = 80 * 24;
    const standing = await standingOf({ engine: engineOf({ offFrom }) });
    const offTime = 4 * DAY;
    expect(figureOf(standing, 'negawatt_savings_residual_energy_joules_total')).toBe(20 * offTime);
    expect(figureOf(standing, 'negawatt_savings_demanded_host_seconds_total')).toBe(2 * 28 * DAY);
    expect(figureOf(standing, 'negawatt_savings_powered_host_seconds_total')).toBe(2 * 28 * DAY - offTime);
    expect(linesOf(standing)).toEqual(
      expect.arrayContaining([
        'negawatt_savings_hosts{measure="demo",state="on"} 1',
        'negawatt_savings_hosts{measure="demo",state="off"} 1',
        'negawatt_savings_hosts{measure="demo",state="unknown"} 0',
      ]),
    );
  });

  it('waits before the start: name, plan and scope, and nothing else', async () => {
    const standing = await standingOf({ frozen: undefined, now: START - DAY });
    expect(standingJson(standing)).toMatchObject({ state: 'waiting', remarks: [] });
    expect([...namesOf(standing)]).toEqual([
      'negawatt_savings_info',
      'negawatt_savings_scope_info',
      'negawatt_savings_start_timestamp_seconds',
      'negawatt_savings_last_evaluation_timestamp_seconds',
      'negawatt_savings_last_evaluation_successful',
    ]);
  });
});

describe('counters of a measure', () => {
  const COUNTERS = ['energy', 'baseline', 'demanded', 'powered', 'residual', 'hostTime'] as const;

  it('are the same whether it is evaluated once or many times, through what is kept in between', async () => {
    const once = await standingOf();
    let standing: MeasureStanding | undefined;
    for (const now of [START + HOUR + LATEST, START + 5 * HOUR + 1900, START + 9 * DAY, REPORT + LATEST])
      standing = again(await standingOf({ before: standing, now }));
    for (const name of COUNTERS)
      expect(standing?.counters?.[name]).toBeCloseTo(once.counters?.[name] ?? -1, 3);
    expect(standing?.counters?.until).toBe(once.counters?.until);
  });

  it('have no energy of another unit in them, neither in a single hour nor for days, as the report has none', async () => {
    const calm = await standingOf();
    const hourly = (hour: number): number => hour - 56 * 24;
    const engine = engineOf({
      restate: (hour) => (hourly(hour) === 100 || (hourly(hour) >= 200 && hourly(hour) < 260) ? 1000 : 1),
    });
    const once = await standingOf({ engine });
    let standing: MeasureStanding | undefined;
    for (const day of [1, 4, 5, 8, 9, 10, 11, 28])
      standing = again(await standingOf({ engine, before: standing, now: START + day * DAY + LATEST }));
    for (const { counters } of [once, standing ?? once]) {
      const known = (counters?.demanded ?? 0) / (calm.counters?.demanded ?? 1);
      expect(known).toBeCloseTo(1 - 61 / (28 * 24), 9);
      expect((counters?.energy ?? 0) / (calm.counters?.energy ?? 1)).toBeCloseTo(known, 2);
    }
    expect(standing?.report?.outcome.flags.map(({ flag }) => flag)).toContain('leaps_left_out');
  });

  it('go on past the last report date, and count no hour before a quarter of an hour after its end', async () => {
    const before = again(await standingOf());
    const early = await standingOf({ before, now: REPORT + HOUR + 899 });
    expect(early.counters?.until).toBe(REPORT);
    const later = await standingOf({ before, now: REPORT + HOUR + 900 });
    expect(later.counters?.until).toBe(REPORT + HOUR);
    expect(later.counters?.energy).toBeGreaterThan(before.counters?.energy ?? Infinity);
  });

  it('never fall: not where history is restated or gone, not where the plan is edited', async () => {
    const before = again(await standingOf({ now: START + 10 * DAY }));
    const plan = planOf({ hosts: HOSTS, baseline: { from: MONDAY + 14 * DAY, to: START } });
    const registration = { ...registered(plan), hashNow: 'b2'.repeat(32) };
    const after = await standingOf({
      ...{ before, plan, registered: { registration, changes: [] }, now: START + 12 * DAY },
      engine: engineOf({ restate: () => 0.5, isGone: (hour) => hour < 50 * 24 }),
    });
    for (const name of COUNTERS)
      expect(after.counters?.[name]).toBeGreaterThanOrEqual(before.counters?.[name] ?? Infinity);
    expect(after.baseline).toEqual(before.baseline);
    expect(standingJson(after).plan.registration).toBe('edited');
    expect(linesOf(after).find((line) => line.startsWith('negawatt_savings_info'))).toMatch(
      /plan_sha256="(b2)+",frozen_sha256="(a1)+"/,
    );
  });

  it('begin anew with a baseline once there is one that can be fitted', async () => {
    const before = again(await standingOf({ engine: engineOf({ isGone: () => true }) }));
    expect(before.baseline?.isFitted).toBe(false);
    expect(before.counters?.baseline).toBeUndefined();
    const after = await standingOf({ before });
    expect(after.counters).toEqual((await standingOf()).counters);
  });
});

describe('a frozen baseline', () => {
  const pastDirectory = (): string => join(directory, 'demo.past');

  it('stands with all that was before the start although retention took the history away', async () => {
    const first = again(await standingOf({ pastDirectory: pastDirectory(), now: START + 10 * DAY }));
    const whole = await standingOf();
    const engine = engineOf({ isGone: (hour) => hour < 56 * 24 });
    const later = await standingOf({ pastDirectory: pastDirectory(), before: first, engine });
    expect(later.problem).toBeUndefined();
    expect(standingJson({ ...later, past: undefined })).toEqual(standingJson(whole));
    // Without it nothing could be said.
    const without = await standingOf({ before: { ...first, past: undefined }, engine });
    expect(standingJson(without).verdict).toBe('refused');
  });

  it('has the errors of the method on the past of this scope, for the window of each report date', async () => {
    const plan = { baseline: { from: START - 14 * DAY, to: START }, reportAt: [START + 2 * DAY, REPORT] };
    const { baseline } = await standingOf({ now: START + HOUR + LATEST }, plan);
    const [short, ...longer] = baseline?.placebo ?? [];
    expect(short).toMatchObject({ reportSeconds: 2 * DAY, windows: 41, independentWindows: 21 });
    expect(short?.halfWidthRatio).toBeGreaterThan(0);
    expect(short?.halfWidthRatio).toBeLessThan(0.01);
    expect(short?.coverageRatio).toBeGreaterThan(0.7);
    expect(longer.map(({ windows }) => windows)).toEqual([15]);
  });

  it('that was restated is told where it is not kept, and does not move the counters', async () => {
    const before = again(await standingOf({ now: START + 10 * DAY }));
    const engine = engineOf({ restate: (hour) => (hour < 20 * 24 ? 1.2 : 1) });
    const after = await standingOf({ before, engine });
    expect(linesOf(after)).toContain('negawatt_savings_flag{measure="demo",flag="baseline_restated"} 1');
    expect(after.baseline).toEqual(before.baseline);
    expect(after.counters).toEqual((await standingOf()).counters);
    expect(linesOf(await standingOf({ before })).join()).not.toContain('baseline_restated');
  });

  it('of which a kept file was changed is not believed: why, and what to do', async () => {
    const first = again(await standingOf({ pastDirectory: pastDirectory(), now: START + 10 * DAY }));
    const name = readdirSync(pastDirectory()).find((file) => file.startsWith('hosts')) ?? '';
    const file = join(pastDirectory(), name);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/\d\.\d{3}/, '9.999'));
    const after = await standingOf({ pastDirectory: pastDirectory(), before: first });
    expect(after.problem?.reason).toMatch(/hosts-01\.csv is not what was kept at the start/);
    expect(after.report).toEqual(first.report);
  });
});

describe('an evaluation that fails', () => {
  it('says why, keeps what was known and when, and the next one goes on from it', async () => {
    const before = again(await standingOf({ now: START + 10 * DAY }));
    const engine: HistoryEngine = {
      ...engineOf(),
      read: () => {
        throw new HistoryError('the engine is away', 'start it');
      },
    };
    const failed = again(await standingOf({ before, engine, now: START + 11 * DAY }));
    expect(failed.problem).toEqual({ reason: 'the engine is away', fix: 'start it' });
    expect([failed.evaluatedAt, failed.counters]).toEqual([before.evaluatedAt, before.counters]);
    expect(figureOf(failed, 'negawatt_savings_last_evaluation_successful')).toBe(0);
    const next = await standingOf({ before: failed });
    expect(next.counters).toEqual((await standingOf()).counters);
    expect(next.problem).toBeUndefined();
  });
});

describe('the word of a report date', () => {
  it('stands: what history says later changes it no more', async () => {
    const said = again(await standingOf());
    const later = await standingOf({
      before: said,
      engine: engineOf({ saving: 0.5 }),
      now: REPORT + 9 * DAY,
    });
    expect(later.report).toEqual(said.report);
    expect(standingJson(later)).toMatchObject({ state: 'final', verdict: standingJson(said).verdict });
  });

  it('is said anew where an event was added to the plan since', async () => {
    const said = again(await standingOf());
    const nonRoutine = [
      {
        ...{ at: START, what: 'firmware', hosts: HOSTS, evidence: 'ticket 1' },
        ...{ deltaWatts: 10 as never, uncertaintyWatts: 1 as never },
      },
    ];
    const later = await standingOf({ before: said }, { nonRoutine });
    expect(later.report?.outcome.avoided).toBeGreaterThan(said.report?.outcome.avoided ?? Infinity);
  });
});
