import type { HourlyEnergy, PersistedState } from '../model/state.ts';
import { joules, seconds } from '../units.ts';
import { type Connection, transaction } from './database.ts';
import { QUALITIES } from './store.ts';

/** Reads and writes of the tables. Rows of libsql carry a `_metadata` key: columns are picked by name. */
export interface Tables {
  load(): PersistedState | undefined;
  save(state: PersistedState, hourly: readonly HourlyEnergy[]): void;
  hourly(fromHour: number, toHour: number): readonly HourlyEnergy[];
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

/** Prepares the statements once. Every function throws SQLite's errors. */
export const openTables = (db: Connection): Tables => {
  const readState = db.prepare('SELECT * FROM state');
  const readCounters = db.prepare('SELECT series, value FROM counter');
  const readHours = db.prepare(
    'SELECT hour, grid_zone, joules, quality FROM hourly_energy WHERE hour >= ? AND hour < ? ORDER BY hour, grid_zone',
  );
  const putState = db.prepare('INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?, ?, ?)');
  const putCounter = db.prepare('INSERT OR REPLACE INTO counter VALUES (?, ?)');
  const dropCounter = db.prepare('DELETE FROM counter WHERE series = ?');
  const addHour = db.prepare(`INSERT INTO hourly_energy VALUES (?, ?, ?, ?)
    ON CONFLICT (hour, grid_zone) DO UPDATE SET
      joules = joules + excluded.joules,
      quality = max(coalesce(quality, excluded.quality), coalesce(excluded.quality, quality))`);

  const storedCounters = (): Map<string, number> =>
    new Map((readCounters.all() as CounterRow[]).map(({ series, value }) => [series, value]));
  // What the file holds, so that a save writes only what changed; replaced when a commit has gone through.
  let stored: ReadonlyMap<string, number> = storedCounters();

  return {
    load() {
      const row = (readState.all() as StateRow[])[0];
      if (row === undefined) return undefined;
      return {
        bootId: row.boot_id,
        savedAt: seconds(row.saved_at_seconds),
        wall: row.wall_milliseconds,
        version: row.engine_version,
        counters: storedCounters(),
        engine: JSON.parse(row.engine),
      };
    },
    save(state, hourly) {
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
        for (const { hour, gridZone, energy, quality } of hourly) {
          addHour.run(hour, gridZone, energy, quality === undefined ? null : QUALITIES.indexOf(quality));
        }
      });
      stored = counters;
    },
    hourly: (fromHour, toHour) => (readHours.all(fromHour, toHour) as HourRow[]).map(hourOf),
  };
};

const hourOf = (row: HourRow): HourlyEnergy => {
  const quality = row.quality === null ? undefined : QUALITIES[row.quality];
  return { hour: row.hour, gridZone: row.grid_zone, energy: joules(row.joules), ...(quality && { quality }) };
};
