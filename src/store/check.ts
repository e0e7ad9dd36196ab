import { closeSync, existsSync, openSync, rmSync, statSync } from 'node:fs';
import type { Connection } from './database.ts';
import { isDamaged, isOfOtherTables } from './errors.ts';
import { query } from './query.ts';
import { loadState } from './tables.ts';
import { hasUnlikelyRows, probeColumns, readTexts } from './unlikely.ts';

/**
 * What a look at a file's pages found. `history`: only rows of minutes, hours and ended workloads are damaged, the
 * state and the counters are whole.
 */
export type Damage = 'none' | 'history' | 'all';

/** Up to this size a file is looked at whole at each start; 59 MB, as after five years, took 0.4 s on 2 cores. */
const WHOLE_BYTES = 8 * 2 ** 20;

/** SQLite's, of every file of the store. */
const PAGE_BYTES = 4096;

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

/**
 * Looks at the state and the counters, and at all where the file is small or a look was asked for: then at indexes and
 * texts too, which a quick look leaves out.
 *
 * @param hadLog whether there was a log beside the file before it was opened.
 */
export const damageOf = (db: Connection, path: string, version: number, hadLog: boolean): Damage => {
  const isAsked = existsSync(markOf(path));
  const whole = isAsked ? 'pragma_integrity_check(1)' : 'pragma_quick_check(1)';
  // No tables has a new file, which is one page at most; else the first page, or the log that makes them, is gone.
  if (version === 0)
    return isWhole(db, whole) && !hadLog && !isAsked && statSync(path).size <= PAGE_BYTES ? 'none' : 'all';
  for (const table of ['negawatt_schema', 'state', 'counter'])
    if (!isWhole(db, `pragma_quick_check('${table}')`)) return 'all';
  if (!isSound(() => loadState(db, version) !== null)) return 'all';
  if (!isSound(() => probeColumns(db, version) === undefined)) return 'history';
  if (!isAsked && statSync(path).size > WHOLE_BYTES) return 'none';
  const isHistorySound =
    isWhole(db, whole) &&
    isSound(() => !hasUnlikelyRows(db, version)) &&
    (!isAsked || isSound(() => readTexts(db, version) === undefined));
  return isHistorySound ? 'none' : 'history';
};

const isWhole = (db: Connection, check: string): boolean =>
  isSound(() => {
    const column = check.slice('pragma_'.length, check.indexOf('('));
    return query<{ answer: string }>(db, { answer: column }, check)[0]?.answer === 'ok';
  });

const isSound = (look: () => boolean): boolean => {
  try {
    return look();
  } catch (error) {
    // The version of the tables is known: what they lack was lost.
    if (isDamaged(error) || isOfOtherTables(error)) return false;
    throw error;
  }
};
