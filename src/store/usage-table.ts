import {
  HOUR,
  MINUTE,
  type Period,
  QUALITIES,
  type Usage,
  type UsageScope,
  wrongInUsage,
} from '../model/usage.ts';
import { grams, joules, type Seconds, seconds } from '../units.ts';
import type { Connection } from './database.ts';
import { DamagedRow } from './errors.ts';
import { query, sameNames } from './query.ts';
import { openRecordTable } from './record-table.ts';
import type { Retention } from './retention.ts';
import { METERS_SINCE, SCHEMA_VERSION } from './schema.ts';
import { qualityIn } from './unlikely.ts';

/** Rows of minutes and hours. Every function throws SQLite's errors, `read` DamagedRow too. */
export interface UsageTable {
  /** Adds to the rows that are there; within the caller's transaction. */
  add(rows: readonly Usage[]): void;
  /** Rows with `from <= start < to`, by start, scope, name and zone. */
  read(period: Period, from: number, to: number): readonly Usage[];
  /** Those of one scope, without work, records and scores. */
  series(period: Period, scope: UsageScope, from: number, to: number): readonly Usage[];
  /** Lets go of what is older than its retention. */
  prune(wall: number, retention: Retention): void;
}

interface Row {
  readonly start: number;
  readonly scope: UsageScope;
  readonly name: string;
  readonly grid_zone: string;
  readonly energy_joules: number;
  readonly location_grams: number | null;
  readonly market_grams: number | null;
  readonly without_location_joules: number;
  readonly without_market_joules: number;
  readonly location_factor: string | null;
  readonly market_factor: string | null;
  readonly covered_seconds: number | null;
  readonly powered_on_seconds: number | null;
  readonly cpu_busy_seconds: number | null;
  readonly cpu_available_seconds: number | null;
  readonly gpu_busy_seconds: number | null;
  readonly gpu_available_seconds: number | null;
  readonly quality: number | null;
  readonly overhead_joules: number | null;
  readonly without_pue_joules: number | null;
  readonly meter: string | null;
}
interface WorkRow {
  readonly start: number;
  readonly scope: UsageScope;
  readonly name: string;
  readonly grid_zone: string;
  readonly unit: string;
  readonly amount: number;
}

const COLUMNS = sameNames([
  ...['start', 'scope', 'name', 'grid_zone', 'energy_joules', 'location_grams', 'market_grams'],
  ...['without_location_joules', 'without_market_joules', 'location_factor', 'market_factor'],
  ...['covered_seconds', 'powered_on_seconds', 'cpu_busy_seconds', 'cpu_available_seconds'],
  ...[
    'gpu_busy_seconds',
    'gpu_available_seconds',
    'quality',
    'overhead_joules',
    'without_pue_joules',
    'meter',
  ],
] as (keyof Row)[]);
const WORK_COLUMNS = sameNames(['start', 'scope', 'name', 'grid_zone', 'unit', 'amount']);

const inOrder = (table: string): string =>
  `WHERE ${table}.period = ? AND ${table}.start >= ? AND ${table}.start < ?
   ORDER BY ${['start', 'scope', 'name', 'grid_zone'].map((name) => `${table}.${name}`).join(', ')}`;

const OF_SCOPE = `WHERE usage.period = ? AND usage.start >= ? AND usage.start < ? AND usage.scope = ?
  ORDER BY usage.start, usage.name, usage.grid_zone`;

/** A clock that is wrong for a while must not empty the history: of hours, two days go at a time, once an hour. */
const MOST_HOURS_AT_ONCE = 48 * HOUR;

const KNOWN_SUMS = [
  ...['location_grams', 'market_grams', 'covered_seconds', 'powered_on_seconds'],
  ...['cpu_busy_seconds', 'cpu_available_seconds', 'gpu_busy_seconds', 'gpu_available_seconds'],
];
/** What a part of an hour does not know is not known of the hour: NULL + x is NULL. */
const WHOLE_SUMS = ['overhead_joules', 'without_pue_joules'];

/** Sums add up, what is not known on one side is that of the other; of factors and qualities see model/usage.ts. */
const ADD = `INSERT INTO usage (period, start, scope, name, grid_zone, energy_joules, without_location_joules,
    without_market_joules, location_factor, market_factor, quality, meter, ${[...KNOWN_SUMS, ...WHOLE_SUMS].join(', ')})
  VALUES (${Array.from({ length: 12 + KNOWN_SUMS.length + WHOLE_SUMS.length }, () => '?').join(', ')})
  ON CONFLICT DO UPDATE SET
    energy_joules = energy_joules + excluded.energy_joules,
    without_location_joules = without_location_joules + excluded.without_location_joules,
    without_market_joules = without_market_joules + excluded.without_market_joules,
    ${KNOWN_SUMS.map((name) => `${name} = coalesce(${name} + excluded.${name}, ${name}, excluded.${name})`).join(',\n')},
    ${WHOLE_SUMS.map((name) => `${name} = ${name} + excluded.${name}`).join(',\n')},
    ${['location_factor', 'market_factor']
      .map(
        (name) =>
          `${name} = CASE WHEN ${name} <> excluded.${name} THEN '*' ELSE coalesce(${name}, excluded.${name}) END`,
      )
      .join(',\n')},
    quality = max(coalesce(quality, excluded.quality), coalesce(excluded.quality, quality)),
    meter = CASE WHEN instr('+' || meter || '+', '+' || excluded.meter || '+') > 0 THEN meter
      ELSE coalesce(meter || '+' || excluded.meter, meter, excluded.meter) END`;

