import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { CONNECTION_WORDS } from '../model/connection-words.ts';
import { SourceError } from '../model/source-error.ts';
import type { Seconds } from '../units.ts';
import { shown } from './text.ts';

/** Metrics of a very large application are some MiB; what is larger is cut off, compressed or not. */
const MOST_BYTES = 16 * 2 ** 20;
/** Prometheus first, as it is the plainer of the two that are read. */
const ACCEPT = 'text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.5,text/*;q=0.1';

export interface GetOptions {
  /** For the whole answer, drip by drip or not. */
  readonly timeout: Seconds;
  readonly signal: AbortSignal;
  /** A piece of the answer, decompressed. What it throws ends the request. */
  readonly onChunk: (chunk: Buffer) => void;
}

/**
 * Fetches a page of metrics piece by piece; nothing is kept. Redirects are not followed. Rejects with SourceError (retry)
 * that says what came instead.
 */
export const getMetrics = async (url: URL, { timeout, signal, onChunk }: GetOptions): Promise<void> => {
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    let asked: ClientRequest | undefined;
    const settle = (error?: unknown): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      // Nothing more of it is read: half a gigabyte stays where it is.
      asked?.destroy();
      if (error === undefined) resolve();
      else reject(error instanceof SourceError ? error : failed(url, error));
    };
    const stop = (): void => settle(new SourceError('retry', 'the agent is stopping'));
    const timer = setTimeout(() => {
      settle(
        new SourceError('retry', `${url.href} gave no whole answer within ${timeout} s`, {
          fix: 'See why the application is slow, or ask it less often: the time is that of work.scrape[].interval, 10 s at most.',
        }),
      );
    }, timeout * 1000);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop);
    const headers = {
      Accept: ACCEPT,
      'Accept-Encoding': 'gzip',
      'User-Agent': 'negawatt',
      Connection: 'close',
    };
    asked = request(url, { headers, agent: false });
    asked.on('error', settle);
    asked.on('response', (response) => {
      response.on('error', settle);
      const refusal = refused(url, response);
      if (refusal !== undefined) return settle(refusal);
      void decoded(response, settle).then((stream) => read(stream, response, onChunk, settle), settle);
    });
    asked.end();
  });
};

const read = (
  stream: Readable,
  response: IncomingMessage,
  onChunk: (chunk: Buffer) => void,
  settle: (error?: unknown) => void,
): void => {
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    try {
      if (bytes > MOST_BYTES) {
        throw new SourceError(
          'retry',
          `the answer is larger than ${MOST_BYTES / 2 ** 20} MiB and was cut off`,
          {
            fix: 'Ask for less of it, if the application can filter by name.',
          },
        );
      }
      onChunk(chunk);
    } catch (error) {
      stream.destroy();
      settle(error);
    }
  });
  stream.on('end', () => {
    settle(response.complete ? undefined : new SourceError('retry', 'the answer broke off'));
  });
};

/** Decompresses where it must. Only then is the decompressor loaded. */
const decoded = async (response: IncomingMessage, settle: (error: unknown) => void): Promise<Readable> => {
  if (response.headers['content-encoding'] === undefined || isIdentity(response)) return response;
  const { createGunzip } = await import('node:zlib');
  const gunzip = createGunzip();
  gunzip.on('error', (cause) => settle(new SourceError('retry', `the gzip is damaged: ${cause.message}`)));
  return response.pipe(gunzip);
};

const isIdentity = ({ headers }: IncomingMessage): boolean => headers['content-encoding'] === 'identity';

/** Why an answer is not read at all. */
const refused = (url: URL, response: IncomingMessage): SourceError | undefined => {
  const { statusCode = 0, headers } = response;
  if (statusCode >= 300 && statusCode < 400) {
    return new SourceError(
      'retry',
      `${url.href} answers ${statusCode} and sends on to ${shown(headers.location ?? '?')}`,
      {
        fix: 'Name the final address: redirects are not followed.',
      },
    );
  }
  if (statusCode !== 200) {
    return new SourceError('retry', `${url.href} answers with status ${statusCode}`, {
      fix: 'Correct the address in work.scrape; curl shows the same answer.',
    });
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'gzip' && encoding !== 'identity') {
    return new SourceError('retry', `${url.href} answers in ${shown(encoding)}, which was not asked for`);
  }
  const type = headers['content-type'] ?? '';
  return /^(?:text\/html|application\/(?:json|xml|vnd\.google\.protobuf)|image\/)/i.test(type)
    ? new SourceError('retry', `${url.href} answers with ${shown(type)}, not with metrics`, {
        fix: 'Correct the address in work.scrape: it is often http://127.0.0.1:PORT/metrics.',
      })
    : undefined;
};

const failed = (url: URL, cause: unknown): SourceError => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const text = cause instanceof Error ? cause.message || code : String(cause);
  return new SourceError('retry', `${url.href}: ${CONNECTION_WORDS[code] ?? shown(text, 120)}`, {
    cause,
    fix: 'Start the application, or correct the address in work.scrape.',
  });
};
