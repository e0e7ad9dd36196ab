/** The thread that evaluates measures for `evaluating.ts`: one job, told as it goes, and then it ends. */
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { buildId } from './build-id.ts';
import type { FrozenPlan } from './evaluate-counters.ts';
import { evaluateStanding } from './evaluate-standing.ts';
import { openLocalHistory } from './history/local.ts';
import type { Point } from './metrics.ts';
import type { HistoryEngine } from './model/history.ts';
import type { MeasurePlan } from './model/measure.ts';
import type { Registered } from './savings/plan-registration.ts';
import type { MeasureStanding } from './savings/standing.ts';
import { savingsPoints } from './savings-points.ts';
import { type MeasureStandingJson, standingJson } from './savings-standing.ts';
import { readUsageHours, readUsageSpan } from './store/read-usage.ts';
import { pastDirectory, readStanding, writeStanding } from './store/standings.ts';

/** One measure of the agent's own host. */
export interface MeasureToEvaluate {
  readonly plan: MeasurePlan;
  readonly registered: Pick<Registered, 'registration' | 'changes'>;
  readonly frozen: FrozenPlan | undefined;
}

export interface EvaluationJob {
  readonly buildId: string | undefined;
  /** State directory: the history of this host, and what is kept of its measures. */
  readonly directory: string;
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly measures: readonly MeasureToEvaluate[];
  /** Seconds since 1970 UTC. */
  readonly now: number;
  readonly method: string;
  readonly version: string;
}

/** What came of one measure; `problem` is why it could not be evaluated or kept. */
export interface EvaluatedMeasure {
  readonly name: string;
  readonly points: readonly Point[];
  readonly standing: MeasureStandingJson;
  readonly problem: { readonly reason: string; readonly fix: string } | undefined;
}

const newHash = () => {
  const hash = createHash('sha256');
  return { update: (bytes: Uint8Array) => void hash.update(bytes), hex: () => hash.digest('hex') };
};

const historyOf = ({ directory, host, labels }: EvaluationJob): HistoryEngine =>
  openLocalHistory({
    ...{ where: directory, host, labels, inventory: '' },
    readHours: (from, to) => readUsageHours(directory, from, to),
    readSpan: () => readUsageSpan(directory),
  });

const told = (standing: MeasureStanding): EvaluatedMeasure => ({
  name: standing.plan.name,
  points: savingsPoints(standing),
  standing: standingJson(standing),
  problem: standing.problem,
});

const evaluateOne = async (
  job: EvaluationJob,
  engine: HistoryEngine,
  one: MeasureToEvaluate,
): Promise<EvaluatedMeasure> => {
  const { directory, now, method, version } = job;
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
  const standing = await evaluateStanding({
    pastDirectory: pastDirectory(directory, plan.name),
    ...one,
    before,
    engine,
    newHash,
    now,
    method,
    version,
  });
  try {
    // Before it is told to anybody: a counter that was seen must not come back lower.
    writeStanding(directory, standing);
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
const engine = historyOf(job);
for (const one of job.measures) parentPort?.postMessage(await evaluateOne(job, engine, one));
