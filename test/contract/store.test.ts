import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BookedUpstream, type Score, scoreKey, upstreamKey } from '../../src/model/hour-record.ts';
import type { HourlyEnergy, PersistedState } from '../../src/model/state.ts';
import type { Tenancy } from '../../src/model/tenancy.ts';
import { HOUR } from '../../src/model/usage.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { grams, joules, seconds } from '../../src/units.ts';
import { bookedFactor, hourRecord, hourRow } from '../fixtures/usage.ts';

const state = (counters: Record<string, number>, engine: unknown = null): PersistedState => ({
  bootId: '3f1c',
  savedAt: seconds(12.25),
  // Near the rows: older ones than the retention go.
  wall: 10_000_123,
  counters: new Map(Object.entries(counters)),
  engine,
  version: 3,
});
const hour = (
  at: number,
  gridZone: string,
  energy: number,
  quality?: HourlyEnergy['quality'],
): HourlyEnergy => ({
  hour: at,
  gridZone,
  energy: joules(energy),
  ...(quality && { quality }),
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-store-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const opened = async (): Promise<Store> => {
  const result = await openSqliteStore(dir);
  if (!result.found) throw new Error(result.reason);
  return result.value;
};
/** `again` is what a restart does: for the store in memory there is none. */
const kinds = [
  { name: 'memory', open: async () => memoryStore(), again: async (store: Store) => store },
  {
    name: 'sqlite',
    open: opened,
    again: async (store: Store) => {
      store.close();
      return opened();
    },
  },
];

describe.each(kinds)('the $name store', ({ open, again }) => {
  test('has no state at the very first start', async () => {
    const store = await open();
    expect(store.load()).toBeUndefined();
    expect(store.hourly(0, 4e9)).toEqual([]);
    store.close();
  });

  test('gives back the whole state as it was saved', async () => {
    const before = state(
      { 'a{b="c"}': 0.1, total: 1e15 },
      { raw: { 'rapl:0': '262143328850' }, last: [1, null] },
    );
    const first = await open();
    first.save(before, []);
    const store = await again(first);
    expect(store.load()).toEqual(before);
    store.close();
  });

  test('forgets a series that has ended and keeps the ones that did not change', async () => {
    const first = await open();
    first.save(state({ kept: 1, changed: 2, ended: 3 }), []);
    first.save(state({ kept: 1, changed: 5 }), []);
    const store = await again(first);
    expect(store.load()?.counters).toEqual(
      new Map([
        ['kept', 1],
        ['changed', 5],
      ]),
    );
    store.close();
  });

  test('adds up the increments of an hour, for each grid zone apart', async () => {
    const first = await open();
    first.save(state({}), [hourRow(3600, 'DE', 100), hourRow(3600, 'FR', 7)]);
    first.save(state({}), [hourRow(3600, 'DE', 50), hourRow(7200, 'DE', 1)]);
    const store = await again(first);
    expect(store.hourly(0, 10_000)).toEqual([
      hour(3600, 'DE', 150),
      hour(3600, 'FR', 7),
      hour(7200, 'DE', 1),
    ]);
    expect(store.hourly(3600, 7200)).toHaveLength(2);
    store.close();
  });

  test('adds up how an hour was booked: each edition of a factor, each currency, each score by itself', async () => {
    const [one, other] = [500, 520].map((value) =>
      bookedFactor('DE/direct/2026', { value: value as never, year: 2026 }),
    ) as [string, string];
    const terms = { gramsPerJoule: 1e-4, pue: 1.5, price: 1e-7 };
    const score = (factor: string): ReadonlyMap<string, Score> => {
      const made: Score = {
        ...{ unit: 'jobs', factor, energy: joules(10), done: 3 },
        ...{ operational: grams(2), embodied: grams(1) },
      };
      return new Map([[scoreKey(made), made]]);
    };
    const row = (factor: string, energy: number) => ({
      ...hourRow(3600, 'DE', energy),
      work: new Map([['jobs', 3]]),
      record: hourRecord(energy, { factor, ...terms }),
      scores: score(factor),
    });
    const first = await open();
    // A row of time alone comes before what was metered in it, as with a slow meter.
    first.save(state({}), [{ ...hourRow(3600, 'DE', 0), poweredOn: seconds(60) }]);
    first.save(state({}), [row(one, 100)]);
    first.save(state({}), [row(one, 50)]);
    first.save(state({}), [row(other, 30)]);
    const store = await again(first);
    const [held] = store.usage(HOUR, 0, 10_000);
    const booked = [...(held?.record?.booked.values() ?? [])].map(({ factor, energy, grams: own }) => [
      factor,
      Math.round(energy),
      Math.round(own * 1e6),
    ]);
    expect(booked.sort()).toEqual([
      [one, 150, 22_500],
      [other, 30, 4500],
    ]);
    expect([held?.record?.overhead, held?.record?.withoutPue]).toEqual([90, 0]);
    expect(held?.record?.paid.get('EUR')?.energy).toBe(270);
    expect([...(held?.scores?.values() ?? [])].map(({ done, operational }) => [done, operational])).toEqual(
      expect.arrayContaining([
        [6, 4],
        [3, 2],
      ]),
    );
    store.close();
  });

  test('adds up energy and grams by tenancy, and what was lost on the way by each figure', async () => {
    const factor = bookedFactor('DE/direct/2026', {});
    const upstream = (id: string, energy: number): BookedUpstream => ({
      ...{ part: 'transmission', factor: JSON.stringify({ id, value: 0.1, unit: 'ratio' }) },
      ...{ energy: joules(energy), overhead: joules(energy / 2), grams: grams(energy * 1e-5) },
    });
    const row = (energy: number, tenancy: Tenancy, loss: string) => {
      const record = hourRecord(energy, { factor, gramsPerJoule: 1e-4, pue: 1.5, price: 0 });
      const lost = upstream(loss, energy);
      return {
        ...hourRow(3600, 'DE', energy),
        record: {
          ...record,
          booked: new Map([...record.booked.values()].map((one) => [`${tenancy}`, { ...one, tenancy }])),
          held: new Map([...record.held.values()].map((one) => [tenancy, one])),
          upstream: new Map([[upstreamKey(lost), lost]]),
        },
      };
    };
    const first = await open();
    first.save(state({}), [row(100, 'owned', 'a')]);
    first.save(state({}), [row(50, 'owned', 'b')]);
    first.save(state({}), [row(30, 'leased', 'b')]);
    const store = await again(first);
    const record = store.usage(HOUR, 0, 10_000)[0]?.record;
    const held = [...(record?.held ?? [])].map(([name, own]) => [name, own.energy, own.overhead]);
    expect(held.sort()).toEqual([
      ['leased', 30, 15],
      ['owned', 150, 75],
    ]);
    const booked = [...(record?.booked.values() ?? [])];
    expect(booked.map(({ tenancy, energy }) => [tenancy, energy]).sort()).toEqual([
      ['leased', 30],
      ['owned', 150],
    ]);
    const lost = [...(record?.upstream.values() ?? [])].map((one) => [
      JSON.parse(one.factor).id,
      one.energy,
      one.overhead,
      Math.round(one.grams * 1e6),
    ]);
    expect(lost).toEqual([
      ['a', 100, 50, 1000],
      ['b', 80, 40, 800],
    ]);
    store.close();
  });

  test('gives the rows of one scope alone, in order, without how hours were booked', async () => {
    const first = await open();
    const part = { ...hourRow(0, 'DE', 5), scope: 'domain' as const, name: 'package-0' };
    const record = hourRecord(7, {
      factor: bookedFactor('DE/direct/2026', {}),
      gramsPerJoule: 1e-4,
      pue: 1.5,
      price: 1e-7,
    });
    first.save(state({}), [
      { ...hourRow(3600, 'DE', 7), record, work: new Map([['jobs', 3]]) },
      part,
      hourRow(0, 'DE', 1),
    ]);
    const store = await again(first);
    const energies = (scope: 'host' | 'domain', to: number) =>
      store.series(HOUR, scope, 0, to).map(({ start, energy }) => [start, energy]);
    expect(energies('host', 10_000)).toEqual([
      [0, 1],
      [3600, 7],
    ]);
    expect(energies('host', 3600)).toEqual([[0, 1]]);
    expect(energies('domain', 10_000)).toEqual([[0, 5]]);
    const [, last] = store.series(HOUR, 'host', 0, 10_000);
    expect([last?.record, last?.work]).toEqual([undefined, undefined]);
    store.close();
  });

  test('an hour is as sure as its least sure part', async () => {
    const first = await open();
    first.save(state({}), [
      hourRow(0, 'DE', 1, 'measured'),
      hourRow(3600, 'DE', 1, 'estimated'),
      hourRow(7200, 'DE', 1),
    ]);
    first.save(state({}), [
      hourRow(0, 'DE', 1, 'derived'),
      hourRow(3600, 'DE', 1),
      hourRow(7200, 'DE', 1, 'measured'),
    ]);
    const store = await again(first);
    expect(store.hourly(0, 10_000).map(({ quality }) => quality)).toEqual([
      'derived',
      'estimated',
      'measured',
    ]);
    store.close();
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1])(
    'refuses a counter of %s, by name, and keeps the save before it',
    async (bad) => {
      const first = await open();
      first.save(state({ x: 1 }), []);
      expect(() => first.save(state({ x: 2, 'bad{}': bad }), [hourRow(0, 'DE', 1)])).toThrow(/bad\{\}/);
      const store = await again(first);
      expect(store.load()?.counters).toEqual(new Map([['x', 1]]));
      expect(store.hourly(0, 10_000)).toEqual([]);
      store.close();
    },
  );

  test('refuses an hour that is not the start of one', async () => {
    const store = await open();
    expect(() => store.save(state({}), [hourRow(3601, 'DE', 1)])).toThrow(/3601/);
    store.close();
  });

  test("later changes to the caller's maps do not reach what was saved", async () => {
    const counters = new Map([['x', 1]]);
    const engine = { raw: ['1'] };
    const first = await open();
    first.save({ ...state({}), counters, engine }, []);
    counters.set('x', 99);
    engine.raw.push('2');
    const store = await again(first);
    expect(store.load()?.counters.get('x')).toBe(1);
    expect(store.load()?.engine).toEqual({ raw: ['1'] });
    store.close();
  });

  test('closing twice is harmless', async () => {
    const store = await open();
    store.close();
    expect(() => store.close()).not.toThrow();
  });

  test('every counter comes back bit for bit, whatever its name', async () => {
    let store = await open();
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    const value = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(name, value), { minLength: 1, maxLength: 3 }),
        async (saves) => {
          for (const counters of saves) store.save(state(counters), []);
          store = await again(store);
          const back = store.load()?.counters ?? new Map();
          const last = Object.entries(saves.at(-1) ?? {});
          expect(back.size).toBe(last.length);
          for (const [series, kept] of last) expect(Object.is(back.get(series), kept)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
    store.close();
  });
});
