/**
 * Power cuts: copies of the state's two files as a cut may leave them, cut off at every page. Each opens, and holds one
 * of the states that were saved, whole, or is set aside and said so; none is a mix, and none is ahead of what was saved.
 */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EndedWorkload } from '../../src/model/ended.ts';
import type { PersistedState } from '../../src/model/state.ts';
import { HOUR, MINUTE, type Usage } from '../../src/model/usage.ts';
import { readEnded } from '../../src/store/read-ended.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { joules, seconds } from '../../src/units.ts';
import { firstRelease, SAVED_AT_MS } from '../fixtures/first-release.ts';
import { hourRow } from '../fixtures/usage.ts';
import { keepIfAsked } from './results.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'negawatt-cut-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const SERIES = 200;
const SAVES = 8;
/** The hour in which all is saved; the first release left none of it. */
const NOW = Math.floor(SAVED_AT_MS / 3_600_000) * 3600 + HOUR;

const stateOf = (n: number): PersistedState => ({
  bootId: 'b',
  savedAt: seconds(n),
  wall: SAVED_AT_MS + n,
  counters: new Map(Array.from({ length: SERIES }, (_, i) => [`series-${i}`, n])),
  engine: { n: String(n) },
  version: 3,
});
const rowsOf = (n: number): readonly Usage[] =>
  ['', 'package-0', 'dram-0'].flatMap((name): Usage[] => {
    const hour: Usage = { ...hourRow(NOW, 'DE', 1), name, scope: name === '' ? 'host' : 'domain' };
    return [hour, { ...hour, period: MINUTE, start: NOW + n * MINUTE }];
  });
const endedOf = (n: number): EndedWorkload => ({
  id: `job-${n}`,
  kind: 'job',
  class: 'batch',
  name: `job-${n}`,
  labels: { note: 'x'.repeat(300) },
  start: SAVED_AT_MS,
  end: SAVED_AT_MS + n,
  dynamic: { cpu: joules(n), memory: joules(0), gpu: joules(0), other: joules(0) },
  staticShare: joules(0),
  cpu: seconds(n),
  gpu: seconds(0),
  work: new Map(),
  partial: [],
});

const opened = async (dir: string): Promise<Store> => {
  const store = await openSqliteStore(dir, SAVED_AT_MS);
  if (!store.found) throw new Error(`${store.reason}; ${store.fix}`);
  return store.value;
};

/** Which save a directory holds, 1 being that of the first release; undefined where it was begun anew. */
const heldBy = async (dir: string): Promise<number | undefined> => {
  const store = await opened(dir);
  try {
    const state = store.load();
    const n = Number((state?.engine as { n: string } | undefined)?.n);
    if (state !== undefined) {
      expect(state.counters.size).toBe(SERIES);
      expect(new Set(state.counters.values())).toEqual(new Set([n]));
    }
    if (state === undefined || store.warnings.length > 0) {
      expect(store.warnings.join()).toMatch(
        state === undefined
          ? /was damaged: kept as \S+, counters and hours begin anew/
          : /was damaged: kept as \S+, counters go on from it, the history begins anew/,
      );
      expect(store.usage(HOUR, 0, 4e9)).toEqual([]);
      return state === undefined ? undefined : n;
    }
    expect(store.usage(HOUR, NOW, NOW + 1).map(({ energy }) => energy)).toEqual(
      n === 1 ? [] : [n - 1, n - 1, n - 1],
    );
    expect(store.usage(MINUTE, 0, 4e9)).toHaveLength(3 * (n - 1));
    expect(store.hourly(0, NOW)).toHaveLength(80);
    const ended = await readEnded(dir, {});
    expect(ended.found && ended.value.map(({ id }) => id)).toEqual(
      Array.from({ length: n - 1 }, (_, i) => `job-${n - i}`),
    );
    return n;
  } finally {
    store.close();
  }
};

/** A directory of the first release, taken over and saved to; `then` sees its files while they are open. */
const written = async (then: (dir: string) => Promise<void> | void): Promise<void> => {
  const dir = join(base, 'origin');
  firstRelease(dir);
  const store = await opened(dir);
  for (let n = 2; n <= SAVES; n += 1) store.save(stateOf(n), rowsOf(n), [endedOf(n)]);
  await then(dir);
  store.close();
};
/** A copy with its files cut to some lengths, as it lies after the cut. */
const cut = (from: string, db: number, wal: number): string => {
  const dir = join(base, 'copy');
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  for (const [name, length] of [['state.db', db] as const, ['state.db-wal', wal] as const]) {
    copyFileSync(join(from, name), join(dir, name));
    truncateSync(join(dir, name), length);
  }
  return dir;
};
const PAGE = 4096;
/** A frame of the log: 24 bytes before each page, 32 before the first (sqlite.org/fileformat2.html#walformat). */
const frame = (count: number): number => (count === 0 ? 0 : 32 + count * (24 + PAGE));

