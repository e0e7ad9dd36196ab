import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { buildId } from './build-id.ts';
import type { EvaluatedMeasure, EvaluationJob } from './evaluating-thread.ts';

/**
 * Half of what the service may take in all (MemoryMax of the unit). Years of hours of one host with thousands of fits stay
 * far below; one that takes more is given up, and the agent goes on.
 */
const MOST_MEGABYTES = 128;
/** Longer than any evaluation of one host takes; after it the thread is ended. */
const LONGEST_MS = 600_000;

/** The bundled thread: beside the bundle; for the sources themselves in dist/, where the build puts it. */
const script = (): URL =>
  ['./evaluating-thread.js', '../dist/evaluating-thread.js']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url)) ?? new URL('./evaluating-thread.js', import.meta.url);

export interface Evaluating {
  /** Resolves when all measures were evaluated; rejects where the thread ended before, with why. */
  readonly done: Promise<void>;
  /** Ends it at once. */
  stop(): void;
}

/**
 * Evaluates measures of this host in a thread that ends: the history, the fits and their memory never meet the sampling.
 *
 * @param onResult is told each measure as it is done.
 */
export const evaluateApart = (
  job: Omit<EvaluationJob, 'buildId'>,
  onResult: (result: EvaluatedMeasure) => void,
): Evaluating => {
  const workerData: EvaluationJob = { ...job, buildId };
  const worker = new Worker(script(), {
    name: 'evaluating',
    execArgv: [],
    // Few objects are young at a time: a small space for them is collected often, and holds less.
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES, maxYoungGenerationSizeMb: 4 },
    workerData,
  });
  // It never keeps the program alive: what it has not told is worked out again.
  worker.unref();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void worker.terminate();
  }, LONGEST_MS).unref();
  worker.on('message', onResult);
  const done = new Promise<void>((resolve, reject) => {
    let why: Error | undefined;
    worker.once('error', (error) => {
      why = error;
    });
    worker.once('exit', (code) => {
      clearTimeout(timer);
      if (isLate) reject(new Error(`it took longer than ${LONGEST_MS / 1000} s`));
      else if (why !== undefined) reject(why);
      else if (code === 0) resolve();
      else reject(new Error(`its thread ended with status ${code}`));
    });
  });
  return { done, stop: () => void worker.terminate() };
};
