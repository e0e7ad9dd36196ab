import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ArchiveDays, DayMark, KeptDay } from '../model/archive.ts';
import { HistoryError } from '../model/history.ts';
import { bytesOf, columnsIn } from './archive-bytes.ts';
import { type Connection, connect, makeDurable, transaction } from './database.ts';
import { DamagedRow, explain, isDamaged } from './errors.ts';
import { isEmptyBesideLog, makeDirectory, makeFile, narrow } from './files.ts';
import { query } from './query.ts';

/** Version of the tables, in the header of the file (`user_version`). */
const VERSION = 2;
/** Marks a file of ours, in its header: "nega". */
const APPLICATION = 0x6e656761;
const TABLES = `
CREATE TABLE series (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, source TEXT NOT NULL, host TEXT) STRICT;
CREATE TABLE day (
  start INTEGER NOT NULL,
  series INTEGER NOT NULL REFERENCES series (number),
  length INTEGER NOT NULL,
  closed INTEGER NOT NULL,
  about BLOB NOT NULL,
  columns BLOB NOT NULL,
  PRIMARY KEY (start, series)
) STRICT, WITHOUT ROWID;
CREATE INDEX day_series ON day (series, start);`;

export const archiveFile = (dir: string): string => join(resolve(dir), 'archive.db');

export interface Archive extends ArchiveDays {
  /** Forgets days that begin before. @param before seconds since 1970 UTC. */
  prune(before: number): void;
}

const AS_OWNER =
  'run this as root or as the user of the service (sudo -u negawatt), or name another directory with --state.dir';
/** SQLITE_READONLY and its kin, for which libsql 0.5.29 has no names. */
const isReadOnly = (error: unknown): boolean =>
  error instanceof Error &&
  'rawCode' in error &&
  typeof error.rawCode === 'number' &&
  (error.rawCode & 0xff) === 8;

const BEGIN_ANEW = 'moved away, it is begun anew with what the engine still has';

/** What became of it, in words; what it is made of cannot be had again where the engine has forgotten it. */
const inWords = (error: unknown, path: string): Error => {
  if (error instanceof HistoryError) return error;
  if (isDamaged(error))
    return new HistoryError(
      `the archive ${path} is damaged: ${error instanceof Error ? error.message : String(error)}`,
      `restore it from a copy; ${BEGIN_ANEW}`,
      { cause: error },
    );
  if (isReadOnly(error))
    return new HistoryError(
      `the archive ${path} cannot be read by user ${process.getuid?.()}, who may not write the index of its log beside it`,
      AS_OWNER,
      { cause: error },
    );
  const { what, fix } = explain(error, path);
  return new HistoryError(`the archive ${path} cannot be used: ${what}`, fix, { cause: error });
};

/** Makes the tables where there are none; whether there are any for whoever only reads. */
const prepare = (db: Connection, path: string, isReader: boolean): boolean => {
  const header = (name: 'user_version' | 'application_id'): number =>
    query<{ value: number }>(db, { value: name }, `pragma_${name}`)[0]?.value ?? 0;
  const version = header('user_version');
  const tables = query<{ name: string }>(db, { name: 'name' }, 'sqlite_schema').length;
  if (tables === 0 && version === 0) {
    if (isReader) return false;
    transaction(db, () => {
      db.exec(TABLES);
      db.exec(`PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${VERSION}`);
    });
    return true;
  }
  if (header('application_id') !== APPLICATION)
    throw new HistoryError(`${path} is a database of another program`, 'name another state directory');
  if (version > VERSION)
    throw new HistoryError(
      `${path} was written by a newer negawatt (tables of version ${version}, this one knows ${VERSION})`,
      'run the newer release; the file was not touched',
    );
  if (version < VERSION)
    throw new HistoryError(
      `${path} was written before the first release (tables of version ${version})`,
      BEGIN_ANEW,
    );
  // Names of hosts have no checksum of their own, but each stands in the table and in its index. This table is small.
  const check = "pragma_integrity_check('series')";
  const [found] = query<{ answer: string }>(db, { answer: 'integrity_check' }, check);
  if (found?.answer !== 'ok') throw new DamagedRow(found?.answer ?? 'it cannot be checked');
  return true;
};

/**
 * Opens the archive of a state directory, makes it where it is missing. One process writes it: whoever holds the lock of
 * the directory; others read beside it. Throws HistoryError.
 */
export const openArchive = async (dir: string, { isReader = false } = {}): Promise<Archive> => {
  const path = archiveFile(dir);
  try {
    if (!isReader) {
      makeDirectory(resolve(dir));
      makeFile(path);
      narrow(path);
    }
    // Opening it would delete its log, in which all may stand.
    if (isEmptyBesideLog(path)) throw new DamagedRow('it is empty beside a log');
    const db = await connect(path);
    try {
      if (isReader) db.exec('PRAGMA query_only = 1');
      const hasTables = prepare(db, path, isReader);
      if (!isReader) makeDurable(db);
      if (hasTables) return archiveOf(db, path, isReader);
      db.close();
      return EMPTY;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw inWords(error, path);
  }
};

/** Begun by its service at this moment: nothing stands in it yet. */
const EMPTY: Archive = {
  ...{ marks: () => new Map(), read: () => new Map(), hosts: () => [] },
  ...{ write: () => {}, prune: () => {}, close: () => {} },
};

/** Whether a directory has one. Throws HistoryError where that may not be seen: what is in it would be missing without a word. */
export const hasArchive = (dir: string): boolean => {
  const path = archiveFile(dir);
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // The directory itself is missing, or is a file.
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return false;
    throw new HistoryError(
      `whether there is an archive ${path} cannot be seen: ${error instanceof Error ? error.message : String(error)}`,
      AS_OWNER,
      { cause: error },
    );
  }
};

