import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip } from './accept.ts';
import type { Reply } from './reply.ts';

const inThread = promisify(gzip);
/** What fits a few packets is sent as it is. */
const WORTH_IT = 4 * 1024;
/** As for scrapes: a small window costs little size and little memory, in a thread beside the sampling. */
const FAST = { level: 3, windowBits: 14, memLevel: 7 };

/** The reply, compressed where the client takes that. */
export const packed = async ({ headers }: IncomingMessage, reply: Reply): Promise<Reply> => {
  const { body, headers: own } = reply;
  if (body.length < WORTH_IT || !acceptsGzip(headers['accept-encoding']?.toString())) return reply;
  return {
    ...reply,
    body: await inThread(body, FAST),
    headers: { ...own, 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' },
  };
};

export const packing = async (request: IncomingMessage, reply: Promise<Reply>): Promise<Reply> =>
  packed(request, await reply);
