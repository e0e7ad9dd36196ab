import type { Found } from '../model/found.ts';
import type { HourlyEnergy } from '../model/state.ts';
import { readBeside } from './read-beside.ts';
import { hourlyEnergy } from './tables.ts';

/**
 * Energy of the host by hour, `fromHour <= hour < toHour` in seconds since 1970 UTC, beside an agent that may be writing
 * there. Absent where there is no state. Never throws.
 */
export const readHours = (
  dir: string,
  fromHour: number,
  toHour: number,
): Promise<Found<readonly HourlyEnergy[]>> =>
  readBeside(dir, (db, version) => (version === 0 ? [] : hourlyEnergy(db, fromHour, toHour, version)));
