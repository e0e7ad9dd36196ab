import {
  type Config,
  type EvaluatedMeasure,
  type MeasureToEvaluate,
  openComparing,
  openPlans,
} from '../src/index.ts';
import { statedRates } from './carbon.ts';
import { CommandError } from './exit.ts';
import type { Logger } from './log.ts';
import { type PlannedMeasure, plannedMeasures } from './measure-plans.ts';
import { type EvaluationJob, type MeasureRounds, measureRounds } from './measure-rounds.ts';
import { version } from './version.ts';

interface FleetMeasuresInput {
  readonly config: Config;
  /** Plans, results and the archive. */
  readonly directory: string;
  readonly log: Logger;
  /** Stands above every report, where the figures are nobody's. */
  readonly notice?: string;
}

type Plans = Awaited<ReturnType<typeof openPlans>>;
type Options = NonNullable<Config['history']>;

/** Where a fleet's past is; throws CommandError where the configuration does not say. */
export const fleetPast = ({ history, measures }: Config): Options => {
  if (history?.prometheus === undefined && history?.csv === undefined)
    throw new CommandError(
      'negawatt fleet needs a history: name the engine under the key history (history: {prometheus: {url: ...}})',
    );
  const own = measures.filter(({ hosts }) => hosts === 'self').map(({ name }) => name);
  if (own.length > 0)
    throw new CommandError(
      `${own.join(', ')}: hosts: self is the host of an agent; put the measure into the file of that agent, or name the hosts`,
    );
  return history;
};

/** All measures of the configuration, registered and evaluated from the engine that it names. */
export const openFleetMeasures = async (input: FleetMeasuresInput): Promise<MeasureRounds> => {
  const { config, directory, log } = input;
  const names = config.measures.map(({ name }) => name);
  const job = await fleetJob(input);
  return measureRounds({
    ...{ plans: await openPlans(), log, names, schedule: config.savings.schedule },
    known: await knownOf(directory, names, log),
    job: () => job(Date.now() / 1000),
  });
};

/** What is to be evaluated at a time, seconds since 1970 UTC; plans are registered first. */
export const fleetJob = async ({
  config,
  directory,
  log,
  notice,
}: FleetMeasuresInput): Promise<(now: number) => Promise<EvaluationJob>> => {
  const plans = await openPlans();
  const options = fleetPast(config);
  const register = registrar(plans, directory, log);
  const { retention } = config.fleet;
  return async (now) => {
    const { all, queries } = await planned(config, options, now);
    register(all, queries, now);
    return {
      ...{ directory, now, version, method: plans.METHOD_VERSION },
      ...statedRates(config),
      past: { of: 'engine', options, retention, ...(notice === undefined ? {} : { notice }) },
      measures: all.map((one) => ({
        ...toEvaluate(plans, directory, one, queries, now),
        ...plans.othersOf(
          one.plan,
          all.map(({ plan }) => plan),
        ),
      })),
    };
  };
};

/** Hosts of a scope that names labels are asked of the engine until the plan is frozen. */
const planned = async (config: Config, options: Options, now: number) => {
  const { openHistory } = await openComparing();
  const engine = await openHistory(options, {
    local: () => Promise.reject(new CommandError('no engine is named under history')),
  });
  try {
    return { all: await plannedMeasures(config, engine, now), queries: engine.about.queries };
  } finally {
    await engine.close();
  }
};

const registrar = (plans: Plans, directory: string, log: Logger) => {
  const told = new Set<string>();
  return (all: readonly PlannedMeasure[], queries: Readonly<Record<string, string>>, now: number): void => {
    const engine = { version: plans.METHOD_VERSION, queries };
    const recorded = plans.recordPlans(
      directory,
      // A scope by labels that no host has yet is no plan yet.
      all.flatMap(({ plan }) => (plan.hosts.length === 0 ? [] : [plan])),
      engine,
      now,
    );
    for (const { name, entries, isNew, problem } of recorded) {
      if (problem !== undefined && !told.has(problem.reason)) {
        log.error({ measure: name, fix: problem.fix }, problem.reason);
        told.add(problem.reason);
      }
      const last = entries.at(-1);
      if (isNew && last !== undefined)
        log.info({ measure: name, sha256: last.sha256 }, 'the plan is registered');
    }
  };
};

const toEvaluate = (
  plans: Plans,
  directory: string,
  { plan }: PlannedMeasure,
  queries: Readonly<Record<string, string>>,
  now: number,
): MeasureToEvaluate => {
  const read = plans.readPlans(directory, plan.name);
  const about = { version: plans.METHOD_VERSION, queries };
  const { registration, changes, frozen } = plans.registrationOf(
    read.found ? read.value : [],
    plan,
    about,
    now,
    plans.planHash,
  );
  const held = frozen && plans.readPlanText(frozen.plan)?.plan;
  return {
    plan,
    registered: { registration, changes },
    frozen: frozen === undefined || held === undefined ? undefined : { plan: held, sha256: frozen.sha256 },
  };
};

/** What the run before left: it is told until the first evaluation is done. */
const knownOf = async (
  directory: string,
  names: readonly string[],
  log: Logger,
): Promise<readonly EvaluatedMeasure[]> => {
  const { readStanding, savingsPoints, standingJson } = await openComparing();
  return names.flatMap((name): readonly EvaluatedMeasure[] => {
    const kept = readStanding(directory, name);
    if (!kept.found) {
      if (kept.state === 'unreadable') log.warn({ measure: name, fix: kept.fix }, kept.reason);
      return [];
    }
    const { value } = kept;
    return [{ name, points: savingsPoints(value), standing: standingJson(value), problem: value.problem }];
  });
};
