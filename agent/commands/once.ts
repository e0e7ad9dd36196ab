import { type CommandFile, newCommand } from './command.ts';
import { formatOf, withFormat } from './format.ts';
import { parseInterval } from './interval.ts';
import { withConfigFlags } from './options.ts';

export const onceCommand: CommandFile = {
  build: (flagsOf) =>
    withFormat(
      withConfigFlags(
        newCommand('once', 'Measure one interval and print it: power, energy, CO2e, workloads.', [
          'negawatt once',
          'negawatt once --interval 30s --json',
        ]),
      ).option('--interval <duration>', 'length of the interval, 1s or more', parseInterval, 5),
      ['table', 'json', 'csv'],
    ).action(async (_options, command) => {
      const { interval } = command.opts() as { interval: number };
      const { once } = await import('../once.ts');
      await once(flagsOf(command), interval, formatOf(command));
    }),
};
