import type { ClientRequest, IncomingMessage } from 'node:http';
import { oneLine } from '../model/foreign-text.ts';
import { GridError } from '../model/grid.ts';
import type { Seconds } from '../units.ts';
import { readBody, readReason } from './client-body.ts';
import { errorOf, placeOf, refusalOf } from './client-error.ts';

/** An answer about a grid is some hundred KiB at most: a week of 5-minute values of one zone is 2,016 rows. */
const MOST_BYTES = 4 * 2 ** 20;
/** What a provider says about a failure is short; more of it is not read. */
const MOST_ERROR_BYTES = 64 * 2 ** 10;
const REASON_MS = 2000;

/** One question to a provider. */
export interface GridRequest {
  /** Its query is never printed: some providers want the key there. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the whole answer, drip by drip or not. */
  readonly timeout: Seconds;
  readonly signal: AbortSignal;
  /** Content type that is asked for and that the answer must have. */
  readonly accept: 'json' | 'xml';
  /** Most bytes of the answer after decompression; 4 MiB unless told. */
  readonly mostBytes?: number;
  /** What no message may show, whoever says it: keys, tokens, passwords. */
  readonly secrets?: readonly string[];
  readonly method?: 'GET';
  /** Authorities in PEM that are trusted instead of the system's, for an address inside one organisation. */
  readonly ca?: string;
}

export interface GridResponse {
  /** Empty where the provider has nothing to say (204, or no content). */
  readonly body: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Clock of the provider minus this host's, in milliseconds, from the `Date` header; absent without one. */
  readonly skew?: number;
}

const ACCEPT = { json: 'application/json', xml: 'application/xml, text/xml;q=0.9' } as const;

/**
 * Asks a provider once over http or https. Certificates are verified, redirects not followed, the answer is bounded in
 * time and size, compressed or not.
 *
 * @throws GridError and nothing else: `refused` for 401 and 403, `unknown` for 404, `busy` for 429 and 503 with the time
 *   of `Retry-After`, `failed` for the rest. No message holds a query string or one of `secrets`.
 */
export const askGrid = async (request: GridRequest): Promise<GridResponse> => {
  try {
    return await exchange(request);
  } catch (cause) {
    throw errorOf(request, cause);
  }
};

/** Reads JSON. @throws GridError (failed) and nothing else; the body itself is in no message. */
export const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    throw new GridError('failed', body === '' ? 'the answer is empty' : 'the answer is not valid JSON', {
      fix: 'If it stays so, see whether the address is that of the API and not of a page.',
    });
  }
};

const exchange = async (wanted: GridRequest): Promise<GridResponse> => {
  const { url, timeout, signal } = wanted;
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    let asked: ClientRequest | undefined;
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      // Nothing more of it is read: half a gigabyte stays where it is.
      asked?.destroy();
      end();
    };
    const fail = (error: unknown): void => settle(() => reject(error));
    const stop = (): void => fail(new GridError('failed', `${placeOf(url)}: the question was called off`));
    const timer = setTimeout(() => {
      fail(
        new GridError('failed', `${placeOf(url)} gave no whole answer within ${timeout} s`, {
          fix: 'See whether this host reaches it, through a firewall or a proxy; it is asked again later.',
        }),
      );
    }, timeout * 1000);
    timer.unref();
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop);
    const headers = {
      Accept: ACCEPT[wanted.accept],
      'Accept-Encoding': 'gzip',
      'User-Agent': 'negawatt',
      ...wanted.headers,
      Connection: 'close',
    };
    try {
      const authority = wanted.ca === undefined ? {} : { ca: wanted.ca };
      asked = request(url, { method: 'GET', headers, agent: false, ...authority });
    } catch (cause) {
      return fail(cause);
    }
    asked.on('error', fail);
    asked.on('response', (response) => {
      answerOf(wanted, response).then((answer) => settle(() => resolve(answer)), fail);
    });
    asked.end();
  });
};

const answerOf = async (wanted: GridRequest, response: IncomingMessage): Promise<GridResponse> => {
  const { url, accept } = wanted;
  const arrived = Date.now();
  const { statusCode = 0 } = response;
  const isGood = statusCode === 200 || statusCode === 204;
  if (!isGood) {
    const said = await readReason(response, MOST_ERROR_BYTES, REASON_MS);
    throw refusalOf(wanted, response, said, arrived);
  }
  const isEmpty = statusCode === 204 || response.headers['content-length'] === '0';
  const type = response.headers['content-type'] ?? '';
  if (!isEmpty && !isOfType(type, accept)) {
    throw new GridError(
      'failed',
      `${placeOf(url)} answers with ${oneLine(type, 60) || 'no content type'}, not with ${accept.toUpperCase()}`,
      {
        fix: 'See whether the address is that of the API, and whether a proxy or a log-in page answers instead.',
      },
    );
  }
  const body = isEmpty ? '' : await readBody(response, wanted.mostBytes ?? MOST_BYTES);
  const date = Date.parse(response.headers.date ?? '');
  return {
    body,
    headers: flat(response),
    ...(Number.isFinite(date) ? { skew: date - arrived } : {}),
  };
};

/** `application/json`, `application/problem+json; charset=utf-8`, `text/xml` and their kind (RFC 6839). */
const isOfType = (type: string, accept: 'json' | 'xml'): boolean =>
  new RegExp(`^(?:application|text)/(?:[\\w.-]+\\+)?${accept}\\s*(?:;|$)`, 'i').test(type.trim());

const flat = ({ headers }: IncomingMessage): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
