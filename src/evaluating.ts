import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { buildId } from './build-id.ts';
import type { EvaluatedMeasure, EvaluationJob, Told } from './evaluating-thread.ts';

/**
 * For one host half of what the service may take in all (MemoryMax of the unit): years of its hours with thousands of fits
 * stay far below. For a fleet twice what a year of 1,000 hosts takes. One that takes more is given up.
 */
const MOST_MEGABYTES = { own: 128, engine: 1024 } as const;
/** Longer than any evaluation takes; after it the thread is ended. An engine may be slow. */
const LONGEST_MS = { own: 600_000, engine: 3_000_000 } as const;

/** The bundled thread: beside the bundle; for the sources themselves in dist/, where the build puts it. */
const script = (): URL =>
  ['./evaluating-thread.js', '../dist/evaluating-thread.js']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url)) ?? new URL('./evaluating-thread.js', import.meta.url);

export interface Evaluating {
  /** Resolves when all measures were evaluated; rejects where the thread ended before, with why. */
  readonly done: Promise<void>;
  /** Ends it at once; resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

export interface Listener {
  /** Is told each measure as it is done. */
  readonly onResult: (result: EvaluatedMeasure) => void;
  readonly onWarning: (text: string) => void;
}

/**
 * Evaluates measures in a thread that ends: the history, the fits and their memory never meet the sampling.
 */
export const evaluateApart = (
  job: Omit<EvaluationJob, 'buildId'>,
  { onResult, onWarning }: Listener,
): Evaluating => {
  const { of } = job.past;
  const workerData: EvaluationJob = { ...job, buildId };
  const worker = new Worker(script(), {
    name: 'evaluating',
    execArgv: [],
    // Few objects are young at a time: a small space for them is collected often, and holds less.
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES[of], maxYoungGenerationSizeMb: 4 },
    workerData,
  });
  // It never keeps the program alive: what it has not told is worked out again.
  worker.unref();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void worker.terminate();
  }, LONGEST_MS[of]).unref();
  worker.on('message', (told: Told) => ('result' in told ? onResult(told.result) : onWarning(told.warning)));
  const done = new Promise<void>((resolve, reject) => {
    let why: Error | undefined;
    worker.once('error', (error) => {
      why = error;
    });
    worker.once('exit', (code) => {
      clearTimeout(timer);
      if (isLate) reject(new Error(`it took longer than ${LONGEST_MS[of] / 1000} s`));
      else if (why !== undefined) reject(why);
      else if (code === 0) resolve();
      else reject(new Error(`its thread ended with status ${code}`));
    });
  });
  return {
    done,
    stop: async () => {
      await worker.terminate();
    },
  };
};
