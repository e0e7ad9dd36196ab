import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Burner } from '../src/index.ts';

/** Beside the agent in a build. */
const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), 'burner-thread.js');

/** A burner that is ended by `stop`, always: safe to call twice, and before the first load. */
export interface StoppableBurner extends Burner {
  readonly name: string;
  stop(): Promise<void>;
}

/**
 * Threads of this process that compute for a share of their time, one for each processor. They end with the process,
 * however that ends.
 */
export const threadBurner = (processors: number): StoppableBurner => {
  const duties = new Int32Array(new SharedArrayBuffer(4));
  let threads: readonly Worker[] = [];
  let failure: Error | undefined;
  const start = (): void => {
    threads = Array.from({ length: processors }, (_, index) => {
      const thread = new Worker(PROGRAM, { workerData: { duties, index, count: processors } });
      thread.on('error', (error) => {
        failure = error;
      });
      return thread;
    });
  };
  return {
    name: `built-in, ${processors} threads of floating-point work`,
    set: async (load) => {
      if (failure !== undefined) throw new Error('a burner thread failed', { cause: failure });
      if (threads.length === 0 && load > 0) start();
      Atomics.store(duties, 0, Math.round(load * 1000));
      Atomics.notify(duties, 0);
    },
    stop: async () => {
      const ended = threads;
      threads = [];
      await Promise.all(ended.map((thread) => thread.terminate()));
    },
  };
};
