import type { Remark } from '../model/estimate.ts';
import type { Overlap, TouchedControl } from './plan-overlaps.ts';

/** What is wrong with a plan, why, and what to do: an error stands in the way of any saving, a warning weakens it. */
export interface PlanFinding extends Remark {
  readonly severity: 'error' | 'warning';
}

/** What a look at the history told of the baseline so far. */
export interface HistoryProbe {
  /** Share of host time with energy, 0 to 1. */
  readonly energy: number;
  /** Share of intervals with each kind of work, in the order of the plan. */
  readonly work: readonly number[];
  readonly drivers: readonly number[];
  /** Seconds since 1970 UTC. */
  readonly from: number;
  readonly to: number;
}

export interface PlanContext {
  /** Seconds since 1970 UTC; undefined: only what holds whenever it is asked. */
  readonly now?: number;
  /** Whether the lists of hosts were made: where they cannot be yet, an empty one means nothing. */
  readonly expanded: boolean;
  /** Names of all measures. */
  readonly known: readonly string[];
  readonly overlaps: readonly Overlap[];
  readonly touched?: readonly TouchedControl[];
  readonly probe?: HistoryProbe;
}

export const finding = (
  severity: PlanFinding['severity'],
  flag: string,
  text: string,
  remedy: string,
): PlanFinding => ({
  ...{ severity, flag, text, remedy },
});
export const percent = (share: number): string => `${Math.floor(share * 1000) / 10} %`;
/** Three names, and how many more. */
export const some = (names: readonly string[]): string =>
  `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;
