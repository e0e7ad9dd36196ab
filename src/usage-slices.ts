import type { Piece } from './carbon/course.ts';
import type { CarbonInForce } from './carbon/in-force.ts';
import { HOUR, MINUTE, type Period } from './model/usage.ts';

/** A span that is longer is not known by the minute: its energy is in the rows of hours alone. */
const LONGEST_BY_MINUTE_MS = 3_600_000;

/** No meter is silent for so long: a longer span comes from a saved state that is damaged, and would fill the memory. */
const LONGEST_MS = 10 * 366 * 24 * 3_600_000;

/** A part of a span that lies in one row and was drawn under one set of factors. */
export interface Slice {
  readonly period: Period;
  readonly start: number;
  readonly share: number;
  readonly carbon: CarbonInForce;
}

/** Parts of a span by row and factors, in proportion to time. The shares sum to 1. Throws RangeError above ten years. */
export const slicesOf = (from: number, to: number, course: readonly Piece[]): readonly Slice[] => {
  if (to - from > LONGEST_MS) throw new RangeError(`energy of ${to - from} ms, from ${from}`);
  const period = to - from > LONGEST_BY_MINUTE_MS ? HOUR : MINUTE;
  const step = period * 1000;
  const startAt = (wall: number): number => Math.floor(wall / step) * period;
  const last = course.at(-1);
  if (last === undefined) return [];
  if (!(to > from)) return [{ period, start: startAt(to), share: 1, carbon: last.carbon }];
  const slices: Slice[] = [];
  let at = from;
  for (const piece of course) {
    const end = piece === last ? to : whole(at + piece.share * (to - from));
    while (at < end) {
      const next = Math.min(end, (Math.floor(at / step) + 1) * step);
      slices.push({ period, start: startAt(at), share: (next - at) / (to - from), carbon: piece.carbon });
      at = next;
    }
  }
  return slices;
};

/** Factors change at whole milliseconds: what the way over shares lost by rounding would open a row of nothing. */
const whole = (wall: number): number => {
  const near = Math.round(wall);
  return Math.abs(near - wall) < 0.01 ? near : wall;
};
