import type { EndedWorkload } from '../model/ended.ts';
import type { HourlyEnergy, PersistedState } from '../model/state.ts';
import { type Period, QUALITIES, type Usage } from '../model/usage.ts';
import { joules, seconds } from '../units.ts';
import { type Connection, transaction } from './database.ts';
import { openEndedTable } from './ended-table.ts';
import type { Retention } from './retention.ts';
import { openUsageTable } from './usage-table.ts';

/** Reads and writes of the tables. Rows of libsql carry a `_metadata` key: columns are picked by name. */
export interface Tables {
  load(): PersistedState | undefined;
  save(state: PersistedState, usage: readonly Usage[], ended: readonly EndedWorkload[]): void;
  hourly(fromHour: number, toHour: number): readonly HourlyEnergy[];
  usage(period: Period, from: number, to: number): readonly Usage[];
  /** Lets go of rows that are older than their retention, in a transaction of its own. */
  prune(wall: number, retention: Retention): void;
}

interface StateRow {
  readonly boot_id: string;
  readonly saved_at_seconds: number;
  readonly wall_milliseconds: number;
  readonly engine_version: number;
  readonly engine: string;
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
    (db.prepare('SELECT series, value FROM counter').all() as CounterRow[]).map(({ series, value }) => [
      series,
      value,
    ]),
  );

/** The state of a file of any version; undefined where there is none. Throws SQLite's errors. */
export const loadState = (db: Connection): PersistedState | undefined => {
  const row = (db.prepare('SELECT * FROM state').all() as StateRow[])[0];
  if (row === undefined) return undefined;
  return {
    bootId: row.boot_id,
    savedAt: seconds(row.saved_at_seconds),
    wall: row.wall_milliseconds,
    version: row.engine_version,
    counters: countersOf(db),
    engine: JSON.parse(row.engine),
  };
};

/** Prepares the statements once. Every function throws SQLite's errors. */
export const openTables = (db: Connection): Tables => {
  const putState = db.prepare('INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?, ?, ?)');
  const putCounter = db.prepare('INSERT OR REPLACE INTO counter VALUES (?, ?)');
  const dropCounter = db.prepare('DELETE FROM counter WHERE series = ?');
  const usage = openUsageTable(db);
  const ended = openEndedTable(db);

  // What the file holds, so that a save writes only what changed; replaced when a commit has gone through.
  let stored: ReadonlyMap<string, number> = countersOf(db);

  return {
    load: () => loadState(db),
    save(state, rows, gone) {
      const counters = new Map(state.counters);
      const engine = JSON.stringify(state.engine ?? null);
      transaction(db, () => {
        putState.run(state.bootId, state.savedAt, state.wall, state.version, engine);
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
    prune(wall, retention) {
      transaction(db, () => {
        usage.prune(wall, retention);
        ended.prune(wall, retention);
      });
    },
  };
};

/** The first release kept the energy of hours in a table of their own: a file of it can be read as it is. */
const HOURS_OF_VERSION_1 = `SELECT hour, grid_zone, joules, quality FROM hourly_energy
  WHERE hour >= ? AND hour < ? ORDER BY hour, grid_zone`;

/** Rows of time alone have no energy and no quality: no hour of 0 J is made of them. */
const HOURS = `SELECT start AS hour, grid_zone, energy_joules AS joules, quality FROM usage
  WHERE period = 3600 AND start >= ? AND start < ? AND scope = 'host' AND (energy_joules > 0 OR quality IS NOT NULL)
  ORDER BY start, grid_zone`;

/** Energy of the host by hour and zone, of a file of any version. */
export const hourlyEnergy = (
  db: Connection,
  fromHour: number,
  toHour: number,
  version?: number,
): readonly HourlyEnergy[] =>
  (db.prepare(version === 1 ? HOURS_OF_VERSION_1 : HOURS).all(fromHour, toHour) as HourRow[]).map(hourOf);

const hourOf = (row: HourRow): HourlyEnergy => {
  const quality = row.quality === null ? undefined : QUALITIES[row.quality];
  return { hour: row.hour, gridZone: row.grid_zone, energy: joules(row.joules), ...(quality && { quality }) };
};
