/** Rows of the history with figures that can be checked by hand. */
import { describe, expect, it } from 'vitest';
import { pueOf } from '../../src/carbon/emissions.ts';
import type { CarbonAt } from '../../src/carbon/in-force.ts';
import { HOUR, IDLE_CLASS, MINUTE, type Usage } from '../../src/model/usage.ts';
import type { EnginePolicy } from '../../src/pipeline.ts';
import { joules, seconds, watts } from '../../src/units.ts';
import { policyFor } from '../fixtures/embodied.ts';
import { POLICY, runEngine } from '../fixtures/run-engine.ts';
import { carbon, factor } from '../fixtures/samples.ts';
import { scriptedHost } from '../fixtures/scripted-host.ts';

/** Half a minute before 06:00, a host of 100 W of which 40 are its floor, with a unit at work. */
const scene = (more: Partial<EnginePolicy> = {}) => {
  const host = scriptedHost();
  host.wall = Date.UTC(2026, 0, 1, 5, 59, 30);
  host.addMeter('package-0', 'package', 100, {
    reads: { as: 'energy', range: joules(1e9) },
    ceiling: watts(5000),
  });
  host.addGroup('a', '/a.service', '1', true);
  const run = runEngine({
    ...more,
    metering: { interval: seconds(5), floors: new Map([['package-0', watts(40)]]) },
    attribution: {
      ...POLICY.attribution,
      naming: { facts: new Map(), rules: [{ class: 'web', kind: [/^unit$/] }] },
    },
  });
  return { host, run };
};
const rowsOf = (rows: readonly Usage[], scope: Usage['scope'], period: number = HOUR) =>
  rows.filter((row) => row.scope === scope && row.period === period);
const SIX = Date.UTC(2026, 0, 1, 6) / 1000;

