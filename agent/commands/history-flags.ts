import { type Command, Option } from 'commander';

/** Where a command reads the past: the same flags for all that do. Without one it is that of this host's own agent. */
export const withHistoryFlags = (command: Command): Command =>
  withEngineFlags(command).option(
    '--state.dir <path>',
    'state directory: of the agent, where neither is named, or of negawatt fleet, whose archive goes on where the engine has forgotten',
  );

/** An engine of a fleet alone, for commands that say themselves where this host's state is. */
export const withEngineFlags = (command: Command): Command =>
  command
    .option('--prometheus <url>', 'read from an engine with the HTTP API of Prometheus')
    .addOption(
      new Option('--preset <name>', 'whose series it holds').choices([
        ...['negawatt', 'kepler', 'scaphandre', 'node_exporter', 'dcgm', 'ipmi'],
      ]),
    )
    .option('--token-file <file>', 'bearer token for it')
    .option('--credentials-file <file>', 'or user and password for it, user:password')
    .option('--ca-file <file>', "authorities (PEM) to trust instead of the system's")
    .option('--cert-file <file>', 'certificate (PEM) that is shown to it, with --key-file')
    .option('--key-file <file>', 'its private key (PEM)')
    .option('--match <labels>', 'labels that all series must have: cluster=east')
    .option('--timeout <duration>', 'after which a question is given up (default: 60s)')
    .option('--tenant <id>', 'tenant (X-Scope-OrgID)')
    .option('--host-label <name>', 'label that names the host (default: instance without its port)')
    .option('--replica-label <name>', 'label that differs between copies of one series')
    .addOption(
      new Option(
        '--csv <file>',
        'read from a table (gzip too, - is standard input): time, host, energy_joules and more',
      ).conflicts('prometheus'),
    )
    .option('--csv-interval <duration>', 'time that one row of the table is of, where rows are missing');
