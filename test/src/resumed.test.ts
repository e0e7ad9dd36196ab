import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine.ts';
import type { PersistedState } from '../../src/model/state.ts';
import type { Resumed } from '../../src/resumed.ts';
import { joules, seconds, watts } from '../../src/units.ts';
import { NO_CARBON, POLICY } from '../fixtures/run-engine.ts';
import { SETTING } from '../fixtures/samples.ts';
import { type ScriptedHost, scriptedHost } from '../fixtures/scripted-host.ts';

/** An Intel package at 1000 W is trusted for 262 s of silence: downtime x ceiling below its range. */
const RANGE = 262_143.328_85;

const start = (host: ScriptedHost, saved?: PersistedState) => {
  const told: Resumed[] = [];
  const engine = createEngine(
    () => SETTING,
    () => POLICY,
    saved,
    (one) => told.push(one),
  );
  return {
    told,
    engine,
    tick: () => engine.step(host.sample(), () => NO_CARBON),
    energy: () =>
      [...engine.step(host.sample(), () => NO_CARBON).ledger.values()].find(
        ({ metric }) => metric === 'hw_host_energy_joules_total',
      )?.value ?? 0,
  };
};

/** An agent that ran for 10 s at 100 W, went down, and came up again after some time. */
const downFor = (
  down: number,
  { orderly = true, change = (_: ScriptedHost) => {}, edit = (state: PersistedState) => state } = {},
) => {
  const host = scriptedHost();
  host.addMeter('package-0', 'package', 100, {
    ceiling: watts(1000),
    reads: { as: 'energy', range: joules(RANGE) },
  });
  host.addGroup('a', '/a.service', '1', true);
  const before = start(host);
  before.tick();
  host.advance(10, { busy: 10, groups: { a: 5 } });
  before.tick();
  const { state } = before.engine.persist(orderly);
  expect(before.told).toEqual([]);
  host.advance(down, { busy: down, groups: { a: down / 2 } });
  change(host);
  const after = start(host, edit({ ...state, engine: JSON.parse(JSON.stringify(state.engine)) }));
  after.tick();
  return { ...after, host };
};

describe('energy used while the agent was down', () => {
  it('is counted from the meter while that cannot have passed its range, with its owners or without, and said so', () => {
    for (const orderly of [true, false]) {
      const { told, energy } = downFor(200, { orderly });
      expect(told).toEqual([
        {
          level: 'info',
          message: expect.stringMatching(
            orderly
              ? /down for 3 min: 20000 J used since are counted, with their owners$/
              : /down for 3 min: 20000 J used since are counted, those of workloads in `other`/,
          ),
        },
      ]);
      expect(energy()).toBeCloseTo(21_000, 6);
    }
  });

  it('is counted from the first reading where the agent was killed after a single tick, and no hole is told', () => {
    const host = scriptedHost();
    host.addMeter('package-0', 'package', 100, {
      ceiling: watts(1000),
      reads: { as: 'energy', range: joules(RANGE) },
    });
    // A host that was booted hours ago.
    host.advance(20_000, { busy: 10 });
    const before = start(host);
    before.tick();
    const { state } = before.engine.persist(false);
    host.advance(5, { busy: 5 });
    const after = start(host, { ...state, engine: JSON.parse(JSON.stringify(state.engine)) });
    after.tick();
    expect(after.told).toEqual([
      { level: 'info', message: expect.stringContaining('down for 5.0 s: 500 J used since are counted') },
    ]);
    expect(after.energy()).toBeCloseTo(500, 6);
  });

  it('is not counted after a longer time, and the hole is said and counted as time', () => {
    const { told, host, engine, energy } = downFor(300);
    host.advance(5, { busy: 1 });
    expect(energy(), 'what came before it and what comes after').toBeCloseTo(1000 + 500, 6);
    expect(told).toHaveLength(1);
    expect(told[0]).toEqual({
      level: 'warn',
      message: expect.stringMatching(/down for 5 min: .* energy of 5 min of it is not counted.*range/),
    });
    const counters = engine.persist().state.counters;
    const unmetered = [...counters].find(([key]) => key.includes('negawatt_host_unmetered_seconds_total'));
    expect(unmetered?.[1]).toBeCloseTo(300, 6);
    // The rows tell it as well: watched, and not covered.
    const rows = engine.persist().usage.filter(({ period, scope }) => period === 3600 && scope === 'host');
    const sumOf = (field: 'covered' | 'poweredOn') =>
      rows.reduce((total, row) => total + (row[field] ?? 0), 0);
    expect(sumOf('poweredOn') - sumOf('covered')).toBeCloseTo(300, 6);
  });

  it('is not counted over a boot, however short, and that is said', () => {
    const { told, host, energy } = downFor(20, {
      change: (one) => {
        one.bootId = 'boot-2';
      },
    });
    expect(told).toEqual([
      { level: 'warn', message: expect.stringMatching(/booted since the state was kept 20\.0 s ago/) },
    ]);
    host.advance(5, { busy: 1 });
    expect(energy()).toBeCloseTo(1500, 6);
  });

  it('is not counted where the saved state cannot be read, and that is said', () => {
    const { told } = downFor(20, { edit: (state) => ({ ...state, version: 99 }) });
    expect(told).toEqual([
      { level: 'warn', message: expect.stringMatching(/down for 20\.0 s: .*could not be read/) },
    ]);
  });

  it('is no matter at the very first start', () => {
    const host = scriptedHost();
    const { tick, told } = start(host, {
      bootId: '',
      savedAt: seconds(0),
      wall: 0,
      counters: new Map(),
      engine: null,
      version: 3,
    });
    tick();
    expect(told).toEqual([]);
  });
});
