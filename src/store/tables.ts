import type { EndedWorkload } from '../model/ended.ts';
import type { HourlyEnergy, PersistedState } from '../model/state.ts';
import type { Period, Usage, UsageScope } from '../model/usage.ts';
import { joules, seconds } from '../units.ts';
import { checksumOf } from './checksum.ts';
import { type Connection, transaction } from './database.ts';
import { openEndedTable } from './ended-table.ts';
import { DamagedRow } from './errors.ts';
import { query, sameNames } from './query.ts';
import type { Retention } from './retention.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { isAmount } from './store.ts';
import { jsonIn, qualityIn } from './unlikely.ts';
import { openUsageTable } from './usage-table.ts';

/** Reads and writes of the tables. Rows of libsql carry a `_metadata` key: columns are picked by name. */
export interface Tables {
  load(): PersistedState | undefined;
  save(state: PersistedState, usage: readonly Usage[], ended: readonly EndedWorkload[]): void;
  hourly(fromHour: number, toHour: number): readonly HourlyEnergy[];
  usage(period: Period, from: number, to: number): readonly Usage[];
  series(period: Period, scope: UsageScope, from: number, to: number): readonly Usage[];
  /** Lets go of rows that are older than their retention, in a transaction of its own. */
  prune(wall: number, retention: Retention): void;
}

interface StateRow {
  readonly boot_id: string;
  readonly saved_at_seconds: number;
  readonly wall_milliseconds: number;
  readonly engine_version: number;
  readonly engine: string;
  /** Not there in a file of an older version; null where the file was brought up to date and not saved to since. */
  readonly checksum?: number | null;
}
interface CounterRow {
  readonly series: string;
  readonly value: number;
}
interface HourRow {
  readonly hour: number;
  readonly grid_zone: string;
  readonly joules: number;
  readonly quality: number | null;
}

const countersOf = (db: Connection): Map<string, number> =>
  new Map(
    query<CounterRow>(db, sameNames(['series', 'value']), 'counter').map(({ series, value }) => [
      series,
      value,
    ]),
  );

const STATE = ['boot_id', 'saved_at_seconds', 'wall_milliseconds', 'engine_version', 'engine'] as const;

/** The state of a file of any version; undefined where there is none. Throws SQLite's errors, and DamagedRow. */
export const loadState = (db: Connection, fileVersion: number): PersistedState | undefined => {
  const columns = sameNames(fileVersion < 3 ? STATE : [...STATE, 'checksum']);
  const [row] = query<StateRow>(db, columns, 'state');
  if (row === undefined) return undefined;
  const state = {
    bootId: row.boot_id,
    savedAt: seconds(row.saved_at_seconds),
    wall: row.wall_milliseconds,
    version: row.engine_version,
    counters: countersOf(db),
  };
  const { checksum = null } = row;
  if (checksum !== null && checksum !== checksumOf(state, row.engine))
    throw new DamagedRow('the state and the counters are not those that were saved');
  return { ...state, engine: jsonIn(row.engine) };
};

/** Prepares the statements once. Every function throws SQLite's errors. */
export const openTables = (db: Connection): Tables => {
  const putState = db.prepare(`INSERT OR REPLACE INTO state (id, boot_id, saved_at_seconds, wall_milliseconds,
    engine_version, engine, checksum) VALUES (1, ?, ?, ?, ?, ?, ?)`);
  const putCounter = db.prepare('INSERT OR REPLACE INTO counter VALUES (?, ?)');
  const dropCounter = db.prepare('DELETE FROM counter WHERE series = ?');
  const usage = openUsageTable(db);
  const ended = openEndedTable(db);

  // What the file holds, so that a save writes only what changed; replaced when a commit has gone through.
  let stored: ReadonlyMap<string, number> = countersOf(db);

  return {
    load: () => loadState(db, SCHEMA_VERSION),
    save(state, rows, gone) {
      const counters = new Map(state.counters);
      const engine = JSON.stringify(state.engine ?? null);
      transaction(db, () => {
        const checksum = checksumOf(state, engine);
        putState.run(state.bootId, state.savedAt, state.wall, state.version, engine, checksum);
        for (const [series, value] of counters) {
          if (stored.get(series) !== value) putCounter.run(series, value);
        }
        for (const series of stored.keys()) {
          if (!counters.has(series)) dropCounter.run(series);
        }
        usage.add(rows);
        ended.add(gone);
      });
      stored = counters;
    },
    hourly: (fromHour, toHour) => hourlyEnergy(db, fromHour, toHour),
    usage: usage.read,
    series: usage.series,
    prune(wall, retention) {
      transaction(db, () => {
        usage.prune(wall, retention);
        ended.prune(wall, retention);
      });
    },
  };
};

/** The first release kept the energy of hours in a table of their own: a file of it can be read as it is. */
const HOURS_OF_VERSION_1 = {
  table: 'hourly_energy',
  columns: sameNames(['hour', 'grid_zone', 'joules', 'quality']),
  rest: `WHERE hourly_energy.hour >= ? AND hourly_energy.hour < ?
    ORDER BY hourly_energy.hour, hourly_energy.grid_zone`,
};

/** Rows of time alone have no energy and no quality: no hour of 0 J is made of them. */
const HOURS = {
  table: 'usage',
  columns: { hour: 'start', grid_zone: 'grid_zone', joules: 'energy_joules', quality: 'quality' },
  rest: `WHERE usage.period = 3600 AND usage.start >= ? AND usage.start < ? AND usage.scope = 'host'
    AND (usage.energy_joules <> 0 OR usage.quality IS NOT NULL) ORDER BY usage.start, usage.grid_zone`,
};

/** Energy of the host by hour and zone, of a file of any version. */
export const hourlyEnergy = (
  db: Connection,
  fromHour: number,
  toHour: number,
  version?: number,
): readonly HourlyEnergy[] => {
  const { table, columns, rest } = version === 1 ? HOURS_OF_VERSION_1 : HOURS;
  return query<HourRow>(db, columns, table, rest, fromHour, toHour).map(hourOf);
};

const hourOf = (row: HourRow): HourlyEnergy => {
  const quality = qualityIn(row.quality);
  if (!isAmount(row.joules) || row.hour % 3600 !== 0)
    throw new DamagedRow(`hour ${row.hour} in zone ${row.grid_zone} has ${row.joules} J`);
  return { hour: row.hour, gridZone: row.grid_zone, energy: joules(row.joules), ...(quality && { quality }) };
};
