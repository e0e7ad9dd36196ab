import {
  type Config,
  type MeasureArm,
  type MeasureStandingJson,
  openPlans,
  type Point,
} from '../src/index.ts';
import type { Logger } from './log.ts';
import type { MeasureRounds } from './measure-rounds.ts';
import { findingsHere, plansHere } from './plans-here.ts';

/** The measures of an agent at work: what on/off tests ask for, and the plans that this agent registers. */
export interface Measures {
  /** @param host name of this host, for plans with `hosts: self`. */
  begin(host: string): void;
  /** At each tick: writes arm files that have changed, and what could not be registered. Never throws. */
  turn(): void;
  /** What the on/off tests ask for now, in the order of the configuration. */
  arms(): readonly MeasureArm[];
  /** What is exported of the measures of this host, and how they stand; empty until they are evaluated. */
  points(): readonly Point[];
  standings(): readonly MeasureStandingJson[];
  /**
   * Takes the arm files away: whoever follows them must not follow one that nobody changes any more.
   *
   * @param next configuration of the run that goes on with those that it names.
   */
  close(next?: Config): Promise<void>;
}

interface MeasuresInput {
  readonly config: Config;
  /** State directory; undefined: nothing is registered. */
  readonly directory: string | undefined;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly wall?: () => number;
}

/** A plan that could not be recorded is tried again this often, milliseconds. */
const RETRY_MS = 60_000;

/** Loaded only where measures are configured. */
export const openMeasures = async ({
  config,
  directory,
  log,
  wall = Date.now,
}: MeasuresInput): Promise<Measures> => {
  const plans = await openPlans();
  const { arms, files } = await openArms(config, log, wall);
  const { leftToOthers, openOwnMeasures, whyNotHere } = await import('./own-measures.ts');
  let own: MeasureRounds | undefined;
  let isClosed = false;
  /** Known once the host has its name. */
  const evaluate = async (host: string): Promise<void> => {
    if (directory === undefined || config.measures.every((one) => whyNotHere(one) !== undefined)) return;
    const opened = await openOwnMeasures({ config, directory, host, log, wall });
    if (isClosed) return;
    own = opened;
    own.begin();
  };
  let self: string | undefined;
  let registeredAt: number | undefined;
  let isRegistered = false;
  const told = new Set<string>();

  const register = (host: string): void => {
    if (directory === undefined) {
      if (config.measures.some(({ hosts }) => hosts === 'self'))
        log.warn(
          { fix: 'name one with --state.dir' },
          'plans of measures are not registered and not evaluated: there is no state directory',
        );
      isRegistered = true;
      return;
    }
    const all = plansHere(plans, config, host);
    const own = config.measures.filter(({ hosts }) => hosts === 'self').map(({ name }) => name);
    const engine = { version: plans.METHOD_VERSION, queries: {} };
    const recorded = plans.recordPlans(
      directory,
      all.filter(({ name }) => own.includes(name)),
      engine,
      wall() / 1000,
    );
    isRegistered = recorded.every(({ problem }) => problem === undefined);
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

  return {
    arms,
    begin: (host) => {
      self = host;
      for (const { name, severity, text, fix } of findingsHere(plans, config, host))
        if (severity === 'error') log.warn({ measure: name, fix }, text);
      registeredAt = wall();
      register(host);
      for (const { name, text, fix } of leftToOthers(config.measures)) log.info({ measure: name, fix }, text);
      void evaluate(host);
      files.write(arms());
    },
    turn: () => {
      files.write(arms());
      if (isRegistered || self === undefined || Math.abs(wall() - (registeredAt ?? 0)) < RETRY_MS) return;
      registeredAt = wall();
      register(self);
    },
    points: () => own?.points() ?? [],
    standings: () => own?.standings() ?? [],
    close: async (next) => {
      isClosed = true;
      await Promise.all([
        own?.close(),
        files.remove(new Set(next?.measures.map(({ arm_file: file }) => file))),
      ]);
    },
  };
};

/** The on/off tests of a configuration, and the files that say their arms. */
export const openArms = async (config: Config, log: Logger, wall: () => number) => {
  const { armsOf } = await import('./switchback-arms.ts');
  const { openArmFiles } = await import('./arm-files.ts');
  const { armPoints, replaceFile } = await openPlans();
  const arms = await armsOf(config);
  const files = openArmFiles({
    paths: new Map(
      config.measures.flatMap(({ name, arm_file: file }) =>
        file === undefined ? [] : [[name, file] as const],
      ),
    ),
    replaceFile,
    log,
  });
  const now = (): readonly MeasureArm[] => arms(wall() / 1000);
  return { arms: now, points: () => armPoints(now()), files };
};
