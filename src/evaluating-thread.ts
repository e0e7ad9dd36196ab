/** The thread that evaluates measures for `evaluating.ts`: one job, told as it goes, and then it ends. */
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { buildId } from './build-id.ts';
import { pricesOf, type SiteTariff } from './carbon/tariff.ts';
import type { FrozenPlan } from './evaluate-counters.ts';
import { type EnginePast, openFleetHistory } from './evaluate-fleet.ts';
import { evaluateStanding } from './evaluate-standing.ts';
import { openLocalHistory } from './history/local.ts';
import type { Point } from './metrics.ts';
import type { MeasureReport } from './model/comparison.ts';
import { type HistoryEngine, HistoryError } from './model/history.ts';
import type { MeasurePlan } from './model/measure.ts';
import type { TouchedControl } from './savings/plan-overlaps.ts';
import type { Registered } from './savings/plan-registration.ts';
import type { MeasureStanding } from './savings/standing.ts';
import { savingsPoints } from './savings-points.ts';
import { type MeasureStandingJson, standingJson } from './savings-standing.ts';
import { readUsageHours, readUsageSpan } from './store/read-usage.ts';
import { pastDirectory, readStanding, writeStanding } from './store/standings.ts';
import type { GramsPerKWh } from './units.ts';

/** One measure, as it was registered. */
export interface MeasureToEvaluate {
  readonly plan: MeasurePlan;
  readonly registered: Pick<Registered, 'registration' | 'changes'>;
  readonly frozen: FrozenPlan | undefined;
  /** Plans that share hosts and time with it, and measures that are for hosts which it names as untouched. */
  readonly overlapping?: readonly MeasurePlan[];
  readonly touched?: readonly TouchedControl[];
}

export interface EvaluationJob {
  readonly buildId: string | undefined;
  /** State directory: what is kept of the measures, and the history of this host. */
  readonly directory: string;
  readonly past: OwnPast | EnginePast;
  readonly measures: readonly MeasureToEvaluate[];
  /** Seconds since 1970 UTC. */
  readonly now: number;
  readonly method: string;
  readonly version: string;
  /** Price of a kWh; undefined: no money is told. */
  readonly tariff?: SiteTariff | undefined;
  /** For a past that kept no factor of the grid. */
  readonly factor?: GramsPerKWh | undefined;
}

/** The history that the agent of this host kept. */
export interface OwnPast {
  readonly of: 'own';
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What came of one measure; `problem` is why it could not be evaluated or kept. */
export interface EvaluatedMeasure {
  readonly name: string;
  readonly points: readonly Point[];
  readonly standing: MeasureStandingJson;
  readonly problem: { readonly reason: string; readonly fix: string } | undefined;
}

/** What the thread says as it goes. */
export type Told = { readonly result: EvaluatedMeasure } | { readonly warning: string };

const newHash = () => {
  const hash = createHash('sha256');
  return { update: (bytes: Uint8Array) => void hash.update(bytes), hex: () => hash.digest('hex') };
};

const ownHistory = (directory: string, { host, labels }: OwnPast): HistoryEngine =>
  openLocalHistory({
    ...{ where: directory, host, labels, inventory: '' },
    readHours: (from, to) => readUsageHours(directory, from, to),
    readSpan: () => readUsageSpan(directory),
  });

interface Past {
  readonly engine: HistoryEngine;
  /** Keeps the days of a plan that are over; why it could not. Nothing where there is no archive. */
  readonly fill: (plan: MeasurePlan) => Promise<string | undefined>;
  /** Where the page of a report goes. */
  readonly pageOf?: (name: string) => (report: MeasureReport) => void;
}

const openPast = async ({ directory, past, now }: EvaluationJob): Promise<Past> => {
  if (past.of === 'own') return { engine: ownHistory(directory, past), fill: async () => undefined };
  const onRemark = (warning: string): void => parentPort?.postMessage({ warning } satisfies Told);
  return openFleetHistory({ directory, now, past, onRemark });
};

/** An engine that could not be opened says so to each measure that asks it. */
const failing = (error: HistoryError): HistoryEngine => ({
  about: { engine: 'prometheus', where: '', method: '', queries: {} },
  list: () => Promise.reject(error),
  // biome-ignore lint/correctness/useYield: it gives nothing.
  read: async function* () {
    throw error;
  },
  span: () => Promise.reject(error),
  close: async () => {},
});

const told = (standing: MeasureStanding): EvaluatedMeasure => ({
  name: standing.plan.name,
  points: savingsPoints(standing),
  standing: standingJson(standing),
  problem: standing.problem,
});

const evaluateOne = async (
  job: EvaluationJob,
  { engine, fill, pageOf }: Past,
  one: MeasureToEvaluate,
): Promise<EvaluatedMeasure> => {
  const { directory, now, method, version, tariff, factor } = job;
  const { plan, registered } = one;
  const kept = readStanding(directory, plan.name);
  const failed = (problem: { readonly reason: string; readonly fix: string }): EvaluatedMeasure =>
    told({
      ...{ plan, ...registered, problem },
      ...{
        method: undefined,
        evaluatedAt: undefined,
        report: undefined,
        baseline: undefined,
        counters: undefined,
        past: undefined,
      },
    });
  // Counters that began anew beside a damaged file would be lower than what was told before.
  if (!kept.found && kept.state === 'unreadable') return failed(kept);
  const before = kept.found ? kept.value : undefined;
  const notFilled = await fill(plan);
  const standing = await evaluateStanding({
    pastDirectory: pastDirectory(directory, plan.name),
    onReport: pageOf?.(plan.name),
    ...one,
    before,
    engine,
    newHash,
    ...(tariff === undefined ? {} : { price: pricesOf(tariff) }),
    factor,
    now,
    method,
    version,
  });
  try {
    // Before it is told to anybody: a counter that was seen must not come back lower.
    writeStanding(directory, standing);
    // Else the evaluation met the same: one that is final reads nothing any more.
    if (notFilled !== undefined && standing.problem === undefined)
      parentPort?.postMessage({
        warning: `the hours of ${plan.name} cannot be archived: ${notFilled}`,
      } satisfies Told);
    return told(standing);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const problem = {
      reason: `what was found cannot be kept: ${why}`,
      fix: `make ${directory} writable for the agent, with space on its disk`,
    };
    return before === undefined ? failed(problem) : told({ ...before, problem });
  }
};

const job = workerData as EvaluationJob;
if (buildId !== undefined && job.buildId !== undefined && job.buildId !== buildId)
  throw new Error('the program on disk was replaced since this one started: restart it');
const past = await openPast(job).catch((error: unknown): Past => {
  if (!(error instanceof HistoryError)) throw error;
  return { engine: failing(error), fill: async () => `${error.message}; ${error.fix}` };
});
for (const one of job.measures)
  parentPort?.postMessage({ result: await evaluateOne(job, past, one) } satisfies Told);
await past.engine.close();
