import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryEngine } from '../model/history.ts';
import type { LocalHistoryDeps } from './local.ts';
import type { HistoryOptions } from './options.ts';

export type { LocalHistoryDeps } from './local.ts';
export { type HistoryOptions, historyOptions } from './options.ts';

export interface HistoryDeps {
  /** Asked for where neither an engine nor a file is named. */
  readonly local: () => Promise<LocalHistoryDeps>;
  /** Seconds since 1970 UTC. */
  readonly now?: () => number;
  /** Waits between two attempts, seconds; rejects where the signal is aborted. */
  readonly wait?: (seconds: number, signal?: AbortSignal) => Promise<void>;
}

const waitFor = async (seconds: number, signal?: AbortSignal): Promise<void> => {
  await sleep(seconds * 1000, undefined, signal === undefined ? {} : { signal });
};

/** Opens the past where the options say it lies; loads what that needs alone. @throws HistoryError */
export const openHistory = async (
  { prometheus, csv }: HistoryOptions,
  { local, now = () => Date.now() / 1000, wait = waitFor }: HistoryDeps,
): Promise<HistoryEngine> => {
  if (csv !== undefined) return (await import('./csv.ts')).openCsvHistory(csv);
  if (prometheus !== undefined)
    return (await import('./prometheus.ts')).openPrometheusHistory(prometheus, { now, wait });
  return (await import('./local.ts')).openLocalHistory(await local());
};
