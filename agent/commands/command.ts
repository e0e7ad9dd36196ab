import { Command } from 'commander';
import type { FlagValues } from '../configuration.ts';

/** What a command file exports: one line in `index.ts` adds it. */
export interface CommandFile {
  /** @param flagsOf the configuration flags as given, those of `--no-source.NAME` included. */
  build(flagsOf: (command: Command) => FlagValues): Command;
}

/**
 * Configuration flags of a command by their names without the dashes, as they were typed: commander's own keys are
 * camel-cased. A key of the configuration has a dot in its name; an option of the command alone (`--format`) has none.
 */
export const configFlags = (command: Command, sources: FlagValues): FlagValues => {
  const flags: Record<string, string | boolean | undefined> = { ...sources };
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    if (option.long === undefined || option.long === null || !option.long.includes('.')) continue;
    if (typeof value === 'string') flags[option.long.slice(2)] = value;
  }
  return flags;
};

export const newCommand = (name: string, description: string, examples: readonly string[]): Command =>
  new Command(name)
    .description(description)
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`);
