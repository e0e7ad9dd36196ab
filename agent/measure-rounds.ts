import type { EvaluatedMeasure, MeasureStandingJson, openPlans, Point } from '../src/index.ts';
import { scheduleTask } from './jobs.ts';
import type { Logger } from './log.ts';

type Plans = Awaited<ReturnType<typeof openPlans>>;
export type EvaluationJob = Parameters<Plans['evaluateApart']>[0];

/** How the last evaluation of all measures went. */
export interface RoundsHealth {
  /** Seconds since 1970 UTC; undefined: none has succeeded since the start. */
  readonly succeededAt: number | undefined;
  /** Why the last one failed, and the next step; undefined: it did not. */
  readonly problem: { readonly reason: string; readonly fix: string } | undefined;
}

/** Measures as they were evaluated last, evaluated again as the configuration says. */
export interface MeasureRounds {
  /** Evaluates now, and from then on by the schedule. */
  begin(): void;
  /** What is exported of them. */
  points(): readonly Point[];
  /** One for each, in the order of the names, as they are evaluated. */
  standings(): readonly MeasureStandingJson[];
  health(): RoundsHealth;
  /** Resolves when no evaluation runs any more, which would write what the next one writes. */
  close(): Promise<void>;
}

interface RoundsInput {
  readonly plans: Plans;
  readonly names: readonly string[];
  /** Five fields of a crontab, UTC. */
  readonly schedule: string;
  /** What is to be evaluated now; a rejection is told, and the next round tries again. */
  readonly job: () => EvaluationJob | Promise<EvaluationJob>;
  /** What is known from before. */
  readonly known?: readonly EvaluatedMeasure[];
  readonly log: Logger;
  /** Runs a task by the clock, and gives what stops it; node-cron unless told. */
  readonly every?: typeof scheduleTask;
}

const AGAIN = 'the next evaluation tries again; negawatt compare --measure NAME does the same by hand';

/** Where a whole round failed each measure shows older figures, and says so. */
const asTold = (points: readonly Point[], isFailed: boolean): readonly Point[] =>
  isFailed
    ? points.map((point) =>
        point.metric === 'negawatt_savings_last_evaluation_successful' ? { ...point, value: 0 } : point,
      )
    : points;

/** One round at a time, each in a thread that ends. */
export const measureRounds = ({
  plans,
  names,
  schedule,
  job,
  known = [],
  log,
  every = scheduleTask,
}: RoundsInput): MeasureRounds => {
  const results = new Map(known.map((one) => [one.name, one]));
  const told = new Map<string, string>();
  let running: ReturnType<Plans['evaluateApart']> | undefined;
  let isRunning = false;
  let succeededAt: number | undefined;
  let problem: RoundsHealth['problem'];
  let stopTask = (): void => {};
  let isClosed = false;

  /** Each change once: an hour later the same line says nothing new. */
  const tell = ({ name, standing, problem }: EvaluatedMeasure): void => {
    const { verdict, grade, asOf, state } = standing;
    const line = problem === undefined ? `${state} ${verdict} ${grade}` : problem.reason;
    if (told.get(name) === line) return;
    told.set(name, line);
    if (problem !== undefined)
      log.warn({ measure: name, fix: problem.fix }, `it could not be evaluated: ${problem.reason}`);
    else if (verdict === undefined) log.info({ measure: name }, 'it has nothing to report yet');
    else log.info({ measure: name, verdict, grade, state, as_of: asOf }, 'the measure was evaluated');
  };
  let failed: RoundsHealth['problem'];
  const onResult = (result: EvaluatedMeasure): void => {
    if (isClosed) return;
    results.set(result.name, result);
    failed ??= result.problem;
    tell(result);
  };
  const onWarning = (text: string): void => log.warn({}, text);
  const evaluate = async (): Promise<void> => {
    if (isClosed || isRunning) return;
    isRunning = true;
    try {
      const next = await job();
      if (isClosed) return;
      failed = undefined;
      running = plans.evaluateApart(next, { onResult, onWarning });
      await running.done;
      problem = failed;
      if (problem === undefined) succeededAt = next.now;
    } catch (cause) {
      if (isClosed) return;
      const reason = cause instanceof Error ? cause.message : String(cause);
      const { fix = AGAIN } = cause as { readonly fix?: string };
      if (problem?.reason !== reason) log.warn({ fix }, `measures could not be evaluated: ${reason}`);
      problem = { reason, fix };
    } finally {
      running = undefined;
      isRunning = false;
    }
  };

  return {
    begin: () => {
      void evaluate();
      stopTask = every({ name: 'measures', schedule, task: evaluate, log });
    },
    points: () => names.flatMap((name) => asTold(results.get(name)?.points ?? [], problem !== undefined)),
    health: () => ({ succeededAt, problem }),
    standings: () => names.flatMap((name) => results.get(name)?.standing ?? []),
    close: async () => {
      isClosed = true;
      stopTask();
      await running?.stop();
    },
  };
};
