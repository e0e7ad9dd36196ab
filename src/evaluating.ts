import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { buildId } from './build-id.ts';
import type { EvaluatedMeasure, EvaluationJob, EvaluationRemark } from './evaluating-thread.ts';

/**
 * Half of what the service may take in all (MemoryMax of the unit). Years of hours of one host with thousands of fits stay
 * far below; one that takes more is given up, and the agent goes on.
 */
const MOST_MEGABYTES = 128;
/** Longer than any evaluation of one host takes; after it the thread is ended. */
const LONGEST_MS = 600_000;
/** The first evaluation of a fleet reads up to years from an engine; a year of hundreds of hosts is some hundred MB. */
const MOST_OF_FLEETS = 1024;
const LONGEST_OF_FLEETS_MS = 6 * 3_600_000;

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
  onRemark: (remark: string) => void = () => {},
): Evaluating => {
  const workerData: EvaluationJob = { ...job, buildId };
  const worker = new Worker(script(), {
    name: 'evaluating',
    execArgv: [],
    // Few objects are young at a time: a small space for them is collected often, and holds less.
    resourceLimits: {
      maxOldGenerationSizeMb: job.fleet === undefined ? MOST_MEGABYTES : MOST_OF_FLEETS,
      maxYoungGenerationSizeMb: 4,
    },
    workerData,
  });
  // It never keeps the program alive: what it has not told is worked out again.
  worker.unref();
  const longest = job.fleet === undefined ? LONGEST_MS : LONGEST_OF_FLEETS_MS;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void worker.terminate();
  }, longest).unref();
  worker.on('message', (told: EvaluatedMeasure | EvaluationRemark) =>
    'remark' in told ? onRemark(told.remark) : onResult(told),
  );
  const done = new Promise<void>((resolve, reject) => {
    let why: Error | undefined;
    worker.once('error', (error) => {
      why = error;
    });
    worker.once('exit', (code) => {
      clearTimeout(timer);
      if (isLate) reject(new Error(`it took longer than ${longest / 1000} s`));
      else if (why !== undefined) reject(why);
      else if (code === 0) resolve();
      else reject(new Error(`its thread ended with status ${code}`));
    });
  });
  return { done, stop: () => void worker.terminate() };
};
