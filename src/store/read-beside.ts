import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { absent, type Found, found } from '../model/found.ts';
import { type Connection, connect } from './database.ts';
import { explain } from './errors.ts';
import { readVersion } from './schema.ts';

/**
 * Reads a state directory beside an agent that may be writing there: no lock is taken and nothing is changed. Absent
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
    const db = await connect(path);
    try {
      db.exec('PRAGMA query_only = 1');
      const version = readVersion(db, path);
      return version.found ? found(read(db, version.value)) : version;
    } finally {
      db.close();
    }
  } catch (error) {
    const { what, fix } = explain(error, home);
    return { found: false, reason: `${path} cannot be read: ${what}`, fix, state: 'failing' };
  }
};
