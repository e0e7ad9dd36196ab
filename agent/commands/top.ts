import { load } from '../configuration.ts';
import { CommandError } from '../exit.ts';
import { FeedError } from '../top/agent-feed.ts';
import { type CommandFile, newCommand } from './command.ts';
import { formatOf, withFormat } from './format.ts';
import { parseInterval } from './interval.ts';
import { withServiceFlags } from './options.ts';
import { parseUrl } from './url.ts';

interface TopOptions {
  readonly url?: string;
  readonly interval: number;
  readonly once?: boolean;
}

export const topCommand: CommandFile = {
  build: (flagsOf) =>
    withFormat(
      withServiceFlags(
        newCommand('top', 'Show what draws power now, by workload, in the terminal.', [
          'negawatt top',
          'negawatt top --url http://127.0.0.1:10202',
          'negawatt top --once | head',
          'negawatt top --json | jq ".workloads[:5][] | {name, powerWatts}"',
        ]),
      ),
      ['table', 'json'],
    )
      .option(
        '--url <url>',
        'agent to follow (default: the one at web.listen-address; where there is none, samples of its own)',
        parseUrl,
      )
      .option('--interval <duration>', 'time between two looks, 1s or more', parseInterval, 5)
      .option('--once', 'print one table and end, as where the output is no terminal and with --json')
      .addHelpText('after', KEYS)
      .action(async (_options, command) => {
        const { url, interval, once } = command.opts() as TopOptions;
        const loaded = await load(flagsOf(command));
        const { openFeed } = await import('../top/open-feed.ts');
        const feed = await openFeed({ loaded, interval, url });
        const { stdin, stdout, env } = process;
        const format = formatOf(command) === 'json' ? 'json' : 'table';
        const isLive =
          once !== true && format === 'table' && stdin.isTTY && stdout.isTTY && env.TERM !== 'dumb';
        if (isLive) return (await import('../top/live.ts')).showLive(feed, interval);
        try {
          await (await import('../top/once.ts')).printOnce(feed, interval, format);
        } catch (error) {
          throw error instanceof FeedError ? new CommandError(error.message) : error;
        }
      }),
};

const KEYS = `
Keys: q quit, s next order (watts, processors, gpu, name), k next kind of workload, c classes or workloads, / filter by a part
of name or class (Enter keeps it, Esc ends it), arrows, PgUp, PgDn, Home and End scroll. Colours are left out where NO_COLOR
is set, trends where the terminal is not of UTF-8. A trend goes from 0 to the largest of its own looks.`;
