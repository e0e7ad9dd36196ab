import { load } from '../configuration.ts';
import type { DraftInput } from '../measure-draft.ts';
import { type CommandFile, newCommand } from './command.ts';
import { formatOf, withFormat } from './format.ts';
import { withHistoryFlags } from './history-flags.ts';
import { withConfigFlags } from './options.ts';

export const measureCommand: CommandFile = {
  build: (flagsOf) => {
    const check = withFormat(
      withHistoryFlags(
        withConfigFlags(
          newCommand(
            'check',
            'Print what a planned measure could show, what is wrong with its plan, and all of it.',
            [
              'negawatt measure check colo-batch-east',
              'negawatt measure check colo-batch-east --prometheus http://prometheus:9090',
              'negawatt measure check colo-batch-east --json | jq -r .sha256',
            ],
          ).argument('<measure>', 'name of a measure of the configuration'),
        ),
      ),
      ['table', 'json'],
    )
      .addHelpText('after', NOTES)
      .action(async (name: string, _options, command) => {
        const loaded = await load(flagsOf(command));
        const { checkOverPast } = await import('../measure-past.ts');
        await checkOverPast(loaded, name, formatOf(command), command.opts());
      });
    const draft = newCommand('draft', 'Write the plan of a measure as YAML, with all its defaults.', [
      'negawatt measure draft colo-batch-east --hosts node-1,node-2 --start 2026-03-02 --work requests',
      'negawatt measure draft pack --hosts pool=web --start 2026-03-02 --work requests --kind consolidation',
      'negawatt measure draft policy --hosts self --start 2026-03-02 --work requests --switchback 6h',
    ])
      .argument('<measure>', 'name of the measure')
      .requiredOption('--hosts <hosts>', 'self, names (node-1,node-2) or labels (pool=web)')
      .requiredOption(
        '--start <date>',
        'first instant with the measure in force: a day (UTC) or a time with its zone',
      )
      .requiredOption('--work <unit>', 'unit of useful work, such as requests')
      .option('--kind <kind>', 'what the measure does, such as colocation or autoscale (default: other)')
      .option('--control <hosts>', 'like hosts that are never touched: names or labels')
      .option('--baseline-from <date>', 'begin of the baseline (default: four weeks before the start)')
      .option('--baseline-to <date>', 'end of the baseline (default: the start)')
      .option('--switchback <block>', 'on and off in turns, in blocks such as 6h')
      .action(async (name: string, options: Omit<DraftInput, 'name'>) => {
        const { draftMeasure } = await import('../measure-draft.ts');
        process.stdout.write(await draftMeasure({ name, ...options }));
      });
    return newCommand('measure', 'Plans of energy-saving measures.', ['negawatt measure check NAME'])
      .addCommand(check)
      .addCommand(draft);
  },
};

const NOTES = `
Run it before the start: a plan that was not registered before it proves less (grade D at most). Exit code 1 where
something is wrong that stands in the way of any saving.`;
