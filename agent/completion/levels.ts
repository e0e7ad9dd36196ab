/** What a command line may hold at each place, for the shells. */
import type { Command, Option } from 'commander';

export interface Word {
  readonly name: string;
  readonly says: string;
}

export interface Flag extends Word {
  /** Nothing: a switch. Words: one of `values`. */
  readonly takes: 'nothing' | 'words' | 'file' | 'folder' | 'text';
  readonly values: readonly string[];
}

/** A command, or the program itself. */
export interface Level {
  /** Words after the program's name: `config check`; empty for the program itself. */
  readonly route: string;
  readonly commands: readonly Word[];
  readonly flags: readonly Flag[];
  /** What its argument may be. */
  readonly argument: Pick<Flag, 'takes' | 'values'>;
}

const FAMILY = '--no-source.<name>';

const takenBy = (name: string): Flag['takes'] =>
  /^(file|path|others)$/.test(name) ? 'file' : name === 'dir' ? 'folder' : 'text';

const flagOf = (option: Option): Flag => {
  const value = /<(.+)>|\[(.+)\]/.exec(option.flags)?.[1];
  const values = option.argChoices ?? [];
  return {
    name: option.long ?? option.short ?? option.flags,
    says: option.description,
    takes: value === undefined ? 'nothing' : values.length > 0 ? 'words' : takenBy(value),
    values,
  };
};

const argumentOf = (command: Command): Level['argument'] => {
  const [argument] = command.registeredArguments;
  if (argument === undefined) return { takes: 'nothing', values: [] };
  const values = argument.argChoices ?? [];
  return { takes: values.length > 0 ? 'words' : takenBy(argument.name()), values };
};

const levelOf = (command: Command, route: string, sources: readonly string[]): Level => ({
  route,
  commands: command.createHelp().visibleCommands(command).map(wordOf),
  flags: command
    .createHelp()
    .visibleOptions(command)
    .flatMap((option) =>
      option.flags === FAMILY
        ? sources.map((name) => ({
            ...{ name: `--no-source.${name}`, says: `switch the source ${name} off` },
            ...{ takes: 'nothing' as const, values: [] },
          }))
        : [flagOf(option)],
    ),
  argument: argumentOf(command),
});

const wordOf = (command: Command): Word => ({ name: command.name(), says: command.description() });

/** @param sources names for `--no-source.NAME`. */
export const levelsOf = (command: Command, sources: readonly string[], route = ''): readonly Level[] => [
  levelOf(command, route, sources),
  ...command.commands.flatMap((one) => levelsOf(one, sources, `${route} ${one.name()}`.trim())),
];

/** For any of the three shells. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