describe('a row of the history', () => {
  it('holds what a tick over the full hour used, split in proportion to time and at the change of the factor', () => {
    const { host, run } = scene();
    const change = SIX * 1000 + 15_000;
    const carbonAt: CarbonAt = (wall) =>
      wall < change
        ? {
            ...carbon({ location: factor('location', 360), market: undefined, pue: undefined }),
            until: change,
          }
        : carbon({
            location: factor('location', 720, { id: 'DE/other' }),
            market: undefined,
            pue: undefined,
          });
    run.step(host.sample(), carbonAt);
    host.advance(60, { busy: 120, groups: { a: 60 } });
    run.step(host.sample(), carbonAt);
    const { usage } = run.engine.persist();
    const [five, six] = rowsOf(usage, 'host');
    expect([five?.start, six?.start]).toEqual([SIX - HOUR, SIX]);
    for (const row of [five, six]) {
      expect(row?.energy).toBeCloseTo(3000, 6);
      expect(row?.covered).toBeCloseTo(30, 6);
      expect(row?.poweredOn).toBeCloseTo(30, 6);
      expect(row?.cpuBusy).toBeCloseTo(60, 6);
      // Four processors for half a minute.
      expect(row?.cpuAvailable).toBeCloseTo(120, 6);
      expect([row?.quality, row?.gridZone, row?.market]).toEqual(['derived', 'DE', undefined]);
      expect(row?.meter).toBe('components(incomplete)');
      expect(row?.withoutMarket).toBeCloseTo(3000, 6);
      expect(row?.withoutLocation).toBeCloseTo(0, 6);
    }
    // 3 kJ at 0.1 mg/J; then half of 3 kJ at each of two factors.
    expect(five?.location).toBeCloseTo(0.3, 9);
    expect(six?.location).toBeCloseTo(0.15 + 0.3, 9);
    expect([five?.locationFactor, six?.locationFactor]).toEqual(['DE/direct/2023', '*']);
    const minutes = rowsOf(usage, 'host', MINUTE);
    expect(minutes.map(({ start }) => start)).toEqual([SIX - MINUTE, SIX]);
  });

  it('keeps parts by meter, classes by their rules, and the floor that no class caused', () => {
    const { host, run } = scene();
    run.step(host.sample());
    for (let i = 0; i < 2; i += 1) {
      host.advance(10, { busy: 20, groups: { a: 15 } });
      run.step(host.sample());
    }
    const { usage } = run.engine.persist();
    const energy = (scope: Usage['scope']) =>
      Object.fromEntries(rowsOf(usage, scope).map((row) => [row.name, Math.round(row.energy)]));
    expect(energy('domain')).toEqual({ 'package-0': 2000 });
    expect(energy('class')).toEqual({ [IDLE_CLASS]: 800, web: 900, unclassified: 300 });
    const used = Object.fromEntries(rowsOf(usage, 'class').map((row) => [row.name, row.cpuBusy]));
    expect(used).toEqual({
      [IDLE_CLASS]: undefined,
      web: expect.closeTo(30, 6),
      unclassified: expect.closeTo(10, 6),
    });
    for (const row of rowsOf(usage, 'class'))
      expect([row.cpuAvailable, row.poweredOn]).toEqual([undefined, undefined]);
  });

  it('of a span longer than an hour is by the hour alone: nobody knows its minutes', () => {
    const { host, run } = scene();
    run.step(host.sample());
    host.advance(3 * HOUR, { busy: 10 });
    run.step(host.sample());
    const { usage } = run.engine.persist();
    expect(usage.filter(({ period, energy }) => period === MINUTE && energy > 0)).toEqual([]);
    const hours = rowsOf(usage, 'host').filter(({ energy }) => energy > 0);
    expect(hours.map(({ energy }) => Math.round(energy))).toEqual([3000, 360_000, 360_000, 357_000]);
  });

  it('keeps the PUE of its time, and the energy that had none, by the hour alone', () => {
    const { host, run } = scene();
    const known = pueOf(1.5);
    const first = carbon({ pue: known.found ? known.value : undefined });
    run.step(host.sample(), first);
    host.advance(60, { busy: 60 });
    run.step(host.sample(), first);
    host.advance(60, { busy: 60 });
    run.step(host.sample(), carbon({ pue: undefined }));
    const { usage } = run.engine.persist();
    const records = rowsOf(usage, 'host').flatMap(({ record }) => (record === undefined ? [] : [record]));
    const sum = (value: (one: (typeof records)[number]) => number) =>
      records.reduce((total, one) => total + value(one), 0);
    expect(sum(({ overhead }) => overhead)).toBeCloseTo(3000, 6);
    expect(sum(({ withoutPue }) => withoutPue)).toBeCloseTo(6000, 6);
    expect(rowsOf(usage, 'host', MINUTE).filter(({ record }) => record !== undefined)).toEqual([]);
  });

  it('keeps the scores of its work: those of the ticks, added up by host and class', async () => {
    const { host, run } = scene({ embodied: await policyFor({}, { host: { kg: 1000, source: 'sheet' } }) });
    const inForce = carbon({ location: factor('location', 360), pue: undefined });
    const work = (amount: number) => [
      { workload: 'host', unit: 'jobs', added: amount },
      { workload: 'a.service', unit: 'requests', added: 10 * amount },
    ];
    /** Two of the four processors are kept for it. */
    const sample = (amount: number) => {
      const { groups, ...rest } = host.sample();
      const processors = groups?.tree.paths.map((path) => (path.endsWith('a.service') ? 2 : 0)) ?? [];
      return { ...rest, work: work(amount), ...(groups && { groups: { ...groups, processors } }) };
    };
    run.step(sample(0), inForce);
    for (const amount of [5, 7]) {
      host.advance(60, { busy: 120, groups: { a: 60 } });
      run.step(sample(amount), inForce);
    }
    const rows = run.engine.persist().usage.filter(({ period }) => period === HOUR);
    const sums = (scope: Usage['scope'], name: string, unit: string) => {
      const scores = rows
        .filter((row) => row.scope === scope && row.name === name)
        .flatMap(({ scores: own }) => [...(own?.values() ?? [])])
        .filter((one) => one.unit === unit);
      const of = (value: (one: (typeof scores)[number]) => number) =>
        scores.reduce((total, one) => total + value(one), 0);
      return [of((one) => one.operational), of((one) => one.embodied), of((one) => one.done)];
    };
    const held = run.snapshots.at(-1)?.view.sci?.state?.pairs;
    const scored = (unit: string) => [...(held?.values() ?? [])].find((pair) => pair.unit === unit);
    for (const [unit, scope, name, done] of [
      ['jobs', 'host', '', 12],
      ['requests', 'class', 'web', 120],
    ] as const) {
      const { operational = -1, embodied = -1 } = scored(unit) ?? {};
      expect(operational, unit).toBeGreaterThan(0);
      expect(embodied, unit).toBeGreaterThan(0);
      expect(sums(scope, name, unit)).toEqual(
        [operational, embodied, done].map((value) => expect.closeTo(value, 9)),
      );
    }
    expect(sums('host', '', 'requests'), 'work of a class is no work of the whole host').toEqual([0, 0, 0]);
  });
});
