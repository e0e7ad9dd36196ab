import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenError, parseListenAddress, urlOf } from './listen-address.ts';
import { send, text } from './reply.ts';
import { createRoutes, type RouteOptions } from './routes.ts';

export interface HttpOptions extends RouteOptions {
  /** `127.0.0.1:10202`, `:10202` for every interface, `[::1]:0` for a free port. */
  readonly listenAddress: string;
  readonly limits?: Partial<HttpLimits>;
}

/** Times in milliseconds. */
export interface HttpLimits {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  /** A connection on which nothing moves for so long is cut, also in the middle of an answer. */
  readonly idleTimeout: number;
  readonly maxConnections: number;
  readonly maxHeaderSize: number;
}

export interface HttpServer {
  /** Where it is found from this host, with the port as bound. */
  readonly url: string;
  readonly port: number;
  /** Requests from now on are answered by these; those in hand finish as they began. */
  answerBy(routes: RouteOptions): void;
  /** Takes no more requests, lets those in hand finish, then cuts what is left. */
  close(): Promise<void>;
}

const LIMITS: HttpLimits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  idleTimeout: 30_000,
  maxConnections: 512,
  maxHeaderSize: 8 * 1024,
};
const CLOSE_GRACE_MS = 2_000;

/** Starts the server. Rejects with a CommandError where it cannot listen. */
export const createHttpServer = async (options: HttpOptions): Promise<HttpServer> => {
  const limits = { ...LIMITS, ...options.limits };
  let { log } = options;
  let answer = createRoutes(options);
  const handle = (
    request: IncomingMessage,
    response: ServerResponse,
    proceed: () => void = () => {},
  ): void => {
    answer(request, proceed).then(
      (reply) => send(request, response, reply),
      (error: unknown) => {
        log(`a request could not be answered: ${String(error)}`);
        send(request, response, text(500, `this is a fault of the agent: ${String(error)}`));
      },
    );
  };
  const server = createServer(
    {
      headersTimeout: limits.headersTimeout,
      requestTimeout: limits.requestTimeout,
      keepAliveTimeout: limits.keepAliveTimeout,
      // Each look wakes the process, which costs it as much as reading a hundred groups.
      connectionsCheckingInterval: limits.headersTimeout / 2,
      maxHeaderSize: limits.maxHeaderSize,
    },
    (request, response) => handle(request, response),
  );
  // Without this the server would invite the body of a request that it then refuses.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response, () => response.writeContinue());
  });
  server.maxConnections = limits.maxConnections;
  server.timeout = limits.idleTimeout;
  const { address, port } = await listen(server, options.listenAddress);
  server.on('error', (error) => log(`the HTTP server: ${String(error)}`));
  return {
    url: urlOf(address, port),
    port,
    answerBy: (routes) => {
      ({ log } = routes);
      answer = createRoutes(routes);
    },
    close: () => close(server),
  };
};

const listen = (server: Server, listenAddress: string): Promise<AddressInfo> => {
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

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
