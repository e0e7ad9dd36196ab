import { type Ratio, ratio } from '../units.ts';
import type { CarbonAt, CarbonInForce } from './in-force.ts';

/** A stretch of a span in which the same factors held. */
export interface Piece {
  readonly carbon: CarbonInForce;
  /** Of the span's time; the shares of all pieces sum to 1. */
  readonly share: Ratio;
}

/**
 * The factors of a span, piece by piece: energy that was drawn while a factor changed is split at the change, in
 * proportion to time, as power is taken to be even over a span.
 *
 * @param from start, milliseconds since 1970 UTC. @param to end; not after `from` (a clock that was set back): one piece.
 */
export const courseOf = (carbonAt: CarbonAt, from: number, to: number): readonly Piece[] => {
  if (!(to > from)) return [{ carbon: carbonAt(to), share: ratio(1) }];
  const pieces: Piece[] = [];
  for (let start = from; start < to; ) {
    const carbon = carbonAt(start);
    const { until = to } = carbon;
    const end = until > start ? Math.min(to, until) : to;
    pieces.push({ carbon, share: ratio((end - start) / (to - from)) });
    start = end;
  }
  return pieces;
};