test('a log that ends at any page, or in one, gives the last save that is whole in it, also within a migration', async () => {
  await written(async (dir) => {
    const db = statSync(join(dir, 'state.db')).size;
    const frames = Math.floor(statSync(join(dir, 'state.db-wal')).size / (24 + PAGE));
    expect(frames).toBeGreaterThan(3 * SAVES);
    const held: number[] = [];
    let halves = 0;
    for (let count = 0; count <= frames; count += 1) {
      const n = (await heldBy(cut(dir, db, frame(count)))) ?? 0;
      // Half a page more is no more.
      if (count % 5 === 0 && count < frames) {
        expect(await heldBy(cut(dir, db, frame(count) + PAGE / 2))).toBe(n);
        halves += 1;
      }
      held.push(n);
    }
    // What a longer log holds is never older, and each save is held by some length of it.
    expect(held).toEqual([...held].sort((a, b) => a - b));
    expect([...new Set(held)]).toEqual(Array.from({ length: SAVES }, (_, i) => i + 1));
    keepIfAsked({
      what: 'a power cut that ends the log of the state at any page, or in one (copies of the files)',
      howMany: `${held.length} lengths that end with a page, ${halves} within one; ${SAVES} saves`,
      result: `opened each time with the last whole save: ${new Set(held).size} of ${SAVES} saves found, none older than by a shorter log, none a mix`,
    });
  });
}, 60_000);

test('a file that ends at any page is set aside, or is whole by its log; nothing of it is taken for the state', async () => {
  await written(async (dir) => {
    const wal = statSync(join(dir, 'state.db-wal')).size;
    const pages = statSync(join(dir, 'state.db')).size / PAGE;
    expect(pages).toBeGreaterThan(3);
    const found: (number | undefined)[] = [];
    for (let page = 0; page < pages; page += 1) {
      // Without either file nobody can tell that there was one.
      for (const length of page === 0 ? [wal] : [wal, 0])
        found.push(await heldBy(cut(dir, page * PAGE, length)));
    }
    for (const n of found) expect([undefined, 1, SAVES]).toContain(n);
    expect(found).toContain(undefined);
    const holding = (n: number | undefined): number => found.filter((one) => one === n).length;
    keepIfAsked({
      what: 'a power cut that ends the file of the state at any page, with its log and without (copies of the files)',
      howMany: `${found.length} copies of ${pages} pages`,
      result: `${holding(undefined)} set aside and said, ${holding(1)} with the state of the file alone, ${holding(SAVES)} whole by the log; none a mix`,
    });
  });
}, 60_000);

test('a log that was cut while it was folded into the file loses no save', async () => {
  await written(async (dir) => {
    const before = join(base, 'before');
    mkdirSync(before);
    for (const name of ['state.db', 'state.db-wal']) copyFileSync(join(dir, name), join(before, name));
    // Folded in whole: then any first pages of the new file may have been written over the old ones when the power went.
    const folded = join(base, 'folded');
    mkdirSync(folded);
    for (const name of ['state.db', 'state.db-wal']) copyFileSync(join(dir, name), join(folded, name));
    (await opened(folded)).close();
    const pages = statSync(join(folded, 'state.db')).size / PAGE;
    const wal = statSync(join(before, 'state.db-wal')).size;
    const old = statSync(join(before, 'state.db')).size;
    for (let page = 0; page <= pages; page += 1) {
      const copy = cut(before, old, wal);
      const mixed = Buffer.concat([
        readFileSync(join(folded, 'state.db')).subarray(0, page * PAGE),
        readFileSync(join(before, 'state.db')).subarray(page * PAGE),
      ]);
      writeFileSync(join(copy, 'state.db'), mixed);
      expect(await heldBy(copy)).toBe(SAVES);
    }
    keepIfAsked({
      what: 'a power cut while the log of the state is folded into its file (copies of the files)',
      howMany: `${pages + 1} copies, cut after each page`,
      result: 'the last save whole in each',
    });
  });
}, 60_000);
