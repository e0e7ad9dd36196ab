import { Command } from 'commander';
import type { FlagValues } from '../compose.ts';

/** What a command file exports: one line in `index.ts` adds it. */
export interface CommandFile {
  /** @param flagsOf the configuration flags as given, those of `--no-source.NAME` included. */
  build(flagsOf: (command: Command) => FlagValues): Command;
}

/** Options of commands that are no configuration keys and must not reach it. */
const OWN = new Set(['--format', '--json', '--interval']);

/** Flags of a command by their names without the dashes, as they were typed: commander's own keys are camel-cased. */
export const configFlags = (command: Command, sources: FlagValues): FlagValues => {
  const flags: Record<string, string | boolean | undefined> = { ...sources };
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    if (option.long === undefined || option.long === null || OWN.has(option.long)) continue;
    if (typeof value === 'string') flags[option.long.slice(2)] = value;
  }
  return flags;
};

export const newCommand = (name: string, description: string, examples: readonly string[]): Command =>
  new Command(name)
    .description(description)
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`);
