import {
  chmodSync,
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Readable by the owner's group alone: per-workload energy is a side channel (ops reference, section 6). */
const FILE_MODE = 0o640;
const DIR_MODE = 0o750;

/** SQLite's companions of a database file: the write-ahead log, the shared index, the rollback journal. */
const COMPANIONS = ['', '-wal', '-shm', '-journal'] as const;

/** Makes the directory where it is missing. An existing one keeps its mode: the operator chose it. */
export const makeDirectory = (dir: string): void => {
  // Not `recursive`: where the kernel refuses a folder with ENOENT (below /proc), Node's loop over the parents never ends.
  const missing: string[] = [];
  for (let path = dir; !existsSync(path) && dirname(path) !== path; path = dirname(path))
    missing.unshift(path);
  if (missing.length === 0 && !statSync(dir).isDirectory()) {
    throw Object.assign(new Error(`ENOTDIR: not a directory, '${dir}'`), { code: 'ENOTDIR', path: dir });
  }
  for (const path of missing) mkdirSync(path, { mode: DIR_MODE });
};

/**
 * Makes an empty file where it is missing, so that SQLite never creates one with a wider mode. A file that exists is
 * not opened: closing it would drop the locks that this process holds on it (fcntl(2), POSIX record locks).
 */
export const makeFile = (path: string): void => {
  if (existsSync(path)) return;
  closeSync(openSync(path, 'wx', FILE_MODE));
  chmodSync(path, FILE_MODE);
};

/**
 * Writes all of a text to an open file, on the disk before it returns. `writeSync` would write what a disk that becomes full
 * has room for, and say so by a number alone.
 */
export const writeThrough = (file: number, text: string): void => {
  writeFileSync(file, text);
  fsyncSync(file);
};

/** Puts a text in place of a file, whole or not at all. @throws the error of the file system, what it began is removed. */
export const writeWhole = (path: string, text: string): void => {
  const draft = `${path}.new`;
  try {
    rmSync(draft, { force: true });
    const file = openSync(draft, 'wx', FILE_MODE);
    try {
      // The umask of a service may take the group's right.
      fchmodSync(file, FILE_MODE);
      writeThrough(file, text);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw cause;
  }
};

/** Whether a log that holds something lies beside a database. */
export const hasLog = (path: string): boolean =>
  existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0;

/**
 * Whether a database is empty beside a log that is not: SQLite would take the log for an old one and delete it. A power
 * cut can leave a file of no length where the file system had not written its size.
 */
export const isEmptyBesideLog = (path: string): boolean => statSync(path).size === 0 && hasLog(path);

/** Narrows the mode of a database that an operator's copy or an older umask left wider. */
export const narrow = (path: string): void => {
  for (const companion of COMPANIONS) {
    if (existsSync(path + companion)) chmodSync(path + companion, FILE_MODE);
  }
};

/** Renames a database with its companions and returns its new path. Nothing is deleted. */
export const setAside = (path: string, wall: number): string => {
  const target = freeName(`${path}.corrupt-${wall}`);
  for (const companion of COMPANIONS) {
    if (existsSync(path + companion)) renameSync(path + companion, target + companion);
  }
  return target;
};

const freeName = (wanted: string): string => {
  let name = wanted;
  for (let n = 1; existsSync(name); n += 1) name = `${wanted}.${n}`;
  return name;
};
