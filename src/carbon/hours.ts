import { type Joules, scale } from '../units.ts';

const HOUR_MS = 3_600_000;
/** No meter is silent for so long: a longer span comes from a saved state that is damaged, and would fill the memory. */
const LONGEST_MS = 10 * 366 * 24 * HOUR_MS;

/** A part of a span that lies in one UTC hour. */
export interface HourShare {
  /** Start of the hour, seconds since 1970 UTC. */
  readonly hour: number;
  readonly energy: Joules;
}

/**
 * Splits the energy of a span over the UTC hours that it touches, in proportion to time. Sums to the energy.
 * Throws RangeError for a span of more than ten years.
 *
 * @param fromWall start, milliseconds since 1970 UTC. @param toWall end, not before the start.
 */
export const splitByHour = (fromWall: number, toWall: number, energy: Joules): readonly HourShare[] => {
  const hourAt = (wall: number): number => Math.floor(wall / HOUR_MS) * 3600;
  const duration = toWall - fromWall;
  if (!(duration > 0)) return [{ hour: hourAt(toWall), energy }];
  if (duration > LONGEST_MS) throw new RangeError(`energy of ${duration} ms, from ${fromWall}`);
  const shares: HourShare[] = [];
  for (let start = fromWall; start < toWall; ) {
    const end = Math.min(toWall, (Math.floor(start / HOUR_MS) + 1) * HOUR_MS);
    shares.push({ hour: hourAt(start), energy: scale(energy, (end - start) / duration) });
    start = end;
  }
  return shares;
};
