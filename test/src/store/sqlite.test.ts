import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PersistedState } from '../../../src/model/state.ts';
import { readHours } from '../../../src/store/read-hours.ts';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import type { Store } from '../../../src/store/store.ts';
import { seconds } from '../../../src/units.ts';
import { hourRow } from '../../fixtures/usage.ts';

let base: string;
let dir: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'negawatt-sqlite-'));
  dir = join(base, 'state');
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

const state = (value: number, series = 3, pad = 0): PersistedState => ({
  bootId: 'b',
  savedAt: seconds(1),
  wall: 5,
  counters: new Map(Array.from({ length: series }, (_, i) => [`series-${i}-${'x'.repeat(pad)}`, value])),
  engine: {},
  version: 1,
});
const open = async (at = dir): Promise<Store> => {
  const result = await openSqliteStore(at, 1_790_000_000_000);
  if (!result.found) throw new Error(`${result.reason} | ${result.fix}`);
  return result.value;
};
const refusal = async (at: string): Promise<string> => {
  const result = await openSqliteStore(at);
  if (result.found) {
    result.value.close();
    return 'opened';
  }
  expect(result.fix).not.toBe('');
  return result.reason;
};
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('directories that are missing are made, readable by the group and nobody else', async () => {
  const deep = join(dir, 'a b', 'c?x=%20#');
  const store = await open(deep);
  store.save(state(1), []);
  expect(modeOf(deep)).toBe('750');
  for (const name of readdirSync(deep)) expect([name, modeOf(join(deep, name))]).toEqual([name, '640']);
  expect(readdirSync(deep)).toContain('state.db');
  store.close();
});

test('a file that an older umask left readable by all is narrowed', async () => {
  (await open()).close();
  chmodSync(join(dir, 'state.db'), 0o666);
  (await open()).close();
  expect(modeOf(join(dir, 'state.db'))).toBe('640');
});

test.skipIf(!existsSync('/proc/self'))(
  'a place where no directory can be made is named as that',
  async () => {
    expect(await openSqliteStore('/proc/negawatt')).toMatchObject({
      found: false,
      reason: 'state directory /proc/negawatt cannot be used: a directory cannot be made there',
      fix: expect.stringContaining('--state.dir'),
    });
  },
);

test('a file in place of the directory is refused with the path', async () => {
  writeFileSync(dir, 'not a directory');
  expect(await refusal(dir)).toContain(`${dir} cannot be used: a file stands in its place`);
  expect(await refusal(join(dir, 'below'))).toContain('a file stands in its place');
  expect(readFileSync(dir, 'utf8')).toBe('not a directory');
});

test('a directory that the user may not write is refused, and the fix names the user', async () => {
  mkdirSync(dir, { mode: 0o555 });
  (await open(join(base, 'loaded'))).close();
  chmodSync(base, 0o755);
  // Root may write everywhere: for the length of the call this process is somebody else.
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65534);
  try {
    expect(await refusal(dir)).toMatch(/may not write there/);
    expect(await refusal(join(dir, 'new'))).toMatch(/may not write there/);
  } finally {
    if (root) process.seteuid?.(0);
  }
  expect(readdirSync(dir)).toEqual([]);
});

test('a store that another user made is refused, and the fix names the user', async (context) => {
  if (process.geteuid?.() !== 0) return context.skip('only root can be two users');
  (await open()).close();
  chmodSync(base, 0o755);
  chmodSync(dir, 0o777);
  process.seteuid?.(65534);
  try {
    expect(await refusal(dir)).toMatch(/may not write there/);
  } finally {
    process.seteuid?.(0);
  }
});

test('a file that is no database is set aside unharmed, a new one begun, and both are said', async () => {
  mkdirSync(dir);
  const garbage = 'this is not a database '.repeat(400);
  writeFileSync(join(dir, 'state.db'), garbage);
  const store = await open();
  const aside = join(dir, 'state.db.corrupt-1790000000000');
  expect(store.warnings).toHaveLength(1);
  expect(store.warnings[0]).toContain(aside);
  expect(readFileSync(aside, 'utf8')).toBe(garbage);
  expect(store.load()).toBeUndefined();
  store.save(state(2), []);
  store.close();
  const again = await open();
  expect(again.warnings).toEqual([]);
  expect(again.load()).toEqual(state(2));
  again.close();
});

