import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EndedWorkload } from '../../../src/model/ended.ts';
import { HOUR, MINUTE } from '../../../src/model/usage.ts';
import { readEnded } from '../../../src/store/read-ended.ts';
import type { Retention } from '../../../src/store/retention.ts';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import type { Store } from '../../../src/store/store.ts';
import { joules, seconds } from '../../../src/units.ts';
import { bookedFactor, hourRecord, hourRow } from '../../fixtures/usage.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-retention-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const DAY = 86_400;
/** A full hour of 2026, seconds. */
const NOW = Date.UTC(2026, 10, 26, 4) / 1000;
const RETENTION: Retention = {
  minutes: seconds(2 * DAY),
  hours: seconds(30 * DAY),
  jobs: seconds(7 * DAY),
  mostJobs: 5,
};
const stateAt = (at: number) => ({
  bootId: 'b',
  savedAt: seconds(1),
  wall: at * 1000,
  counters: new Map(),
  engine: {},
  version: 3,
});
const open = async (retention: Partial<Retention> = {}): Promise<Store> => {
  const store = await openSqliteStore(dir, NOW * 1000, { ...RETENTION, ...retention });
  if (!store.found) throw new Error(store.reason);
  return store.value;
};
const ended = (id: string, end: number): EndedWorkload => ({
  id,
  kind: 'job',
  class: 'batch',
  name: id,
  labels: { slurm_job_id: '42' },
  start: (end - 60) * 1000,
  end: end * 1000,
  dynamic: { cpu: joules(1.5), memory: joules(2), gpu: joules(3), other: joules(4) },
  staticShare: joules(5),
  location: 6.5 as never,
  cpu: seconds(7),
  gpu: seconds(8),
  work: new Map([['constructor', 9]]),
  quality: 'derived',
  source: 'components',
  partial: ['gap', 'end_unseen'],
});
const listed = async (query: Parameters<typeof readEnded>[1] = {}) => {
  const read = await readEnded(dir, query);
  if (!read.found) throw new Error(read.reason);
  return read.value;
};

test('minutes go after their days, hours after theirs, with their work; what is younger stays', async () => {
  const store = await open();
  const work = new Map([['jobs', 2]]);
  const terms = { factor: bookedFactor('DE/direct/2026'), gramsPerJoule: 1, pue: 1.5, price: 1 };
  const rows = [1, 3, 29, 31].flatMap((days) => {
    const hour = { ...hourRow(NOW - days * DAY, 'DE', days), work, record: hourRecord(days, terms) };
    return [hour, { ...hour, period: MINUTE }] as const;
  });
  store.save(stateAt(NOW), rows);
  const held = (period: 60 | 3600) => store.usage(period, 0, 9e9).map(({ energy }) => energy);
  expect([held(HOUR), held(MINUTE)]).toEqual([[29, 3, 1], [1]]);
  // Work of rows that went does not come back with rows of the same time.
  store.save(stateAt(NOW), [hourRow(NOW - 31 * DAY, 'DE', 1)]);
  expect(store.usage(HOUR, 0, 9e9)[0]?.work).toBeUndefined();
  const again = { ...hourRow(NOW - 31 * DAY + HOUR, 'DE', 1), record: hourRecord(1, terms) };
  store.save(stateAt(NOW), [{ ...again, start: NOW - 31 * DAY }]);
  const [booked] = [...(store.usage(HOUR, 0, 9e9)[0]?.record?.booked.values() ?? [])];
  // The hour itself lacks a record, as its first part has none.
  expect(booked).toBeUndefined();
  const db = new Libsql(join(dir, 'state.db'));
  const energy = db.prepare('SELECT energy_joules FROM hour_emissions ORDER BY start').pluck().all();
  db.close();
  expect(energy).toEqual([1, 29, 3, 1]);
  store.close();
});

test('a clock that is years ahead for an hour takes two days of hours, not all of them', async () => {
  const store = await open();
  store.save(
    stateAt(NOW),
    Array.from({ length: 20 * 24 }, (_, i) => hourRow(NOW - i * HOUR, 'DE', 1)),
  );
  store.save(stateAt(NOW + 4000 * DAY), []);
  expect(store.usage(HOUR, 0, 9e9)).toHaveLength(18 * 24);
  store.save(stateAt(NOW + 60), []);
  expect(store.usage(HOUR, 0, 9e9)).toHaveLength(18 * 24);
  store.close();
});

test('ended workloads come back as they were, newest first, by time, class and kind; old ones and too many go', async () => {
  const store = await open();
  const all = [8, 6, 5, 4, 3, 2, 1].map((days) => ended(`job-${days}`, NOW - days * DAY));
  store.save(stateAt(NOW), [], all);
  expect(await listed()).toEqual(all.slice(2).reverse());
  expect((await listed({ since: (NOW - 2 * DAY) * 1000 })).map(({ id }) => id)).toEqual(['job-1', 'job-2']);
  expect(await listed({ class: 'batch', kind: 'job' })).toHaveLength(5);
  expect(await listed({ class: "batch' OR 1=1 --" })).toEqual([]);
  expect(await listed({ kind: 'vm' })).toEqual([]);
  store.close();
});

test('an ended workload or a row with a figure that is none is refused by name, and the save before it stays', async () => {
  const store = await open();
  store.save(stateAt(NOW), [hourRow(NOW, 'DE', 1)]);
  const bad = { ...ended('job-x', NOW), cpu: seconds(Number.NaN) };
  expect(() => store.save(stateAt(NOW), [], [bad])).toThrow(/the ended workload job-x has NaN/);
  expect(() => store.save(stateAt(NOW), [hourRow(NOW + 60, 'DE', 1)])).toThrow(/hour \d+ of host .* whole/);
  expect(() => store.save(stateAt(NOW), [hourRow(NOW, 'DE', -1)])).toThrow(/has -1, not a finite number/);
  expect(store.hourly(0, 9e9)).toHaveLength(1);
  expect(await listed()).toEqual([]);
  store.close();
});
