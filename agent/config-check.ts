import {
  exampleNotice,
  exampleOf,
  gridZoneOf,
  type LoadedConfig,
  openConfiguration,
  openCurveFiles,
  openPlans,
} from '../src/index.ts';
import { readConfig } from '../src/start.ts';
import { openCarbon } from './carbon.ts';
import { configInput, type FlagValues, problemText } from './configuration.ts';
import { CommandError, ERROR } from './exit.ts';
import { gridZone } from './grid-zone.ts';
import { checkWebFile } from './web-check.ts';

type Problems = Parameters<typeof problemText>[0];

class Unusable extends CommandError {
  readonly problems: Problems;

  constructor(problems: Problems) {
    super(`the configuration is not usable:\n${problemText(problems)}`);
    this.problems = problems;
  }
}

const unusable = (problems: Problems): CommandError => new Unusable(problems);

const loaded = async (flags: FlagValues) => {
  const input = configInput(flags);
  const result = await readConfig(input);
  if (!result.ok) throw unusable(result.problems);
  return { result, file: input.file ?? 'no file, the defaults' };
};

/**
 * Reads the factors that the configuration names. A zone that no table holds is an error, at the place that set it; one
 * without a factor that may be used is a warning: energy is exported there, CO2e is not.
 */
const factorWarnings = async ({
  config,
  settings,
}: Extract<LoadedConfig, { ok: true }>): Promise<readonly string[]> => {
  const carbonAt = await openCarbon(config);
  if (gridZoneOf(config) === undefined) return [];
  const { status, why, fix } = gridZone(config, carbonAt(Date.now()));
  if (status === 'missing') return [`${why}; ${fix}`];
  if (status !== 'unknown') return [];
  const key = config.grid.zone === undefined ? 'grid.example_zone' : 'grid.zone';
  const place = settings.find(({ name }) => name === key)?.origin.where ?? key;
  throw unusable([{ place, what: `${why}; ${fix}` }]);
};

/** A hardware file that the configuration names is read too: else its mistakes would show at the next start alone. */
const checkCurveFile = async ({ config, settings }: Extract<LoadedConfig, { ok: true }>): Promise<void> => {
  const path = config.sources.model.curve_file;
  if (path === undefined) return;
  const { readCurveFile } = await openCurveFiles();
  const file = await readCurveFile(path);
  if (file.found) return;
  const key = 'sources.model.curve_file';
  const place = settings.find(({ name }) => name === key)?.origin.where ?? key;
  throw unusable([{ place, what: `${file.reason}; ${file.fix}` }]);
};

/** So is a web-config file, with the certificates that it names. */
const webWarnings = async ({ config }: Extract<LoadedConfig, { ok: true }>): Promise<readonly string[]> => {
  const web = await checkWebFile(config);
  if (web !== undefined && web.problems.length > 0) throw unusable(web.problems);
  return (web?.warnings ?? []).map(({ place, what }) => `${place}: ${what}`);
};

/** Plans of measures, as far as they can be judged without the history: what stands in the way of any saving is an error. */
const planWarnings = async ({
  config,
  settings,
}: Extract<LoadedConfig, { ok: true }>): Promise<readonly string[]> => {
  if (config.measures.length === 0) return [];
  const [plans, { findingsHere }, { selfOf }] = await Promise.all([
    openPlans(),
    import('./plans-here.ts'),
    import('./measure-plans.ts'),
  ]);
  const { leftToOthers } = await import('./own-measures.ts');
  // A file that says where a fleet is measured is read by the service that evaluates all of them.
  const others = (config.history === undefined ? leftToOthers(config.measures) : []).map(
    ({ name, text, fix }) => `measure ${name}: ${text}; ${fix}`,
  );
  const findings = findingsHere(plans, config, selfOf(config)).map((one) => ({
    ...one,
    what: `measure ${one.name}: ${one.text} ${one.fix}`,
  }));
  const place = settings.find(({ name }) => name === 'measures')?.origin.where ?? 'measures';
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw unusable(errors.map(({ what }) => ({ place, what })));
  return [...others, ...findings.map(({ what }) => what)];
};

/** A measure that two evaluate has two series of each name: sums over them count it twice. */
const checkTwins = async (
  { config, settings }: Extract<LoadedConfig, { ok: true }>,
  others: readonly string[],
): Promise<void> => {
  if (others.length === 0) return;
  const [{ measureNamesIn }, { whyNotHere }] = await Promise.all([
    openConfiguration(),
    import('./own-measures.ts'),
  ]);
  const place = settings.find(({ name }) => name === 'measures')?.origin.where ?? 'measures';
  // What this agent leaves to others may stand in the file of those.
  const seen = new Map(
    config.measures
      .filter((one) => config.history !== undefined || whyNotHere(one) === undefined)
      .map(({ name }) => [name, place]),
  );
  const problems: { place: string; what: string }[] = [];
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
  if (problems.length > 0) throw unusable(problems);
};

/** Whether the configuration can be used, with all that it names, and beside other files. Throws CommandError where it cannot. */
const checked = async (flags: FlagValues, others: readonly string[]) => {
  const { result, file } = await loaded(flags);
  await checkCurveFile(result);
  await checkTwins(result, others);
  const warnings = [
    ...result.warnings,
    ...(await webWarnings(result)),
    ...(await factorWarnings(result)),
    ...(await planWarnings(result)),
  ];
  return { file, sha256: result.sha256, warnings, example: exampleOf(result.config) };
};

/** Prints what came of it. Throws CommandError where it cannot be used. */
export const checkConfig = async (flags: FlagValues, others: readonly string[] = []): Promise<void> => {
  const { file, sha256, warnings, example } = await checked(flags, others);
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  process.stdout.write(`ok: ${file} (sha256 ${sha256})\n`);
  if (example !== undefined) process.stdout.write(`${exampleNotice(example)}\n`);
};

/** The same for programs: on standard output in either case, and the exit code tells which. */
export const checkConfigJson = async (flags: FlagValues, others: readonly string[]): Promise<void> => {
  const print = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  try {
    print({ ok: true, ...(await checked(flags, others)), problems: [] });
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    print({ ok: false, problems: error.problems.map(({ place, what }) => ({ place, what })) });
    process.exitCode = ERROR;
  }
};

/** Prints the configuration in force and who set each key. */
export const showConfig = async (flags: FlagValues, isJson: boolean): Promise<void> => {
  const { result } = await loaded(flags);
  const { printConfig, configJson } = await openConfiguration();
  process.stdout.write(isJson ? configJson(result) : printConfig(result));
};
