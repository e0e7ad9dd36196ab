import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import type { DayArchive } from '../model/day-archive.ts';
import { HistoryError } from '../model/history.ts';
import { type Connection, connect, makeDurable, transaction, tune } from './database.ts';
import { explain, isDamaged } from './errors.ts';
import { makeDirectory, makeFile, setAside } from './files.ts';

const VERSION = 1;
/** Of one day as text: a hundred thousand hosts by the hour. */
const LARGEST = 256 * 2 ** 20;
const RESTORE =
  'restore archive.db from a copy, or move it away: days that the engine still has are kept anew';

const TABLES = `
  CREATE TABLE shape (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
  CREATE TABLE day (
    shape INTEGER NOT NULL REFERENCES shape (id),
    start INTEGER NOT NULL,
    body BLOB NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (shape, start)
  ) WITHOUT ROWID;
  PRAGMA user_version = ${VERSION};`;

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface OpenedArchive {
  readonly archive: DayArchive;
  /** What had to be done to open it, such as a damaged file that was set aside. */
  readonly warnings: readonly string[];
}

/**
 * Opens `archive.db` in a directory, making both where they are missing. A damaged file is set aside and a new one begun.
 * Throws HistoryError. @param wall milliseconds since 1970 UTC, for the name of a file that is set aside.
 */
export const openDayArchive = async (dir: string, wall: number = Date.now()): Promise<OpenedArchive> => {
  const home = resolve(dir);
  const path = join(home, 'archive.db');
  const warnings: string[] = [];
  try {
    makeDirectory(home);
    makeFile(path);
    let db = await connect(path);
    try {
      prepare(db, path);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      db.close();
      const aside = setAside(path, wall);
      warnings.push(`${path} was damaged and is now ${aside}; a new archive was begun`);
      makeFile(path);
      db = await connect(path);
      prepare(db, path);
    }
    return { archive: archiveIn(db, path), warnings };
  } catch (error) {
    throw asHistoryError(error, path, home);
  }
};

const asHistoryError = (error: unknown, path: string, home: string): HistoryError => {
  if (error instanceof HistoryError) return error;
  const { what, fix } = explain(error, home);
  return new HistoryError(`the archive ${path} cannot be used: ${what}`, fix, { cause: error });
};

const prepare = (db: Connection, path: string): void => {
  tune(db);
  makeDurable(db);
  const version = db.prepare('PRAGMA user_version').pluck().all()[0];
  if (version === 0) transaction(db, () => void db.exec(TABLES));
  else if (version !== VERSION)
    throw new HistoryError(
      `the archive ${path} was written by a newer release (version ${String(version)})`,
      'run that release, or name another state directory',
    );
  else db.prepare('SELECT count(*) FROM day').pluck().all();
};

const archiveIn = (db: Connection, path: string): DayArchive => {
  const home = join(path, '..');
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw asHistoryError(error, path, home);
    }
  };
  const ids = new Map<string, number>();
  const idOf = (shape: string): number | undefined => {
    const known = ids.get(shape);
    if (known !== undefined) return known;
    const id = db.prepare('SELECT id FROM shape WHERE text = ?').pluck().all(shape)[0];
    if (typeof id !== 'number') return undefined;
    ids.set(shape, id);
    return id;
  };

  return {
    where: path,
    days: (shape, from, to) =>
      attempt(() => {
        const id = idOf(shape);
        if (id === undefined) return [];
        const rows = db
          .prepare('SELECT start FROM day WHERE shape = ? AND start >= ? AND start < ? ORDER BY start')
          .pluck()
          .all(id, from, to);
        return rows as number[];
      }),
    shapes: () =>
      attempt(() => {
        const rows = db
          .prepare(
            'SELECT text, min(start) AS first, max(start) AS last FROM shape JOIN day ON day.shape = shape.id GROUP BY shape.id',
          )
          .all() as { readonly text: string; readonly first: number; readonly last: number }[];
        return rows.map(({ text, first, last }) => ({ shape: text, from: first, to: last + 86_400 }));
      }),
    read: (shape, day) =>
      attempt(() => {
        const id = idOf(shape);
        if (id === undefined) return undefined;
        const row = db
          .prepare('SELECT body, sha256 FROM day WHERE shape = ? AND start = ?')
          .all(id, day)[0] as { readonly body: Buffer; readonly sha256: string } | undefined;
        if (row === undefined) return undefined;
        const text = unpacked(row.body);
        if (text === undefined || hashOf(text) !== row.sha256)
          throw new HistoryError(
            `${path} holds another ${new Date(day * 1000).toISOString().slice(0, 10)} than was kept`,
            RESTORE,
          );
        return text;
      }),
    keep: (shape, day, text) =>
      attempt(() =>
        transaction(db, () => {
          db.prepare('INSERT OR IGNORE INTO shape (text) VALUES (?)').run(shape);
          const id = idOf(shape);
          db.prepare('INSERT OR IGNORE INTO day (shape, start, body, sha256) VALUES (?, ?, ?, ?)').run(
            id,
            day,
            deflateSync(text),
            hashOf(text),
          );
        }),
      ),
    prune: (before) => attempt(() => void db.prepare('DELETE FROM day WHERE start < ?').run(before)),
    close: () => db.close(),
  };
};

const unpacked = (body: Buffer): string | undefined => {
  try {
    return inflateSync(body, { maxOutputLength: LARGEST }).toString();
  } catch {
    return undefined;
  }
};
