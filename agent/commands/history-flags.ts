import { type Command, Option } from 'commander';
import { HISTORY } from './options.ts';

/** Where a command reads the past: the same flags for all that do. Without one it is that of this host's own agent. */
export const withHistoryFlags = (command: Command): Command =>
  withEngineFlags(command).addOption(
    new Option(
      '--state.dir <path>',
      'state directory: of the agent, where neither is named, or of negawatt fleet, whose archive goes on where the engine has forgotten',
    ).helpGroup(HISTORY),
  );

/** An engine of a fleet alone, for commands that say themselves where this host's state is. */
export const withEngineFlags = (command: Command): Command => {
  for (const option of engineFlags()) command.addOption(option.helpGroup(HISTORY));
  return command;
};

const engineFlags = (): readonly Option[] => [
  new Option('--prometheus <url>', 'read from an engine with the HTTP API of Prometheus'),
  new Option('--preset <name>', 'whose series it holds').choices([
    ...['negawatt', 'kepler', 'scaphandre', 'node_exporter', 'dcgm', 'ipmi'],
  ]),
  new Option('--token-file <file>', 'bearer token for it'),
  new Option('--credentials-file <file>', 'or user and password for it, user:password'),
  new Option('--ca-file <file>', "authorities (PEM) to trust instead of the system's"),
  new Option('--cert-file <file>', 'certificate (PEM) that is shown to it, with --key-file'),
  new Option('--key-file <file>', 'its private key (PEM)'),
  new Option('--match <labels>', 'labels that all series must have: cluster=east'),
  new Option('--timeout <duration>', 'after which a question is given up (default: 60s)'),
  new Option('--tenant <id>', 'tenant (X-Scope-OrgID)'),
  new Option('--host-label <name>', 'label that names the host (default: instance without its port)'),
  new Option('--replica-label <name>', 'label that differs between copies of one series'),
  new Option(
    '--csv <file>',
    'read from a table (gzip too, - is standard input): time, host, energy_joules and more',
  ).conflicts('prometheus'),
  new Option('--csv-interval <duration>', 'time that one row of the table is of, where rows are missing'),
];
