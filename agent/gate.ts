import type { IncomingMessage } from 'node:http';
import type { WebFile } from '../src/index.ts';
import { createBasicAuth } from './basic-auth.ts';
import { type Reply, text } from './reply.ts';
import { type TokenBucket, tokenBucket } from './token-bucket.ts';

/** What every request passes before it is answered, as the web-config file has it now. */
export interface Gate {
  /** Why the request is not let in; undefined: it is. */
  refuse(request: IncomingMessage): Promise<Reply | undefined>;
  /** Headers of every answer, also of those that refuse. */
  headers(): Readonly<Record<string, string>>;
}

const monotonic = (): number => performance.now() / 1000;

/** @param web what is in force, asked at each request: users come and go while the agent runs. */
export const createGate = (web: () => WebFile, now: () => number = monotonic): Gate => {
  const auth = createBasicAuth({ now });
  let limit: { readonly of: string; readonly bucket: TokenBucket } | undefined;
  const refusedByRate = ({ rateLimit }: WebFile): Reply | undefined => {
    if (rateLimit === undefined) return undefined;
    const of = JSON.stringify(rateLimit);
    if (limit?.of !== of) limit = { of, bucket: tokenBucket(rateLimit, now) };
    return limit.bucket.take() ? undefined : later('rate_limit', limit.bucket.wait());
  };
  return {
    headers: () => web().headers,
    refuse: async (request) => {
      const current = web();
      const reply = refusedByRate(current) ?? (await refusedByUser(request, current));
      // A body that nobody reads would be taken for the next request.
      const isPlain = request.method === 'GET' || request.method === 'HEAD';
      return reply === undefined || isPlain
        ? reply
        : { ...reply, headers: { ...reply.headers, Connection: 'close' } };
    },
  };

  async function refusedByUser(
    { headers, socket }: IncomingMessage,
    { users }: WebFile,
  ): Promise<Reply | undefined> {
    if (users.size === 0) return undefined;
    const verdict = await auth.check(headers.authorization, socket.remoteAddress ?? '', users);
    if (verdict.is === 'ok') return undefined;
    return verdict.is === 'later' ? later('wrong passwords', verdict.seconds) : WHO;
  }
};

const WHO = text(401, 'a name and its password are asked for here', {
  'WWW-Authenticate': 'Basic realm="negawatt", charset="UTF-8"',
});

const later = (what: string, seconds: number): Reply =>
  text(429, `too many requests (${what}): try again later`, {
    'Retry-After': String(Math.max(1, Math.ceil(seconds))),
  });
