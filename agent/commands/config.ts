import { loadConfig, printConfig } from '../../src/index.ts';
import { configInput, problemText } from '../compose.ts';
import { CommandError } from '../exit.ts';
import { type CommandFile, newCommand } from './command.ts';
import { withServiceFlags } from './options.ts';

const loaded = async (flags: Parameters<typeof configInput>[0]) => {
  const input = configInput(flags);
  const result = await loadConfig(input);
  if (!result.ok) throw new CommandError(`the configuration is not usable:\n${problemText(result.problems)}`);
  return { result, file: input.file ?? 'no file, the defaults' };
};

export const configCommand: CommandFile = {
  build: (flagsOf) => {
    const check = withServiceFlags(
      newCommand('check', 'Check the configuration; all problems at once, with file, line and key.', [
        'negawatt config check --config.file /etc/negawatt/negawatt.yaml',
      ]),
    ).action(async (_options, command) => {
      const { result, file } = await loaded(flagsOf(command));
      for (const warning of result.warnings) process.stderr.write(`warning: ${warning}\n`);
      process.stdout.write(`ok: ${file} (sha256 ${result.sha256})\n`);
    });
    const print = withServiceFlags(
      newCommand('print', 'Print the configuration in force and who set each key.', [
        'negawatt config print',
        'NEGAWATT_GRID_ZONE=DE negawatt config print --log.level debug',
      ]),
    ).action(async (_options, command) => {
      const { result } = await loaded(flagsOf(command));
      process.stdout.write(printConfig(result));
    });
    return newCommand('config', 'Check or print the configuration.', ['negawatt config check'])
      .addCommand(check)
      .addCommand(print);
  },
};
