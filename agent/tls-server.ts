import type { RequestListener, ServerOptions } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { WebTls } from '../src/index.ts';
import { refusePeer } from './peer.ts';
import type { WebConfig } from './web-config.ts';

export interface TlsServer {
  readonly server: Server;
  /** Whether a connection was let in by what is in force now. */
  admits(socket: Socket): boolean;
  /** Cuts every connection. One that has not shaken hands is none to the HTTP server, which would wait for it. */
  cutAll(): void;
}

/** The HTTP server behind TLS. Certificates, authorities, versions and ciphers follow the web-config file. */
export const createTlsServer = (
  settings: ServerOptions,
  first: WebTls,
  web: WebConfig,
  onRequest: RequestListener,
  log: (message: string) => void,
): TlsServer => {
  let tls = first;
  let admitted = new WeakSet<Socket>();
  /** Each reason once until the rules change: whoever comes each second must not fill the log. */
  const told = new Set<string>();
  const server = createServer(
    {
      ...settings,
      ...tls.context,
      requestCert: tls.clientAuth !== 'none',
      // Decided below: some kinds of client_auth_type take a certificate that nobody signed, or none.
      rejectUnauthorized: false,
      // Who does not get on with the handshake is cut, as who does not get on with the headers.
      handshakeTimeout: settings.headersTimeout ?? 0,
    },
    onRequest,
  );
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  // Before the listener of the server itself, which reads requests.
  server.prependListener('secureConnection', (socket) => {
    const reason = refusePeer(socket, tls);
    if (reason === undefined) {
      admitted.add(socket);
      return;
    }
    if (!told.has(reason)) log(`a client is turned away, said once: ${reason} (${socket.remoteAddress})`);
    told.add(reason);
    socket.destroy();
  });
  web.onChange(({ tls: next }) => {
    if (next === undefined) return;
    const isOther = admissionOf(next) !== admissionOf(tls);
    tls = next;
    // The new context has keys of its own for session tickets: nobody goes on with a session of the old one.
    server.setSecureContext(next.context);
    if (!isOther) return;
    told.clear();
    admitted = new WeakSet();
    server.closeIdleConnections();
  });
  return {
    server,
    admits: (socket) => admitted.has(socket),
    cutAll: () => {
      for (const socket of open) socket.destroy();
    },
  };
};

/** What decides who is let in. */
const admissionOf = ({ context, clientAuth, allowedSans }: WebTls): string =>
  JSON.stringify([context.ca, clientAuth, allowedSans]);
