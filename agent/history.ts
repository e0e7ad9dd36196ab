import { createHash } from 'node:crypto';
import { type HistoryEngine, openComparing, parseDuration } from '../src/index.ts';
import type { Loaded } from './configuration.ts';
import { CommandError, USAGE } from './exit.ts';
import { selfOf } from './measure-plans.ts';
import { reasonAndFix } from './reason-and-fix.ts';
import { stateDirectoryOf } from './state.ts';

/** Where a command reads the past: options of the command line, as commander names them. */
export interface HistoryFlags {
  readonly prometheus?: string | undefined;
  readonly preset?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly credentialsFile?: string | undefined;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly tenant?: string | undefined;
  readonly match?: string | undefined;
  readonly hostLabel?: string | undefined;
  readonly replicaLabel?: string | undefined;
  readonly timeout?: string | undefined;
  readonly csv?: string | undefined;
  readonly csvInterval?: string | undefined;
}

/** Options of an engine that are texts, by their flags. */
const TEXTS = {
  preset: 'preset',
  tokenFile: 'token_file',
  credentialsFile: 'credentials_file',
  caFile: 'ca_file',
  certFile: 'cert_file',
  keyFile: 'key_file',
  tenant: 'tenant',
  hostLabel: 'host_label',
  replicaLabel: 'replica_label',
} as const satisfies Partial<Record<keyof HistoryFlags, string>>;

const secondsOf = (text: string | undefined): Readonly<Record<string, number>> | undefined => {
  if (text === undefined) return undefined;
  const value = parseDuration(text);
  if (value !== undefined) return { value };
  throw new CommandError(`"${text}" is no duration: write one such as 60s or 15m`, USAGE);
};

/** Options as the library knows them, from flags. */
const optionsOf = (flags: HistoryFlags): Readonly<Record<string, unknown>> => {
  const { prometheus: url, match, timeout, csv, csvInterval } = flags;
  const [wait, interval] = [secondsOf(timeout), secondsOf(csvInterval)];
  const texts = Object.entries(TEXTS).flatMap(([flag, name]) => {
    const value = flags[flag as keyof typeof TEXTS];
    return value === undefined ? [] : [[name, value]];
  });
  const labels = match?.split(',').map((part) => part.split(/=(.*)/s).slice(0, 2)) ?? [];
  if (labels.some((pair) => pair.length < 2))
    throw new CommandError(`--match ${match} is no list of labels: write it as cluster=east,team=web`, USAGE);
  return {
    ...(csv === undefined ? {} : { csv: { path: csv, ...(interval && { interval: interval.value }) } }),
    ...(url === undefined
      ? {}
      : {
          prometheus: {
            url,
            ...Object.fromEntries(texts),
            ...(match === undefined ? {} : { match: Object.fromEntries(labels) }),
            ...(wait && { timeout: wait.value }),
          },
        }),
  };
};

/** Words of the library about its options, in those of the command line. */
export const inFlags = (text: string): string =>
  text
    .replaceAll(/history\.prometheus\.url/g, '--prometheus')
    .replaceAll(/history\.csv\.interval/g, '--csv-interval')
    .replaceAll(/history\.prometheus\.(\w+)/g, (_, name: string) => `--${name.replaceAll('_', '-')}`)
    .replaceAll('history.prometheus', '--prometheus');

/** What could not be read, as the end of a command; any other error as it is. */
export const inWords = async (error: unknown): Promise<unknown> => {
  const { HistoryError } = await openComparing();
  return error instanceof HistoryError
    ? new CommandError(inFlags(reasonAndFix(error.message, error.fix)))
    : error;
};

/** A new SHA-256, fed piece by piece. */
export const newHash = () => {
  const hash = createHash('sha256');
  return { update: (bytes: Uint8Array) => void hash.update(bytes), hex: () => hash.digest('hex') };
};

/** The same options with standard input (`--csv -`) in a file, and what takes it away again. */
const withStandardInput = async (flags: HistoryFlags) => {
  if (flags.csv !== '-') return { flags, done: () => {} };
  const { spool } = await import('./spool.ts');
  const { path, remove } = await spool();
  return { flags: { ...flags, csv: path }, done: remove };
};

/**
 * Opens the past: as flags say, else as the configuration does, else that of this host's own agent; what `negawatt fleet`
 * archived of an engine in the state directory is part of it. Throws CommandError.
 */
export const historyOf = async (loaded: Loaded, given: HistoryFlags): Promise<HistoryEngine> => {
  const { flags, done } = await withStandardInput(given);
  try {
    const engine = await openedHistory(loaded, flags);
    if (given.csv !== '-') return await withArchived(engine, loaded);
    const close = async (): Promise<void> => {
      done();
      await engine.close();
    };
    return { ...engine, about: { ...engine.about, where: 'standard input' }, close };
  } catch (error) {
    done();
    throw await inWords(error);
  }
};

const withArchived = async (engine: HistoryEngine, { config }: Loaded): Promise<HistoryEngine> => {
  const dir = stateDirectoryOf(config);
  if (dir === undefined || engine.about.engine === 'local') return engine;
  const { withArchiveOf } = await openComparing();
  try {
    return await withArchiveOf(engine, dir, Date.now() / 1000);
  } catch (error) {
    await engine.close();
    throw error;
  }
};

const openedHistory = async ({ config }: Loaded, flags: HistoryFlags): Promise<HistoryEngine> => {
  const { historyOptions, openHistory, readUsageHours, readUsageSpan } = await openComparing();
  const given = optionsOf(flags);
  // Flags say where the past is, all of it, or none of it.
  const named = flags.prometheus === undefined && flags.csv === undefined ? config.history : undefined;
  const parsed =
    named === undefined ? historyOptions.safeParse(given) : { success: true as const, data: named };
  if (!parsed.success)
    throw new CommandError(
      parsed.error.issues
        .map(({ path, message }) => `${inFlags(`history.${path.map(String).join('.')}`)} ${message}`)
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
