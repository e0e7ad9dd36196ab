import type { Agent as HttpAgent, IncomingMessage, RequestOptions } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { CONNECTION_WORDS } from '../model/connection-words.ts';
import { type Answered, type Outcome, outcomeOf } from './otlp-answer.ts';
import type { Packed } from './otlp-queue.ts';
import type { TlsTexts } from './otlp-tls.ts';

const inThread = promisify(gzip);

/** An OTLP receiver has a few bytes to say; of a failure it says a sentence or two. */
const MOST_BYTES = 64 * 2 ** 10;

/** Where to, and how. */
export interface OtlpTarget {
  readonly url: URL;
  readonly compression: 'gzip' | 'none';
  readonly userAgent: string;
}

/** What was read for one push. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsTexts;
}

export interface Sender {
  /** A message as it goes on the wire. */
  packed(message: Uint8Array): Promise<Packed>;
  /** Sends once what was packed. Never rejects. @param timeout milliseconds for the whole exchange. */
  send(one: Packed, credentials: Credentials, timeout: number, signal: AbortSignal): Promise<Outcome>;
  close(): void;
}

/**
 * Sends over http or https. Certificates are verified, redirects not followed, the answer is bounded in time and size.
 * Each push has a connection of its own, as a kept one is mostly closed by the time of the next; TLS is resumed.
 */
export const createSender = async (target: OtlpTarget): Promise<Sender> => {
  const { url, compression, userAgent } = target;
  const isTls = url.protocol === 'https:';
  const { request, Agent } = isTls ? await import('node:https') : await import('node:http');
  const agent: HttpAgent = new Agent({ keepAlive: false });
  const exchange = (
    body: Uint8Array,
    { headers, tls }: Credentials,
    timeout: number,
    signal: AbortSignal,
  ): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const options: RequestOptions = { method: 'POST', agent, headers, ...tls };
      const asked = request(url, options);
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        // Nothing more of it is read: half a gigabyte stays where it is.
        asked.destroy();
        end();
      };
      const stop = (): void => settle(() => reject(new Error('it was called off')));
      const timer = setTimeout(
        () => settle(() => reject(new Error(`it gave no whole answer within ${timeout / 1000} s`))),
        timeout,
      );
      timer.unref();
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop);
      asked.on('error', (error) => settle(() => reject(error)));
      asked.on('response', (response) => {
        const arrived = Date.now();
        const answered = (read: Buffer | undefined): void =>
          settle(() =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read, arrived }),
          );
        readBody(response).then(answered, (error: unknown) => settle(() => reject(error)));
      });
      asked.end(body);
    });
  return {
    packed: async (message) =>
      compression === 'gzip'
        ? { bytes: await inThread(message), encoding: 'gzip' }
        : { bytes: message, encoding: undefined },
    send: async ({ bytes: body, encoding }, { headers, tls }, timeout, signal) => {
      const secrets = Object.values(headers);
      try {
        const all = {
          ...headers,
          'Content-Type': 'application/x-protobuf',
          ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }),
          'Content-Length': String(body.length),
          'User-Agent': userAgent,
          Connection: 'close',
        };
        return outcomeOf(await exchange(body, { headers: all, tls }, timeout, signal), secrets);
      } catch (cause) {
        return failureOf(cause, isTls);
      }
    },
    close: () => agent.destroy(),
  };
};

/** Undefined where it is larger than a receiver has a reason for; the rest is not read then. */
const readBody = async (response: IncomingMessage): Promise<Buffer | undefined> => {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MOST_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
};

/** The receiver's word on the certificate of this agent (RFC 8446, 6.2), as OpenSSL tells it, under whatever code. */
const ITS_WORD =
  /alert ((?:bad|unsupported) certificate|certificate \w+|unknown ca|access denied|handshake failure)/;
const OWN_CERTIFICATE =
  'Name one that the receiver takes in export.otlp.cert_file, and its key in export.otlp.key_file.';
/** Some receivers cut who has no certificate that they take, without a word of it. */
const BROKEN = /^(ECONNRESET|EPIPE)$/;
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/;

/** A connection that failed may work later, one to an untrusted certificate too: it may be renewed. */
const failureOf = (cause: unknown, isTls: boolean): Outcome => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const text = cause instanceof Error ? cause.message : String(cause);
  const word = ITS_WORD.exec(text)?.[1];
  if (word !== undefined) {
    return {
      kind: 'retry',
      why: `it wants a certificate of this agent, or another one: ${word}`,
      fix: OWN_CERTIFICATE,
    };
  }
  const reach = 'See whether this host reaches it, through a firewall or a proxy; it is tried again.';
  return {
    kind: 'retry',
    why: CONNECTION_WORDS[code] ?? text.slice(0, 200),
    fix: CERTIFICATE.test(code)
      ? 'Its certificate is not trusted: set the clock, or name its authority in export.otlp.ca_file.'
      : isTls && BROKEN.test(code)
        ? `${reach} If it asks for certificates: ${OWN_CERTIFICATE}`
        : reach,
  };
};
