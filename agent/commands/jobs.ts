import { InvalidArgumentError, Option } from 'commander';
import { parseDuration, WORK_KINDS } from '../../src/start.ts';
import { load } from '../configuration.ts';
import { type CommandFile, newCommand } from './command.ts';
import { formatOf, withFormat } from './format.ts';
import { withConfigFlags } from './options.ts';

interface JobsOptions {
  readonly since?: number;
  readonly class?: string;
  readonly kind?: string;
}

const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/;

/** Milliseconds since 1970 UTC of a day, a time with its zone, or a duration back from now. */
const parseSince = (text: string): number => {
  const back = parseDuration(text);
  if (back !== undefined) return Date.now() - back * 1000;
  const at = DATE.test(text) ? Date.parse(text) : Number.NaN;
  // JavaScript makes 31 June the first of July.
  const exists =
    Number.isFinite(at) && new Date(Date.parse(text.slice(0, 10))).getUTCDate() === Number(text.slice(8, 10));
  if (!exists)
    throw new InvalidArgumentError('it must be a day such as 2026-11-01 (UTC), a time with its zone, or 7d.');
  if (at > Date.now()) throw new InvalidArgumentError('it is in the future.');
  return at;
};

export const jobsCommand: CommandFile = {
  build: (flagsOf) =>
    withFormat(
      withConfigFlags(
        newCommand(
          'jobs',
          'List workloads that have ended: containers, pods, jobs, machines and units, newest first.',
          [
            'negawatt jobs --since 7d',
            'negawatt jobs --kind job --class training --format csv > jobs.csv',
            'negawatt jobs --since 2026-11-01 --json | jq "[.workloads[].energyJoules] | add"',
          ],
        ),
      ),
      ['table', 'json', 'csv'],
    )
      .option('--since <when>', 'ended since a day (UTC), a time, or a duration back from now', parseSince)
      .option('--class <class>', 'of one class alone')
      .addOption(new Option('--kind <kind>', 'of one kind alone').choices([...WORK_KINDS, 'pod']))
      .option('--state.dir <path>', "state directory of the agent (default: the service's, else the user's)")
      .addHelpText('after', NOTES)
      .action(async (_options, command) => {
        const { since, class: ofClass, kind } = command.opts() as JobsOptions;
        const loaded = await load(flagsOf(command));
        const { printEnded } = await import('../ended.ts');
        await printEnded(loaded, { since, class: ofClass, kind }, formatOf(command));
      }),
};

const NOTES = `
Listed is what had a row of its own: attribution.top of the configuration says how many workloads have one at a time.
What only ever was in \`other\` is not listed: its use was never told apart. A * marks a workload of which only a part was
seen; --json says why. Containers of a pod are listed one by one; --kind pod sums up those that ended, pod by pod. It
reads the state of the agent, whether that runs or not. Kept for state.retention.jobs.`;
