import { Option } from 'commander';
import { load } from '../configuration.ts';
import { CommandError } from '../exit.ts';
import { type CommandFile, newCommand } from './command.ts';
import { formatOf, withFormat } from './format.ts';
import { withConfigFlags } from './options.ts';
import { parseUrl } from './url.ts';

interface GreenestOptions {
  readonly duration: string;
  readonly within: string;
  readonly signal?: string;
  readonly url?: string;
}

export const greenestCommand: CommandFile = {
  build: (flagsOf) =>
    withFormat(
      withConfigFlags(
        newCommand('greenest', 'Show when to run something so that it causes the least CO2e, by forecast.', [
          'negawatt greenest --duration 4h --within 24h',
          'negawatt greenest --duration 90m --within 12h --signal marginal',
          'negawatt greenest --url http://127.0.0.1:10202 --json | jq -r .forecasts[0].starts[0].start',
        ]),
      ),
      ['table', 'json', 'csv'],
    )
      .option('--duration <duration>', 'how long it runs', '4h')
      .option('--within <duration>', 'from now on, by when it has to have ended, 7d at most', '24h')
      .addOption(
        new Option('--signal <signal>', 'of what (default: each that is told)').choices([
          'average',
          'marginal',
        ]),
      )
      .option(
        '--url <url>',
        'agent that knows the forecast (default: ask the providers of grid.providers)',
        parseUrl,
      )
      .action(async (_options, command) => {
        const { url, ...asked } = command.opts() as GreenestOptions;
        const { duration, within, signal } = asked;
        const { queryOf } = await import('../grid-routes.ts');
        const query = queryOf(
          new URLSearchParams({ duration, within, ...(signal === undefined ? {} : { signal }) }),
        );
        if (typeof query === 'string') throw new CommandError(query, 64);
        const loaded = await load(flagsOf(command));
        const { printGreenest } = await import('../greenest.ts');
        await printGreenest({ loaded, query, url, format: formatOf(command) });
      }),
};
