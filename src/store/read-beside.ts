import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { absent, type Found, found } from '../model/found.ts';
import { askForCheck } from './check.ts';
import { type Connection, connect, tune } from './database.ts';
import { DamagedRow, explain, isDamaged } from './errors.ts';
import { hasLog, isEmptyBesideLog } from './files.ts';
import { readVersion } from './schema.ts';

/**
 * Reads a state directory beside an agent that may be writing there: no lock is taken and nothing is changed, but that a
 * damaged one is marked for the next start. Absent
 * where there is no state; unreadable where the file is of a newer release. Never throws.
 *
 * @param read is told the version of the file's tables; 0: there are none yet.
 */
export const readBeside = async <T>(
  dir: string,
  read: (db: Connection, version: number) => T,
): Promise<Found<T>> => {
  const home = resolve(dir);
  const path = join(home, 'state.db');
  if (!existsSync(path))
    return absent(
      `no state.db is in ${home}`,
      'name the directory of the agent with --state.dir, or run the agent',
    );
  try {
    // Opening it would delete its log, which the agent sets aside.
    if (isEmptyBesideLog(path)) throw new DamagedRow('it is empty beside a log');
    const hadLog = hasLog(path);
    const db = await connect(path);
    try {
      tune(db);
      db.exec('PRAGMA query_only = 1');
      const version = readVersion(db, path);
      if (version.found && version.value === 0 && hadLog)
        throw new DamagedRow('it has no tables beside a log');
      return version.found ? found(read(db, version.value)) : version;
    } finally {
      db.close();
    }
  } catch (error) {
    if (isDamaged(error)) askForCheck(path);
    const { what, fix } = explain(error, home);
    return { found: false, reason: `${path} cannot be read: ${what}`, fix, state: 'failing' };
  }
};
