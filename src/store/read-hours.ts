import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { absent, type Found, found } from '../model/found.ts';
import type { HourlyEnergy } from '../model/state.ts';
import { connect } from './database.ts';
import { explain } from './errors.ts';
import { readVersion } from './schema.ts';
import { openTables } from './tables.ts';

/**
 * Hours of a state directory, `fromHour <= hour < toHour` in seconds since 1970 UTC, beside an agent that may be
 * writing there: no lock is taken and nothing is changed. Absent where there is no state. Never throws.
 */
export const readHours = async (
  dir: string,
  fromHour: number,
  toHour: number,
): Promise<Found<readonly HourlyEnergy[]>> => {
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
      if (!version.found) return version;
      return found(version.value === 0 ? [] : openTables(db).hourly(fromHour, toHour));
    } finally {
      db.close();
    }
  } catch (error) {
    const { what, fix } = explain(error, home);
    return { found: false, reason: `${path} cannot be read: ${what}`, fix, state: 'failing' };
  }
};
