import type { GridError } from '../model/grid.ts';
import { type Seconds, seconds } from '../units.ts';
import { JITTER } from './timetable.ts';

/** First and longest pause after failures in a row (carbon reference, section 7). */
const FIRST = 30;
const LONGEST = 1800;

/**
 * Pause after a failure, or undefined where nothing is asked until the configuration or the key changes.
 *
 * @param failures in a row, this one included. @param share of the spread over hosts, from 0 to 1.
 */
export const pauseAfter = (
  { kind, retryAfter }: Pick<GridError, 'kind' | 'retryAfter'>,
  failures: number,
  share: number,
): Seconds | undefined => {
  if (kind === 'refused') return undefined;
  // A zone that does not exist will not do so in half a minute; a provider that moved may come back.
  const pause = kind === 'unknown' ? LONGEST : Math.min(FIRST * 2 ** Math.min(failures - 1, 10), LONGEST);
  return seconds(Math.max(pause * (1 + JITTER * share), retryAfter ?? 0));
};
