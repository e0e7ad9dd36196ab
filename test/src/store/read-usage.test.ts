import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readUsageHours, readUsageSpan } from '../../../src/store/read-usage.ts';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import { seconds } from '../../../src/units.ts';
import { secondVersion } from '../../fixtures/second-version.ts';
import { hourRow } from '../../fixtures/usage.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-usage-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const HOUR = 1_700_002_800;
const state = { bootId: 'b', savedAt: seconds(1), wall: 5, counters: new Map(), engine: {}, version: 1 };
const row = (at: number, energy: number, meter?: string) => ({
  ...hourRow(HOUR + at * 3600, 'DE', energy, 'measured'),
  covered: seconds(1800),
  ...(meter === undefined ? {} : { meter }),
});

describe('hours for a comparison', () => {
  it('are read while an agent holds the directory and goes on writing', async () => {
    const store = await openSqliteStore(dir);
    if (!store.found) throw new Error(store.reason);
    store.value.save(state, [row(0, 1), row(1, 2), row(2, 3)]);
    const read = await readUsageHours(dir, HOUR, HOUR + 7200);
    expect(read.found && read.value.map(({ energy, covered }) => [energy, covered])).toEqual([
      [1, 1800],
      [2, 1800],
    ]);
    expect(await readUsageSpan(dir)).toEqual({ found: true, value: [HOUR, HOUR + 7200] });
    store.value.save(state, [row(3, 5)]);
    expect(await readUsageSpan(dir)).toEqual({ found: true, value: [HOUR, HOUR + 3 * 3600] });
    store.value.close();
  });

  it('name all that counted the energy of an hour, once each, however often it was saved', async () => {
    const store = await openSqliteStore(dir);
    if (!store.found) throw new Error(store.reason);
    for (const meter of ['rapl', undefined, 'ipmi', 'rapl', 'ipmi+rapl', 'model'])
      store.value.save(state, [row(0, 1, meter)]);
    store.value.save(state, [row(1, 1)]);
    const read = await readUsageHours(dir, HOUR, HOUR + 7200);
    expect(read.found && read.value.map(({ meter }) => meter)).toEqual(['ipmi+model+rapl', undefined]);
    store.value.close();
  });

  it('of a release that kept no meters have none, until its agent is replaced', async () => {
    const store = await openSqliteStore(dir);
    if (!store.found) throw new Error(store.reason);
    store.value.save(state, [row(0, 7, 'rapl')]);
    store.value.close();
    const older = new Libsql(join(dir, 'state.db'));
    older.exec('ALTER TABLE usage DROP COLUMN meter; DROP TABLE hour_held; DROP TABLE hour_upstream');
    older.exec('DELETE FROM negawatt_schema WHERE version >= 5');
    older.close();
    const read = await readUsageHours(dir, HOUR, HOUR + 3600);
    expect(read.found && read.value.map(({ energy, meter }) => [energy, meter])).toEqual([[7, undefined]]);
  });

  it('of the second version are not guessed at: it says what to do', async () => {
    secondVersion(dir);
    for (const read of [await readUsageHours(dir, 0, 1e10), await readUsageSpan(dir)])
      expect(read).toMatchObject({ found: false, fix: expect.stringMatching(/start the agent/) });
  });

  it('of a directory without state are absent, and nothing is made there', async () => {
    const read = await readUsageHours(join(dir, 'none'), 0, 1);
    expect(read.found ? '' : read.reason).toContain('no state.db');
    expect(existsSync(join(dir, 'none'))).toBe(false);
  });
});
