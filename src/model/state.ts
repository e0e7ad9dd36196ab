import type { Joules, Seconds } from '../units.ts';
import type { Quality } from './meter.ts';

/** What outlives a restart of the agent: loaded once at start, saved as a whole, never in parts. */
export interface PersistedState {
  /** Boot during which it was saved; under another boot the hardware counters may have restarted. */
  readonly bootId: string;
  /** Monotonic time of the save; comparable with now only under the same `bootId`. */
  readonly savedAt: Seconds;
  /** Milliseconds since 1970 UTC at the save. */
  readonly wall: number;
  /** Cumulative values in base units by series key (metric name and labels). Finite, from 0, and exact to the bit. */
  readonly counters: ReadonlyMap<string, number>;
  /** State of the tick, opaque to the store: any value that JSON keeps (raw counters as decimal strings). */
  readonly engine: unknown;
  /** Format of `engine`, set and judged by whoever writes it. */
  readonly version: number;
}

/** Energy of the host in one hour, for the grid zone that it drew from. */
export interface HourlyEnergy {
  /** Start of the hour, seconds since 1970 UTC: a whole multiple of 3600. */
  readonly hour: number;
  readonly gridZone: string;
  readonly energy: Joules;
  /** The least sure of what was added up; absent where nobody said. */
  readonly quality?: Quality;
}
