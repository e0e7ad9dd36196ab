import type { Found } from '../model/found.ts';
import type { HourOfRecord, WorkOfRecord } from '../model/hour-of-record.ts';
import { joules } from '../units.ts';
import type { Connection } from './database.ts';
import { query, sameNames } from './query.ts';
import { readBeside } from './read-beside.ts';
import {
  bookedByHour,
  heldByHour,
  hourKey,
  paidByHour,
  scoredKey,
  scoresByRow,
  upstreamByHour,
} from './record-rows.ts';
import { hourlyEnergy } from './tables.ts';

/**
 * Hours of the host with how they were booked, `fromHour <= hour < toHour` in seconds since 1970 UTC, beside an agent that
 * may be writing there. Absent where there is no state. Never throws.
 */
export const readHours = (
  dir: string,
  fromHour: number,
  toHour: number,
): Promise<Found<readonly HourOfRecord[]>> =>
  readBeside(dir, (db, version) => {
    if (version === 0) return [];
    const hours = hourlyEnergy(db, fromHour, toHour, version);
    return version === 1 ? hours : withRecords(db, hours, version, fromHour, toHour);
  });

interface PueRow {
  readonly start: number;
  readonly grid_zone: string;
  readonly overhead_joules: number;
  readonly without_pue_joules: number;
}
const PUE = `WHERE usage.period = 3600 AND usage.start >= ? AND usage.start < ? AND usage.scope = 'host'
  AND usage.overhead_joules IS NOT NULL AND usage.without_pue_joules IS NOT NULL`;
const PUE_COLUMNS = sameNames(['start', 'grid_zone', 'overhead_joules', 'without_pue_joules']);

const withRecords = (
  db: Connection,
  hours: readonly HourOfRecord[],
  version: number,
  from: number,
  to: number,
): readonly HourOfRecord[] => {
  const isOld = version === 2;
  const booked = bookedByHour(db, from, to, version);
  const helds = heldByHour(db, from, to, version);
  const upstreams = upstreamByHour(db, from, to, version);
  const paid = isOld ? undefined : paidByHour(db, from, to);
  const pues = new Map(
    (isOld ? [] : query<PueRow>(db, PUE_COLUMNS, 'usage', PUE, from, to)).map((row) => [
      hourKey(row),
      { overhead: joules(row.overhead_joules), without: joules(row.without_pue_joules) },
    ]),
  );
  return hours.map((row) => {
    const key = hourKey({ start: row.hour, grid_zone: row.gridZone });
    const [pue, own, costs] = [pues.get(key), booked.get(key), paid?.get(key)];
    const [held, upstream] = [helds.get(key), upstreams.get(key)];
    return {
      ...row,
      ...(pue === undefined ? {} : { pue }),
      ...(own === undefined ? {} : { booked: own }),
      ...(held === undefined ? {} : { held }),
      ...(upstream === undefined ? {} : { upstream }),
      ...(costs === undefined ? {} : { paid: costs }),
    };
  });
};

interface WorkRow {
  readonly start: number;
  readonly scope: 'host' | 'class';
  readonly name: string;
  readonly grid_zone: string;
  readonly unit: string;
  readonly amount: number;
}
const WORK = `WHERE usage_work.period = 3600 AND usage_work.start >= ? AND usage_work.start < ?
  AND usage_work.scope IN ('host', 'class') ORDER BY start, scope, name, grid_zone, unit`;
const WORK_COLUMNS = sameNames(['start', 'scope', 'name', 'grid_zone', 'unit', 'amount']);

/** Work by hour with its scores, as `readHours` reads energy. */
export const readWork = (
  dir: string,
  fromHour: number,
  toHour: number,
): Promise<Found<readonly WorkOfRecord[]>> =>
  readBeside(dir, (db, version) => {
    if (version < 2) return [];
    const scores = version === 2 ? undefined : scoresByRow(db, fromHour, toHour);
    return query<WorkRow>(db, WORK_COLUMNS, 'usage_work', WORK, fromHour, toHour).map((row) => ({
      hour: row.start,
      gridZone: row.grid_zone,
      scope: row.scope,
      name: row.name,
      unit: row.unit,
      amount: row.amount,
      scores: scores?.get(scoredKey(row))?.filter(({ unit }) => unit === row.unit) ?? [],
    }));
  });
