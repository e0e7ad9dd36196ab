import { type Command, InvalidArgumentError } from 'commander';
import { CommandError, USAGE } from '../exit.ts';
import { type CommandFile, newCommand } from './command.ts';
import { formatOf, withFormat } from './format.ts';

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`it must be a whole number from ${least} to ${most}.`);
  };

const days = (text: string): number => {
  const value = Number(text);
  if (value > 0 && value <= 400) return value;
  throw new InvalidArgumentError('it must be a number of days, up to 400.');
};

export const demoCommand: CommandFile = {
  build: () =>
    withFormat(
      newCommand(
        'demo',
        'Show a SIMULATED fleet and the verdicts of its measures: no meters, no time needed.',
        [
          'negawatt demo',
          'negawatt demo --once',
          'negawatt demo --output fleet-demo',
          'negawatt demo --json | jq ".measures[] | {name, verdict}"',
          'negawatt demo --openmetrics --output fleet-demo --hosts 20 --days 7',
        ],
      ),
      ['table', 'json'],
    )
      .option('--once', 'print the verdicts and end, as with --json')
      .option('--output <dir>', 'keep what is made there: reports, fleet.yaml, fleet.csv, recorded plans')
      .option('--openmetrics', 'instead: write what Prometheus would have scraped, for promtool and Grafana')
      .option('--savings', 'with --openmetrics: the measures too, evaluated day by day')
      .option('--hosts <number>', 'hosts of --openmetrics', whole(1, 2000), 8)
      .option('--days <number>', 'days of --openmetrics, up to now', days, 2)
      .option('--metrics <names>', 'keep these metrics of --openmetrics alone (default: all)')
      .option('--measures <names>', 'some of the measures alone')
      .option('--without-effects', 'the same fleet, on which no measure does anything')
      .option('--seed <text>', 'another seed is another fleet', 'negawatt')
      .option('--web.listen-address <address>', 'address and port of the pages', '127.0.0.1:10202')
      .addHelpText('after', NOTES)
      .action(async (_options, command) => {
        refuseOthers(command);
        const {
          'web.listenAddress': listenAddress,
          format: _format,
          json: _json,
          ...options
        } = command.opts();
        const isJson = formatOf(command) === 'json';
        const { demo } = await import('../demo.ts');
        await demo({ ...options, listenAddress, isJson });
      }),
};

const OF_FILES = ['savings', 'hosts', 'days', 'metrics'];
const OF_THE_STORY = ['once', 'json', 'format', 'measures', 'withoutEffects', 'web.listenAddress'];

/** Flags of the one way that are given with the other would do nothing. */
const refuseOthers = (command: Command): void => {
  const isFiles = command.getOptionValue('openmetrics') === true;
  const [wrong] = (isFiles ? OF_THE_STORY : OF_FILES).filter(
    (key) => command.getOptionValueSource(key) === 'cli',
  );
  const flag = command.options.find((option) => option.attributeName() === wrong)?.long;
  if (flag !== undefined)
    throw new CommandError(
      isFiles ? `${flag} means nothing with --openmetrics` : `${flag} is of --openmetrics: name both`,
      USAGE,
    );
};

const NOTES = `
Simulated hosts drive the agent's own engine; plans are recorded before their start on the clock of the fleet, and the
verdicts are worked out from what its hosts used.
Exit codes: 0 ok, 1 error, 64 wrong use, 130 interrupted.`;
