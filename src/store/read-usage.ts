import { absent, type Found } from '../model/found.ts';
import { HOUR, type Usage } from '../model/usage.ts';
import type { Connection } from './database.ts';
import { readBeside } from './read-beside.ts';
import { usageRows } from './usage-table.ts';

/** The first version whose hours say with which PUE and factors they were booked. */
const SINCE = 3;
const OLDER = absent(
  'it was written by an older release, whose hours say less',
  'start the agent of this release once: it brings its file up to date',
);

/**
 * Rows of hours with `fromHour <= start < toHour` in seconds since 1970 UTC, of all scopes, beside an agent that may be
 * writing there. Absent where there is no state, or one of an older release. Never throws.
 */
export const readUsageHours = async (
  dir: string,
  fromHour: number,
  toHour: number,
): Promise<Found<readonly Usage[]>> =>
  inTables(
    await readBeside(dir, (db, version) =>
      ofVersion(version, [], () => usageRows(db, HOUR, fromHour, toHour, version)),
    ),
  );

/** Starts of the first and the last hour for which energy of the host is known; undefined: there is none. */
export const readUsageSpan = async (
  dir: string,
): Promise<Found<readonly [first: number, last: number] | undefined>> =>
  inTables(await readBeside(dir, (db, version) => ofVersion(version, undefined, () => spanIn(db))));

const spanIn = (db: Connection): readonly [number, number] | undefined => {
  const edge = (which: 'min' | 'max'): unknown =>
    db
      .prepare(
        `SELECT ${which}(start) FROM usage WHERE period = ${HOUR} AND scope = 'host' AND covered_seconds > 0`,
      )
      .pluck()
      .all()[0];
  const [first, last] = [edge('min'), edge('max')];
  return typeof first === 'number' && typeof last === 'number' ? [first, last] : undefined;
};

const ofVersion = <T>(version: number, none: T, read: () => T): Found<T> => {
  if (version === 0) return { found: true, value: none };
  return version < SINCE ? OLDER : { found: true, value: read() };
};

const inTables = <T>(read: Found<Found<T>>): Found<T> => (read.found ? read.value : read);
