import { type Command, Option } from 'commander';
import type { FlagValues } from '../configuration.ts';

/** Flags that every command with a configuration takes; names as exporters have them. */
const FLAGS: readonly (readonly [flags: string, description: string])[] = [
  ['--config.file <path>', 'configuration file (default: /etc/negawatt/negawatt.yaml where it exists)'],
  ['--grid.zone <zone>', 'zone of the electricity grid, such as DE, CN-GD or EGRID:CAMX'],
  ['--path.procfs <path>', 'mount point of procfs (default: /proc)'],
  ['--path.sysfs <path>', 'mount point of sysfs (default: /sys)'],
  ['--path.rootfs <path>', "mount point of the host's root file system (default: /)"],
  ['--log.level <level>', 'what is logged (default: info)'],
  ['--log.format <format>', 'form of a line of the log (default: logfmt)'],
];

const VALUES: Readonly<Record<string, readonly string[]>> = {
  '--log.level': ['debug', 'info', 'warn', 'error'],
  '--log.format': ['logfmt', 'json'],
};

const SERVICE_FLAGS: readonly (readonly [flags: string, description: string])[] = [
  ['--web.listen-address <address>', 'address and port to listen on, or none (default: 127.0.0.1:10202)'],
  ['--web.telemetry-path <url-path>', 'path of the metrics (default: /metrics)'],
  ['--web.config.file <path>', 'TLS, users and limits of the server, in the format of exporter-toolkit'],
  ['--web.max-requests <number>', 'scrapes answered at a time, 0 for no limit (default: 40)'],
  ['--state.dir <path>', "directory of the state (default: the service's, else the user's)"],
];

const NO_SOURCE = /^--no-source\.([\w-]+)$/;

const CONFIGURATION = 'Configuration:';
/** Fourteen flags that few need would else stand in the midst of the question. */
export const HISTORY = 'Where the past is read:';

const add = (command: Command, flags: typeof FLAGS): Command => {
  for (const [name, description] of flags) {
    const option = new Option(name, description).helpGroup(CONFIGURATION);
    const values = VALUES[option.long ?? ''];
    command.addOption(values === undefined ? option : option.choices(values));
  }
  return command;
};

export const withConfigFlags = (command: Command): Command =>
  add(command, FLAGS)
    .addOption(
      new Option(
        '--no-source.<name>',
        'switch a source off; may be repeated (names: see `negawatt doctor`)',
      ).helpGroup(CONFIGURATION),
    )
    .allowUnknownOption(false);

/** For the help of a command: what it alone takes stands before what all take. */
export const configurationLast = <T>(
  all: readonly T[],
  shown: readonly T[],
  groupOf: (item: T) => string,
): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  const last = [HISTORY, CONFIGURATION];
  const ordered = [...new Set([...all, ...shown].map(groupOf))].sort(
    (a, b) => last.indexOf(a) - last.indexOf(b),
  );
  for (const group of ordered)
    groups.set(
      group,
      shown.filter((item) => groupOf(item) === group),
    );
  return groups;
};

export const withServiceFlags = (command: Command): Command => add(withConfigFlags(command), SERVICE_FLAGS);

/** `--no-source.NAME` is a family of flags: commander is shown the family, the names are taken here. */
export const takeSourceFlags = (
  argv: readonly string[],
): { readonly argv: string[]; readonly sources: FlagValues } => {
  const sources: Record<string, boolean> = {};
  const rest = argv.filter((argument) => {
    const name = NO_SOURCE.exec(argument)?.[1];
    if (name !== undefined) sources[`no-source.${name}`] = true;
    return name === undefined;
  });
  return { argv: rest, sources };
};
