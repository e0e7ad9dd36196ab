import { type Command, Option } from 'commander';

export type Format = 'table' | 'json' | 'csv' | 'md' | 'html';

export const withFormat = (command: Command, formats: readonly Format[]): Command =>
  command
    .addOption(new Option('--format <format>', 'form of the output').choices(formats).default('table'))
    .option('--json', 'short for --format json');

export const formatOf = (command: Command): Format => {
  const { format, json } = command.opts() as { format: Format; json?: boolean };
  return json === true ? 'json' : format;
};
