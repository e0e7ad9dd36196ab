import { open } from 'node:fs/promises';
import { type HistoryEngine, openComparing } from '../src/index.ts';
import type { Loaded } from './configuration.ts';
import { CommandError, USAGE } from './exit.ts';
import { selfOf } from './measure-plans.ts';
import { stateDirectoryOf } from './state.ts';

/** Where a command reads the past: options of the command line. */
export interface HistoryFlags {
  readonly prometheus?: string | undefined;
  readonly preset?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly tenant?: string | undefined;
  readonly hostLabel?: string | undefined;
  readonly replicaLabel?: string | undefined;
  readonly csv?: string | undefined;
}

/** Opens the past; without an option it is that of this host's own agent. Throws CommandError. */
export const historyOf = async ({ config }: Loaded, flags: HistoryFlags): Promise<HistoryEngine> => {
  const { historyOptions, openHistory, readUsageHours, readUsageSpan } = await openComparing();
  const { prometheus: url, preset, tokenFile, tenant, hostLabel, replicaLabel, csv } = flags;
  const given = {
    ...(csv === undefined ? {} : { csv: { path: csv } }),
    ...(url === undefined
      ? {}
      : {
          prometheus: {
            url,
            ...(preset === undefined ? {} : { preset }),
            ...(tokenFile === undefined ? {} : { token_file: tokenFile }),
            ...(tenant === undefined ? {} : { tenant }),
            ...(hostLabel === undefined ? {} : { host_label: hostLabel }),
            ...(replicaLabel === undefined ? {} : { replica_label: replicaLabel }),
          },
        }),
  };
  const parsed = historyOptions.safeParse(given);
  if (!parsed.success)
    throw new CommandError(
      parsed.error.issues
        .map(
          ({ path, message }) =>
            `--${path.length > 1 ? String(path.at(-1)).replaceAll('_', '-') : String(path[0])} ${message}`,
        )
        .join('\n'),
      USAGE,
    );
  return openHistory(parsed.data, {
    local: async () => {
      const dir = stateDirectoryOf(config);
      if (dir === undefined)
        throw new CommandError(
          'there is no state directory to read the past from; name one with --state.dir',
        );
      return {
        where: dir,
        host: selfOf(config),
        labels: config.host.labels,
        readHours: (from, to) => readUsageHours(dir, from, to),
        readSpan: () => readUsageSpan(dir),
        inventory: '',
      };
    },
  });
};

/** Whether a table counts work: its header names the column. */
export const countsWork = async (csv: string): Promise<boolean> => {
  const file = await open(csv).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0);
    const [header = ''] = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/, 1);
    return header.split(',').some((name) => name.trim().replaceAll('"', '') === 'work');
  } finally {
    await file.close();
  }
};
