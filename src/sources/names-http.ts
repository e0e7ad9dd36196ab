import type { ClientRequest, IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { SourceError } from '../model/source-error.ts';
import { errnoOf } from './failure.ts';
import { parseJson } from './names-file.ts';
import { printable } from './text.ts';

export interface GetOptions {
  readonly url: URL;
  /** What is asked, for messages: the socket or the address. */
  readonly where: string;
  /** Socket path, headers, certificates. */
  readonly request?: RequestOptions;
  /** For the whole answer, milliseconds. */
  readonly timeout: number;
  /** Largest answer, bytes. */
  readonly most: number;
  readonly signal: AbortSignal;
  /** Next step after a status, or after the code of a failed connection. */
  readonly fixFor: (status: number, code: string) => string;
}

/**
 * One GET whose answer is JSON. Redirects are not followed, no proxy is asked. Rejects with SourceError (retry); its
 * message never holds what was answered.
 */
export const getJson = async (options: GetOptions): Promise<unknown> =>
  parseJson(await getText(options), options.where);

const getText = async (options: GetOptions): Promise<string> => {
  const { url, where, timeout, signal, fixFor } = options;
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    let asked: ClientRequest | undefined;
    const settle = (outcome: string | SourceError): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      asked?.destroy();
      if (typeof outcome === 'string') resolve(outcome);
      else reject(outcome);
    };
    const fail = (what: string, fix: string, cause?: unknown): void =>
      settle(new SourceError('retry', `${where}: ${what}`, { cause, fix }));
    const broken = (cause: Error): void => {
      const code = errnoOf(cause);
      fail(code || printable(cause.message, 120), fixFor(0, code), cause);
    };
    const stop = (): void => fail('the agent is stopping', '');
    const timer = setTimeout(
      () => fail(`no whole answer within ${timeout / 1000} s`, fixFor(0, 'ETIMEDOUT')),
      timeout,
    );
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop);
    const headers = { Accept: 'application/json', Connection: 'close', ...options.request?.headers };
    asked = request(url, { ...options.request, method: 'GET', headers, agent: false });
    asked.on('error', broken);
    asked.on('response', (response) => {
      const { statusCode = 0 } = response;
      if (statusCode !== 200) return fail(`answers with status ${statusCode}`, fixFor(statusCode, ''));
      response.on('error', broken);
      gather(response, options.most, (text) => {
        if (text !== undefined) return settle(text);
        const size = `larger than ${options.most / 2 ** 20} MiB`;
        fail(`the answer broke off, or is ${size}`, fixFor(0, 'EMSGSIZE'));
      });
    });
    asked.end();
  });
};

/** @param done gets undefined where the answer is too large or not whole. */
const gather = (response: IncomingMessage, most: number, done: (text: string | undefined) => void): void => {
  const parts: Buffer[] = [];
  let size = 0;
  response.on('data', (part: Buffer) => {
    size += part.length;
    if (size > most) done(undefined);
    else parts.push(part);
  });
  response.on('end', () => done(response.complete ? Buffer.concat(parts).toString('utf8') : undefined));
};