const ADD_WORK = `INSERT INTO usage_work VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET amount = amount + excluded.amount`;

export const openUsageTable = (db: Connection): UsageTable => {
  const add = db.prepare(ADD);
  const addWork = db.prepare(ADD_WORK);
  const records = openRecordTable(db);
  return {
    add: (rows) => {
      for (const row of rows) {
        const key = [row.period, row.start, row.scope, row.name, row.gridZone];
        add.run(
          ...key,
          row.energy,
          row.withoutLocation,
          row.withoutMarket,
          row.locationFactor ?? null,
          row.marketFactor ?? null,
          row.quality === undefined ? null : QUALITIES.indexOf(row.quality),
          row.meter ?? null,
          row.location ?? null,
          row.market ?? null,
          row.covered ?? null,
          row.poweredOn ?? null,
          row.cpuBusy ?? null,
          row.cpuAvailable ?? null,
          row.gpuBusy ?? null,
          row.gpuAvailable ?? null,
          row.record?.overhead ?? unbooked(row),
          row.record?.withoutPue ?? unbooked(row),
        );
        records.add(row);
        for (const [unit, amount] of row.work ?? []) addWork.run(...key, unit, amount);
      }
    },
    read: (period, from, to) => usageRows(db, period, from, to),
    series: (period, scope, from, to) =>
      query<Row>(db, COLUMNS, 'usage', OF_SCOPE, period, from, to, scope).map((row) =>
        sound(usageOf(period, row, undefined)),
      ),
    prune: (wall, { minutes, hours }) => {
      const now = Math.floor(wall / 1000);
      const oldest = db
        .prepare('SELECT CAST(min(start) AS INTEGER) FROM usage WHERE period = ?')
        .pluck()
        .all(HOUR)[0];
      const limits: readonly (readonly [Period, number])[] = [
        [MINUTE, now - minutes],
        [HOUR, Math.min(now - hours, Number(oldest ?? 0) + MOST_HOURS_AT_ONCE)],
      ];
      for (const [period, before] of limits)
        for (const table of ['usage', 'usage_work'])
          db.prepare(`DELETE FROM ${table} WHERE period = ? AND start < ?`).run(period, before);
      records.prune(limits[1]?.[1] ?? 0);
    },
  };
};

/** Rows of a file of a version from 3 on, `from <= start < to`, by start, scope, name and zone. */
export const usageRows = (
  db: Connection,
  period: Period,
  from: number,
  to: number,
  version = SCHEMA_VERSION,
): readonly Usage[] => {
  const work = new Map<string, Map<string, number>>();
  for (const row of query<WorkRow>(db, WORK_COLUMNS, 'usage_work', inOrder('usage_work'), period, from, to)) {
    const key = keyOf(row);
    const held = work.get(key) ?? new Map<string, number>();
    work.set(key, held.set(row.unit, row.amount));
  }
  const rows = query<Row>(
    db,
    version < METERS_SINCE ? { ...COLUMNS, meter: 'NULL' } : COLUMNS,
    'usage',
    inOrder('usage'),
    period,
    from,
    to,
  );
  const details = period === HOUR ? openRecordTable(db, version).read(from, to) : undefined;
  return rows.map((row) => {
    const usage: Usage = {
      ...usageOf(period, row, work.get(keyOf(row))),
      ...(details === undefined ? {} : details.of(row)),
    };
    return sound(usage);
  });
};

/** Throws DamagedRow for what no agent writes. */
const sound = (row: Usage): Usage => {
  const wrong = wrongInUsage(row);
  if (wrong !== undefined) throw new DamagedRow(wrong);
  return row;
};

/** A row of the host's time alone has no energy that a PUE could be missing for. */
const unbooked = ({ scope, energy }: Usage): 0 | null => (scope === 'host' && energy === 0 ? 0 : null);

const keyOf = ({ start, scope, name, grid_zone }: WorkRow | Row): string =>
  `${start} ${scope} ${grid_zone}\n${name}`;

const inOrderOnce = (meters: string): string => [...new Set(meters.split('+'))].toSorted().join('+');

const timeOf = (value: number | null): Seconds | undefined => (value === null ? undefined : seconds(value));

const usageOf = (period: Period, row: Row, work: ReadonlyMap<string, number> | undefined): Usage => ({
  period,
  start: row.start,
  scope: row.scope,
  name: row.name,
  gridZone: row.grid_zone,
  energy: joules(row.energy_joules),
  location: row.location_grams === null ? undefined : grams(row.location_grams),
  market: row.market_grams === null ? undefined : grams(row.market_grams),
  withoutLocation: joules(row.without_location_joules),
  withoutMarket: joules(row.without_market_joules),
  locationFactor: row.location_factor ?? undefined,
  marketFactor: row.market_factor ?? undefined,
  covered: timeOf(row.covered_seconds),
  poweredOn: timeOf(row.powered_on_seconds),
  cpuBusy: timeOf(row.cpu_busy_seconds),
  cpuAvailable: timeOf(row.cpu_available_seconds),
  gpuBusy: timeOf(row.gpu_busy_seconds),
  gpuAvailable: timeOf(row.gpu_available_seconds),
  quality: qualityIn(row.quality),
  // A save adds its meters behind those that are there.
  ...(row.meter === null ? {} : { meter: inOrderOnce(row.meter) }),
  work,
});
