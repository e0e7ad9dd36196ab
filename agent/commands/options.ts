import type { Command } from 'commander';
import type { FlagValues } from '../configuration.ts';

/** Flags that every command with a configuration takes; names as exporters have them. */
const FLAGS: readonly (readonly [flags: string, description: string])[] = [
  ['--config.file <path>', 'configuration file (default: /etc/negawatt/negawatt.yaml where it exists)'],
  ['--grid.zone <zone>', 'zone of the electricity grid, such as DE, CN-GD or EGRID:CAMX'],
  ['--path.procfs <path>', 'mount point of procfs (default: /proc)'],
  ['--path.sysfs <path>', 'mount point of sysfs (default: /sys)'],
  ['--path.rootfs <path>', "mount point of the host's root file system (default: /)"],
  ['--log.level <level>', 'debug, info, warn or error (default: info)'],
  ['--log.format <format>', 'logfmt or json (default: logfmt)'],
];

const SERVICE_FLAGS: readonly (readonly [flags: string, description: string])[] = [
  ['--web.listen-address <address>', 'address and port to listen on, or none (default: 127.0.0.1:10202)'],
  ['--web.telemetry-path <path>', 'path of the metrics (default: /metrics)'],
  ['--web.config.file <path>', 'TLS, users and limits of the server, in the format of exporter-toolkit'],
  ['--web.max-requests <number>', 'scrapes answered at a time, 0 for no limit (default: 40)'],
  ['--state.dir <path>', "directory of the state (default: the service's, else the user's)"],
];

const NO_SOURCE = /^--no-source\.([\w-]+)$/;

const add = (command: Command, flags: typeof FLAGS): Command => {
  for (const [name, description] of flags) command.option(name, description);
  return command;
};

export const withConfigFlags = (command: Command): Command =>
  add(command, FLAGS)
    .option('--no-source.<name>', 'switch a source off; may be repeated (names: see `negawatt doctor`)')
    .allowUnknownOption(false);

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
