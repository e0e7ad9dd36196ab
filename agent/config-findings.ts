import {
  type Config,
  gridZoneOf,
  type LoadedConfig,
  openConfiguration,
  openCurveFiles,
  openPlans,
  type Problem,
} from '../src/index.ts';
import { openCarbon } from './carbon.ts';
import { CommandError } from './exit.ts';
import { gridZone } from './grid-zone.ts';
import { checkWebFile } from './web-check.ts';

/** What is wrong with what a configuration names, and what may not be meant. */
export interface Findings {
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** A configuration, or what is left of one without the keys that have problems of their own. */
interface Usable {
  readonly config: Config;
  readonly settings: Extract<LoadedConfig, { ok: true }>['settings'];
  readonly faulty: readonly string[];
}

const NOTHING: Findings = { problems: [], warnings: [] };
const problemsAlone = (problems: readonly Problem[]): Findings => ({ problems, warnings: [] });

/** Where a key was set; its name where nobody set it. */
const placeIn = ({ settings }: Usable, key: string): string => {
  const where = settings.find(({ name }) => name === key)?.origin.where ?? '';
  return where === '' ? key : where;
};

/**
 * Reads the factors that the configuration names. A zone that no table holds is an error, at the place that set it; one
 * without a factor that may be used is a warning: energy is exported there, CO2e is not.
 */
const ofFactors = async (usable: Usable): Promise<Findings> => {
  const { config } = usable;
  const carbonAt = await openCarbon(config);
  if (gridZoneOf(config) === undefined) return NOTHING;
  const { status, why, fix } = gridZone(config, carbonAt(Date.now()));
  if (status === 'missing') return { problems: [], warnings: [`${why}; ${fix}`] };
  if (status !== 'unknown') return NOTHING;
  const key = config.grid.zone === undefined ? 'grid.example_zone' : 'grid.zone';
  return problemsAlone([{ place: placeIn(usable, key), what: `${why}; ${fix}` }]);
};

/** A hardware file that the configuration names is read too: else its mistakes would show at the next start alone. */
const ofCurveFile = async (usable: Usable): Promise<Findings> => {
  const path = usable.config.sources.model.curve_file;
  if (path === undefined) return NOTHING;
  const { readCurveFile } = await openCurveFiles();
  const file = await readCurveFile(path);
  if (file.found) return NOTHING;
  const place = placeIn(usable, 'sources.model.curve_file');
  return problemsAlone([{ place, what: `${file.reason}; ${file.fix}` }]);
};

/** So is a web-config file, with the certificates that it names. */
const ofWebFile = async ({ config }: Usable): Promise<Findings> => {
  const web = await checkWebFile(config);
  return {
    problems: web?.problems ?? [],
    warnings: (web?.warnings ?? []).map(({ place, what }) => `${place}: ${what}`),
  };
};

/** Plans of measures, as far as they can be judged without the history: what stands in the way of any saving is an error. */
const ofPlans = async (usable: Usable): Promise<Findings> => {
  const { config } = usable;
  if (config.measures.length === 0) return NOTHING;
  const [plans, { findingsHere }, { selfOf }, { leftToOthers }] = await Promise.all([
    openPlans(),
    import('./plans-here.ts'),
    import('./measure-plans.ts'),
    import('./own-measures.ts'),
  ]);
  // A file that says where a fleet is measured is read by the service that evaluates all of them.
  const others = (config.history === undefined ? leftToOthers(config.measures) : []).map(
    ({ name, text, fix }) => `measure ${name}: ${text}; ${fix}`,
  );
  const findings = findingsHere(plans, config, selfOf(config)).map((one) => ({
    ...one,
    what: `measure ${one.name}: ${one.text} ${one.fix}`,
  }));
  const place = placeIn(usable, 'measures');
  const errors = findings.filter(({ severity }) => severity === 'error');
  return {
    problems: errors.map(({ what }) => ({ place, what })),
    warnings: [...others, ...findings.filter(({ severity }) => severity !== 'error').map(({ what }) => what)],
  };
};

/** A measure that two evaluate has two series of each name: sums over them count it twice. */
const ofTwins = async (usable: Usable, others: readonly string[]): Promise<Findings> => {
  if (others.length === 0) return NOTHING;
  const { config } = usable;
  const [{ measureNamesIn }, { whyNotHere }] = await Promise.all([
    openConfiguration(),
    import('./own-measures.ts'),
  ]);
  const place = placeIn(usable, 'measures');
  // What this agent leaves to others may stand in the file of those.
  const seen = new Map(
    config.measures
      .filter((one) => config.history !== undefined || whyNotHere(one) === undefined)
      .map(({ name }) => [name, place]),
  );
  const problems: Problem[] = [];
  for (const file of others) {
    const read = await measureNamesIn(file);
    if (!read.found) throw new CommandError(`${read.reason}; ${read.fix}`);
    for (const { name, place: here } of read.value) {
      const before = seen.get(name);
      if (before !== undefined)
        problems.push({
          place: here,
          what: `measure ${name} is in ${before} too; each measure has one exporter: rename it, or take it out of one of the two`,
        });
      seen.set(name, here);
    }
  }
  return problemsAlone(problems);
};

/** Each with the keys that it rests on: where one of them has a problem itself, what it would find is not to be told. */
const CHECKS: readonly {
  readonly of: readonly string[];
  readonly check: (usable: Usable, others: readonly string[]) => Promise<Findings>;
}[] = [
  { of: ['sources.model.curve_file'], check: ofCurveFile },
  { of: ['measures', 'history'], check: ofTwins },
  { of: ['web.config_file'], check: ofWebFile },
  { of: ['grid.zone', 'grid.example_zone', 'grid.files', 'grid.location'], check: ofFactors },
  { of: ['measures', 'history', 'host.name', 'host.labels'], check: ofPlans },
];

/** Whether one key is the other, or lies in it. */
const isIn = (key: string, other: string): boolean => key === other || key.startsWith(`${other}.`);

/** All that can be found beside the schema. A file that cannot be read is a problem of its own, and hides no other. */
export const findingsIn = async (usable: Usable, others: readonly string[]): Promise<readonly Findings[]> => {
  const found: Findings[] = [];
  for (const { of, check } of CHECKS) {
    if (usable.faulty.some((faulty) => of.some((key) => isIn(key, faulty) || isIn(faulty, key)))) continue;
    try {
      found.push(await check(usable, others));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      found.push(problemsAlone([{ place: '', what: error.message }]));
    }
  }
  return found;
};
