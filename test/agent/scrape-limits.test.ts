import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { patienceOf } from '../../agent/scrape-timeout.ts';
import { ask, type Served, servers } from '../fixtures/http.ts';

const { settled } = servers();

/** A rendering that ends when the test says so. */
const held = () => {
  const waiting: ((text: string) => void)[] = [];
  return {
    waiting,
    metrics: () => new Promise<string>((resolve) => waiting.push(resolve)),
  };
};

describe('scrapes at a time', () => {
  it('are as many as were allowed; one more is told to come again, and all else is answered', async () => {
    const { waiting, metrics } = held();
    const { server } = await settled({ maxRequests: 3, metrics });
    const three = [1, 2, 3].map(() => ask(server, '/metrics'));
    await expect.poll(() => waiting.length).toBe(1);
    await expect.poll(async () => (await ask(server, '/metrics')).status).toBe(503);
    const more = await ask(server, '/metrics');
    expect(more.text).toContain('3 scrapes are being answered (web.max_requests)');
    expect(more.headers['retry-after']).toBe('1');
    expect((await ask(server, '/-/healthy')).status).toBe(200);
    waiting[0]?.('fine 1\n');
    expect((await Promise.all(three)).map(({ text }) => text)).toEqual(Array(3).fill('fine 1\n'));
    expect((await ask(server, '/metrics')).status).toBe(200);
  });

  it('include one whose reader is slow, until it is gone', async () => {
    // More than the buffers of a connection hold.
    const { server } = await settled({ maxRequests: 1, metrics: async () => 'x 1\n'.repeat(8_000_000) });
    const slow: Socket = connect({ host: '127.0.0.1', port: server.port });
    slow.on('error', () => {});
    slow.pause();
    slow.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    const status = async (): Promise<number> => (await ask(server, '/metrics', { method: 'HEAD' })).status;
    await expect.poll(status).toBe(503);
    slow.destroy();
    await expect.poll(status).toBe(200);
  });

  it('include one that reads a little now and then only until it is cut', async () => {
    const metrics = async (): Promise<string> => 'x 1\n'.repeat(8_000_000);
    const { server } = await settled({ maxRequests: 1, metrics, limits: { answerTimeout: 1_000 } });
    const slow: Socket = connect({ host: '127.0.0.1', port: server.port });
    slow.on('error', () => {});
    slow.pause();
    slow.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    const drip = setInterval(() => slow.read(1), 50);
    const status = async (): Promise<number> => (await ask(server, '/metrics', { method: 'HEAD' })).status;
    try {
      await expect.poll(status).toBe(503);
      await expect.poll(status, { timeout: 10_000 }).toBe(200);
    } finally {
      clearInterval(drip);
      slow.destroy();
    }
  });

  it('include none that went away while it waited, and none that failed', async () => {
    const { waiting, metrics } = held();
    const { server } = await settled({ maxRequests: 1, metrics });
    const impatient = connect({ host: '127.0.0.1', port: server.port });
    impatient.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(() => waiting.length).toBe(1);
    impatient.destroy();
    // Answers that came later than that show that the server has heard of it.
    for (let i = 0; i < 3; i++) await ask(server, '/-/healthy');
    waiting[0]?.('fine 1\n');
    await expect.poll(async () => (await ask(server, '/metrics')).status).toBe(200);
    const failing = await settled({
      maxRequests: 1,
      metrics: async () => {
        throw new Error('the pot is empty');
      },
    });
    for (let i = 0; i < 3; i++) expect((await ask(failing.server, '/metrics')).status).toBe(500);
  });

  it('are without a limit where it is 0', async () => {
    const { waiting, metrics } = held();
    const { server } = await settled({ maxRequests: 0, metrics });
    const many = Array.from({ length: 60 }, () => ask(server, '/metrics'));
    await expect.poll(() => waiting.length).toBe(1);
    waiting[0]?.('fine 1\n');
    expect(new Set((await Promise.all(many)).map(({ status }) => status))).toEqual(new Set([200]));
  });
});

describe('a scrape whose rendering hangs', () => {
  const scrape = (server: Served['server'], seconds: string) =>
    ask(server, '/metrics', { headers: { 'x-prometheus-scrape-timeout-seconds': seconds } });

  it('is told so before the scraper gives up, and the next tick is another chance', async () => {
    const { waiting, metrics } = held();
    const { server, driven, logged } = await settled({ metrics });
    const answer = await scrape(server, '0.4');
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('no metrics within 0.2 s');
    expect(logged).toEqual([expect.stringMatching(/^a scrape failed: no metrics within/)]);
    driven.step();
    const next = scrape(server, '10');
    await expect.poll(() => waiting.length).toBe(2);
    waiting[1]?.('fine 1\n');
    expect((await next).text).toBe('fine 1\n');
  });

  it.each([
    ['10', 9_500],
    ['0.4', 200],
    ['1', 500],
    ['0.001', 100],
    ['3600', 25_000],
    ['0', 25_000],
    ['-1', 25_000],
    ['soon', 25_000],
    [undefined, 25_000],
  ])('that may take %s s is waited for %i ms', (told, milliseconds) => {
    expect(patienceOf({ 'x-prometheus-scrape-timeout-seconds': told })).toBe(milliseconds);
  });
});
