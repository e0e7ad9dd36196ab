import type { Agent, IncomingMessage } from 'node:http';
import { oneLine } from '../model/foreign-text.ts';
import { HistoryError } from '../model/history.ts';
import { retryAfter } from '../model/retry-after.ts';
import { seconds } from '../units.ts';
import { dataIn, type Labels, labelSetsIn, type Series, seriesIn, wordsIn } from './prometheus-answer.ts';
import type { Credentials } from './prometheus-credentials.ts';
import { failureOf, type Refusal, refusalOf } from './prometheus-refusal.ts';

/** A day of 100 hosts with ten parts each at 5 minutes is 10 MB; of what is larger, fewer hosts are to be asked for. */
const MOST_BYTES = 256 * 2 ** 20;
const MOST_ERROR_BYTES = 64 * 2 ** 10;
/** Longer questions go in a body: servers and proxies take 8 KiB of a line, by default. */
const LONGEST_LINE = 4096;
/** Waits between attempts, seconds; a server that asks for a longer one gets it, up to half a minute. */
const WAITS = [1, 2, 4] as const;
const LONGEST_WAIT = seconds(30);
/** Questions at a time: a history is read beside those who look at dashboards. */
const AT_ONCE = 4;

export interface PrometheusClient {
  /** Values at `start, start + step, ... <= end`, seconds since 1970 UTC. */
  range(
    query: string,
    start: number,
    end: number,
    step: number,
    signal?: AbortSignal,
  ): Promise<readonly Series[]>;
  /** Raw samples of a selector with a range, or a value now. */
  instant(query: string, time: number, signal?: AbortSignal): Promise<readonly Series[]>;
  /** Label sets of the series that have samples between two instants, about. */
  series(match: string, start: number, end: number, signal?: AbortSignal): Promise<readonly Labels[]>;
  values(
    label: string,
    match: string,
    start: number,
    end: number,
    signal?: AbortSignal,
  ): Promise<readonly string[]>;
  close(): void;
}

export interface ClientOptions {
  /** Up to and without /api/v1. */
  readonly url: URL;
  /** Seconds for a whole answer. */
  readonly timeout: number;
  readonly credentials: Credentials;
  /** Waits some seconds; rejects where the signal is aborted. */
  readonly wait: (seconds: number, signal?: AbortSignal) => Promise<void>;
}

/** Asked of all: Thanos and VictoriaMetrics then refuse instead of answering in part; others do not know the words. */
const WHOLE = {
  partial_response: 'false',
  dedup: 'true',
  max_source_resolution: '0s',
  deny_partial_response: '1',
  nocache: '1',
};

/** Every function throws HistoryError and nothing else. */
export const createClient = (options: ClientOptions): PrometheusClient => {
  const { url, wait } = options;
  const place = `${url.origin}${url.pathname.replace(/\/$/, '')}`;
  const line = createLine(options, place);
  let free = AT_ONCE;
  const waiting: (() => void)[] = [];

  const ask = async (path: string, form: Record<string, string>, signal?: AbortSignal): Promise<unknown> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      for (const pause of [...WAITS, undefined]) {
        const answer = await line.exchange(path, { ...form, ...WHOLE }, signal);
        if ('body' in answer) return dataIn(answer.body, place);
        if (!answer.again || pause === undefined) throw answer.error;
        await wait(Math.max(pause, answer.wait ?? 0), signal);
      }
      throw new HistoryError(`${place} was not asked`, '');
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
  const span = (start: number, end: number) => ({ start: String(start), end: String(end) });
  return {
    range: async (query, start, end, step, signal) =>
      seriesIn(await ask('query_range', { query, ...span(start, end), step: String(step) }, signal), place),
    instant: async (query, time, signal) =>
      seriesIn(await ask('query', { query, time: String(time) }, signal), place),
    series: async (match, start, end, signal) =>
      labelSetsIn(await ask('series', { 'match[]': match, ...span(start, end) }, signal), place),
    values: async (label, match, start, end, signal) =>
      wordsIn(await ask(`label/${label}/values`, { 'match[]': match, ...span(start, end) }, signal), place),
    close: () => line.close(),
  };
};

type Answer = { readonly body: string } | (Refusal & { readonly wait?: number });

/** One question and what came of it, over connections that are kept. */
const createLine = ({ url, timeout, credentials }: ClientOptions, place: string) => {
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

/** Reads no further than `most` bytes after decompression. */
const bodyOf = async (response: IncomingMessage, most: number, place: string): Promise<string> => {
  const isPacked = /^(x-)?gzip$/i.test(response.headers['content-encoding'] ?? '');
  const stream = isPacked ? response.pipe((await import('node:zlib')).createGunzip()) : response;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const brokeOff = (): void =>
      reject(
        new HistoryError(
          `${place}: the answer broke off`,
          'See the log of the engine and of a proxy in between; ask for fewer hosts if it is too large for it.',
        ),
      );
    response.on('error', brokeOff);
    response.on('aborted', brokeOff);
    stream.on('error', brokeOff);
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= most) chunks.push(chunk);
      else
        reject(
          new HistoryError(
            `${place}: the answer is larger than ${most / 2 ** 20} MiB`,
            'Ask for fewer hosts, or narrow history.prometheus.match.',
          ),
        );
    });
    stream.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
};