const archiveOf = (db: Connection, path: string, isReader: boolean): Archive => {
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw inWords(error, path);
    }
  };
  const numbers = new Map<string, number>();
  const names = new Map<number, string>();
  const know = (number: number, name: string): void => {
    numbers.set(name, number);
    names.set(number, name);
  };
  const learn = (): void => {
    const from = names.size === 0 ? 0 : Math.max(...names.keys());
    for (const { number, name } of query<{ number: number; name: string }>(
      db,
      { number: 'number', name: 'name' },
      'series',
      'WHERE series.number > ?',
      from,
    ))
      know(number, name);
  };
  const nameOf = (number: number): string | undefined => {
    if (!names.has(number)) learn();
    return names.get(number);
  };
  guarded(learn);

  const read = (day: number, series: readonly string[]): ReadonlyMap<string, KeptDay> => {
    const wanted = new Set(series);
    const found = new Map<string, KeptDay>();
    const rows = db
      .prepare('SELECT series, length, closed, about, columns FROM day WHERE start = ?')
      .all(day);
    for (const row of rows as readonly DayRow[]) {
      const name = nameOf(row.series);
      if (name === undefined || !wanted.has(name)) continue;
      const about = Buffer.from(row.about).toString();
      const kept = { length: row.length, isClosed: row.closed === 1, about };
      const columns = columnsIn(Buffer.from(row.columns), kept, { day, series: name });
      if (columns === undefined) throw new DamagedRow('a day is not the one that was written');
      found.set(name, { ...kept, columns });
    }
    return found;
  };

  const writeDay: Archive['write'] = (day, days, hosts) => {
    const add = db.prepare('INSERT OR IGNORE INTO series (name, source, host) VALUES (?, ?, ?)');
    const keep = db.prepare(
      'INSERT OR REPLACE INTO day (start, series, length, closed, about, columns) VALUES (?, ?, ?, ?, ?, ?)',
    );
    const name = db.prepare('UPDATE series SET host = ? WHERE number = ? AND host IS NULL');
    for (const series of days.keys())
      if (!numbers.has(series)) add.run(series, series.split(' ', 1)[0] ?? '', null);
    learn();
    for (const [series, kept] of days) {
      const number = numbers.get(series) ?? 0;
      const about = Buffer.from(kept.about);
      keep.run(day, number, kept.length, kept.isClosed ? 1 : 0, about, bytesOf(kept, { day, series }));
      const host = hosts.get(series);
      if (host !== undefined) name.run(host, number);
    }
  };

  return {
    marks: (day) =>
      guarded(() => {
        const marks = new Map<string, DayMark>();
        const rows = db.prepare('SELECT series, length, closed FROM day WHERE start = ?').all(day);
        for (const { series, length, closed } of rows as readonly DayRow[]) {
          const name = nameOf(series);
          if (name !== undefined) marks.set(name, { length, isClosed: closed === 1 });
        }
        return marks;
      }),
    read: (day, series) => guarded(() => read(day, series)),
    write: (day, days, hosts) =>
      guarded(() => {
        try {
          transaction(db, () => writeDay(day, days, hosts));
        } catch (error) {
          // Numbers that were learnt of it are of no row any more, and go to other names.
          numbers.clear();
          names.clear();
          throw error;
        }
      }),
    hosts: (source, from, to) =>
      guarded(() =>
        query<{ host: string; first: number; last: number }>(
          db,
          { host: 'series.host', first: 'min(day.start)', last: 'max(day.start)' },
          'series JOIN day ON day.series = series.number',
          'WHERE series.source = ? AND series.host IS NOT NULL AND day.start >= ? AND day.start < ? GROUP BY series.host ORDER BY 1',
          ...[source, from, to],
        ).map(({ host, first, last }) => ({ host, from: first, to: last })),
      ),
    prune: (before) => guarded(() => void db.prepare('DELETE FROM day WHERE start < ?').run(before)),
    close: () => {
      try {
        // Prepared statements keep the connection until they are collected, so the log is folded in here: a copy of
        // this one file is then a copy of all.
        if (!isReader) db.pragma('wal_checkpoint(TRUNCATE)');
      } catch {
        // A full disk, or a reader: everything stands in the log and is read from there next time.
      }
      db.close();
    },
  };
};

interface DayRow {
  readonly series: number;
  readonly length: number;
  readonly closed: number;
  readonly about: ArrayBuffer;
  readonly columns: ArrayBuffer;
}
