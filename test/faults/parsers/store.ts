/**
 * The files of the state's database, damaged as bytes: the store has to open on them, set aside what it cannot use and say
 * so, and hand over a state that was saved, whole, or none.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { EndedWorkload } from '../../../src/model/ended.ts';
import { SourceError } from '../../../src/model/source-error.ts';
import type { PersistedState } from '../../../src/model/state.ts';
import { HOUR, MINUTE, type Usage } from '../../../src/model/usage.ts';
import { readEnded } from '../../../src/store/read-ended.ts';
import { readHours } from '../../../src/store/read-hours.ts';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import { checkStorable, type Store } from '../../../src/store/store.ts';
import { grams, joules, seconds } from '../../../src/units.ts';
import { hourRow } from '../../fixtures/usage.ts';
import { collect, type Parser } from '../fuzz.ts';
import type { Pick } from '../mutate.ts';
import { damagedPages, PAGE } from '../pages.ts';

const WALL = 1_795_600_000_000;
const FIRST = Math.floor(WALL / 3_600_000) * 3600 - 48 * HOUR;
const FILES = ['state.db', 'state.db-wal'] as const;

const stateOf = (save: number): PersistedState => ({
  bootId: '0cd1a6b4-9f58-4f2c-a6a5-2b8f6f3d0001',
  savedAt: seconds(60 * save),
  wall: WALL + 60_000 * save,
  counters: new Map(Array.from({ length: 60 }, (_, i) => [`["series_${i}"]`, save * 1000.125 + i])),
  engine: { save, note: 'x'.repeat(3000) },
  version: 3,
});
const rowsOf = (save: number): readonly Usage[] =>
  ['', 'package-0', 'dram-0'].flatMap((name): Usage[] => {
    const energy = joules(100 * save);
    const hour: Usage = {
      ...hourRow(FIRST + save * HOUR, 'DE', energy, 'measured'),
      name,
      scope: name === '' ? 'host' : 'domain',
      location: grams(save),
      covered: seconds(3600),
      cpuBusy: seconds(save),
      cpuAvailable: seconds(3600),
      work: new Map([['requests', save]]),
    };
    return [hour, { ...hour, period: MINUTE, start: FIRST + save * MINUTE, covered: seconds(60) }];
  });
const endedOf = (save: number): EndedWorkload => ({
  id: `/system.slice/job-${save}.service`,
  kind: 'job',
  class: 'batch',
  name: `job-${save}`,
  labels: { account: 'ml' },
  start: WALL,
  end: WALL + save,
  dynamic: { cpu: joules(save), memory: joules(1), gpu: joules(0), other: joules(0) },
  staticShare: joules(2),
  cpu: seconds(save),
  gpu: seconds(0),
  work: new Map([['requests', save]]),
  quality: 'measured',
  source: 'rapl',
  partial: [],
});

const opened = async (dir: string): Promise<Store> => {
  const store = await openSqliteStore(dir, WALL);
  if (!store.found) throw new Refused(`${store.reason}; ${store.fix}`);
  return store.value;
};
/** The agent does not start on it, and says why: a file of another program, or of a newer release. */
class Refused extends Error {}

/** Both files as one input: the length of the first, then both. */
const packed = (dir: string): Buffer => {
  const [db, wal] = FILES.map((name) => {
    const path = join(dir, name);
    return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  }) as [Buffer, Buffer];
  const head = Buffer.alloc(4);
  head.writeUInt32LE(db.length);
  return Buffer.concat([head, db, wal]);
};
const parts = (input: Buffer): readonly [Buffer, Buffer] => {
  const end = 4 + input.readUInt32LE();
  return [input.subarray(4, end), input.subarray(end)];
};
const SAVES = 24;
/** A connection keeps its files until its statements are collected: an agent opens one, this does thousands. */
const COLLECT_EVERY = 100;

