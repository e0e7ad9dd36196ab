import { hostname } from 'node:os';
import {
  type Config,
  type HistoryEngine,
  type MeasurePlan,
  openPlans,
  quickInventory,
  type WrittenMeasure,
} from '../src/index.ts';
import { CommandError } from './exit.ts';
import { stateDirectoryOf } from './state.ts';

type Plans = Awaited<ReturnType<typeof openPlans>>;
type Selector = ReturnType<Plans['scopeSelector']>;
type Entries = Parameters<Plans['frozenEntry']>[0];

/** A measure of the configuration with its plan, and what was recorded of it. */
export interface PlannedMeasure {
  readonly written: WrittenMeasure;
  readonly plan: MeasurePlan;
  readonly entries: Entries;
  /** Why what was recorded cannot be read, and the next step. */
  readonly unreadable: { readonly reason: string; readonly fix: string } | undefined;
}

/** Name of this host, as its agent gives it. */
export const selfOf = ({ host, path }: Config): string =>
  host.name ?? (quickInventory(path).hostName || hostname());

/**
 * Hosts that a selector chooses by what is known here: names, and this host by its own labels. A history knows more.
 */
export const hostsHere = (
  { hosts = [], match }: Selector,
  config: Config,
  self: string,
): readonly string[] => {
  if (match === undefined) return hosts;
  const labels: Readonly<Record<string, string>> = config.host.labels;
  const isIn = Object.entries(match).every(([label, value]) => labels[label] === value);
  return isIn ? [...hosts, self] : hosts;
};

/**
 * All measures with their plans: hosts as they were frozen, else as the history knows them, else as this host does.
 *
 * @param now seconds since 1970 UTC.
 */
export const plannedMeasures = async (
  config: Config,
  engine: HistoryEngine | undefined,
  now: number,
): Promise<readonly PlannedMeasure[]> => {
  const plans = await openPlans();
  const self = selfOf(config);
  const dir = stateDirectoryOf(config);
  const listed = async (
    selector: Selector,
    baseline: MeasurePlan['baseline'],
  ): Promise<readonly string[]> => {
    if (selector.match === undefined || engine === undefined) return hostsHere(selector, config, self);
    const window = { from: baseline.from, to: Math.max(baseline.to, now) };
    return (await engine.list(selector, window)).map(({ host }) => host);
  };
  const all = await Promise.all(
    config.measures.map(async (written): Promise<PlannedMeasure> => {
      const draft = plans.planOf(written, self, { hosts: [], control: [] });
      const read = dir === undefined ? undefined : plans.readPlans(dir, written.name);
      const entries = read?.found === true ? read.value : [];
      const held = plans.frozenHosts(plans.frozenEntry(entries, now), draft);
      const { controlSelector, baseline } = draft;
      const hosts = held.hosts ?? (await listed(draft.selector, baseline));
      const control =
        held.control ?? (controlSelector === undefined ? [] : await listed(controlSelector, baseline));
      const isBroken = read?.found === false && read.state === 'unreadable';
      return {
        written,
        plan: plans.planOf(written, self, { hosts, control }),
        entries,
        unreadable: isBroken ? read : undefined,
      };
    }),
  );
  const together = plans.withOverlaps(all.map(({ plan }) => plan));
  return all.map((one, index) => ({ ...one, plan: together[index] ?? one.plan }));
};

/** One of them by its name. Throws CommandError where there is none. */
export const measureNamed = (all: readonly PlannedMeasure[], name: string): PlannedMeasure => {
  const one = all.find(({ plan }) => plan.name === name);
  if (one !== undefined) return one;
  const there = all.map(({ plan }) => plan.name).join(', ');
  throw new CommandError(
    there === ''
      ? `there is no measure ${JSON.stringify(name)}: the configuration has none; \`negawatt measure draft ${name}\` writes one`
      : `there is no measure ${JSON.stringify(name)} in the configuration; there are: ${there}`,
  );
};
