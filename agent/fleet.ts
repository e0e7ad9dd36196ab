import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Config,
  type EvaluatedMeasure,
  type HistoryEngine,
  type MeasureArm,
  type MeasureStandingJson,
  openComparing,
  openPlans,
  type Point,
} from '../src/index.ts';
import { CommandError } from './exit.ts';
import type { Logger } from './log.ts';
import { type PlannedMeasure, plannedMeasures } from './measure-plans.ts';
import { version } from './version.ts';

/** How the last evaluation of all measures went. */
export interface FleetHealth {
  /** Seconds since 1970 UTC; undefined: none has succeeded since the start. */
  readonly succeededAt: number | undefined;
  /** Why the last one failed, and the next step; undefined: it did not. */
  readonly problem: { readonly reason: string; readonly fix: string } | undefined;
  readonly isRunning: boolean;
}

/** The measures of a fleet at work. */
export interface Fleet {
  /** Evaluates all at once, and from then on as the schedule says. */
  begin(): void;
  standings(): readonly MeasureStandingJson[];
  points(): readonly Point[];
  arms(): readonly MeasureArm[];
  health(): FleetHealth;
  close(): void;
}

type Queries = HistoryEngine['about']['queries'];
type Plans = Awaited<ReturnType<typeof openPlans>>;

export interface FleetInput {
  readonly config: Config;
  /** State directory, which this process has locked. */
  readonly directory: string;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly wall?: () => number;
  /** Opens the history that hosts are listed from; default: the one that the configuration names. */
  readonly open?: () => Promise<HistoryEngine>;
  /** Evaluates measures and tells each; default: in a thread that ends. */
  readonly evaluate?: Plans['evaluateApart'];
}

/** Reads what was kept of the measures before. Throws CommandError where the configuration is none of a fleet. */
export const openFleet = async (input: FleetInput): Promise<Fleet> => {
  const { config, directory, log, wall = Date.now } = input;
  const { history } = config;
  if (history === undefined || (history.prometheus === undefined && history.csv === undefined))
    throw new CommandError(
      'negawatt fleet needs a history: name the engine under the key history (history: {prometheus: {url: ...}})',
    );
  const own = config.measures.filter(({ hosts }) => hosts === 'self').map(({ name }) => name);
  if (own.length > 0)
    throw new CommandError(
      `${own.join(', ')}: hosts: self is the host of an agent; put the measure into the file of that agent, or name the hosts`,
    );
  const [plans, comparing, { scheduleTask }, { armsOf }] = await Promise.all([
    openPlans(),
    openComparing(),
    import('./jobs.ts'),
    import('./switchback-arms.ts'),
  ]);
  const evaluate = input.evaluate ?? plans.evaluateApart;
  const open =
    input.open ??
    (() =>
      comparing.openHistory(history, {
        local: () => Promise.reject(new CommandError('no engine is named under history')),
      }));
  const arms = await armsOf(config);
  const results = new Map<string, EvaluatedMeasure>();
  for (const { name } of config.measures) {
    const kept = plans.readStanding(directory, name);
    if (kept.found)
      results.set(name, {
        ...{ name, points: comparing.savingsPoints(kept.value), problem: kept.value.problem },
        standing: comparing.standingJson(kept.value),
      });
  }
  const told = new Map<string, string>();
  let succeededAt: number | undefined;
  let problem: FleetHealth['problem'];
  let running: ReturnType<Plans['evaluateApart']> | undefined;
  let isBusy = false;
  let isClosed = false;
  let stopTask = (): void => {};

  /** Each change once. */
  const tell = ({ name, standing, problem: why }: EvaluatedMeasure): void => {
    const { verdict, grade, asOf, state } = standing;
    const line = why === undefined ? `${state} ${verdict} ${grade} ${asOf}` : why.reason;
    if (told.get(name) === line) return;
    told.set(name, line);
    if (why === undefined)
      log.info({ measure: name, verdict, grade, state, as_of: asOf }, 'the measure was evaluated');
    else log.warn({ measure: name, fix: why.fix }, `it could not be evaluated: ${why.reason}`);
  };
  const round = async (): Promise<void> => {
    if (isClosed || isBusy) return;
    isBusy = true;
    const now = wall() / 1000;
    try {
      const { planned, queries } = await plansOf(config, directory, open, now);
      if (isClosed) return;
      const failures: NonNullable<FleetHealth['problem']>[] = [];
      running = evaluate(
        {
          ...{ directory, now, version, host: '', labels: {}, method: plans.METHOD_VERSION },
          measures: registered(plans, planned, queries, directory, now, log),
          fleet: { history, retention: config.fleet.retention },
        },
        (result) => {
          if (isClosed) return;
          results.set(result.name, result);
          if (result.problem !== undefined) failures.push(result.problem);
          tell(result);
        },
        (remark) => log.warn(remark),
      );
      await running.done;
      problem = failures[0];
      if (problem === undefined) succeededAt = now;
    } catch (cause) {
      if (isClosed) return;
      const { HistoryError } = comparing;
      const reason = cause instanceof Error ? cause.message : String(cause);
      const fix = cause instanceof HistoryError ? cause.fix : 'the next evaluation tries again';
      if (problem?.reason !== reason) log.error({ fix }, `the measures could not be evaluated: ${reason}`);
      problem = { reason, fix };
    } finally {
      running = undefined;
      isBusy = false;
    }
  };
  const names = config.measures.map(({ name }) => name);
  return {
    begin: () => {
      void round();
      stopTask = scheduleTask({ name: 'measures', schedule: config.savings.schedule, task: round, log });
    },
    standings: () => names.flatMap((name) => results.get(name)?.standing ?? []),
    arms: () => arms(wall() / 1000),
    health: () => ({ succeededAt, problem, isRunning: isBusy }),
    points: () => [
      ...names.flatMap((name) => asFailed(results.get(name)?.points ?? [], problem !== undefined)),
      ...plans.armPoints(arms(wall() / 1000)),
      {
        metric: 'negawatt_fleet_last_evaluation_successful',
        labels: {},
        value: problem === undefined ? 1 : 0,
      },
      ...(succeededAt === undefined
        ? []
        : [
            {
              metric: 'negawatt_fleet_last_evaluation_timestamp_seconds' as const,
              labels: {},
              value: succeededAt,
            },
          ]),
      ...archiveSize(directory),
    ],
    close: () => {
      isClosed = true;
      stopTask();
      running?.stop();
    },
  };
};

