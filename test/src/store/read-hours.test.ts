import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linesOf } from '../../../src/carbon/statement.ts';
import { readClosed, writeClosed } from '../../../src/store/closed-years.ts';
import { readHours } from '../../../src/store/read-hours.ts';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import { seconds } from '../../../src/units.ts';
import { activityWith, made } from '../../fixtures/statement.ts';
import { hourRow } from '../../fixtures/usage.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'negawatt-hours-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const HOUR = 1_700_002_800;
const state = { bootId: 'b', savedAt: seconds(1), wall: 5, counters: new Map(), engine: {}, version: 1 };

describe('hours for a statement', () => {
  it('are read while an agent holds the directory, and only those asked for', async () => {
    const store = await openSqliteStore(dir);
    if (!store.found) throw new Error(store.reason);
    store.value.save(
      state,
      [0, 1, 2].map((at) => hourRow(HOUR + at * 3600, 'DE', at + 1, 'measured')),
    );
    const read = await readHours(dir, HOUR, HOUR + 7200);
    expect(read.found && read.value.map(({ energy }) => energy)).toEqual([1, 2]);
    // The agent goes on writing afterwards.
    store.value.save(state, [hourRow(HOUR, 'DE', 5)]);
    expect(store.value.hourly(HOUR, HOUR + 1)[0]?.energy).toBe(6);
    store.value.close();
  });

  it('of a directory without state are absent, and nothing is made there', async () => {
    const read = await readHours(join(dir, 'none'), 0, 1);
    expect(read.found ? '' : read.reason).toContain('no state.db');
    expect(existsSync(join(dir, 'none'))).toBe(false);
  });

  it('of a damaged file say so, and the file stays as it is', async () => {
    writeFileSync(join(dir, 'state.db'), 'no database at all, but long enough to be looked at'.repeat(50));
    const before = readFileSync(join(dir, 'state.db'));
    const read = await readHours(dir, 0, 1);
    expect(read.found ? '' : read.reason).toContain('the file is damaged');
    expect(readFileSync(join(dir, 'state.db')).equals(before)).toBe(true);
  });
});

describe('a closed year', () => {
  const statement = made(activityWith({}));
  const text = `${JSON.stringify(statement)}\n`;

  it('is kept by revision; the last one counts, none is replaced', () => {
    expect(readClosed(dir, 2023)).toEqual({ found: true, value: undefined });
    expect(writeClosed(dir, statement, text).found).toBe(true);
    expect(writeClosed(dir, statement, text).found).toBe(false);
    const second = { ...statement, revision: 2 };
    expect(writeClosed(dir, second, JSON.stringify(second)).found).toBe(true);
    const closed = readClosed(dir, 2023);
    expect(closed.found && closed.value).toEqual({ year: 2023, revision: 2, lines: linesOf(statement) });
    const kept = ['2023-1.json', '2023-1.json.sha256', '2023-2.json', '2023-2.json.sha256'];
    expect(readdirSync(join(dir, 'statements')).sort()).toEqual(kept);
  });

  it('whose file is damaged is no open year', () => {
    writeClosed(dir, statement, text);
    writeFileSync(join(dir, 'statements', '2023-1.json'), '{}');
    const closed = readClosed(dir, 2023);
    expect(closed.found ? '' : closed.fix).toContain('restore it');
  });
});
