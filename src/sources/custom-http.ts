import { open } from 'node:fs/promises';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { SourceError } from '../model/source-error.ts';
import type { Content } from './custom-value.ts';
import { errnoOf, failedRead } from './failure.ts';
import { printable } from './text.ts';

/** The answer of a PDU with some hundred outlets stays far below. */
const MOST_BODY = 1024 * 1024;

export interface HttpMeter {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** File whose content is sent as `Authorization: Bearer ...`. */
  readonly token_file?: string | undefined;
  /** PEM file of the authorities that are trusted instead of the system's. */
  readonly ca_file?: string | undefined;
}

/**
 * Asks once with GET and resolves with the body, at most 1 MiB. Certificates are verified; redirects are not followed,
 * so that a token goes nowhere else. Rejects with SourceError, also after `timeout` seconds and when it is aborted.
 */
export const askMeterUrl = async (
  { url, headers, token_file, ca_file }: HttpMeter,
  timeout: number,
  signal: AbortSignal,
): Promise<Content> => {
  const target = new URL(url);
  // The query may hold a secret: it is not shown.
  const name = printable(`${target.origin}${target.pathname}`);
  const fail = (message: string, fix: string, cause?: unknown): SourceError =>
    new SourceError('retry', `${name}: ${message}`, { fix, cause });
  const [token, ca] = await Promise.all([contentOf(token_file, isSecret), contentOf(ca_file, () => true)]);
  const options: RequestOptions & { readonly ca?: string; readonly rejectUnauthorized: true } = {
    method: 'GET',
    agent: false,
    headers: {
      accept: 'application/json',
      'user-agent': 'negawatt',
      ...headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token.trim()}` }),
    },
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
  };
  // Loaded by whoever has such a meter, and nobody else.
  const { request } = await (target.protocol === 'https:' ? import('node:https') : import('node:http'));
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(fail('not asked', ''));
    const sent = request(target, options, (answer) => {
      bodyOf(answer, fail).then((text) => finish(() => resolve({ text })), stop);
    });
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      settle();
    };
    const stop = (error: SourceError): void => {
      finish(() => reject(error));
      sent.destroy();
    };
    const abort = (): void => stop(fail('stopped', ''));
    const late = (): void =>
      stop(fail(`no answer within ${timeout} s`, `Check that this host reaches ${target.host}.`));
    const timer = setTimeout(late, timeout * 1000);
    timer.unref();
    signal.addEventListener('abort', abort, { once: true });
    sent.on('error', (cause) =>
      stop(fail(errnoOf(cause) || printable(cause.message), fixOf(cause, target.host), cause)),
    );
    sent.end();
  });
};

type Fail = (message: string, fix: string, cause?: unknown) => SourceError;

const bodyOf = (answer: IncomingMessage, fail: Fail): Promise<string> =>
  new Promise((resolve, reject) => {
    const status = answer.statusCode ?? 0;
    if (status !== 200) {
      const fix =
        status === 401 || status === 403
          ? 'Check token_file and headers.'
          : status >= 300 && status < 400
            ? 'Redirects are not followed: name the last address in url.'
            : 'Ask it by hand, with curl.';
      return reject(fail(`answered ${status}`, fix));
    }
    const parts: Buffer[] = [];
    let length = 0;
    answer.on('data', (part: Buffer) => {
      length += part.length;
      if (length > MOST_BODY)
        reject(fail(`answered more than ${MOST_BODY} bytes`, 'Ask for one meter alone.'));
      else parts.push(part);
    });
    answer.on('error', (cause) => reject(fail(errnoOf(cause) || printable(cause.message), '', cause)));
    answer.on('end', () => resolve(Buffer.concat(parts).toString('utf8')));
  });

const fixOf = (cause: unknown, host: string): string =>
  /CERT|SIGNED|ISSUER|ALTNAME|SSL/.test(errnoOf(cause))
    ? 'Give the certificate of its authority with ca_file; there is no switch to trust blindly.'
    : `Check that this host reaches ${host} and that it answers there.`;

const OTHERS_READ = 0o004;
const isSecret = (mode: number): boolean => (mode & OTHERS_READ) === 0;

/** Read at each request: a token is renewed by whoever writes its file. */
const contentOf = async (
  path: string | undefined,
  mayHave: (mode: number) => boolean,
): Promise<string | undefined> => {
  if (path === undefined) return undefined;
  try {
    const file = await open(path, 'r');
    try {
      if (mayHave((await file.stat()).mode)) return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (cause) {
    const { message } = failedRead(path, cause);
    throw new SourceError('retry', message, {
      cause,
      fix: `Give the user of negawatt read access to ${printable(path)}.`,
    });
  }
  throw new SourceError('retry', `${printable(path)} holds a token and every user of this host may read it`, {
    fix: `chmod 640 ${printable(path)}, and chgrp it to the group that negawatt runs as; if others could read it, get a new token.`,
  });
};
