import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { agentFeed, type FeedError } from '../../agent/top/agent-feed.ts';
import { serve } from '../fixtures/http.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const listen = async (answer: RequestListener): Promise<string> => {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const refusal = async (url: string): Promise<Pick<FeedError, 'kind' | 'message'>> => {
  const error = await agentFeed(url)
    .read()
    .catch((cause: unknown) => cause);
  return error as FeedError;
};

describe('a running agent that is followed', () => {
  it('gives counters as booked, not as scrapers are shown them', async () => {
    const { driven, server } = await serve();
    try {
      driven.step();
      driven.step();
      const snapshot = await agentFeed(`${server.url}/`).read();
      expect(snapshot.host.name).toBe('node-17');
      expect(snapshot.host.energyJoules).toBeGreaterThan(0);
      expect(snapshot.settling).toBe(false);
    } finally {
      await server.close();
    }
  });

  it('is told from one that has no sample yet, and from nobody at all', async () => {
    const { server } = await serve();
    expect((await refusal(server.url)).kind).toBe('early');
    await server.close();
    expect(await refusal(server.url)).toMatchObject({
      kind: 'nobody',
      message: `nothing listens at ${server.url}`,
    });
  });

  it('is told from what is no agent, in words without what that sends', async () => {
    const other = await listen((_, response) => response.end('<html>'));
    expect(await refusal(other)).toMatchObject({
      kind: 'other',
      message: expect.stringContaining('no JSON'),
    });
    const json = await listen((_, response) => response.end('{"format":1,"host":{"name":"x"}}'));
    expect((await refusal(json)).message).toContain('is no negawatt agent');
    const newer = await listen((_, response) => response.end('{"format":2}'));
    expect((await refusal(newer)).message).toContain('speaks format 2, this is for 1');
    const missing = await listen((_, response) => {
      response.statusCode = 404;
      response.end('not \u001b[2Jhere\nand more');
    });
    expect((await refusal(missing)).message).toMatch(/answered 404: not \ufffd\[2Jhere$/);
  });

  it('may not send without end', async () => {
    const endless = await listen((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(' '.repeat(2 ** 20)));
        response.once('drain', more);
      };
      more();
    });
    expect((await refusal(endless)).message).toContain('sent more than 16777216 bytes');
  });

  it('is no longer waited for once the feed is closed', async () => {
    const silent = await listen(() => {});
    const feed = agentFeed(silent);
    const reading = feed.read().catch((error: unknown) => error);
    feed.close();
    expect(await reading).toMatchObject({ kind: 'other' });
  });
});
