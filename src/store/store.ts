import type { Quality } from '../model/meter.ts';
import { SourceError } from '../model/source-error.ts';
import type { HourlyEnergy, PersistedState } from '../model/state.ts';

/** Keeps what must outlive a restart. One writer; a failed save leaves the save before it as it was. */
export interface Store {
  /** Where it is kept, for the log and `doctor`: a file or `memory`. */
  readonly where: string;
  /** What was unusual at opening and how it was dealt with; one line each, for the log. */
  readonly warnings: readonly string[];
  /** The last complete save, or undefined where there is none. Throws SourceError. */
  load(): PersistedState | undefined;
  /**
   * Replaces the state and adds the hourly increments since the last save: all of it or nothing.
   * Throws SourceError: `retry` (disk full, I/O) or `fatal` (a value that cannot be kept, a damaged file).
   */
  save(state: PersistedState, hourly: readonly HourlyEnergy[]): void;
  /** Sums of what was added, for `fromHour <= hour < toHour`, by hour and zone. Throws SourceError. */
  hourly(fromHour: number, toHour: number): readonly HourlyEnergy[];
  /** Lets go of the files. A second call does nothing. */
  close(): void;
}

/** From surest to least sure; the place is what a file holds. */
export const QUALITIES: readonly Quality[] = ['measured', 'derived', 'estimated'];

/** Refuses what no store could give back unchanged: a wrong value kept is worse than a save refused. */
export const checkStorable = (state: PersistedState, hourly: readonly HourlyEnergy[]): void => {
  for (const [series, value] of state.counters) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw unstorable(`counter ${series} is ${value}, not a finite number from 0`);
    }
  }
  for (const { hour, gridZone, energy } of hourly) {
    if (!Number.isInteger(hour / 3600)) throw unstorable(`hour ${hour} is not the start of a UTC hour`);
    if (!(energy >= 0 && energy < Number.POSITIVE_INFINITY)) {
      throw unstorable(
        `energy of hour ${hour} in zone ${gridZone} is ${energy} J, not a finite number from 0`,
      );
    }
  }
};

const unstorable = (what: string): SourceError =>
  new SourceError('fatal', `state not saved: ${what}`, { fix: 'report this: a figure went wrong upstream' });
