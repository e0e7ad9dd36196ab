import { type Config, type MeasureToEvaluate, openPlans } from '../src/index.ts';
import { statedRates } from './carbon.ts';
import type { scheduleTask } from './jobs.ts';
import type { Logger } from './log.ts';
import type { MeasureRounds } from './measure-rounds.ts';
import { plansHere } from './plans-here.ts';
import { version } from './version.ts';

interface OwnMeasuresInput {
  readonly config: Config;
  readonly directory: string;
  /** Name of this host. */
  readonly host: string;
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
  host,
  every,
}: OwnMeasuresInput): Promise<MeasureRounds> => {
  const [plans, { measureRounds }] = await Promise.all([openPlans(), import('./measure-rounds.ts')]);
  const own = config.measures.filter((one) => whyNotHere(one) === undefined).map(({ name }) => name);
  return measureRounds({
    ...{ plans, log, names: own, schedule: config.savings.schedule },
    ...(every === undefined ? {} : { every }),
    job: () => {
      const now = wall() / 1000;
      return {
        ...{ directory, now, version, method: plans.METHOD_VERSION },
        ...statedRates(config),
        past: { of: 'own', host, labels: config.host.labels },
        measures: toEvaluate(plans, config, directory, host, now, own),
      };
    },
  });
};

/** The plans of this host with what was kept of them. */
const toEvaluate = (
  plans: Plans,
  config: Config,
  directory: string,
  host: string,
  now: number,
  own: readonly string[],
): readonly MeasureToEvaluate[] => {
  const all = plansHere(plans, config, host);
  return all
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
        ...plans.othersOf(plan, all),
        registered: { registration, changes },
        frozen:
          frozen === undefined || held === undefined ? undefined : { plan: held, sha256: frozen.sha256 },
      };
    });
};
