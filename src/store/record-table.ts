import {
  type Booked,
  bookedKey,
  type HourRecord,
  type Paid,
  type Score,
  scoreKey,
} from '../model/hour-record.ts';
import { HOUR, type Usage, type UsageScope } from '../model/usage.ts';
import { grams, joules } from '../units.ts';
import type { Connection } from './database.ts';
import { query, sameNames } from './query.ts';

/** How hours were booked, and scores of work, beside their rows. Every function throws SQLite's errors. */
export interface RecordTable {
  /** Adds to what is there; rows of minutes have none. Within the caller's transaction. */
  add(row: Usage): void;
  read(from: number, to: number): { of(row: HourKey): Pick<Usage, 'record' | 'scores'> };
  /** Lets go of what is older; within the caller's transaction. */
  prune(before: number): void;
}

interface HourKey {
  readonly start: number;
  readonly scope: UsageScope;
  readonly name: string;
  readonly grid_zone: string;
  readonly energy_joules: number;
  readonly overhead_joules: number | null;
  readonly without_pue_joules: number | null;
}
interface EmissionsRow {
  readonly start: number;
  readonly grid_zone: string;
  readonly method: Booked['method'];
  readonly about: string;
  readonly energy_joules: number;
  readonly overhead_joules: number | null;
  readonly grams: number;
  readonly overhead_grams: number | null;
}
interface CostRow {
  readonly start: number;
  readonly grid_zone: string;
  readonly currency: string;
  readonly amount: number;
  readonly energy_joules: number;
}
interface ScoreRow {
  readonly start: number;
  readonly scope: UsageScope;
  readonly name: string;
  readonly grid_zone: string;
  readonly unit: string;
  readonly about: string;
  readonly energy_joules: number;
  readonly operational_grams: number;
  readonly embodied_grams: number;
  readonly amount: number;
}

/** A part whose overhead was not kept apart leaves that of the whole unknown: NULL + x is NULL. */
const ADD_EMISSIONS = `INSERT INTO hour_emissions
  VALUES (?, ?, ?, (SELECT number FROM factor WHERE about = ?), ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET ${['energy_joules', 'overhead_joules', 'grams', 'overhead_grams']
    .map((name) => `${name} = ${name} + excluded.${name}`)
    .join(', ')}`;
const ADD_COST = `INSERT INTO hour_cost VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET amount = amount + excluded.amount, energy_joules = energy_joules + excluded.energy_joules`;
const ADD_SCORE = `INSERT INTO hour_score
  VALUES (?, ?, ?, ?, ?, (SELECT number FROM factor WHERE about = ?), ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET ${['energy_joules', 'operational_grams', 'embodied_grams', 'amount']
    .map((name) => `${name} = ${name} + excluded.${name}`)
    .join(', ')}`;
const ADD_FACTOR = 'INSERT OR IGNORE INTO factor (about) VALUES (?)';

const inHours = (table: string, order: readonly string[]): string =>
  `WHERE ${table}.start >= ? AND ${table}.start < ? ORDER BY ${order.join(', ')}`;
const EMISSIONS = {
  start: 'hour_emissions.start',
  ...sameNames([
    'grid_zone',
    'method',
    'about',
    'energy_joules',
    'overhead_joules',
    'grams',
    'overhead_grams',
  ]),
};
const COSTS = {
  start: 'hour_cost.start',
  ...sameNames(['grid_zone', 'currency', 'amount', 'energy_joules']),
};
const SCORES = {
  start: 'hour_score.start',
  ...sameNames(['scope', 'name', 'grid_zone', 'unit', 'about', 'energy_joules']),
  ...sameNames(['operational_grams', 'embodied_grams', 'amount']),
};

const bookedOf = (row: EmissionsRow): Booked => ({
  method: row.method,
  factor: row.about,
  energy: joules(row.energy_joules),
  overhead: row.overhead_joules === null ? undefined : joules(row.overhead_joules),
  grams: grams(row.grams),
  overheadGrams: row.overhead_grams === null ? undefined : grams(row.overhead_grams),
});

const scoreOf = (row: ScoreRow): Score => ({
  unit: row.unit,
  factor: row.about,
  energy: joules(row.energy_joules),
  operational: grams(row.operational_grams),
  embodied: grams(row.embodied_grams),
  done: row.amount,
});

