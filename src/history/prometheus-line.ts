import type { Agent, IncomingMessage } from 'node:http';
import { oneLine } from '../model/foreign-text.ts';
import { HistoryError } from '../model/history.ts';
import { retryAfter } from '../model/retry-after.ts';
import { seconds } from '../units.ts';
import { bodyOf } from './prometheus-body.ts';
import type { Credentials } from './prometheus-credentials.ts';
import { failureOf, type Refusal, refusalOf } from './prometheus-refusal.ts';

/** A day of 100 hosts with ten parts each at 5 minutes is 10 MB; of what is larger, fewer hosts are to be asked for. */
const MOST_BYTES = 256 * 2 ** 20;
const MOST_ERROR_BYTES = 64 * 2 ** 10;
/** Longer questions go in a body: servers and proxies take 8 KiB of a line, by default. */
const LONGEST_LINE = 4096;
/** Questions at a time: a history is read beside those who look at dashboards. */
export const AT_ONCE = 4;
/** A server that asks for a longer wait gets half a minute. */
const LONGEST_WAIT = seconds(30);

export interface LineOptions {
  /** Up to and without /api/v1. */
  readonly url: URL;
  /** Seconds for a whole answer. */
  readonly timeout: number;
  readonly credentials: Credentials;
}

export type Answer = { readonly body: string } | (Refusal & { readonly wait?: number });

/** One question and what came of it, over connections that are kept. */
export const createLine = ({ url, timeout, credentials }: LineOptions, place: string) => {
  const { headers, tls, secrets } = credentials;
  let agent: Agent | undefined;

  const exchange = async (
    path: string,
    form: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Answer> => {
    const { request, Agent: Kept } =
      url.protocol === 'https:' ? await import('node:https') : await import('node:http');
    agent ??= new Kept({ keepAlive: true, maxSockets: AT_ONCE, ...tls });
    const text = new URLSearchParams(form).toString();
    const target = new URL(`${place}/api/v1/${path}`);
    // Values of labels are asked for by GET alone.
    const isLong = text.length > LONGEST_LINE && !path.startsWith('label/');
    if (!isLong) target.search = text;
    return new Promise((resolve) => {
      const settle = (answer: Answer): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
        resolve(answer);
      };
      const fail = (cause: unknown): void => {
        settle(failureOf(place, cause, secrets));
        asked.destroy();
      };
      const stop = (): void => fail(new HistoryError(`${place}: the question was called off`, ''));
      const asked = request(target, {
        method: isLong ? 'POST' : 'GET',
        agent,
        headers: {
          Accept: 'application/json',
          'Accept-Encoding': 'gzip',
          'User-Agent': 'negawatt',
          ...headers,
          ...(isLong ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}),
        },
      });
      const timer = setTimeout(
        () =>
          fail(
            new HistoryError(
              `${place} gave no whole answer within ${timeout} s`,
              'Raise history.prometheus.timeout, ask for fewer hosts, or see what keeps the engine busy.',
            ),
          ),
        timeout * 1000,
      );
      timer.unref();
      signal?.addEventListener('abort', stop);
      asked.on('error', fail);
      asked.on('response', (response) => answerOf(response, place, secrets).then(settle, fail));
      if (signal?.aborted === true) return stop();
      asked.end(isLong ? text : undefined);
    });
  };
  return { exchange, close: () => agent?.destroy() };
};

const answerOf = async (
  response: IncomingMessage,
  place: string,
  secrets: readonly string[],
): Promise<Answer> => {
  const { statusCode: status = 0, headers } = response;
  const body = await bodyOf(response, status === 200 ? MOST_BYTES : MOST_ERROR_BYTES, place);
  if (status !== 200) {
    const asked = retryAfter(headers, Date.now(), LONGEST_WAIT);
    return { ...refusalOf(place, status, body, secrets), ...(asked === undefined ? {} : { wait: asked }) };
  }
  const type = headers['content-type'] ?? '';
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type.trim()))
    throw new HistoryError(
      `${place} answers with ${oneLine(type, 60) || 'no content type'}, not with JSON`,
      'See whether history.prometheus.url is that of the HTTP API, and whether a log-in page or a proxy answers instead.',
    );
  return { body };
};
