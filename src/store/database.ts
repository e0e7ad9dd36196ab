import type { Database } from 'libsql';

/** The part of libsql's synchronous connection that the store uses. */
export type Connection = Database;

/**
 * Opens a connection; the file need not exist. This is the only place that loads the native package, and only when
 * a store is opened. Throws libsql's errors: see `explain` in errors.ts.
 */
export const connect = async (path: string): Promise<Connection> => {
  const { default: Libsql } = await import('libsql');
  const db = new Libsql(path);
  // A reader that ends (`compare` on the same file) may fold the log in and hold the file for a moment.
  db.exec('PRAGMA busy_timeout = 250');
  return db;
};

/** Small on purpose: the store holds some hundred counters and is read once. Sizes in KiB where negative. */
export const tune = (db: Connection): void => {
  db.pragma('cache_size = -256');
  db.pragma('mmap_size = 0');
};

/**
 * WAL with NORMAL: a commit survives the death of the process; a power cut may take the last ones, whole. What somebody is
 * shown waits for the disk: log-on-disk.ts.
 */
export const makeDurable = (db: Connection): void => {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  // 256 pages of 4 KiB: the log is folded into the file at 1 MiB and kept no larger.
  db.pragma('wal_autocheckpoint = 256');
  db.pragma('journal_size_limit = 1048576');
};

/** Runs `work` in one transaction: all of it, or nothing and the error. */
export const transaction = (db: Connection, work: () => void): void => {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    // SQLite has rolled back by itself after some errors (full disk); a failing ROLLBACK must not hide the cause.
    try {
      if (db.inTransaction) db.exec('ROLLBACK');
    } catch {}
    throw error;
  }
};
