import type { IncomingMessage } from 'node:http';
import { type Reply, text } from './reply.ts';

type Route = (request: IncomingMessage) => Promise<Reply>;

/**
 * Lets `most` requests be answered at a time, until the last byte of each has gone; 0: any number. One more is told to
 * come again, which costs nothing.
 */
export const atMost = (most: number, route: Route): Route => {
  let running = 0;
  const full = text(503, `${most} scrapes are being answered (web.max_requests): try again`, {
    'Retry-After': '1',
  });
  return async (request) => {
    if (most > 0 && running >= most) return full;
    running += 1;
    const done = (): void => {
      running -= 1;
    };
    try {
      return { ...(await route(request)), done };
    } catch (error) {
      done();
      throw error;
    }
  };
};
