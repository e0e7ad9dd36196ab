import type { IncomingMessage, ServerResponse } from 'node:http';

/** What is answered to one request. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called when it has gone out, or its connection has. */
  readonly done?: () => void;
}

const TEXT = 'text/plain; charset=utf-8';

export const text = (status: number, body: string, headers: Reply['headers'] = {}): Reply => ({
  status,
  type: TEXT,
  body: `${body}\n`,
  headers,
});

export const json = (value: unknown): Reply => ({
  status: 200,
  type: 'application/json; charset=utf-8',
  body: `${JSON.stringify(value, null, 2)}\n`,
});

/** The page loads its own stylesheet and script and fetches itself; nothing else, from nowhere else. */
const SECURITY = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const;

/** Sends a reply; to HEAD without its body. @param more headers that go before those of the server. */
export const send = (
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  more: Reply['headers'] = {},
): void => {
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
  response.writeHead(reply.status, {
    ...SECURITY,
    'Content-Type': reply.type,
    'Content-Length': body.length,
    ...reply.headers,
    ...more,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
};