test.each([
  [
    'overwritten in the middle',
    (path: string) => {
      const content = readFileSync(path);
      content.fill(0x5a, 4096, content.length - 100);
      writeFileSync(path, content);
    },
  ],
  ['cut short', (path: string) => truncateSync(path, 4096 + 700)],
])('a database that was %s is set aside, and a second one beside it', async (_, damage) => {
  for (const count of [1, 2]) {
    const store = await open();
    store.save(state(1, 300, 50), []);
    store.close();
    damage(join(dir, 'state.db'));
    const fresh = await open();
    expect(fresh.warnings).toHaveLength(1);
    expect(fresh.load()).toBeUndefined();
    fresh.close();
    const kept = readdirSync(dir).filter((name) => /^state\.db\.corrupt-\d+(\.\d+)?$/.test(name));
    expect(kept).toHaveLength(count);
  }
});

/** Overwrites the pages of one table, found by a text that its rows hold. */
const damageWhere = (path: string, text: string): void => {
  const content = readFileSync(path);
  for (let at = content.indexOf(text); at >= 0; at = content.indexOf(text, at + 1)) {
    const page = Math.floor(at / 4096);
    if (page > 0) content.fill(0x5a, page * 4096, (page + 1) * 4096);
  }
  writeFileSync(path, content);
};

test('where only the history is damaged the counters go on, and it is said', async () => {
  const store = await open();
  store.save(
    state(7, 300, 50),
    Array.from({ length: 200 }, (_, i) => hourRow(i * 3600, 'ZONE-OF-THE-HISTORY', 5)),
  );
  store.close();
  damageWhere(join(dir, 'state.db'), 'ZONE-OF-THE-HISTORY');
  const again = await open();
  expect(again.warnings).toEqual([
    expect.stringMatching(
      /was damaged: kept as \S+, counters go on from it, the history begins anew; restore/,
    ),
  ]);
  expect(again.load()).toEqual(state(7, 300, 50));
  expect(again.hourly(0, 4e9)).toEqual([]);
  again.close();
  const third = await open();
  expect([third.warnings, third.load()]).toEqual([[], state(7, 300, 50)]);
  third.close();
});

test('in a large file damage of the history is met by a save, which asks for the look that the next start takes', async () => {
  const store = await open();
  // Rows of 60 days in 40 parts: some 9 MB, above the size that is looked at whole at each start.
  const rows = Array.from({ length: 60 * 24 * 40 }, (_, i) => ({
    ...hourRow(Math.floor(i / 40) * 3600, 'ZONE-OF-THE-HISTORY', 5.5),
    scope: 'domain' as const,
    name: `part-${i % 40}-${'x'.repeat(60)}`,
  }));
  store.save(state(7), rows);
  store.close();
  const path = join(dir, 'state.db');
  expect(statSync(path).size).toBeGreaterThan(8 * 2 ** 20);
  damageWhere(path, 'ZONE-OF-THE-HISTORY');
  const again = await open();
  expect(again.warnings).toEqual([]);
  expect(() => again.save(state(8), rows.slice(0, 1))).toThrow(/the file is damaged/);
  expect(again.load()).toEqual(state(7));
  again.close();
  const third = await open();
  expect(third.warnings.join()).toMatch(/counters go on from it/);
  third.save(state(8), rows.slice(0, 1));
  expect(third.load()).toEqual(state(8));
  third.close();
  expect((await open()).warnings).toEqual([]);
});

/** A bit of the file's first place with these bytes becomes the other one; the log is folded in before. */
const flipBit = (bytes: Buffer, at: number, bit: number): void => {
  const path = join(dir, 'state.db');
  const content = readFileSync(path);
  const place = content.indexOf(bytes) + at;
  expect(place).toBeGreaterThan(at);
  content[place] = (content[place] ?? 0) ^ bit;
  writeFileSync(path, content);
};

test('a bit that flips in a counter, where the page looks sound, is found by its checksum', async () => {
  const first = await open();
  first.save(state(1234.5), []);
  first.close();
  const value = Buffer.alloc(8);
  value.writeDoubleBE(1234.5);
  // Twice as much: as good a number as any.
  flipBit(value, 1, 0x10);
  const store = await open();
  expect(store.warnings.join()).toMatch(/was damaged: kept as \S+, counters and hours begin anew/);
  expect(store.load()).toBeUndefined();
  store.close();
});

test('a bit that makes text no UTF-8 does not end the process, which it would by itself', async () => {
  const first = await open();
  first.save({ ...state(1), bootId: 'boot-of-this' }, [hourRow(3600 * 400_000, 'ZONE-OF-IT', 5)]);
  first.close();
  flipBit(Buffer.from('ZONE-OF-IT'), 3, 0x80);
  const hours = await readHours(dir, 0, 4e9);
  expect(hours.found ? 'read' : hours.reason).toMatch(/state\.db cannot be read: the file is damaged/);
  const second = await open();
  expect(second.warnings.join()).toContain('counters go on from it, the history begins anew');
  second.close();
  flipBit(Buffer.from('boot-of-this'), 3, 0x80);
  const third = await open();
  expect(third.warnings.join()).toContain('counters and hours begin anew');
  third.close();
});

