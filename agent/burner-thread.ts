import { workerData } from 'node:worker_threads';

/**
 * Keeps one processor busy for a share of each period, until its thread is ended. `duties[0]` is the share in
 * thousandths, changed from outside; `index` of `count` threads begins so much later, so that they do not all work and
 * all rest at the same moments.
 */
const { duties, index, count } = workerData as {
  readonly duties: Int32Array;
  readonly index: number;
  readonly count: number;
};

/** No multiple of a scheduler tick (1, 4 or 10 ms), so that kernels that count by ticks see all phases of it. */
const PERIOD_MS = 97;
/** 32 KiB: the first-level data cache of current server cores, so that it is the core that works. */
const VALUES = new Float64Array(4096).fill(1.000001);

const sleep = (milliseconds: number): void => {
  // Wakes at once where the share was changed meanwhile.
  if (milliseconds > 0) Atomics.wait(duties, 0, Atomics.load(duties, 0), milliseconds);
};

/** Floating-point multiply-adds; what the loop makes is kept, or the compiler would leave the loop out. */
const work = (until: number): void => {
  while (performance.now() < until) {
    for (let i = 1; i < VALUES.length; i++) {
      VALUES[i] = ((VALUES[i] ?? 0) * 0.999 + (VALUES[i - 1] ?? 0) * 0.001) % 2;
    }
  }
};

sleep((index / count) * PERIOD_MS);
for (let next = performance.now(); ; next += PERIOD_MS) {
  const duty = Atomics.load(duties, 0) / 1000;
  if (duty === 0) {
    Atomics.wait(duties, 0, 0);
    next = performance.now();
    continue;
  }
  work(next + duty * PERIOD_MS);
  const rest = next + PERIOD_MS - performance.now();
  sleep(rest);
  // After a pause of the whole host, work goes on from now and is not made up for.
  if (rest < -PERIOD_MS) next = performance.now() - PERIOD_MS;
}
