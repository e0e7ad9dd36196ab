import {
  type Config,
  type EvaluatedMeasure,
  type MeasureStandingJson,
  type MeasureToEvaluate,
  openPlans,
  type Point,
} from '../src/index.ts';
import type { scheduleTask } from './jobs.ts';
import type { Logger } from './log.ts';
import { plansHere } from './plans-here.ts';
import { version } from './version.ts';

/** The measures of this host as they were evaluated last. */
export interface OwnMeasures {
  /** Evaluates them now, and from then on as the configuration says. @param host name of this host. */
  begin(host: string): void;
  /** What is exported of them. */
  points(): readonly Point[];
  /** One for each, in the order of the configuration, as they are evaluated. */
  standings(): readonly MeasureStandingJson[];
  close(): void;
}

interface OwnMeasuresInput {
  readonly config: Config;
  readonly directory: string;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly wall: () => number;
  /** Runs a task by the clock, and gives what stops it; node-cron unless told. */
  readonly every?: typeof scheduleTask;
}

type Plans = Awaited<ReturnType<typeof openPlans>>;
type Written = Config['measures'][number];

const HOUR = 3600;

/** Why an agent cannot evaluate a measure by what it knows; undefined: it can. */
export const whyNotHere = ({ hosts, control, work, drivers, guards, step }: Written): string | undefined => {
  if (hosts !== 'self') return 'it is of named hosts and not of this one alone (hosts: self)';
  if (control !== undefined) return 'it names untouched hosts, whose history is not on this one';
  const terms = typeof work === 'string' ? [] : work;
  if (drivers.length > 0 || guards.length > 0 || terms.some(({ query }) => query !== undefined))
    return 'it asks queries, which the history of an agent does not answer';
  if (step !== undefined && step % HOUR !== 0)
    return 'the history of an agent is kept by the hour, its step is none';
  return undefined;
};

/** A line for each measure that the agent leaves to others, with where it belongs. */
export const leftToOthers = (measures: readonly Written[]) =>
  measures.flatMap((one) => {
    const why = whyNotHere(one);
    if (why === undefined) return [];
    return [
      {
        name: one.name,
        text: `this agent does not evaluate it: ${why}`,
        fix: `put it into the file of negawatt fleet, or ask negawatt compare --measure ${one.name}`,
      },
    ];
  });

/** Loaded only where a measure of this host is configured, and there is a state directory. */
export const openOwnMeasures = async ({
  config,
  directory,
  log,
  wall,
  every,
}: OwnMeasuresInput): Promise<OwnMeasures> => {
  const [plans, jobs] = await Promise.all([openPlans(), import('./jobs.ts')]);
  const own = config.measures.filter((one) => whyNotHere(one) === undefined).map(({ name }) => name);
  const results = new Map<string, EvaluatedMeasure>();
  const told = new Map<string, string>();
  let running: ReturnType<Plans['evaluateApart']> | undefined;
  let stopTask = (): void => {};
  let isClosed = false;

  const take = (result: EvaluatedMeasure): void => {
    if (isClosed) return;
    results.set(result.name, result);
    tell(result);
  };
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
  const evaluate = async (host: string): Promise<void> => {
    if (isClosed || running !== undefined) return;
    try {
      const now = wall() / 1000;
      running = plans.evaluateApart(
        {
          ...{ directory, host, labels: config.host.labels, now, version },
          method: plans.METHOD_VERSION,
          measures: toEvaluate(plans, config, directory, host, now, own),
        },
        take,
      );
      await running.done;
    } catch (cause) {
      if (isClosed) return;
      const why = cause instanceof Error ? cause.message : String(cause);
      log.warn(
        { fix: 'the next evaluation tries again; negawatt compare --measure NAME does the same by hand' },
        `measures could not be evaluated: ${why}`,
      );
    } finally {
      running = undefined;
    }
  };

  return {
    begin: (host) => {
      void evaluate(host);
      const { schedule } = config.savings;
      stopTask = (every ?? jobs.scheduleTask)({
        name: 'measures',
        schedule,
        task: () => evaluate(host),
        log,
      });
    },
    points: () => own.flatMap((name) => results.get(name)?.points ?? []),
    standings: () => own.flatMap((name) => results.get(name)?.standing ?? []),
    close: () => {
      isClosed = true;
      stopTask();
      running?.stop();
    },
  };
};

/** The plans of this host with what was kept of them. */
const toEvaluate = (
  plans: Plans,
  config: Config,
  directory: string,
  host: string,
  now: number,
  own: readonly string[],
): readonly MeasureToEvaluate[] =>
  plansHere(plans, config, host)
    .filter(({ name }) => own.includes(name))
    .map((plan) => {
      const read = plans.readPlans(directory, plan.name);
      const about = { version: plans.METHOD_VERSION, queries: {} };
      const entries = read.found ? read.value : [];
      const { registration, changes, frozen } = plans.registrationOf(
        entries,
        plan,
        about,
        now,
        plans.planHash,
      );
      const held = frozen && plans.readPlanText(frozen.plan)?.plan;
      return {
        plan,
        registered: { registration, changes },
        frozen:
          frozen === undefined || held === undefined ? undefined : { plan: held, sha256: frozen.sha256 },
      };
    });
