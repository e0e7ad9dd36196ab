/** Monotonic milliseconds, passed in so that a test can hold the clock. */
export interface LoopClock {
  now(): number;
  setTimer(callback: () => void, delay: number): { cancel(): void };
}

export const loopClock: LoopClock = {
  now: () => performance.now(),
  setTimer: (callback, delay) => {
    const timer = setTimeout(callback, delay);
    return { cancel: () => clearTimeout(timer) };
  },
};

/**
 * Calls `work` every `interval` milliseconds of monotonic time without drift: each delay is taken from the plan, not
 * from the last call. Turns that a stalled process missed are skipped, not replayed: a sample measures its own time.
 *
 * @returns stops the loop.
 */
export const startLoop = (work: () => void, interval: number, clock: LoopClock = loopClock): (() => void) => {
  const start = clock.now();
  let turn = 0;
  let timer: { cancel(): void };
  const plan = (): void => {
    const now = clock.now();
    turn = Math.max(turn + 1, Math.ceil((now - start) / interval));
    timer = clock.setTimer(run, Math.max(0, start + turn * interval - now));
  };
  const run = (): void => {
    work();
    plan();
  };
  plan();
  return () => timer.cancel();
};
