import type { IncomingMessage } from 'node:http';
import { LONGEST_PUSH, type PushWay, refuseStranger } from '../src/index.ts';
import { json, type Reply, text } from './reply.ts';

const CLOSE = { Connection: 'close' };
const NOTE =
  'booked at the next sample; the first total of a counter is where counting starts, what follows is counted';

/**
 * Answers `POST /api/v1/work`: the one thing that this server takes in.
 *
 * @param proceed asks the client for the body that it holds back (`Expect: 100-continue`).
 */
export const workRoute =
  (push: PushWay | undefined) =>
  async (request: IncomingMessage, proceed: () => void): Promise<Reply> => {
    if (request.method !== 'POST') {
      return text(405, 'work is sent here with POST', { Allow: 'POST', ...CLOSE });
    }
    if (push === undefined) return text(403, 'work.push is false in the configuration of this agent', CLOSE);
    const stranger = refuseStranger(request.socket.remoteAddress, request.headers);
    if (stranger !== undefined) return text(stranger.status, stranger.reason, CLOSE);
    if (Number(request.headers['content-length'] ?? 0) > LONGEST_PUSH) return TOO_LONG;
    proceed();
    const body = await bodyOf(request).catch(() => 'broken' as const);
    if (body === 'broken') return text(400, 'the body broke off', CLOSE);
    if (body === undefined) return TOO_LONG;
    const reply = push.accept(body);
    return reply.ok ? json({ accepted: reply.accepted, note: NOTE }) : text(reply.status, reply.reason);
  };

const TOO_LONG = text(
  413,
  `a body has at most ${LONGEST_PUSH / 1024} KiB: send fewer counters at a time`,
  CLOSE,
);

/** Undefined where it is too long; what comes after the limit is not kept. Rejects where the client goes away. */
const bodyOf = (request: IncomingMessage): Promise<Buffer | undefined> =>
  new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    request.on('data', (part: Buffer) => {
      length += part.length;
      if (length <= LONGEST_PUSH) parts.push(part);
      else resolve(undefined);
    });
    request.on('end', () => resolve(Buffer.concat(parts)));
    request.on('error', reject);
  });
