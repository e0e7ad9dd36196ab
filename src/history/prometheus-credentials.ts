import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { HistoryError } from '../model/history.ts';
import type { PrometheusHistoryOptions } from './options.ts';

/** What is shown to the engine, and what no message may show. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly secrets: readonly string[];
}

/** A token is one line and short; a bundle of authorities is a fifth of a MiB. A larger file is another one. */
const LARGEST_LINE = 16_384;
const LARGEST_PEM = 2 ** 20;
const OTHERS_READ = 0o004;
/** What a header can carry (RFC 9110, 5.5) without quoting. */
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

type Files = Pick<
  PrometheusHistoryOptions,
  'token_file' | 'credentials_file' | 'ca_file' | 'cert_file' | 'key_file' | 'tenant'
>;

/** Reads the files once, when a history is opened. @throws HistoryError that says which file and why, not what it holds. */
export const readCredentials = async (files: Files): Promise<Credentials> => {
  const token = await lineIn(files, 'token_file', 'the token alone');
  const login = await lineIn(files, 'credentials_file', 'username:password');
  const [ca, cert, key] = [
    await pemIn(files, 'ca_file', 'CERTIFICATE'),
    await pemIn(files, 'cert_file', 'CERTIFICATE'),
    await pemIn(files, 'key_file', 'PRIVATE KEY'),
  ];
  const basic = login === undefined ? undefined : Buffer.from(login, 'latin1').toString('base64');
  const authorization = token === undefined ? basic && `Basic ${basic}` : `Bearer ${token}`;
  return {
    headers: {
      ...(authorization === undefined ? {} : { Authorization: authorization }),
      ...(files.tenant === undefined ? {} : { 'X-Scope-OrgID': files.tenant }),
    },
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
    secrets: [token, basic, login?.slice(login.indexOf(':') + 1)].filter((one) => one !== undefined),
  };
};

const lineIn = async (
  files: Files,
  name: 'token_file' | 'credentials_file',
  what: string,
): Promise<string | undefined> => {
  const path = files[name];
  if (path === undefined) return undefined;
  const line = (await textOf(path, name, LARGEST_LINE, true)).replace(/\r?\n$/, '');
  if (!PLAIN.test(line) || (name === 'credentials_file' && !/^[^:]+:./.test(line)))
    throw new HistoryError(`${path} is not one line of ${what}`, `Write one line there: ${what}.`);
  return line;
};

const pemIn = async (
  files: Files,
  name: 'ca_file' | 'cert_file' | 'key_file',
  what: string,
): Promise<string | undefined> => {
  const path = files[name];
  if (path === undefined) return undefined;
  const text = await textOf(path, name, LARGEST_PEM, name === 'key_file');
  if (!new RegExp(`-----BEGIN [A-Z ]*${what}-----`).test(text))
    throw new HistoryError(
      `history.prometheus.${name}: ${path} holds no ${what.toLowerCase()} in PEM form`,
      `Name a file with -----BEGIN ${what}-----.`,
    );
  return text;
};

const textOf = async (path: string, name: string, most: number, isSecret: boolean): Promise<string> => {
  const place = `history.prometheus.${name}: ${path}`;
  try {
    // Not waiting: a pipe without a writer would hold a thread for ever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      // Of the open file: the path may lead elsewhere a moment later.
      const status = await file.stat();
      if (!status.isFile()) throw new HistoryError(`${place} is no regular file`, 'Name the right file.');
      if (status.size > most)
        throw new HistoryError(`${place} is larger than ${most} bytes`, 'Name the right file.');
      if (isSecret && (status.mode & OTHERS_READ) !== 0)
        throw new HistoryError(
          `${place} is a secret and every user of this host may read it`,
          `chmod 640 ${path}, and chgrp it to the group that negawatt runs as; if others could read it, get a new one.`,
        );
      return await file.readFile('latin1');
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof HistoryError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new HistoryError(
      `${place} cannot be read: ${code}`,
      `Correct history.prometheus.${name}, or let the user of negawatt read the file.`,
    );
  }
};
