import { Command } from 'commander';
import type { FlagValues } from '../compose.ts';

/** What a command file exports: one line in `index.ts` adds it. */
export interface CommandFile {
  /** @param flagsOf the configuration flags as given, those of `--no-source.NAME` included. */
  build(flagsOf: (command: Command) => FlagValues): Command;
}

/** Options that are no configuration keys and must not reach it. */
const OWN = new Set(['format', 'json', 'interval', 'top']);

/** Flags of a command by their names without the dashes. */
export const configFlags = (command: Command, sources: FlagValues): FlagValues => {
  const given = Object.entries(command.opts() as Record<string, unknown>);
  const keys = given.filter(([name, value]) => !OWN.has(name) && typeof value === 'string');
  return { ...(Object.fromEntries(keys) as FlagValues), ...sources };
};

export const newCommand = (name: string, description: string, examples: readonly string[]): Command =>
  new Command(name)
    .description(description)
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`);
