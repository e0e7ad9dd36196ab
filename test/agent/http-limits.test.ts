import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { parseListenAddress, urlOf } from '../../agent/listen-address.ts';
import { createScrapeObserver } from '../../agent/scrapes.ts';
import { ask, converse, serve, servers } from '../fixtures/http.ts';

const { settled } = servers();

it('a scraper that asks every 30 s keeps its connection', async () => {
  const { server } = await settled();
  const answer = await ask(server, '/metrics', { headers: { connection: 'keep-alive' } });
  const seconds = Number(/^timeout=(\d+)$/.exec(String(answer.headers['keep-alive']))?.[1]);
  expect(seconds).toBeGreaterThan(30);
});

describe('what a client may not do', () => {
  it('send its headers a byte at a time for ever: it is told so and cut off', async () => {
    const limits = { headersTimeout: 200, requestTimeout: 400 };
    const { server } = await settled({ limits });
    let drip: NodeJS.Timeout | undefined;
    const said = await converse(server, (socket) => {
      socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ');
      drip = setInterval(() => socket.write('a'), 20);
    });
    clearInterval(drip);
    expect(said).toMatch(/^HTTP\/1\.1 408 /);
    expect((await ask(server, '/metrics')).status).toBe(200);
  });

  it('stop reading in the middle of an answer and hold the connection', async () => {
    const limits = { idleTimeout: 200, maxConnections: 1 };
    const { server } = await settled({ limits, metrics: async () => 'x 1\n'.repeat(8_000_000) });
    let slow: Socket | undefined;
    const said = converse(server, (socket) => {
      slow = socket;
      socket.pause();
      socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    });
    await expect.poll(() => slow).toBeDefined();
    // There is room for one connection: another is answered only once the server has cut this one.
    await expect
      .poll(
        () =>
          ask(server, '/-/healthy').then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 15_000 },
      )
      .toBe(200);
    slow?.resume();
    expect((await said).length).toBeLessThan(32_000_000);
  });

  it('send more than 8 KiB of headers', async () => {
    const { server } = await settled();
    const said = await converse(server, (socket) => {
      socket.write(`GET /metrics HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(9 * 1024)}\r\n\r\n`);
    });
    expect(said).toMatch(/^HTTP\/1\.1 431 /);
    const fits = await ask(server, '/metrics', { headers: { 'x-long': 'a'.repeat(7 * 1024) } });
    expect(fits.status).toBe(200);
  });

  it('send a body, announced or in chunks, nor be invited to', async () => {
    const { server } = await settled();
    expect((await ask(server, '/metrics', { headers: { 'content-length': '4' }, body: 'body' })).status).toBe(
      413,
    );
    const chunked = await ask(server, '/metrics', {
      headers: { 'transfer-encoding': 'chunked' },
      body: 'body',
    });
    expect(chunked.status).toBe(413);
    const invited = await converse(server, (socket) => {
      socket.write(
        'GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n',
      );
    });
    expect(invited).toMatch(/^HTTP\/1\.1 413 /);
    expect(invited).toMatch(/\r\nConnection: close\r\n/i);
  });

  it('speak nonsense, and the server goes on', async () => {
    const { server } = await settled();
    expect(await converse(server, (socket) => socket.write('\u0016\u0003\u0001 hello\r\n\r\n'))).toMatch(
      /^HTTP\/1\.1 400 /,
    );
    expect((await ask(server, '/metrics')).status).toBe(200);
  });

  it('open more connections than there are', async () => {
    const { server } = await settled({ limits: { maxConnections: 2 } });
    const sockets: Socket[] = [];
    const held = [1, 2].map(() =>
      converse(server, (socket) => {
        sockets.push(socket);
        socket.write('GET / HTTP/1.1\r\n');
      }),
    );
    await expect.poll(() => sockets.length).toBe(2);
    await expect
      .poll(() =>
        ask(server, '/-/healthy').then(
          ({ status }) => status,
          () => 'cut',
        ),
      )
      .toBe('cut');
    for (const socket of sockets) socket.destroy();
    await Promise.all(held);
    await expect
      .poll(() =>
        ask(server, '/-/healthy').then(
          ({ status }) => status,
          () => 'cut',
        ),
      )
      .toBe(200);
  });
});

describe('the address to listen on', () => {
  it.each([
    ['127.0.0.1:10202', { host: '127.0.0.1', port: 10202 }],
    [':10202', { host: undefined, port: 10202 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
  ])('reads %s', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
  });

  it.each([
    '',
    '10202',
    '127.0.0.1',
    '127.0.0.1:',
    '::1:10202',
    '[::1]',
    'host:65536',
    'http://x:1',
    'a b:1',
    ':-1',
  ])('refuses %j and names the flag', (text) => {
    expect(() => parseListenAddress(text)).toThrow('--web.listen-address');
  });

  it('gives a URL that a browser on this host opens', () => {
    expect(urlOf('::', 1)).toBe('http://localhost:1');
    expect(urlOf('0.0.0.0', 1)).toBe('http://localhost:1');
    expect(urlOf('::1', 1)).toBe('http://[::1]:1');
  });

  it('serves where it says', async () => {
    const { server } = await settled({ listenAddress: '127.0.0.1:0' });
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect((await fetch(`${server.url}/-/healthy`)).status).toBe(200);
  });

  it('that somebody holds is an error with the address, who it may be and the flag to change', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as { port: number };
    const failure = serve({ listenAddress: `127.0.0.1:${port}` });
    await expect(failure).rejects.toThrow(`cannot listen on 127.0.0.1:${port}`);
    await expect(failure).rejects.toThrow('another program has it');
    await expect(failure).rejects.toThrow('--web.listen-address');
    holder.close();
  });

  it('that this host does not have is an error, too', async () => {
    await expect(serve({ listenAddress: '203.0.113.7:0' })).rejects.toThrow('no interface of this host');
  });
});

describe('a server that closes', () => {
  it('lets an answer in hand be finished', async () => {
    let finish: ((text: string) => void) | undefined;
    const { server } = await settled({
      metrics: () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    });
    const answer = ask(server, '/metrics');
    await expect.poll(() => finish).toBeDefined();
    const closed = server.close();
    finish?.('done 1\n');
    expect((await answer).text).toBe('done 1\n');
    await closed;
  });
});

describe('the longest time between scrapes', () => {
  it('is that of the slowest scraper', () => {
    const observer = createScrapeObserver();
    expect(observer.observe('a', 0)).toBe(20);
    observer.observe('b', 1);
    observer.observe('a', 15);
    expect(observer.observe('b', 61)).toBe(60);
    expect(observer.observe('a', 62)).toBe(60);
  });

  it('is forgotten when the scraper comes faster or stays away', () => {
    const observer = createScrapeObserver();
    observer.observe('a', 0);
    observer.observe('a', 90);
    let longest = 0;
    for (let i = 1; i <= 10; i++) longest = observer.observe('a', 90 + i * 30);
    expect(longest).toBe(30);
    observer.observe('b', 400);
    observer.observe('b', 500);
    expect(observer.observe('c', 1_101)).toBe(20);
  });

  it('takes a return after a long absence for no interval', () => {
    const observer = createScrapeObserver();
    observer.observe('a', 0);
    expect(observer.observe('a', 100_000)).toBe(20);
  });

  it('stays small whoever asks', () => {
    const observer = createScrapeObserver();
    observer.observe('slow', 0);
    observer.observe('slow', 100);
    for (let i = 0; i < 64; i++) observer.observe(`remote-${i}`, 101);
    expect(observer.observe('one more', 101)).toBe(20);
  });
});
