import type { EndedWorkload } from '../model/ended.ts';
import { SourceError } from '../model/source-error.ts';
import type { HourlyEnergy, PersistedState } from '../model/state.ts';
import { type Period, type Usage, type UsageScope, wrongInUsage } from '../model/usage.ts';

/** Keeps what must outlive a restart. One writer; a failed save leaves the save before it as it was. */
export interface Store {
  /** Where it is kept, for the log and `doctor`: a file or `memory`. */
  readonly where: string;
  /** What was unusual at opening and how it was dealt with; one line each, for the log. */
  readonly warnings: readonly string[];
  /** The last complete save, or undefined where there is none. Throws SourceError. */
  load(): PersistedState | undefined;
  /**
   * Replaces the state, adds to the rows of the history what came since the last save, and the workloads that ended:
   * all of it or nothing. Throws SourceError: `retry` (disk full, I/O) or `fatal` (a value that cannot be kept, a
   * damaged file).
   */
  save(state: PersistedState, usage: readonly Usage[], ended?: readonly EndedWorkload[]): void;
  /**
   * Resolves as soon as what was saved outlives a power cut, or after a second at most; with the reason where it may not.
   * Never rejects.
   */
  durable(): Promise<string | undefined>;
  /** Energy of the host, for `fromHour <= hour < toHour`, by hour and zone. Throws SourceError. */
  hourly(fromHour: number, toHour: number): readonly HourlyEnergy[];
  /** Rows of one period with `from <= start < to`, seconds since 1970 UTC. Throws SourceError. */
  usage(period: Period, from: number, to: number): readonly Usage[];
  /** Rows of one scope alone, as `usage` gives them but without work and how hours were booked: for charts and sums. */
  series(period: Period, scope: UsageScope, from: number, to: number): readonly Usage[];
  /** Lets go of the files. A second call does nothing. */
  close(): void;
}

/** Refuses what no store could give back unchanged: a wrong value kept is worse than a save refused. */
export const checkStorable = (
  state: PersistedState,
  usage: readonly Usage[],
  ended: readonly EndedWorkload[],
): void => {
  for (const [series, value] of state.counters)
    if (!isAmount(value)) throw unstorable(`counter ${series} is ${value}, not a finite number from 0`);
  for (const wrong of [...usage.map(wrongInUsage), ...ended.map(wrongInEnded)])
    if (wrong !== undefined) throw unstorable(wrong);
};

/** What no ended workload can have; undefined where it is sound. */
export const wrongInEnded = (one: EndedWorkload): string | undefined => {
  const { id, start, end, dynamic, staticShare, location = 0, market = 0, cpu, gpu, work } = one;
  const amounts = [start, end, ...Object.values(dynamic), staticShare, location, market, cpu, gpu];
  const wrong = [...amounts, ...work.values()].find((amount) => !isAmount(amount));
  return wrong === undefined
    ? undefined
    : `the ended workload ${id} has ${wrong}, not a finite number from 0`;
};

export const isAmount = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;

const unstorable = (what: string): SourceError =>
  new SourceError('fatal', `state not saved: ${what}`, { fix: 'report this: a figure went wrong upstream' });
