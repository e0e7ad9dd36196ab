import { type Command, InvalidArgumentError, Option } from 'commander';
import { STATEMENT_FORMATS } from '../../src/start.ts';
import { load } from '../configuration.ts';
import { type CommandFile, newCommand } from './command.ts';
import { formatOf, withFormat } from './format.ts';
import { withHistoryFlags } from './history-flags.ts';
import { withConfigFlags } from './options.ts';

const parseFactor = (text: string): number => {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 5000) return value;
  throw new InvalidArgumentError('it must be g/kWh, from 0 to 5000.');
};

const collected = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
];

/** What is asked first stands first in its help. */
const withQuestions = (command: Command): Command =>
  command
    .addOption(
      new Option('--at <date>', 'the change: whole weeks before it and after it, four at most').conflicts([
        ...['before', 'after', 'a', 'b', 'over'],
      ]),
    )
    .option('--before <range>', 'FROM/TO, as dates or a date and a length: 2026-08-01/28d')
    .option('--after <range>', 'likewise; the ends are not in the ranges')
    .option('--a <hosts>', 'one pool: names (node-1,node-2) or labels (pool=old)')
    .option('--b <hosts>', 'the other one')
    .option('--over <range>', 'the time over which two pools are compared')
    .addOption(
      new Option('--measure <name>', 'the verdict of a planned measure of the configuration').conflicts([
        ...['at', 'before', 'after', 'a', 'b', 'over', 'hosts', 'work'],
      ]),
    )
    .addOption(
      new Option('--from <dir>', 'make the same comparison again, from evidence alone').conflicts([
        ...['at', 'before', 'after', 'a', 'b', 'over', 'measure', 'evidence', 'prometheus', 'csv'],
      ]),
    )
    .addOption(
      new Option(
        '--draft-plan',
        'write the plan that this change should have had, instead of comparing',
      ).conflicts(['measure', 'from', 'evidence', 'a', 'b', 'over']),
    )
    .option('--hosts <hosts>', 'names or labels of the hosts (default: all that are known)')
    .option('--work <unit>', 'unit of useful work, or UNIT=QUERY; may be repeated', collected)
    .option(
      '--factor <g/kWh>',
      'one factor for both sides (default: the mean that was booked); with --measure where none was',
      parseFactor,
    )
    .option('--tz <zone>', 'time zone of the dates (default: UTC)')
    .option('--details', 'methods, all intervals, diagnostics and inputs')
    .option('--evidence <dir>', 'write all inputs and the result to a new directory')
    .option('--exit-code', 'tell the verdict by the exit code, as --measure does');

export const compareCommand: CommandFile = {
  build: (flagsOf) =>
    withFormat(
      withConfigFlags(
        withHistoryFlags(
          withQuestions(
            newCommand(
              'compare',
              'Compare energy, use, work and CO2e before and after a change, or of two pools.',
              [
                'negawatt compare --at 2026-09-01 --work requests',
                'negawatt compare --before 2026-08-01/28d --after 2026-09-01/28d --prometheus http://prometheus:9090',
                'negawatt compare --at 2026-09-01 --csv fleet.csv --format html > report.html',
                'negawatt compare --a pool=old --b pool=new --over 2026-09-01/14d --prometheus http://prometheus:9090',
                'negawatt compare --measure colo-batch-east --evidence colo-evidence',
                'negawatt compare --at 2026-09-01 --work requests --draft-plan',
              ],
            ),
          ),
        ),
      ),
      STATEMENT_FORMATS,
    )
      .addHelpText('after', NOTES)
      .action(async (_options, command) => {
        const { from, ...options } = command.opts();
        const { compare, compareAgain } = await import('../compare.ts');
        const text =
          from === undefined
            ? await compare(await load(flagsOf(command)), options, formatOf(command))
            : await compareAgain(from);
        process.stdout.write(text);
      }),
};

const NOTES = `
Without a plan a change is a change, not a saving: the last line says what gives stronger evidence.
Exit codes: 0 printed. With --measure or --exit-code: 0 VERIFIED, 2 INDICATIVE or NOT SHOWN, 3 INCREASE, 4 CANNOT TELL.
1: it could not be compared, with the reason; 64: wrong use.`;
