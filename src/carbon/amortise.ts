import { type GramsCO2e, grams, type Seconds, seconds } from '../units.ts';

/** Part of a life-time total that falls on a stretch of it: the same for every second of the life. */
export const amortised = (total: GramsCO2e, lifetime: Seconds, duration: Seconds): GramsCO2e =>
  grams((total * duration) / lifetime);

/**
 * How much of a stretch of time lies in the life of the hardware. Pure.
 *
 * @param duration that ends at `wall`. @param wall milliseconds since 1970 UTC. @param purchased start of the life on
 *   that clock; undefined: not told, then all of it counts and nothing ends.
 */
export const inService = (
  duration: Seconds,
  wall: number,
  purchased: number | undefined,
  lifetime: Seconds,
): Seconds => {
  if (purchased === undefined) return duration;
  const from = Math.max(wall - duration * 1000, purchased);
  const to = Math.min(wall, purchased + lifetime * 1000);
  return seconds(Math.max(0, to - from) / 1000);
};
