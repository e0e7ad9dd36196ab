import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { type LastReload, type LoadedWebFile, readApart, readWebFile, type WebFile } from '../src/index.ts';
import { problemText } from './configuration.ts';
import { CommandError } from './exit.ts';

/** The web-config file while the agent runs. */
export interface WebConfig {
  /** What is in force. */
  current(): WebFile;
  /** How the last reading of changed files went, the start being the first. */
  last(): LastReload;
  /** Calls back when something else has come into force. */
  onChange(take: (web: WebFile) => void): void;
  close(): void;
}

export interface WebConfigOptions {
  readonly file: string;
  readonly log: Readonly<Record<'info' | 'warn' | 'error', (message: string) => void>>;
  /** Milliseconds between two looks whether a file has changed. */
  readonly every?: number;
}

/** A look is a few `stat`. Certificates are renewed days before their end, so that seconds do not count. */
const LOOK_EVERY_MS = 5_000;

/**
 * Reads the file and follows it: when it, a certificate or a key has changed all are read anew. What is not usable
 * then is said once and changes nothing. Throws CommandError where it is not usable at the start.
 */
export const openWebConfig = async ({
  file,
  log,
  every = LOOK_EVERY_MS,
}: WebConfigOptions): Promise<WebConfig> => {
  const first = await readWebFile(file);
  if (!first.ok)
    throw new CommandError(`the web configuration is not usable:\n${problemText(first.problems)}`);
  for (const { place, what } of first.warnings) log.warn(`${place}: ${what}`);
  let current = first.web;
  let { files } = first;
  // Unlike any: what changed while it was read the first time is read again at the first look.
  let seen = '';
  let trouble: string | undefined;
  let takenAt = Date.now() / 1000;
  let isLooking = false;
  const takers: ((web: WebFile) => void)[] = [];

  const take = (loaded: LoadedWebFile): void => {
    files = [...new Set(loaded.ok ? loaded.files : [...files, ...loaded.files])];
    const unfit = loaded.ok ? misfit(file, current, loaded.web) : problemText(loaded.problems);
    if (unfit !== undefined) {
      if (unfit !== trouble)
        log.error(`the web configuration stays as it was, the new one is not usable: ${unfit}`);
      trouble = unfit;
      return;
    }
    if (!loaded.ok) return;
    const isOther = markOf(loaded.web) !== markOf(current);
    if (isOther || trouble !== undefined) log.info('the web configuration is that of the changed files now');
    if (isOther || trouble !== undefined) takenAt = Date.now() / 1000;
    trouble = undefined;
    if (!isOther) return;
    for (const { place, what } of loaded.warnings) log.warn(`${place}: ${what}`);
    current = loaded.web;
    for (const taker of takers) taker(current);
  };
  const look = async (): Promise<void> => {
    // Taken before the files are read: a change in between shows at the next look.
    const now = (await Promise.all(files.map(stampOf))).join('\n');
    if (now === seen) return;
    seen = now;
    try {
      take(await readApart('webFile', file));
    } catch (error) {
      // Not read is not seen: the next look tries again.
      seen = '';
      throw error;
    }
  };
  const timer = setInterval(() => {
    // A file system that hangs gets one question.
    if (isLooking) return;
    isLooking = true;
    look()
      .catch((error: unknown) => {
        const why = `the web configuration could not be read: ${error instanceof Error ? error.message : String(error)}`;
        if (trouble !== why) log.error(why);
        trouble = why;
      })
      .finally(() => {
        isLooking = false;
      });
  }, every);
  timer.unref();
  return {
    current: () => current,
    last: () => ({ successful: trouble === undefined, at: takenAt }),
    onChange: (taker) => takers.push(taker),
    close: () => clearInterval(timer),
  };
};

/** What the open port cannot follow. */
const misfit = (file: string, { tls: old }: WebFile, { tls: next }: WebFile): string | undefined => {
  if ((old === undefined) !== (next === undefined))
    return `${file}: TLS is switched ${old === undefined ? 'on' : 'off'} by a restart of the agent alone`;
  if ((old?.clientAuth === 'none') !== (next?.clientAuth === 'none'))
    return `${file}: client_auth_type changes from or to NoClientCert by a restart of the agent alone`;
  return undefined;
};

const markOf = ({ users, ...web }: WebFile): string =>
  createHash('sha256')
    .update(JSON.stringify([...users, web]))
    .digest('base64');

const stampOf = async (file: string): Promise<string> => {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    return [ino, size, mtimeMs, ctimeMs].join(' ');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'gone';
  }
};
