import { unlink } from 'node:fs/promises';
import {
  type Config,
  counted,
  createPrometheusExporter,
  createTextfile,
  NO_PUSHES,
  type OtlpHandover,
  openOtlp,
  openOtlpTls,
  type Pusher,
  type PushState,
  type Snapshot,
  type Textfile,
  textfileTrouble,
  toTextfile,
} from '../src/index.ts';
import { CommandError } from './exit.ts';
import type { Logger } from './log.ts';
import { version } from './version.ts';

/** Ways out beside the HTTP server. */
export interface WaysOut {
  /** How pushes went; undefined where none are configured. */
  readonly pushes: () => PushState | undefined;
  /** Longest time between two looks that somebody takes at the metrics through these ways, seconds; 0 without any. */
  readonly longestGap: number;
  /**
   * Opens nothing once they are closed, and takes a textfile away that was left to be written on.
   *
   * @param kept the snapshot in force, after what it shows was kept. Never rejects.
   */
  start(kept: () => Promise<Snapshot>): Promise<void>;
  /**
   * Sends what holds now once more and takes the textfile away; 1.4 seconds at most.
   *
   * @param next of the run that goes on: what waits for a receiver is its to send, and a textfile that it writes stays, so
   *   that nobody sees its series end.
   */
  close(next?: Config['export']): Promise<void>;
}

/** A stop of the service waits for it, and so does a reboot: the agent ends within 2 s, the last half of one for files. */
const LAST_PUSH_MS = 1_300;
const LAST_OF_ALL_MS = 1_400;
/** Whoever reads the textfile has an interval of its own: Prometheus' default is a minute. */
const READ_EVERY = 60;

/**
 * Nothing is loaded, opened or written for what is not configured. Throws CommandError where a way that is configured
 * cannot be gone: before anything else is open that would keep the agent alive.
 */
export const openWaysOut = async (
  config: Config,
  directory: string | undefined,
  log: Logger,
  handover: OtlpHandover = {},
): Promise<WaysOut> => {
  const { otlp, textfile } = config.export;
  await check(config.export);
  const hasOtlp = otlp.url !== undefined;
  const since = Date.now();
  let pusher: Pusher | undefined;
  let file: Textfile | undefined;
  let timer: NodeJS.Timeout | undefined;
  // A reload or the end may come while they are being started: what starts after it would never end.
  let isClosed = false;
  // Of a run that never took over, what waits is not its own.
  let isStarted = false;

  const startPush = async (kept: () => Promise<Snapshot>): Promise<void> => {
    if (otlp.url === undefined) return;
    const opened = await openOtlp({
      options: { ...otlp, url: otlp.url },
      snapshot: kept,
      directory,
      handover,
      rootfs: config.path.rootfs,
      version,
      since,
      onEvent: ({ level, message, fix }) => log[level]({ export: 'otlp', fix }, message),
    });
    if (isClosed) return;
    pusher = opened;
    pusher.start();
  };

  const startFile = (kept: () => Promise<Snapshot>): void => {
    const { path } = textfile;
    if (path === undefined || isClosed) return;
    let current: Snapshot | undefined;
    const exporter = createPrometheusExporter(() => current && toTextfile(current));
    const written = createTextfile({
      path,
      render: async () => {
        current = await kept();
        return exporter.render();
      },
      onTrouble: (found) =>
        found === undefined
          ? log.info({ export: 'textfile' }, `${path} is written again`)
          : log.warn({ export: 'textfile', fix: found.fix }, found.reason),
    });
    file = written;
    written.write();
    timer = setInterval(() => written.write(), textfile.interval * 1000);
    timer.unref();
  };

  /** Of what waited when nobody sends any more. */
  const letGo = (): void => {
    const lost = handover.queue?.size ?? 0;
    delete handover.queue;
    if (lost === 0) return;
    const fix = 'Nothing: counters go on from the state that is kept.';
    const message = `the receiver did not take what waited: ${counted(lost, 'export')} lost`;
    log.warn({ export: 'otlp', fix }, message);
  };

  return {
    pushes: () => (hasOtlp ? (pusher?.state() ?? NO_PUSHES) : undefined),
    longestGap: Math.max(
      hasOtlp ? otlp.interval : 0,
      textfile.path === undefined ? 0 : textfile.interval + READ_EVERY,
    ),
    start: async (kept) => {
      isStarted = true;
      if (isClosed && textfile.path !== undefined) await unlink(textfile.path).catch(() => {});
      await startPush(kept);
      startFile(kept);
    },
    close: async (next) => {
      isClosed = true;
      clearInterval(timer);
      // What hangs must not hold the end.
      const late = new Promise<void>((resolve) => setTimeout(resolve, LAST_OF_ALL_MS).unref());
      const done = textfile.path === next?.textfile.path ? file?.settled() : file?.remove();
      await Promise.race([Promise.all([pusher?.close(LAST_PUSH_MS), done]), late]);
      if (isStarted && next?.otlp.url === undefined) letGo();
    },
  };
};

const check = async ({ otlp, textfile }: Config['export']): Promise<void> => {
  const trouble = textfile.path === undefined ? undefined : await textfileTrouble(textfile.path);
  if (trouble !== undefined)
    throw new CommandError(`export.textfile.path cannot be used: ${trouble.reason}; ${trouble.fix}`);
  if (otlp.url === undefined || (otlp.ca_file ?? otlp.cert_file) === undefined) return;
  const { readTlsFiles, TlsFileError } = await openOtlpTls();
  try {
    await readTlsFiles(otlp);
  } catch (cause) {
    throw cause instanceof TlsFileError ? new CommandError(`${cause.message}; ${cause.fix}`) : cause;
  }
};
