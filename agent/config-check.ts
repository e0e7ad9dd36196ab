import { exampleNotice, exampleOf, openConfiguration } from '../src/index.ts';
import { readConfig } from '../src/start.ts';
import { findingsIn } from './config-findings.ts';
import { configInput, type FlagValues, problemText } from './configuration.ts';
import { CommandError, ERROR } from './exit.ts';

type Problems = Parameters<typeof problemText>[0];

class Unusable extends CommandError {
  readonly problems: Problems;

  constructor(problems: Problems) {
    super(`the configuration is not usable:\n${problemText(problems)}`);
    this.problems = problems;
  }
}

const unusable = (problems: Problems): CommandError => new Unusable(problems);

const read = async (flags: FlagValues) => {
  const input = configInput(flags);
  return { result: await readConfig(input), file: input.file ?? 'no file, the defaults' };
};

/** Whether the configuration can be used, with all that it names, and beside other files. Throws CommandError where it cannot. */
const checked = async (flags: FlagValues, others: readonly string[]) => {
  const { result, file } = await read(flags);
  const usable = result.ok ? { ...result, faulty: [] } : result.rest;
  const findings = usable === undefined ? [] : await findingsIn(usable, others);
  const problems = [...(result.ok ? [] : result.problems), ...findings.flatMap((one) => one.problems)];
  if (!result.ok || problems.length > 0) throw unusable(problems);
  const warnings = [...result.warnings, ...findings.flatMap((one) => one.warnings)];
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
  const { result } = await read(flags);
  if (!result.ok) throw unusable(result.problems);
  const { printConfig, configJson } = await openConfiguration();
  process.stdout.write(isJson ? configJson(result) : printConfig(result));
};
