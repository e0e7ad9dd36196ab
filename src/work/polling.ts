import type { Seconds } from '../units.ts';

export interface Polling {
  /** Reads now; resolves with the read that is under way where there is one. */
  now(): Promise<void>;
  close(): void;
}

/**
 * Calls `read` now and then every `interval`, one call at a time: a slow one delays the next, none is made up for. The
 * timer keeps no process alive. `read` must not reject and must end when the signal says so.
 */
export const polling = (interval: Seconds, read: (signal: AbortSignal) => Promise<void>): Polling => {
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  const now = (): Promise<void> => {
    if (stop.signal.aborted) return Promise.resolve();
    running ??= read(stop.signal).finally(() => {
      running = undefined;
    });
    return running;
  };
  const timer = setInterval(() => void now(), interval * 1000);
  timer.unref();
  void now();
  return {
    now,
    close: () => {
      clearInterval(timer);
      stop.abort();
    },
  };
};
