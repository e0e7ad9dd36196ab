import { type Seconds, seconds } from '../units.ts';
import type { GridErrorKind, GridForecast, GridReading, GridSeries } from './grid.ts';

/**
 * How far the newest reading can be trusted (carbon reference, section 7). `fresh`: its end is at most one interval ago.
 * `stale`: at most two. `degraded`: at most 24 hours. `gone`: older, or there was never one; the table of the year stands
 * in. All but `gone` are used, and all but `fresh` are marked.
 */
export type GridStanding = 'fresh' | 'stale' | 'degraded' | 'gone';

export const GRID_STANDINGS: readonly GridStanding[] = ['fresh', 'stale', 'degraded', 'gone'];

/** Longest that a last good value stands in (carbon reference, section 7). */
const LONGEST: Seconds = seconds(86_400);

/** @param age of the end of the newest reading; undefined where there is none. */
export const standingOf = (age: Seconds | undefined, interval: Seconds): GridStanding => {
  if (age === undefined) return 'gone';
  if (age <= interval) return 'fresh';
  if (age <= 2 * interval) return 'stale';
  return age <= LONGEST ? 'degraded' : 'gone';
};

/** Rows of answers that were not taken, by why. */
export type GridDrop = 'future' | 'missing' | 'absurd' | 'overlap';

/** Counts since the agent started. */
export interface GridCounts {
  /** Questions, answered or not. */
  readonly asked: number;
  readonly answered: number;
  readonly failed: number;
  /** Readings of the series as it is now that the provider told anew with another value. */
  readonly restated: number;
  readonly dropped: Readonly<Record<GridDrop, number>>;
  /** How often each standing was entered. */
  readonly entered: Readonly<Record<GridStanding, number>>;
  /** How often the answer was another series than before; the readings of the old one are then forgotten. */
  readonly seriesChanges: number;
}

/** What is known of one provider at one time. */
export interface GridState {
  /** Stable over restarts while its options stay the same. */
  readonly id: string;
  /** Name of the provider in the configuration; `series.provider` differs where another agent passes it on. */
  readonly provider: string;
  readonly label: string;
  /** Absent until there was an answer, cached ones included. */
  readonly series?: GridSeries;
  /** Of the last 48 hours, in order of time, without overlap; the newest one stays whatever its age. */
  readonly readings: readonly GridReading[];
  readonly forecast?: GridForecast;
  /** When the provider answered last, milliseconds since 1970 UTC. */
  readonly fetchedAt?: number;
  /** Since the end of the newest reading, not since the answer; 0 while it lasts. Absent without a reading. */
  readonly age?: Seconds;
  readonly state: GridStanding;
  /** Why the last question had no answer, and what to do; absent after a good one. */
  readonly error?: {
    readonly kind: GridErrorKind;
    readonly message: string;
    readonly fix: string;
    /** When the first of the failures in a row was. */
    readonly since: number;
  };
  /** When it is asked next, milliseconds since 1970 UTC; absent while refused, and before the start. */
  readonly next?: number;
  /** What the last answer told the operator. */
  readonly notes: readonly string[];
  readonly counts: GridCounts;
}