test('a row of the history that nobody can have written is not shown, and is met by the next start', async () => {
  const first = await open();
  first.save(state(1), [hourRow(3600 * 400_000, 'DE', 1234.5)]);
  first.close();
  const value = Buffer.alloc(8);
  value.writeDoubleBE(1234.5);
  // Less than nothing.
  flipBit(value, 0, 0x80);
  const hours = await readHours(dir, 0, 4e9);
  expect(hours.found ? 'read' : hours.reason).toMatch(/the file is damaged/);
  const store = await open();
  expect(store.warnings.join()).toContain('the history begins anew');
  expect(store.load()).toEqual(state(1));
  store.close();
});

test('what damaged the lock file keeps no agent from its state', async () => {
  (await open()).close();
  writeFileSync(join(dir, 'state.lock'), 'no lock at all '.repeat(400));
  const store = await open();
  store.save(state(2), []);
  expect(await refusal(dir)).toMatch(/is in use by another negawatt/);
  store.close();
});

test('a file of a newer release is refused and not touched', async () => {
  (await open()).close();
  const path = join(dir, 'state.db');
  const newer = new Libsql(path);
  newer.exec('INSERT INTO negawatt_schema VALUES (7, 0); PRAGMA wal_checkpoint(TRUNCATE)');
  newer.close();
  const before = readFileSync(path);
  expect(await refusal(dir)).toMatch(/newer negawatt \(tables of version 7, this one knows 6\)/);
  expect(readFileSync(path).equals(before)).toBe(true);
  // The refusal let go of the directory: what is refused now is refused for the same reason.
  expect(await refusal(dir)).toMatch(/newer negawatt/);
});

test('a database of another program is refused and not touched', async () => {
  mkdirSync(dir);
  const path = join(dir, 'state.db');
  const other = new Libsql(path);
  other.exec('CREATE TABLE photos (id INTEGER)');
  other.close();
  const before = readFileSync(path);
  expect(await refusal(dir)).toMatch(/another program \(tables photos\)/);
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('another process can read the file while the agent saves', async () => {
  const store = await open();
  store.save(state(7), []);
  const reader = new Libsql(join(dir, 'state.db'));
  reader.exec('BEGIN');
  const read = reader.prepare('SELECT value FROM counter').pluck();
  expect(read.all()).toEqual([7, 7, 7]);
  store.save(state(8), []);
  expect(read.all()).toEqual([7, 7, 7]);
  reader.exec('COMMIT');
  expect(read.all()).toEqual([8, 8, 8]);
  reader.close();
  store.close();
});

/** A small file system of its own; undefined where this user may not mount one. */
const smallDisk = (kibibytes: number): string | undefined => {
  const at = join(base, 'disk');
  mkdirSync(at);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', at], { stdio: 'pipe' });
    return at;
  } catch {
    return undefined;
  }
};

test('on a full disk a save fails as a thing to try again, the state before it stays, and room mends it', async (context) => {
  const disk = smallDisk(512);
  if (disk === undefined) return context.skip('mounting a small tmpfs needs root');
  try {
    const home = join(disk, 'state');
    const store = await open(home);
    store.save(state(1), [hourRow(0, 'DE', 5)]);
    const filler = join(disk, 'filler');
    try {
      writeFileSync(filler, Buffer.alloc(1024 * 1024));
    } catch {
      // As intended: it takes what is left.
    }
    const more = [hourRow(0, 'DE', 5)];
    for (const _ of [1, 2]) {
      expect(() => store.save(state(2, 2000, 200), more)).toThrow(
        expect.objectContaining({
          name: 'SourceError',
          kind: 'retry',
          message: expect.stringContaining('the disk is full'),
        }),
      );
    }
    expect(store.load()).toEqual(state(1));
    expect(store.hourly(0, 1)).toEqual([{ hour: 0, gridZone: 'DE', energy: 5 }]);
    rmSync(filler);
    store.save(state(3), more);
    store.close();
    const again = await open(home);
    expect(again.load()).toEqual(state(3));
    expect(again.hourly(0, 1)).toEqual([{ hour: 0, gridZone: 'DE', energy: 10 }]);
    again.close();
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
});

test('a disk that is full from the start is refused with that reason', async (context) => {
  const disk = smallDisk(64);
  if (disk === undefined) return context.skip('mounting a small tmpfs needs root');
  try {
    try {
      writeFileSync(join(disk, 'filler'), Buffer.alloc(1024 * 1024));
    } catch {
      // As intended.
    }
    expect(await refusal(join(disk, 'state'))).toContain('the disk is full');
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
});
