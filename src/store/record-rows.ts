import type { Booked, BookedUpstream, Held, Paid, Score } from '../model/hour-record.ts';
import type { Tenancy } from '../model/tenancy.ts';
import type { UsageScope } from '../model/usage.ts';
import { grams, joules } from '../units.ts';
import type { Connection } from './database.ts';
import { DamagedRow } from './errors.ts';
import { query, sameNames } from './query.ts';
import { ABOUT_OF_VERSION_2, BOOKED_OF_VERSION_2, TENANCY_SINCE } from './schema.ts';
import { tenancyIn } from './unlikely.ts';

/** What rows of an hour are told apart by. */
export interface HourKey {
  readonly start: number;
  readonly scope: UsageScope;
  readonly name: string;
  readonly grid_zone: string;
}
interface EmissionsRow {
  readonly start: number;
  readonly grid_zone: string;
  readonly method: Booked['method'];
  readonly about: string;
  readonly tenancy: string | null;
  readonly energy_joules: number;
  readonly overhead_joules: number | null;
  readonly grams: number;
  readonly overhead_grams: number | null;
}
interface HeldRow {
  readonly start: number;
  readonly grid_zone: string;
  readonly tenancy: string;
  readonly energy_joules: number;
  readonly overhead_joules: number;
  readonly without_pue_joules: number;
}
interface UpstreamUseRow {
  readonly start: number;
  readonly grid_zone: string;
  readonly part: BookedUpstream['part'];
  readonly about: string;
  readonly energy_joules: number;
  readonly overhead_joules: number;
  readonly grams: number;
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

/** A file of the second version that no newer agent opened yet: how it kept what its hours were booked with. */
const EMISSIONS_OF_VERSION_2 = (['location', 'market'] as const)
  .map(
    (
      method,
    ) => `SELECT usage.start AS start, grid_zone, '${method}' AS method, ${ABOUT_OF_VERSION_2(method)} AS about,
      energy_joules - without_${method}_joules AS energy_joules, NULL AS overhead_joules, ${method}_grams AS grams,
      NULL AS overhead_grams
    FROM ${BOOKED_OF_VERSION_2(method)}`,
  )
  .join(' UNION ALL ');

const inHours = (table: string, order: readonly string[]): string =>
  `WHERE ${table}.start >= ? AND ${table}.start < ? ORDER BY ${order.join(', ')}`;
const EMISSIONS = {
  start: 'hour_emissions.start',
  ...sameNames([
    'grid_zone',
    'method',
    'about',
    'tenancy',
    'energy_joules',
    'overhead_joules',
    'grams',
    'overhead_grams',
  ]),
};
const HELD = {
  start: 'hour_held.start',
  ...sameNames(['grid_zone', 'tenancy', 'energy_joules', 'overhead_joules', 'without_pue_joules']),
};
const UPSTREAM = {
  start: 'hour_upstream.start',
  ...sameNames(['grid_zone', 'part', 'about', 'energy_joules', 'overhead_joules', 'grams']),
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
  ...tenancyOf(row.tenancy),
  energy: joules(row.energy_joules),
  overhead: row.overhead_joules === null ? undefined : joules(row.overhead_joules),
  grams: grams(row.grams),
  overheadGrams: row.overhead_grams === null ? undefined : grams(row.overhead_grams),
});

const tenancyOf = (text: string | null): Pick<Booked, 'tenancy'> => {
  const tenancy = tenancyIn(text);
  return tenancy === undefined ? {} : { tenancy };
};

const scoreOf = (row: ScoreRow): Score => ({
  unit: row.unit,
  factor: row.about,
  energy: joules(row.energy_joules),
  operational: grams(row.operational_grams),
  embodied: grams(row.embodied_grams),
  done: row.amount,
});

export const hourKey = ({ start, grid_zone }: Pick<HourKey, 'start' | 'grid_zone'>): string =>
  `${start} ${grid_zone}`;

/** Grams by method, factor and tenancy, by `hourKey`. @param version of the file's tables, from 2 on. */
export const bookedByHour = (
  db: Connection,
  from: number,
  to: number,
  version: number,
): ReadonlyMap<string, readonly Booked[]> =>
  grouped(
    query<EmissionsRow>(
      db,
      version < TENANCY_SINCE ? { ...EMISSIONS, tenancy: 'NULL' } : EMISSIONS,
      version === 2
        ? `(${EMISSIONS_OF_VERSION_2}) AS hour_emissions`
        : 'hour_emissions JOIN factor ON factor.number = hour_emissions.factor',
      inHours('hour_emissions', ['start', 'grid_zone', 'method', 'about', 'tenancy']),
      from,
      to,
    ),
    hourKey,
    bookedOf,
  );

export type HeldPart = Held & { readonly tenancy: Tenancy };

/** Energy by tenancy, by `hourKey`; none of versions that did not keep it. */
export const heldByHour = (
  db: Connection,
  from: number,
  to: number,
  version: number,
): ReadonlyMap<string, readonly HeldPart[]> =>
  version < TENANCY_SINCE
    ? new Map()
    : grouped(
        query<HeldRow>(
          db,
          HELD,
          'hour_held',
          inHours('hour_held', ['start', 'grid_zone', 'tenancy']),
          from,
          to,
        ),
        hourKey,
        ({ tenancy, energy_joules, overhead_joules, without_pue_joules }) => ({
          tenancy: tenancyIn(tenancy) ?? notKept(),
          energy: joules(energy_joules),
          overhead: joules(overhead_joules),
          withoutPue: joules(without_pue_joules),
        }),
      );

const notKept = (): never => {
  throw new DamagedRow('a row of energy by tenancy has none');
};

/** Grams of Scope 3.3 by part and figure, by `hourKey`; none of versions that did not keep them. */
export const upstreamByHour = (
  db: Connection,
  from: number,
  to: number,
  version: number,
): ReadonlyMap<string, readonly BookedUpstream[]> =>
  version < TENANCY_SINCE
    ? new Map()
    : grouped(
        query<UpstreamUseRow>(
          db,
          UPSTREAM,
          'hour_upstream JOIN factor ON factor.number = hour_upstream.factor',
          inHours('hour_upstream', ['start', 'grid_zone', 'part', 'about']),
          from,
          to,
        ),
        hourKey,
        ({ part, about, energy_joules, overhead_joules, grams: booked }) => ({
          ...{ part, factor: about, energy: joules(energy_joules) },
          ...{ overhead: joules(overhead_joules), grams: grams(booked) },
        }),
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
