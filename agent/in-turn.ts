/**
 * Runs a task one at a time, with one more at most that waits: whoever asks while one waits is served by that one, which
 * begins after the asking. A task that rejects does so to who asked for it, and holds up no other.
 */
export const inTurn = <T>(task: () => Promise<T>): (() => Promise<T>) => {
  let last: Promise<unknown> = Promise.resolve();
  let waiting: Promise<T> | undefined;
  return () => {
    waiting ??= last.then(() => {
      waiting = undefined;
      return task();
    });
    last = waiting.catch(() => {});
    return waiting;
  };
};