/** Directories as an agent leaves them: while it runs, with most in the log and with some of it; after its end. */
const directories = async (base: string): Promise<readonly Buffer[]> => {
  const dir = join(base, 'origin');
  const copies: Buffer[] = [];
  const store = await opened(dir);
  for (let save = 1; save <= SAVES; save += 1) {
    store.save(stateOf(save), rowsOf(save), [endedOf(save)]);
    if (save === 2 || save === 12) copies.push(packed(dir));
    // What an agent that was killed has left, taken over.
    if (save === 12) {
      store.close();
      return [...copies, packed(dir), ...(await goneOn(dir, join(base, 'second')))];
    }
  }
  return copies;
};
const goneOn = async (from: string, dir: string): Promise<readonly Buffer[]> => {
  mkdirSync(dir);
  copyFileSync(join(from, 'state.db'), join(dir, 'state.db'));
  const store = await opened(dir);
  for (let save = 13; save <= SAVES; save += 1) store.save(stateOf(save), rowsOf(save), [endedOf(save)]);
  const copy = packed(dir);
  store.close();
  return [copy];
};

export const storeParser = async (): Promise<Parser> => {
  // In memory where that can be had: each input is a directory of its own.
  const base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'negawatt-fuzz-store-'));
  const corpus = await directories(base);
  const saved = new Map(Array.from({ length: SAVES }, (_, i) => [60 * (i + 1), stateOf(i + 1)]));
  const dir = join(base, 'copy');
  let opens = 0;

  const checkRead = (store: Store, { length }: Buffer): void => {
    const state = store.load();
    // Where all stood in the log its first commit, the tables, may be all that is whole, as after a power cut.
    if (state === undefined && store.warnings.length === 0 && length > PAGE)
      throw new Error('the state is gone, and nothing was said');
    if (state !== undefined && !isDeepStrictEqual(state, saved.get(state.savedAt)))
      throw new Error(
        `a state that never was: ${JSON.stringify({ ...state, counters: [...state.counters] })}`,
      );
    attempt(() => {
      checkStorable(stateOf(1), [...store.usage(HOUR, 0, 9e12), ...store.usage(MINUTE, 0, 9e12)], []);
      store.hourly(0, 9e12);
    });
  };
  /** Whether it went well. What is found damaged later is said, and the next start looks at the whole file. */
  const attempt = (work: () => void): boolean => {
    try {
      work();
      return true;
    } catch (error) {
      if (!(error instanceof SourceError && error.message.includes('the file is damaged'))) throw error;
      if (!existsSync(join(dir, 'state.db-check')))
        throw new Error('no look at the next start was asked for');
      return false;
    }
  };

  return {
    name: "the state's database and its log",
    corpus,
    cost: 20,
    anyNumber: true,
    damage: (all, pick: Pick) => {
      const input = all[pick(all.length)] as Buffer;
      const [db, wal] = parts(input);
      const others = all.map(parts);
      const which = pick(3);
      const bad = [
        which === 1
          ? db
          : damagedPages(
              db,
              others.map(([other]) => other),
              pick,
            ),
        which === 0
          ? wal
          : damagedPages(
              wal,
              others.map(([, other]) => other),
              pick,
            ),
      ] as const;
      const head = Buffer.alloc(4);
      head.writeUInt32LE(bad[0].length);
      return Buffer.concat([head, ...bad]);
    },
    read: async (input) => {
      opens += 1;
      if (opens % COLLECT_EVERY === 0) {
        collect();
        await new Promise((resolve) => setImmediate(resolve));
      }
      rmSync(dir, { recursive: true, force: true });
      mkdirSync(dir);
      for (const [i, content] of parts(input).entries())
        if (i === 0 || content.length > 0) writeFileSync(join(dir, FILES[i] as string), content);
      // Beside an agent: nothing is set aside, and what cannot be read is said.
      for (const read of [await readEnded(dir, {}), await readHours(dir, 0, 9e12)])
        if (!read.found && !(read.reason.length > 0 && read.fix.length > 0))
          throw new Error('refused without words');
      const store = await opened(dir);
      let isSaved = false;
      try {
        checkRead(store, parts(input)[0]);
        isSaved = attempt(() => store.save(stateOf(1), rowsOf(1), [endedOf(1)]));
      } finally {
        store.close();
      }
      const again = await opened(dir);
      try {
        if (isSaved && !isDeepStrictEqual(again.load(), stateOf(1)))
          throw new Error('what was saved is not there');
        // An agent that is started anew can keep its state.
        if (!isSaved) again.save(stateOf(1), rowsOf(1), [endedOf(1)]);
        return again.warnings.length;
      } finally {
        again.close();
      }
    },
    declares: (error) => error instanceof Refused,
    close: () => rmSync(base, { recursive: true, force: true }),
  };
};
