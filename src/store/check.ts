import { closeSync, existsSync, openSync, rmSync, statSync } from 'node:fs';
import type { Connection } from './database.ts';
import { isDamaged } from './errors.ts';

/**
 * What a look at a file's pages found. `history`: only rows of minutes, hours and ended workloads are damaged, the
 * state and the counters are whole.
 */
export type Damage = 'none' | 'history' | 'all';

/** Up to this size a file is looked at whole at each start; 59 MB, as after five years, took 0.4 s on 2 cores. */
const WHOLE_BYTES = 8 * 2 ** 20;

/** Asks for a look at the whole file at the next start, whatever its size. */
const markOf = (path: string): string => `${path}-check`;

/** Notes that a page was found damaged while the agent ran. */
export const askForCheck = (path: string): void => {
  try {
    closeSync(openSync(markOf(path), 'a', 0o640));
  } catch {
    // On a full disk the next start looks at the state and the counters alone.
  }
};

export const forgetCheck = (path: string): void => rmSync(markOf(path), { force: true });

/** Looks at the pages of the state and the counters, and at all where the file is small or a look was asked for. */
export const damageOf = (db: Connection, path: string, version: number): Damage => {
  // No version is an empty file, or one whose first pages are gone.
  if (version === 0) return isWhole(db) ? 'none' : 'all';
  if (!isWhole(db, 'negawatt_schema') || !isWhole(db, 'state') || !isWhole(db, 'counter')) return 'all';
  const isAsked = existsSync(markOf(path));
  if (!isAsked && statSync(path).size > WHOLE_BYTES) return 'none';
  return isWhole(db) ? 'none' : 'history';
};

const isWhole = (db: Connection, table?: string): boolean => {
  try {
    const found = db
      .prepare(`PRAGMA quick_check(${table === undefined ? 1 : `'${table}'`})`)
      .pluck()
      .all();
    return found[0] === 'ok';
  } catch (error) {
    if (isDamaged(error)) return false;
    throw error;
  }
};