/** A round that failed as a whole told no measure anything: their figures are of an earlier time. */
const asFailed = (points: readonly Point[], isFailed: boolean): readonly Point[] =>
  isFailed
    ? points.map((one) =>
        one.metric === 'negawatt_savings_last_evaluation_successful' ? { ...one, value: 0 } : one,
      )
    : points;

const archiveSize = (directory: string): readonly Point[] => {
  const file = statSync(join(directory, 'archive.db'), { throwIfNoEntry: false });
  return file === undefined ? [] : [{ metric: 'negawatt_fleet_archive_bytes', labels: {}, value: file.size }];
};

/** Hosts as they were frozen, else as the engine lists them. Throws HistoryError: half a list is none. */
const plansOf = async (
  config: Config,
  directory: string,
  open: () => Promise<HistoryEngine>,
  now: number,
): Promise<{ readonly planned: readonly PlannedMeasure[]; readonly queries: Queries }> => {
  const engine = await open();
  try {
    const here = { ...config, state: { ...config.state, dir: directory } };
    return { planned: await plannedMeasures(here, engine, now), queries: engine.about.queries };
  } finally {
    await engine.close();
  }
};

/** Keeps each plan as it stands; the one that stands when its start passes is frozen. */
const registered = (
  plans: Plans,
  planned: readonly PlannedMeasure[],
  queries: Queries,
  directory: string,
  now: number,
  log: Logger,
) =>
  planned.flatMap(({ plan }) => {
    if (plan.hosts.length === 0) {
      log.warn(
        {
          measure: plan.name,
          fix: 'check hosts and the labels that the engine knows (negawatt measure check)',
        },
        'no host of the measure is known: it is neither registered nor evaluated',
      );
      return [];
    }
    const about = { version: plans.METHOD_VERSION, queries };
    const [recorded] = plans.recordPlans(directory, [plan], about, now);
    if (recorded?.problem !== undefined)
      log.error({ measure: plan.name, fix: recorded.problem.fix }, recorded.problem.reason);
    if (recorded?.isNew === true)
      log.info({ measure: plan.name, sha256: recorded.entries.at(-1)?.sha256 }, 'the plan is registered');
    const { registration, changes, frozen } = plans.registrationOf(
      recorded?.entries ?? [],
      plan,
      about,
      now,
      plans.planHash,
    );
    const held = frozen && plans.readPlanText(frozen.plan)?.plan;
    return [
      {
        plan,
        registered: { registration, changes },
        frozen:
          frozen === undefined || held === undefined ? undefined : { plan: held, sha256: frozen.sha256 },
      },
    ];
  });
