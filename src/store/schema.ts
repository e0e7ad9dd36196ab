import { type Found, found, unreadable } from '../model/found.ts';
import { type Connection, transaction } from './database.ts';
import { DamagedRow } from './errors.ts';
import { query } from './query.ts';

/** The id of a factor as the second version kept it: alone. */
export const ABOUT_OF_VERSION_2 = (method: 'location' | 'market'): string =>
  `json_object('id', coalesce(${method}_factor, '*'))`;

/** Hours of the host that were booked by a method, as the second version kept them: the overhead is inside the grams. */
export const BOOKED_OF_VERSION_2 = (method: 'location' | 'market'): string =>
  `usage WHERE period = 3600 AND scope = 'host' AND ${method}_grams IS NOT NULL
     AND energy_joules > without_${method}_joules`;

const withBooked = (method: 'location' | 'market'): string =>
  `INSERT OR IGNORE INTO factor (about) SELECT DISTINCT ${ABOUT_OF_VERSION_2(method)} FROM ${BOOKED_OF_VERSION_2(method)};
   INSERT INTO hour_emissions
     SELECT start, grid_zone, '${method}', (SELECT number FROM factor WHERE about = ${ABOUT_OF_VERSION_2(method)}),
       energy_joules - without_${method}_joules, NULL, ${method}_grams, NULL
     FROM ${BOOKED_OF_VERSION_2(method)};`;