export const openRecordTable = (db: Connection): RecordTable => ({
  add: ({ period, start, scope, name, gridZone, record, scores }) => {
    if (period !== HOUR) return;
    for (const one of record?.booked.values() ?? []) {
      db.prepare(ADD_FACTOR).run(one.factor);
      db.prepare(ADD_EMISSIONS).run(
        ...[start, gridZone, one.method, one.factor, one.energy, one.overhead ?? null],
        ...[one.grams, one.overheadGrams ?? null],
      );
    }
    for (const [currency, { amount, energy }] of record?.paid ?? [])
      db.prepare(ADD_COST).run(start, gridZone, currency, amount, energy);
    for (const one of scores?.values() ?? []) {
      db.prepare(ADD_FACTOR).run(one.factor);
      db.prepare(ADD_SCORE).run(
        ...[start, scope, name, gridZone, one.unit, one.factor, one.energy, one.operational],
        ...[one.embodied, one.done],
      );
    }
  },
  read: (from, to) => {
    const emissions = bookedByHour(db, from, to);
    const costs = paidByHour(db, from, to);
    const scores = scoresByRow(db, from, to);
    return {
      of: (row) => {
        const own = scores.get(scoredKey(row)) ?? [];
        const key = hourKey(row);
        return {
          record:
            row.scope === 'host' ? recordOf(row, emissions.get(key) ?? [], costs.get(key) ?? []) : undefined,
          scores: own.length === 0 ? undefined : new Map(own.map((one) => [scoreKey(one), one])),
        };
      },
    };
  },
  prune: (before) => {
    for (const table of ['hour_emissions', 'hour_cost', 'hour_score'])
      db.prepare(`DELETE FROM ${table} WHERE start < ?`).run(before);
  },
});

export const hourKey = ({ start, grid_zone }: Pick<HourKey, 'start' | 'grid_zone'>): string =>
  `${start} ${grid_zone}`;

/** Grams by method and factor, by `hourKey`. @param table others of the same columns, such as of an older file. */
export const bookedByHour = (
  db: Connection,
  from: number,
  to: number,
  table = 'hour_emissions JOIN factor ON factor.number = hour_emissions.factor',
): ReadonlyMap<string, readonly Booked[]> =>
  grouped(
    query<EmissionsRow>(
      db,
      EMISSIONS,
      table,
      inHours('hour_emissions', ['start', 'grid_zone', 'method', 'about']),
      from,
      to,
    ),
    hourKey,
    bookedOf,
  );

/** What hours cost, by `hourKey`. */
export const paidByHour = (
  db: Connection,
  from: number,
  to: number,
): ReadonlyMap<string, readonly (Paid & { readonly currency: string })[]> =>
  grouped(
    query<CostRow>(
      db,
      COSTS,
      'hour_cost',
      inHours('hour_cost', ['start', 'grid_zone', 'currency']),
      from,
      to,
    ),
    hourKey,
    ({ currency, amount, energy_joules }) => ({ currency, amount, energy: joules(energy_joules) }),
  );

/** Scores by `scoredKey`. */
export const scoresByRow = (
  db: Connection,
  from: number,
  to: number,
): ReadonlyMap<string, readonly Score[]> =>
  grouped(
    query<ScoreRow>(
      db,
      SCORES,
      'hour_score JOIN factor ON factor.number = hour_score.factor',
      inHours('hour_score', ['start', 'scope', 'name', 'grid_zone', 'unit', 'about']),
      from,
      to,
    ),
    scoredKey,
    scoreOf,
  );

export const scoredKey = ({
  start,
  scope,
  name,
  grid_zone,
}: Pick<HourKey, 'start' | 'scope' | 'name' | 'grid_zone'>) => `${start} ${scope} ${grid_zone}\n${name}`;

const grouped = <R, T>(
  rows: readonly R[],
  keyOf: (row: R) => string,
  of: (row: R) => T,
): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [of(row)]);
    else group.push(of(row));
  }
  return groups;
};

/** Undefined where nothing was booked, or before records were kept. */
const recordOf = (
  { energy_joules: energy, overhead_joules: overhead, without_pue_joules: withoutPue }: HourKey,
  booked: readonly Booked[],
  paid: readonly (Paid & { readonly currency: string })[],
): HourRecord | undefined =>
  overhead === null || withoutPue === null || energy === 0
    ? undefined
    : {
        overhead: joules(overhead),
        withoutPue: joules(withoutPue),
        booked: new Map(booked.map((one) => [bookedKey(one), one])),
        paid: new Map(paid.map(({ currency, ...one }) => [currency, one])),
      };
