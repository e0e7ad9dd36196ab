import type { Command } from 'commander';
import { CommandError, USAGE } from '../exit.ts';
import { newCommand } from './command.ts';

/** Words of the command line that lead to it, the program's name first. */
export const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;

const commandAt = (from: Command, words: readonly string[]): Command => {
  const [word, ...rest] = words;
  if (word === undefined) return from;
  const next = from.commands.find((one) => one.name() === word);
  if (next !== undefined) return commandAt(next, rest);
  const known = from.commands.map((one) => one.name()).join(', ');
  throw new CommandError(
    `there is no command '${pathOf(from)} ${word}'; ${known === '' ? 'it has none below it' : `there are ${known}`}`,
    USAGE,
  );
};

/** `negawatt help config check`. Commander's own prints all there is where it is asked for a command that there is not. */
export const helpCommand = (program: Command): Command =>
  newCommand('help', 'Print the help of a command.', ['negawatt help compare', 'negawatt help config check'])
    .argument('[command...]', 'which one')
    .action((words: readonly string[]) => commandAt(program, words).outputHelp());