/** The n-th entry takes a file from version n to n + 1. Entries are only ever added: files in the field hold them. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE state (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     boot_id TEXT NOT NULL,
     saved_at_seconds REAL NOT NULL,
     wall_milliseconds REAL NOT NULL,
     engine_version INTEGER NOT NULL,
     engine TEXT NOT NULL
   ) STRICT;
   CREATE TABLE counter (
     series TEXT PRIMARY KEY,
     value REAL NOT NULL
   ) STRICT, WITHOUT ROWID;
   -- quality: 0 measured, 1 derived, 2 estimated; the worst of what was added
   CREATE TABLE hourly_energy (
     hour INTEGER NOT NULL,
     grid_zone TEXT NOT NULL,
     joules REAL NOT NULL,
     quality INTEGER,
     PRIMARY KEY (hour, grid_zone)
   ) STRICT, WITHOUT ROWID;`,
  // Rows of minutes and of hours: sums, with NULL for what is not known. Units end the names.
  `CREATE TABLE usage (
     period INTEGER NOT NULL CHECK (period IN (60, 3600)),
     start INTEGER NOT NULL,
     scope TEXT NOT NULL CHECK (scope IN ('host', 'domain', 'class')),
     name TEXT NOT NULL,
     grid_zone TEXT NOT NULL,
     energy_joules REAL NOT NULL,
     location_grams REAL,
     market_grams REAL,
     without_location_joules REAL NOT NULL,
     without_market_joules REAL NOT NULL,
     -- an id, or * where several held
     location_factor TEXT,
     market_factor TEXT,
     covered_seconds REAL,
     powered_on_seconds REAL,
     cpu_busy_seconds REAL,
     cpu_available_seconds REAL,
     gpu_busy_seconds REAL,
     gpu_available_seconds REAL,
     quality INTEGER,
     PRIMARY KEY (period, start, scope, name, grid_zone)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE usage_work (
     period INTEGER NOT NULL,
     start INTEGER NOT NULL,
     scope TEXT NOT NULL,
     name TEXT NOT NULL,
     grid_zone TEXT NOT NULL,
     unit TEXT NOT NULL,
     amount REAL NOT NULL,
     PRIMARY KEY (period, start, scope, name, grid_zone, unit)
   ) STRICT, WITHOUT ROWID;
   INSERT INTO usage (period, start, scope, name, grid_zone, energy_joules, without_location_joules,
       without_market_joules, quality)
     SELECT 3600, hour, 'host', '', grid_zone, joules, joules, joules, quality FROM hourly_energy;
   DROP TABLE hourly_energy;
   CREATE TABLE ended_workload (
     number INTEGER PRIMARY KEY,
     workload TEXT NOT NULL,
     kind TEXT NOT NULL,
     class TEXT NOT NULL,
     name TEXT NOT NULL,
     labels TEXT NOT NULL,
     start_milliseconds REAL NOT NULL,
     end_milliseconds REAL NOT NULL,
     cpu_joules REAL NOT NULL,
     memory_joules REAL NOT NULL,
     gpu_joules REAL NOT NULL,
     other_joules REAL NOT NULL,
     static_share_joules REAL NOT NULL,
     location_grams REAL,
     market_grams REAL,
     cpu_seconds REAL NOT NULL,
     gpu_seconds REAL NOT NULL,
     work TEXT NOT NULL,
     quality INTEGER,
     source TEXT,
     partial TEXT NOT NULL
   ) STRICT;
   CREATE INDEX ended_workload_end ON ended_workload (end_milliseconds);`,
  // How the hours of the host were booked: by which factors, PUE and prices; and scores of work. NULL: not known.
  `ALTER TABLE usage ADD COLUMN overhead_joules REAL;
   ALTER TABLE usage ADD COLUMN without_pue_joules REAL;
   -- about: JSON; the same id with another value, edition or source is another row
   CREATE TABLE factor (
     number INTEGER PRIMARY KEY,
     about TEXT NOT NULL UNIQUE
   ) STRICT;
   CREATE TABLE hour_emissions (
     start INTEGER NOT NULL,
     grid_zone TEXT NOT NULL,
     method TEXT NOT NULL CHECK (method IN ('location', 'market')),
     factor INTEGER NOT NULL REFERENCES factor (number),
     energy_joules REAL NOT NULL,
     overhead_joules REAL,
     grams REAL NOT NULL,
     overhead_grams REAL,
     PRIMARY KEY (start, grid_zone, method, factor)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE hour_cost (
     start INTEGER NOT NULL,
     grid_zone TEXT NOT NULL,
     currency TEXT NOT NULL,
     amount REAL NOT NULL,
     energy_joules REAL NOT NULL,
     PRIMARY KEY (start, grid_zone, currency)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE hour_score (
     start INTEGER NOT NULL,
     scope TEXT NOT NULL,
     name TEXT NOT NULL,
     grid_zone TEXT NOT NULL,
     unit TEXT NOT NULL,
     factor INTEGER NOT NULL REFERENCES factor (number),
     energy_joules REAL NOT NULL,
     operational_grams REAL NOT NULL,
     embodied_grams REAL NOT NULL,
     amount REAL NOT NULL,
     PRIMARY KEY (start, scope, name, grid_zone, unit, factor)
   ) STRICT, WITHOUT ROWID;
   ${withBooked('location')}
   ${withBooked('market')}`,
  // Of the state and all counters (checksum.ts); NULL until the next save.
  `ALTER TABLE state ADD COLUMN checksum INTEGER;`,
  // What counted the host's energy, joined by +; NULL: not known.
  `ALTER TABLE usage ADD COLUMN meter TEXT;`,
  // Whose scope the energy of an hour was, and what was booked of losses and fuel supply.
  `CREATE TABLE hour_emissions_6 (
     start INTEGER NOT NULL,
     grid_zone TEXT NOT NULL,
     method TEXT NOT NULL CHECK (method IN ('location', 'market')),
     factor INTEGER NOT NULL REFERENCES factor (number),
     -- '': not kept
     tenancy TEXT NOT NULL,
     energy_joules REAL NOT NULL,
     overhead_joules REAL,
     grams REAL NOT NULL,
     overhead_grams REAL,
     PRIMARY KEY (start, grid_zone, method, factor, tenancy)
   ) STRICT, WITHOUT ROWID;
   INSERT INTO hour_emissions_6
     SELECT start, grid_zone, method, factor, '', energy_joules, overhead_joules, grams, overhead_grams
     FROM hour_emissions;
   DROP TABLE hour_emissions;
   ALTER TABLE hour_emissions_6 RENAME TO hour_emissions;
   CREATE TABLE hour_held (
     start INTEGER NOT NULL,
     grid_zone TEXT NOT NULL,
     tenancy TEXT NOT NULL,
     energy_joules REAL NOT NULL,
     overhead_joules REAL NOT NULL,
     without_pue_joules REAL NOT NULL,
     PRIMARY KEY (start, grid_zone, tenancy)
   ) STRICT, WITHOUT ROWID;
   -- about of such a factor: that of losses or fuel supply
   CREATE TABLE hour_upstream (
     start INTEGER NOT NULL,
     grid_zone TEXT NOT NULL,
     part TEXT NOT NULL CHECK (part IN ('transmission', 'upstream')),
     factor INTEGER NOT NULL REFERENCES factor (number),
     energy_joules REAL NOT NULL,
     overhead_joules REAL NOT NULL,
     grams REAL NOT NULL,
     PRIMARY KEY (start, grid_zone, part, factor)
   ) STRICT, WITHOUT ROWID;`,
];

/** Version of the tables that this release writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;
/** The first whose rows say what counted the energy. */
export const METERS_SINCE = 5;
/** The first that keeps the tenancy of energy, and Scope 3.3. */
export const TENANCY_SINCE = 6;

