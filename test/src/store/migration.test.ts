import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HOUR } from '../../../src/model/usage.ts';
import { readEnded } from '../../../src/store/read-ended.ts';
import { readHours } from '../../../src/store/read-hours.ts';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import { firstRelease, SAVED_AT_MS } from '../../fixtures/first-release.ts';
import { secondVersion } from '../../fixtures/second-version.ts';
import { hourRecord, hourRow } from '../../fixtures/usage.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-migration-'));
  firstRelease(dir);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const hoursOf = async () => {
  const read = await readHours(dir, 0, 4e9);
  if (!read.found) throw new Error(read.reason);
  return read.value;
};
const versions = (): unknown[] => {
  const db = new Libsql(join(dir, 'state.db'));
  const found = db.prepare('SELECT version FROM negawatt_schema ORDER BY version').pluck().all();
  db.close();
  return found;
};

test('a file of the first release is brought up to date with all that it held, once, and goes on from it', async () => {
  const before = await hoursOf();
  expect(before).toHaveLength(80);
  for (const _ of [1, 2]) {
    const store = await openSqliteStore(dir, SAVED_AT_MS);
    if (!store.found) throw new Error(store.reason);
    expect(store.value.warnings).toEqual([]);
    const state = store.value.load();
    expect(state).toMatchObject({
      bootId: 'b',
      savedAt: 12.25,
      wall: SAVED_AT_MS,
      version: 3,
      engine: { n: '1' },
    });
    expect(state?.counters.size).toBe(200);
    expect(store.value.hourly(0, 4e9)).toEqual(before);
    store.value.close();
    expect(versions()).toEqual([1, 2, 3, 4, 5, 6]);
  }
  const store = await openSqliteStore(dir, SAVED_AT_MS);
  if (!store.found) throw new Error(store.reason);
  const [first] = before;
  const state = store.value.load();
  if (state === undefined || first === undefined) throw new Error('empty');
  store.value.save(state, [hourRow(first.hour, first.gridZone, 10)]);
  expect(store.value.hourly(0, 4e9)[0]?.energy).toBe(first.energy + 10);
  // Grams of hours that none were kept for are unknown, and their energy is told as energy without.
  const [row] = store.value.usage(HOUR, first.hour, first.hour + 1);
  expect([row?.location, row?.withoutLocation]).toEqual([undefined, first.energy + 10]);
  store.value.close();
});

test('what only reads a file of the first release reads it as it is and leaves it so', async () => {
  const before = readFileSync(join(dir, 'state.db'));
  expect(await hoursOf()).toHaveLength(80);
  expect(await readEnded(dir, {})).toMatchObject({ found: true, value: [] });
  expect(readFileSync(join(dir, 'state.db')).equals(before)).toBe(true);
});

test('a migration that fails half way leaves the file of the first release, and says why', async () => {
  const db = new Libsql(join(dir, 'state.db'));
  // It makes its own tables first and fails at this one.
  db.exec('CREATE TABLE ended_workload (x INTEGER); PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  const before = await hoursOf();
  const failed = await openSqliteStore(dir, SAVED_AT_MS);
  expect(failed.found ? '' : failed.reason).toMatch(/cannot be used: .*ended_workload already exists/);
  expect(versions()).toEqual([1]);
  expect(await hoursOf()).toEqual(before);
  expect(readdirSync(dir).filter((name) => name.includes('corrupt'))).toEqual([]);

  const mended = new Libsql(join(dir, 'state.db'));
  mended.exec('DROP TABLE ended_workload');
  mended.close();
  const store = await openSqliteStore(dir, SAVED_AT_MS);
  expect(store.found && store.value.hourly(0, 4e9)).toEqual(before);
  if (store.found) store.value.close();
});

test('grams of a file of the second version are read as they were booked, and are the same after the upgrade', async () => {
  rmSync(dir, { recursive: true, force: true });
  secondVersion(dir);
  const before = await hoursOf();
  const [first, bare] = before;
  expect(first?.booked).toEqual([
    { method: 'location', factor: '{"id":"DE/direct/2026"}', energy: 900, grams: 0.5 },
    { method: 'market', factor: '{"id":"*"}', energy: 1000, grams: 0.25 },
  ]);
  expect([first?.pue, bare?.booked], 'nobody knows its PUE; an hour without grams has none').toEqual([
    undefined,
    undefined,
  ]);
  const store = await openSqliteStore(dir, SAVED_AT_MS);
  if (!store.found) throw new Error(store.reason);
  expect(await hoursOf()).toEqual(before);
  // The hour of the upgrade itself: what is booked now joins what was, and its PUE stays unknown.
  const state = store.value.load();
  if (state === undefined || first === undefined) throw new Error('empty');
  const record = hourRecord(10, { factor: '{"id":"new"}', gramsPerJoule: 0.001, pue: 2, price: 0 });
  store.value.save(state, [{ ...hourRow(first.hour, 'DE', 10), record }]);
  store.value.close();
  const [after] = await hoursOf();
  expect(after?.booked?.map(({ method, energy }) => [method, energy])).toEqual([
    ['location', 900],
    ['location', 10],
    ['market', 1000],
  ]);
  expect(after?.pue).toBeUndefined();
});
