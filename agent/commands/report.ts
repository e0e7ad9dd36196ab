import { InvalidArgumentError, Option } from 'commander';
import { STATEMENT_FORMATS } from '../../src/start.ts';
import { load } from '../configuration.ts';
import { CommandError, USAGE } from '../exit.ts';
import type { HistoryFlags } from '../history.ts';
import { type CommandFile, newCommand } from './command.ts';
import { formatOf, withFormat } from './format.ts';
import { withEngineFlags } from './history-flags.ts';
import { withConfigFlags } from './options.ts';

const parseYear = (text: string): number => {
  const year = Number(text);
  if (Number.isInteger(year) && year >= 1990 && year <= 2100) return year;
  throw new InvalidArgumentError('it must be a year from 1990 to 2100.');
};

const parseHosts = (text: string): number => {
  const hosts = Number(text);
  if (Number.isInteger(hosts) && hosts >= 1 && hosts <= 1e8) return hosts;
  throw new InvalidArgumentError('it must be a whole number of at least 1.');
};

const parseRevision = (text: string): number => {
  const revision = Number(text);
  if (Number.isInteger(revision) && revision >= 1 && revision <= 9999) return revision;
  throw new InvalidArgumentError('it must be a whole number of at least 1.');
};

interface Options extends HistoryFlags {
  readonly hostsExpected?: number;
  readonly zoneLabel?: string;
  readonly year?: number;
  readonly activity?: string;
  readonly hours: boolean;
  readonly equivalences?: boolean;
  readonly evidence?: string;
  readonly fromEvidence?: string;
  readonly close?: boolean;
  readonly revision?: number;
}

export const reportCommand: CommandFile = {
  build: (flagsOf) =>
    withFormat(
      withEngineFlags(
        withConfigFlags(
          newCommand(
            'report',
            'Print the inventory statement of a year: Scopes 1 to 3, gross, with all that is not known.',
            [
              'negawatt report --year 2025 --activity activity.yaml',
              'negawatt report --year 2023 --activity config/examples/inventory.yaml --no-hours --format html > 2023.html',
              'negawatt report --year 2025 --activity activity.yaml --evidence 2025-evidence --close',
              'negawatt report --year 2026 --prometheus http://prometheus:9090 --hosts-expected 1000 --grid.zone DE',
              'negawatt report --year 2026 --config.file /etc/negawatt/fleet.yaml --hosts-expected 1000',
              'negawatt report --from-evidence 2025-evidence',
            ],
          ),
        )
          .option('--year <year>', 'calendar year, UTC', parseYear)
          .option(
            '--activity <file>',
            'activity data as YAML: energy, fuels, instruments, Scope 3 (config/examples/inventory.yaml)',
          )
          .option(
            '--state.dir <path>',
            "state directory of the agent, and of closed years (default: the service's, else the user's)",
          )
          .option(
            '--no-hours',
            "leave out the hours of this host's agent, or of the history that the configuration names: the activity file has them, or they belong elsewhere",
          )
          .option('--equivalences', 'show the comparisons of the activity file, never in JSON or CSV')
          .option('--evidence <dir>', 'write all inputs and the statement to a new directory')
          .addOption(
            new Option('--from-evidence <dir>', 'make the statement again, from evidence alone').conflicts([
              'year',
              'activity',
              'evidence',
              'close',
              'revision',
              'prometheus',
              'csv',
            ]),
          )
          .option(
            '--hosts-expected <number>',
            'hosts inside the boundary, where no activity file says it (boundary.hosts)',
            parseHosts,
          )
          .option(
            '--zone-label <name>',
            'label of the hosts of an engine that names their grid zone (default: all in --grid.zone)',
          )
          .option('--close', 'keep the statement: from now on the year changes only with a revision')
          .option(
            '--revision <number>',
            'revision of a closed year; the change of every line is printed',
            parseRevision,
          ),
      ),
      STATEMENT_FORMATS,
    )
      .addHelpText('after', EXITS)
      .action(async (_options, command) => {
        const options = command.opts() as Options;
        const { report, reportAgain } = await import('../report.ts');
        const { equivalences = false, close = false } = options;
        const format = formatOf(command);
        const { fromEvidence } = options;
        if (fromEvidence !== undefined) {
          const isNamed = command.getOptionValueSource('format') === 'cli' || format === 'json';
          const again = await reportAgain(fromEvidence, {
            format: isNamed ? format : undefined,
            equivalences,
          });
          if (again.warning !== undefined) process.stderr.write(`warning: ${again.warning}\n`);
          process.stdout.write(again.text);
          return;
        }
        if (options.year === undefined) throw new CommandError('name the year, such as --year 2025', USAGE);
        const text = await report(await load(flagsOf(command)), {
          year: options.year,
          activity: options.activity,
          format,
          equivalences,
          evidence: options.evidence,
          close,
          revision: options.revision,
          hours: options.hours,
          hostsExpected: options.hostsExpected,
          zoneLabel: options.zoneLabel,
          history: options,
        });
        process.stdout.write(text);
      }),
};

const EXITS = `
The hours are those of --prometheus or --csv, else of the history that the configuration names, else of this host's agent.
What \`negawatt fleet\` archived of that engine (archive.db in the state directory) is part of it, also while that runs.
What is not known is a gap with its reason, never 0. Reductions and credits are listed and subtracted from nothing.
Exit codes: 0 printed, 1 refused, with the reason; 64 wrong use.`;
