import { type Joules, type Seconds, scale } from '../units.ts';

/** Energy of one meter between two instants of monotonic time. */
export interface MeterSpan {
  readonly from: Seconds;
  readonly to: Seconds;
  readonly energy: Joules;
}

/**
 * What happened to a meter beside an ordinary reading.
 *
 * - `wrap`: the counter passed its range, energy complete. - `reset`: it began anew, one interval lost.
 * - `gap`: too long since the last reading to trust a difference. - `sentinel`: the device said "no reading".
 * - `implausible`: above the ceiling or not explained by any load; dropped. - `frozen`: it stands still under load.
 */
export type MeterEvent = 'wrap' | 'reset' | 'gap' | 'sentinel' | 'implausible' | 'frozen';

export const METER_EVENTS: readonly MeterEvent[] = [
  'wrap',
  'reset',
  'gap',
  'sentinel',
  'implausible',
  'frozen',
];

/** The part of a span after an instant, with its energy pro rata; undefined where nothing is left. */
export const after = (span: MeterSpan, instant: Seconds): MeterSpan | undefined => {
  if (span.to <= instant) return undefined;
  if (span.from >= instant) return span;
  const left = (span.to - instant) / (span.to - span.from);
  return { from: instant, to: span.to, energy: scale(span.energy, left) };
};
