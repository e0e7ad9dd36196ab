import {
  type Booked,
  type BookedUpstream,
  bookedKey,
  type HourRecord,
  type Paid,
  scoreKey,
  upstreamKey,
} from '../model/hour-record.ts';
import { HOUR, type Usage } from '../model/usage.ts';
import { joules } from '../units.ts';
import type { Connection } from './database.ts';
import {
  bookedByHour,
  type HeldPart,
  type HourKey,
  heldByHour,
  hourKey,
  paidByHour,
  scoredKey,
  scoresByRow,
  upstreamByHour,
} from './record-rows.ts';
import { SCHEMA_VERSION } from './schema.ts';

/** How hours were booked, and scores of work, beside their rows. Every function throws SQLite's errors. */
export interface RecordTable {
  /** Adds to what is there; rows of minutes have none. Within the caller's transaction. */
  add(row: Usage): void;
  read(from: number, to: number): { of(row: UsageKey): Pick<Usage, 'record' | 'scores'> };
  /** Lets go of what is older; within the caller's transaction. */
  prune(before: number): void;
}

interface UsageKey extends HourKey {
  readonly energy_joules: number;
  readonly overhead_joules: number | null;
  readonly without_pue_joules: number | null;
}

/** A part whose overhead was not kept apart leaves that of the whole unknown: NULL + x is NULL. */
const ADD_EMISSIONS = `INSERT INTO hour_emissions
  VALUES (?, ?, ?, (SELECT number FROM factor WHERE about = ?), ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET ${['energy_joules', 'overhead_joules', 'grams', 'overhead_grams']
    .map((name) => `${name} = ${name} + excluded.${name}`)
    .join(', ')}`;
const ADD_HELD = `INSERT INTO hour_held VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET ${['energy_joules', 'overhead_joules', 'without_pue_joules']
    .map((name) => `${name} = ${name} + excluded.${name}`)
    .join(', ')}`;
const ADD_UPSTREAM = `INSERT INTO hour_upstream
  VALUES (?, ?, ?, (SELECT number FROM factor WHERE about = ?), ?, ?, ?)
  ON CONFLICT DO UPDATE SET ${['energy_joules', 'overhead_joules', 'grams']
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

/** @param version of the file's tables, from 3 on; only this release's is written to. */
export const openRecordTable = (db: Connection, version = SCHEMA_VERSION): RecordTable => ({
  add: ({ period, start, scope, name, gridZone, record, scores }) => {
    if (period !== HOUR) return;
    for (const one of record?.booked.values() ?? []) {
      db.prepare(ADD_FACTOR).run(one.factor);
      db.prepare(ADD_EMISSIONS).run(
        ...[start, gridZone, one.method, one.factor, one.tenancy ?? ''],
        ...[one.energy, one.overhead ?? null],
        ...[one.grams, one.overheadGrams ?? null],
      );
    }
    for (const [tenancy, { energy, overhead, withoutPue }] of record?.held ?? [])
      db.prepare(ADD_HELD).run(start, gridZone, tenancy, energy, overhead, withoutPue);
    for (const one of record?.upstream.values() ?? []) {
      db.prepare(ADD_FACTOR).run(one.factor);
      db.prepare(ADD_UPSTREAM).run(
        ...[start, gridZone, one.part, one.factor, one.energy, one.overhead, one.grams],
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
    const emissions = bookedByHour(db, from, to, version);
    const held = heldByHour(db, from, to, version);
    const upstream = upstreamByHour(db, from, to, version);
    const costs = paidByHour(db, from, to);
    const scores = scoresByRow(db, from, to);
    return {
      of: (row) => {
        const own = scores.get(scoredKey(row)) ?? [];
        const key = hourKey(row);
        return {
          record:
            row.scope === 'host'
              ? recordOf(row, {
                  booked: emissions.get(key) ?? [],
                  held: held.get(key) ?? [],
                  upstream: upstream.get(key) ?? [],
                  paid: costs.get(key) ?? [],
                })
              : undefined,
          scores: own.length === 0 ? undefined : new Map(own.map((one) => [scoreKey(one), one])),
        };
      },
    };
  },
  prune: (before) => {
    for (const table of ['hour_emissions', 'hour_held', 'hour_upstream', 'hour_cost', 'hour_score'])
      db.prepare(`DELETE FROM ${table} WHERE start < ?`).run(before);
  },
});

interface RecordParts {
  readonly booked: readonly Booked[];
  readonly held: readonly HeldPart[];
  readonly upstream: readonly BookedUpstream[];
  readonly paid: readonly (Paid & { readonly currency: string })[];
}

/** Undefined where nothing was booked, or before records were kept. */
const recordOf = (
  { energy_joules: energy, overhead_joules: overhead, without_pue_joules: withoutPue }: UsageKey,
  { booked, held, upstream, paid }: RecordParts,
): HourRecord | undefined =>
  overhead === null || withoutPue === null || energy === 0
    ? undefined
    : {
        overhead: joules(overhead),
        withoutPue: joules(withoutPue),
        booked: new Map(booked.map((one) => [bookedKey(one), one])),
        held: new Map(held.map(({ tenancy, ...one }) => [tenancy, one])),
        upstream: new Map(upstream.map((one) => [upstreamKey(one), one])),
        paid: new Map(paid.map(({ currency, ...one }) => [currency, one])),
      };
