import type { Agent as HttpAgent, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { SourceError } from '../model/source-error.ts';
import { errnoOf } from './failure.ts';
import { BmcError, connectionError, pinMismatch } from './redfish-error.ts';

/** The largest resource of a real BMC, a Power of a full chassis, is below 100 kB. */
const MOST_BODY = 1024 * 1024;
const HANDSHAKE_MS = 10_000;

export interface HttpOptions {
  /** `https://bmc.example`, without a path. */
  readonly url: string;
  /** Certificates of the authorities to trust instead of the system's, PEM. */
  readonly ca?: string;
  /** SHA-256 of the one certificate that is accepted, hexadecimal, upper case, without colons. */
  readonly pin?: string;
}

export interface Exchange {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Sent {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One connection to a BMC, kept open between requests. */
export interface BmcHttp {
  readonly origin: string;
  /** Sends one request and reads its whole answer. Rejects with a BmcError; at most 1 MiB is read. */
  exchange(sent: Sent, signal: AbortSignal): Promise<Exchange>;
  close(): void;
}

/** Opens nothing yet. TLS is loaded here alone: most agents talk to no BMC. */
export const openHttp = async ({ url, ca, pin }: HttpOptions): Promise<BmcHttp> => {
  const { origin, protocol } = new URL(url);
  const secure = protocol === 'https:';
  const { Agent, request } = await import(secure ? 'node:https' : 'node:http');
  const kept = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 };
  const agent: HttpAgent = new Agent(
    secure ? { ...kept, ...(ca === undefined ? {} : { ca }), minVersion: 'TLSv1.2' } : kept,
  );
  if (secure && pin !== undefined) await pinTo(agent, origin, pin, ca);
  return {
    origin,
    exchange: (sent, signal) => exchange(request, agent, origin, sent, signal),
    close: () => agent.destroy(),
  };
};

type Request = (url: URL, options: RequestOptions, done: (answer: IncomingMessage) => void) => ClientRequest;
type ClientRequest = import('node:http').ClientRequest;

/**
 * Accepts one certificate alone: whoever signed it, whatever name and dates it has. The socket is handed over after the
 * comparison, so that nothing, a password least of all, is sent to another one.
 */
const pinTo = async (
  agent: HttpAgent,
  origin: string,
  pin: string,
  ca: string | undefined,
): Promise<void> => {
  const { connect } = await import('node:tls');
  type Done = (error: Error | null, socket?: TLSSocket) => void;
  const createConnection = (options: object, done: Done): undefined => {
    const { hostname, port } = new URL(origin);
    const socket = connect({
      ...options,
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 443),
      rejectUnauthorized: ca !== undefined,
    });
    const failed = (error: Error): void => done(error);
    socket.once('error', failed);
    // A handshake outlives the request that asked for it.
    socket.setTimeout(HANDSHAKE_MS, () => socket.destroy(new Error('no TLS handshake in time')));
    socket.once('secureConnect', () => {
      const shown = socket.getPeerCertificate().fingerprint256 ?? '';
      socket.off('error', failed);
      socket.removeAllListeners('timeout').setTimeout(0);
      if (shown.replaceAll(':', '') === pin) {
        done(null, socket);
        return;
      }
      socket.on('error', () => {});
      socket.destroy();
      done(pinMismatch(origin, shown));
    });
  };
  Object.assign(agent, { createConnection });
};

const exchange = (
  request: Request,
  agent: HttpAgent,
  origin: string,
  { method, path, headers, body }: Sent,
  signal: AbortSignal,
): Promise<Exchange> =>
  new Promise((resolve, reject) => {
    const failed = (cause: unknown): void => reject(connectionError(origin, cause));
    const all = {
      accept: 'application/json',
      'odata-version': '4.0',
      ...headers,
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    };
    const asked = request(new URL(path, origin), { method, agent, headers: all, signal }, (answer) => {
      const parts: Buffer[] = [];
      let size = 0;
      const limit = (): void => {
        reject(
          new BmcError('retry', `${origin}${path} answers with more than ${MOST_BODY} bytes: not read`, {
            fix: 'Is sources.redfish.url that of the BMC?',
          }),
        );
        asked.destroy();
      };
      if (Number(answer.headers['content-length']) > MOST_BODY) return limit();
      answer.on('data', (part: Buffer) => {
        size += part.length;
        if (size > MOST_BODY) limit();
        else parts.push(part);
      });
      answer.on('error', failed);
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(parts).toString('utf8'),
        }),
      );
      return undefined;
    });
    asked.on('error', (cause) => {
      if (signal.aborted && signal.reason instanceof SourceError) failed(signal.reason);
      // The BMC closed a connection that it had left idle just when it was used again: not its answer to the request.
      else if (method === 'GET' && asked.reusedSocket && !signal.aborted && errnoOf(cause) === 'ECONNRESET') {
        resolve(exchange(request, agent, origin, { method, path, headers }, signal));
      } else failed(cause);
    });
    asked.end(body);
  });
