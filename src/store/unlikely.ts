import type { Quality } from '../model/meter.ts';
import { TENANCIES, type Tenancy } from '../model/tenancy.ts';
import { QUALITIES } from '../model/usage.ts';
import type { Connection } from './database.ts';
import { DamagedRow } from './errors.ts';
import { query, sameNames } from './query.ts';
import { TENANCY_SINCE } from './schema.ts';

/** Amounts of a table that may be unknown, and those that are always there; all are finite and from 0. */
const TABLES = {
  usage: {
    since: 2,
    always: ['energy_joules', 'without_location_joules', 'without_market_joules'],
    known: [
      ...['location_grams', 'market_grams', 'covered_seconds', 'powered_on_seconds'],
      ...['cpu_busy_seconds', 'cpu_available_seconds', 'gpu_busy_seconds', 'gpu_available_seconds'],
    ],
    others: [
      'start % period = 0',
      "scope IN ('host', 'domain', 'class')",
      `(quality IS NULL OR quality BETWEEN 0 AND ${QUALITIES.length - 1})`,
    ],
  },
  usage_work: { since: 2, always: ['amount'], known: [], others: ['start % period = 0'] },
  ended_workload: {
    since: 2,
    always: [
      ...[
        'start_milliseconds',
        'end_milliseconds',
        'cpu_joules',
        'memory_joules',
        'gpu_joules',
        'other_joules',
      ],
      ...['static_share_joules', 'cpu_seconds', 'gpu_seconds'],
    ],
    known: ['location_grams', 'market_grams'],
    others: [
      'json_valid(labels)',
      'json_valid(work)',
      `(quality IS NULL OR quality BETWEEN 0 AND ${QUALITIES.length - 1})`,
    ],
  },
  factor: { since: 3, always: [], known: [], others: ['json_valid(about)'] },
  hour_emissions: {
    since: 3,
    always: ['energy_joules', 'grams'],
    known: ['overhead_joules', 'overhead_grams'],
    others: ["method IN ('location', 'market')", 'start % 3600 = 0'],
  },
  hour_held: {
    since: 6,
    always: ['energy_joules', 'overhead_joules', 'without_pue_joules'],
    known: [],
    others: ['start % 3600 = 0'],
  },
  hour_upstream: {
    since: 6,
    always: ['energy_joules', 'overhead_joules', 'grams'],
    known: [],
    others: ["part IN ('transmission', 'upstream')", 'start % 3600 = 0'],
  },
  hour_cost: {
    since: 3,
    always: ['energy_joules'],
    known: [],
    others: ['start % 3600 = 0', 'abs(amount) < 9e999'],
  },
  hour_score: {
    since: 3,
    always: ['energy_joules', 'operational_grams', 'embodied_grams', 'amount'],
    known: [],
    others: ['start % 3600 = 0'],
  },
} as const;

/** 9e999 is SQL's way to write infinity. */
const isAmount = (name: string): string => `${name} >= 0 AND ${name} < 9e999`;

/** A statement for each table of a version that finds a row which no agent writes: see `checkStorable`. */
const statements = (version: number): readonly string[] =>
  Object.entries(TABLES).flatMap(([table, { since, always, known, others }]) => {
    if (version < since) return [];
    const conditions = [
      ...always.map(isAmount),
      ...known.map((name) => `(${name} IS NULL OR (${isAmount(name)}))`),
      ...others,
    ];
    return [`SELECT 1 FROM ${table} WHERE NOT (${conditions.join(' AND ')}) LIMIT 1`];
  });

/** Whether the history holds a row that no agent writes. Throws SQLite's errors. */
export const hasUnlikelyRows = (db: Connection, version: number): boolean =>
  statements(version).some((statement) => db.prepare(statement).all().length > 0);

/** Texts that few rows have, but for ended workloads, of which there are some thousand. */
const TEXTS = {
  usage: ['name', 'grid_zone', 'location_factor', 'market_factor'],
  usage_work: ['name', 'grid_zone', 'unit'],
  ended_workload: ['workload', 'kind', 'class', 'name', 'labels', 'work', 'source', 'partial'],
  factor: ['about'],
  hour_emissions: ['grid_zone', 'method'],
  hour_held: ['grid_zone', 'tenancy'],
  hour_upstream: ['grid_zone', 'part'],
  hour_cost: ['grid_zone', 'currency'],
  hour_score: ['scope', 'name', 'grid_zone', 'unit'],
} as const;

/** Reads every text of the history. Throws DamagedRow where one is none, and SQLite's errors. */
export const readTexts = (db: Connection, version: number): void => {
  const read = (table: string, names: readonly string[]): unknown =>
    query(db, sameNames<string>(names), `(SELECT DISTINCT ${names.join(', ')} FROM ${table})`);
  for (const [table, names] of Object.entries(TEXTS))
    if (version >= TABLES[table as keyof typeof TEXTS].since) read(table, names);
  if (version >= TENANCY_SINCE) read('hour_emissions', ['tenancy']);
};

/** Throws SQLite's error where a table of the history has lost its name or one of its columns. */
export const probeColumns = (db: Connection, version: number): void => {
  for (const statement of statements(version)) db.prepare(statement);
};

/** A row's quality as it stands in a file. Throws DamagedRow. */
export const qualityIn = (place: number | null): Quality | undefined => {
  if (place === null) return undefined;
  const quality = QUALITIES[place];
  if (quality === undefined) throw new DamagedRow(`a row has the quality ${place}`);
  return quality;
};

/** A tenancy as it stands in a file; '' and NULL: not kept. Throws DamagedRow. */
export const tenancyIn = (text: string | null): Tenancy | undefined => {
  if (text === null || text === '') return undefined;
  const tenancy = TENANCIES.find((known) => known === text);
  if (tenancy === undefined) throw new DamagedRow('a row has a tenancy that is none');
  return tenancy;
};

/** A column of JSON. Throws DamagedRow. */
export const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DamagedRow('a column of JSON holds none', { cause });
  }
};
