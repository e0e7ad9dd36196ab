import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { absent, type Found, found, unreadable } from '../model/found.ts';
import { type Connection, connect } from './database.ts';
import { explain, isBusy, isDamaged } from './errors.ts';
import { makeDirectory, makeFile } from './files.ts';

/** Held by the one agent that may write the directory. */
export interface Lock {
  release(): void;
}

/**
 * Locks a state directory against a second agent: two of them would count every joule twice.
 *
 * The lock is an open exclusive transaction on an empty database `state.lock`, so it is the kernel that holds it: it
 * ends with the process however that dies, and it holds between containers, where a process id means nothing. A lock
 * on `state.db` itself would shut out readers. `state.pid` only serves the message. Throws errors of the file system
 * and of SQLite.
 */
export const lockDirectory = async (dir: string): Promise<Found<Lock>> => {
  const path = join(dir, 'state.lock');
  const pidFile = join(dir, 'state.pid');
  makeFile(path);
  let db: Connection | undefined;
  try {
    db = await held(path);
  } catch (error) {
    if (!isDamaged(error)) throw error;
    // It holds nothing; and whoever holds it would have been met before its content was read.
    truncateSync(path);
    rmSync(`${path}-journal`, { force: true });
    db = await held(path);
  }
  if (db === undefined)
    return unreadable(
      `state directory ${dir} is in use by another negawatt (${holder(pidFile)})`,
      'stop the other one, or give this one a directory of its own with --state.dir',
    );
  const connection = db;
  try {
    writeFileSync(pidFile, `pid ${process.pid} on ${hostname()}\n`, { mode: 0o640 });
  } catch {
    // Only the message of a second agent is poorer for it.
  }
  return found({
    release() {
      rmSync(pidFile, { force: true });
      connection.exec('ROLLBACK');
      connection.close();
    },
  });
};

/** Undefined where another process has it. */
const held = async (path: string): Promise<Connection | undefined> => {
  const db = await connect(path);
  try {
    // No prepared statement: one that is not yet collected would keep the connection open past `close`.
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
};

const holder = (pidFile: string): string => {
  try {
    return readFileSync(pidFile, 'utf8').slice(0, 200).trim() || 'pid unknown';
  } catch {
    return 'pid unknown';
  }
};

/** The same for a directory that may have to be made. Never throws: absent, with the reason and the next step. */
export const lockState = async (dir: string): Promise<Found<Lock>> => {
  try {
    makeDirectory(dir);
    return await lockDirectory(dir);
  } catch (error) {
    const { what, fix } = explain(error, dir);
    return absent(`state directory ${dir} cannot be used: ${what}`, fix);
  }
};
