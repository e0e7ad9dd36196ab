import { exitNow } from './exit-now.ts';
import { SHARED } from './nvml-message.ts';

/** A round of a driver that answers is over by then. */
const PATIENCE_MS = 250;

/**
 * Lets the program end while a thread is held in a call to the driver: Node waits for its threads at the end, for ever
 * where the driver never answers. Then the program is ended by _exit(2), after all that was to be done at its exit.
 *
 * @param shared words of the thread, see `SHARED`.
 * @returns takes the watch away.
 */
export const leaveWithoutThread = (shared: BigInt64Array): (() => void) => {
  const leave = (code: number): void => {
    Atomics.wait(shared, SHARED.calling, 1n, PATIENCE_MS);
    if (Atomics.load(shared, SHARED.calling) === 0n) return;
    // Loaded by the thread already, so that this costs little.
    exitNow(code);
  };
  process.on('exit', leave);
  return () => {
    process.off('exit', leave);
  };
};