/** Of every version; no other program has them by chance. */
const OWN_TABLES = ['state', 'counter'] as const;

/**
 * Version of a file's tables, 0 if it holds none. Absent where the file is not for this release to write: made by a
 * newer one, or by another program. Reads only. Throws SQLite's errors, also where the file is no database.
 */
export const readVersion = (db: Connection, path: string): Found<number> => {
  const tables = query<{ name: string }>(
    db,
    { name: 'name' },
    'sqlite_schema',
    `WHERE sqlite_schema.type = 'table'`,
  ).map(({ name }) => name);
  if (tables.length === 0) return found(0);
  if (!tables.includes('negawatt_schema')) {
    if (OWN_TABLES.every((name) => tables.includes(name)))
      throw new DamagedRow('the table of versions has lost its name');
    return unreadable(
      `${path} is a database of another program (tables ${tables.slice(0, 3).join(', ')})`,
      'name a directory of its own with --state.dir',
    );
  }
  const noted = query<{ version: number; applied: number }>(
    db,
    { version: 'version', applied: 'applied_milliseconds' },
    'negawatt_schema',
    'ORDER BY negawatt_schema.version',
  );
  // Each was noted when it was reached: what has a gap, or no time, no release has written.
  if (noted.some(({ version, applied }, i) => version !== i + 1 || !Number.isInteger(applied)))
    throw new DamagedRow('the table of versions is not one that was written');
  const version = noted.length;
  if (version > SCHEMA_VERSION) {
    return unreadable(
      `${path} was written by a newer negawatt (tables of version ${version}, this one knows ${SCHEMA_VERSION})`,
      'run the newer release, or name another directory with --state.dir; the file was not touched',
    );
  }
  return found(version);
};

/** Brings the tables to this release's version, in one transaction. */
export const migrate = (db: Connection, from: number, wall: number): void => {
  if (from === SCHEMA_VERSION) return;
  transaction(db, () => {
    db.exec(`CREATE TABLE IF NOT EXISTS negawatt_schema (
      version INTEGER PRIMARY KEY, applied_milliseconds INTEGER NOT NULL) STRICT`);
    const note = db.prepare('INSERT INTO negawatt_schema (version, applied_milliseconds) VALUES (?, ?)');
    for (const [index, sql] of MIGRATIONS.entries()) {
      if (index < from) continue;
      db.exec(sql);
      note.run(index + 1, wall);
    }
  });
};
