import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { listenError, parseListenAddress, urlOf } from './listen-address.ts';
import { type Reply, send, text } from './reply.ts';
import { type Answer, createRoutes, type RouteOptions } from './routes.ts';
import type { WebConfig } from './web-config.ts';

export interface HttpOptions extends RouteOptions, ServingOptions {}

/** Where it listens, to whom, and how much it takes. */
export interface ServingOptions {
  /** `127.0.0.1:10202`, `:10202` for every interface, `[::1]:0` for a free port. */
  readonly listenAddress: string;
  readonly limits?: Partial<HttpLimits>;
  /** TLS, users and limits; undefined: plain HTTP for all who reach the address. */
  readonly web?: WebConfig | undefined;
  readonly log: (message: string) => void;
}

/** Times in milliseconds. */
export interface HttpLimits {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  /** A connection on which nothing moves for so long is cut, also in the middle of an answer. */
  readonly idleTimeout: number;
  /** So is one whose answer is not out after so long, although something moves: it holds a place that others wait for. */
  readonly answerTimeout: number;
  readonly maxConnections: number;
  readonly maxHeaderSize: number;
}

export interface HttpServer extends AnsweringServer {
  /** Requests from now on are answered by these; those in hand finish as they began. */
  answerBy(routes: RouteOptions): void;
}

export interface AnsweringServer {
  /** Where it is found from this host, with the port as bound. */
  readonly url: string;
  readonly port: number;
  /** Takes no more requests, lets those in hand finish, then cuts what is left. */
  close(): Promise<void>;
}

const LIMITS: HttpLimits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  // Longer than scrapers usually stay away (15 and 30 s): else each of their questions opens a connection anew.
  keepAliveTimeout: 35_000,
  idleTimeout: 30_000,
  // A scrape may take 25 s to be made, a reload some seconds; what is sent is far below a megabyte.
  answerTimeout: 60_000,
  maxConnections: 512,
  maxHeaderSize: 8 * 1024,
};
/** The agent is to end within two seconds, and has more to do in them. */
const CLOSE_GRACE_MS = 1_000;

/** Starts the server of the agent. Rejects with a CommandError where it cannot listen. */
export const createHttpServer = async (options: HttpOptions): Promise<HttpServer> => {
  let { log } = options;
  let answer = createRoutes(options);
  const server = await createAnsweringServer(
    { ...options, log: (message) => log(message) },
    (request, proceed) => answer(request, proceed),
  );
  return {
    ...server,
    answerBy: (routes) => {
      ({ log } = routes);
      answer = createRoutes(routes);
    },
  };
};

/** Starts a server whose requests are answered by `answer`. Rejects with a CommandError where it cannot listen. */
export const createAnsweringServer = async (
  options: ServingOptions,
  answer: Answer,
): Promise<AnsweringServer> => {
  const limits = { ...LIMITS, ...options.limits };
  const { web, log } = options;
  const gate = web === undefined ? undefined : (await import('./gate.ts')).createGate(web.current);
  const answerOrRefuse = async (request: IncomingMessage, proceed: () => void): Promise<Reply> =>
    (await gate?.refuse(request)) ?? answer(request, proceed);
  let admits: (request: IncomingMessage) => boolean = () => true;
  let cut = (): void => server.closeAllConnections();
  const handle = (
    request: IncomingMessage,
    response: ServerResponse,
    proceed: () => void = () => {},
  ): void => {
    if (!admits(request)) return void request.socket.destroy();
    // Before the answer is made: the client may have gone by then.
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    const late = setTimeout(() => request.socket.destroy(), limits.answerTimeout);
    late.unref();
    void closed.then(() => clearTimeout(late));
    answerOrRefuse(request, proceed).then(
      (reply) => {
        if (reply.done !== undefined) void closed.then(reply.done);
        send(request, response, reply, gate?.headers());
      },
      (error: unknown) => {
        log(`a request could not be answered: ${String(error)}`);
        const fault = text(500, `this is a fault of the agent: ${String(error)}`);
        send(request, response, fault, gate?.headers());
      },
    );
  };
  const settings: ServerOptions = {
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    // Each look wakes the process, which costs it as much as reading a hundred groups.
    connectionsCheckingInterval: limits.headersTimeout / 2,
    maxHeaderSize: limits.maxHeaderSize,
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => handle(request, response);
  const tls = web?.current().tls;
  let server: Server | TlsServer;
  if (web === undefined || tls === undefined) server = createServer(settings, onRequest);
  else {
    const { createTlsServer } = await import('./tls-server.ts');
    const made = createTlsServer(settings, tls, web, onRequest, options.log);
    server = made.server;
    admits = ({ socket }) => made.admits(socket);
    cut = () => made.cutAll();
  }
  // Without this the server would invite the body of a request that it then refuses.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response, () => response.writeContinue());
  });
  server.maxConnections = limits.maxConnections;
  server.timeout = limits.idleTimeout;
  const { address, port } = await listen(server, options.listenAddress);
  server.on('error', (error) => log(`the HTTP server: ${String(error)}`));
  const url = urlOf(address, port, tls === undefined ? 'http' : 'https');
  return {
    url,
    port,
    close: () => close(server, cut),
  };
};

const listen = (server: Server | TlsServer, listenAddress: string): Promise<AddressInfo> => {
  const { host, port } = parseListenAddress(listenAddress);
  return new Promise((resolve, reject) => {
    const refuse = (cause: unknown): void => reject(listenError(listenAddress, cause));
    server.once('error', refuse);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', refuse);
      resolve(server.address() as AddressInfo);
    });
  });
};

const close = (server: Server | TlsServer, cut: () => void): Promise<void> =>
  new Promise((resolve) => {
    const grace = setTimeout(cut, CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(grace);
      resolve();
    });
    server.closeIdleConnections();
  });
