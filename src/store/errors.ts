import { SourceError, type SourceErrorKind } from '../model/source-error.ts';

/** What went wrong with a file of the store, and the operator's next step. */
export interface Trouble {
  readonly kind: SourceErrorKind;
  readonly what: string;
  readonly fix: string;
}

const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // libsql 0.5.29 gives no code where the file cannot be opened, only SQLite's number in its message.
  return /Unable to open connection .*: 14\b/.test(error.message) ? 'SQLITE_CANTOPEN' : '';
};

/** A row that reads well and cannot have been written: SQLite's pages carry no checksum. */
export class DamagedRow extends Error {
  override readonly name = 'DamagedRow';
}

/** Whether SQLite says that the file's content is not, or no longer, a database, or a row shows it. */
export const isDamaged = (error: unknown): boolean =>
  error instanceof DamagedRow || /^SQLITE_(NOTADB|CORRUPT)/.test(codeOf(error));

/** Whether a statement names a table or a column that the file does not have. */
export const isOfOtherTables = (error: unknown): boolean => codeOf(error) === 'SQLITE_ERROR';

/** Whether another process holds the lock. */
export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));

/** Puts an error of the file system or of SQLite (result codes, sqlite.org/rescode.html) into an operator's words. */
export const explain = (error: unknown, dir: string): Trouble => {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code.startsWith('SQLITE_FULL')) {
    return { kind: 'retry', what: 'the disk is full', fix: `free some space: df -h ${dir}` };
  }
  if (code === 'EACCES' || code === 'EPERM' || /^SQLITE_(PERM|CANTOPEN)/.test(code)) {
    const user = process.getuid?.() ?? 'the agent';
    return {
      kind: 'fatal',
      what: `user ${user} may not write there`,
      fix: `let the agent's user own it (chown ${user} ${dir}) or name another directory with --state.dir`,
    };
  }
  if (code === 'EROFS' || code.startsWith('SQLITE_READONLY')) {
    return { kind: 'fatal', what: 'it is read-only', fix: 'name a writable directory with --state.dir' };
  }
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    return { kind: 'fatal', what: 'a file stands in its place', fix: 'name a directory with --state.dir' };
  }
  if (code === 'ENOENT') {
    return {
      kind: 'fatal',
      what: 'a directory cannot be made there',
      fix: 'name one on a disk with --state.dir; below /proc and /sys the kernel allows none',
    };
  }
  if (isBusy(error)) {
    return { kind: 'retry', what: 'another process is writing', fix: `find it: fuser -v ${dir}/state.db` };
  }
  if (isDamaged(error)) {
    return { kind: 'fatal', what: 'the file is damaged', fix: 'restart the agent: it sets the file aside' };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'retry', what: message, fix: `look for disk errors: dmesg, df -h ${dir}` };
};

/** The error that a store throws: what failed, where, why, and what to do; the original is the cause. */
export const storeError = (doing: string, error: unknown, dir: string): SourceError => {
  const { kind, what, fix } = explain(error, dir);
  return new SourceError(kind, `${doing} in ${dir}: ${what}`, { cause: error, fix });
};
