import type { Seconds } from '../units.ts';
import type { Piece } from './course.ts';

/** Factors that rows have series of grams by, each with when it was last in force. */
export type HeldFactors = ReadonlyMap<string, Seconds>;

/**
 * Most factors that a row has series by: the one in force, the table that stands in for a live one, last year's edition,
 * a second provider. A chain that changes more often within the retention ends its oldest series sooner.
 */
const MOST_FACTORS = 4;

/**
 * The factors by which rows have series after a tick. One that is no longer in force is shown on for the retention, so
 * that every scraper reads its last grams, and then its series end: rows times factors would grow for ever. One that
 * comes back later begins anew at 0, as any counter may. Pure.
 */
export const heldFactors = (
  before: HeldFactors,
  course: readonly Piece[],
  at: Seconds,
  retention: Seconds,
): HeldFactors => {
  const next = new Map(before);
  for (const { carbon } of course) {
    if (carbon.location === undefined) continue;
    // The newest last, so that the oldest are those that go.
    next.delete(carbon.location.id);
    next.set(carbon.location.id, at);
  }
  const inForce = new Set(course.map(({ carbon }) => carbon.location?.id));
  for (const [id, last] of next) {
    if (!inForce.has(id) && (at - last > retention || next.size > MOST_FACTORS)) next.delete(id);
  }
  return next;
};
