import {
  exampleNotice,
  exampleOf,
  gridZoneOf,
  type LoadedConfig,
  openConfiguration,
  openCurveFiles,
  readConfig,
} from '../../src/index.ts';
import { openCarbon } from '../carbon.ts';
import { configInput, problemText } from '../configuration.ts';
import { CommandError } from '../exit.ts';
import { gridZone } from '../grid-zone.ts';
import { checkWebFile } from '../web-check.ts';
import { type CommandFile, newCommand } from './command.ts';
import { withServiceFlags } from './options.ts';

const unusable = (problems: Parameters<typeof problemText>[0]): CommandError =>
  new CommandError(`the configuration is not usable:\n${problemText(problems)}`);

const loaded = async (flags: Parameters<typeof configInput>[0]) => {
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

export const configCommand: CommandFile = {
  build: (flagsOf) => {
    const check = withServiceFlags(
      newCommand('check', 'Check the configuration; all problems at once, with file, line and key.', [
        'negawatt config check --config.file /etc/negawatt/negawatt.yaml',
      ]),
    ).action(async (_options, command) => {
      const { result, file } = await loaded(flagsOf(command));
      await checkCurveFile(result);
      const warnings = [
        ...result.warnings,
        ...(await webWarnings(result)),
        ...(await factorWarnings(result)),
      ];
      for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
      const example = exampleOf(result.config);
      process.stdout.write(`ok: ${file} (sha256 ${result.sha256})\n`);
      if (example !== undefined) process.stdout.write(`${exampleNotice(example)}\n`);
    });
    const print = withServiceFlags(
      newCommand('print', 'Print the configuration in force and who set each key.', [
        'negawatt config print',
        'NEGAWATT_GRID_ZONE=DE negawatt config print --log.level debug',
      ]),
    ).action(async (_options, command) => {
      const { result } = await loaded(flagsOf(command));
      const { printConfig } = await openConfiguration();
      process.stdout.write(printConfig(result));
    });
    return newCommand('config', 'Check or print the configuration.', ['negawatt config check'])
      .addCommand(check)
      .addCommand(print);
  },
};
