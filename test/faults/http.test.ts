/** What a network does to an open port, at the limits that the agent really has: a process of its own, real sockets. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, freshDirectory, type RunningAgent, startAgent } from '../fixtures/agent-process.ts';
import { keepIfAsked } from './results.ts';

const STORM = 2_000;
/** Connections that the agent holds at most. */
const PLACES = 512;

describe.skipIf(process.platform !== 'linux')('an agent whose port is open to a network', () => {
  const directory = freshDirectory();
  let agent: RunningAgent;
  let port: number;
  beforeAll(async () => {
    // No tick falls into a storm: what is rendered is of one snapshot.
    agent = await startAgent([`--state.dir=${directory.path}`], { NEGAWATT_SAMPLING_INTERVAL: '60s' });
    port = Number(new URL(agent.url).port);
  });
  afterAll(async () => {
    await agent?.stop();
    directory.remove();
  });

  /** Open sockets of the agent; other descriptors follow what else runs on this host. */
  const sockets = (): number =>
    readdirSync(`/proc/${agent.process.pid}/fd`).filter((fd) => {
      try {
        return readlinkSync(`/proc/${agent.process.pid}/fd/${fd}`).startsWith('socket:');
      } catch {
        return false;
      }
    }).length;
  const residentMiB = (): number =>
    Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${agent.process.pid}/status`, 'utf8'))?.[1]) /
    1024;
  const isAlive = (): boolean => agent.process.exitCode === null && agent.process.signalCode === null;

  /** A connection that says `text`. @returns what came back before it was closed. */
  const say = (text: string | Buffer, opened?: (socket: Socket) => void): Promise<string> =>
    new Promise((resolve) => {
      const parts: Buffer[] = [];
      const socket = connect({ host: '127.0.0.1', port }, () => {
        socket.write(text);
        opened?.(socket);
      });
      socket.on('data', (part) => parts.push(part));
      socket.on('error', () => {});
      socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')));
    });

  /** Asks over a connection of its own: one that is kept would hold a place. @returns '' where it is cut. */
  const get = (path: string): Promise<string> =>
    say(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);

  it('stands a storm of 2,000 scrapes: some are answered, none is answered wrongly, it goes on', async () => {
    await get('/metrics');
    const before = sockets();
    const memory = residentMiB();
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, sockets());
    }, 10);
    const said = await Promise.all(Array.from({ length: STORM }, () => get('/metrics')));
    clearInterval(watch);
    const statuses = said.map((text) => /^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 'cut');
    const count = (status: string): number => statuses.filter((one) => one === status).length;
    keepIfAsked({
      what: 'storm of scrapes, each on a connection of its own',
      howMany: `${STORM} at once`,
      result: `${count('200')} answered, ${count('503')} told to come again, ${count('cut')} cut; sockets ${before} before, at most ${most}; ${Math.round(residentMiB())} MiB resident`,
    });
    expect(isAlive()).toBe(true);
    expect(new Set(statuses)).toEqual(
      new Set([...statuses].filter((one) => ['200', '503', 'cut'].includes(one))),
    );
    // As many as have a place at one moment are answered at least.
    expect(count('200')).toBeGreaterThanOrEqual(PLACES);
    expect(residentMiB()).toBeLessThan(memory + 64);
    const bodies = said
      .filter((text) => text.startsWith('HTTP/1.1 200'))
      .map((text) => text.split('\r\n\r\n')[1]);
    expect(new Set(bodies).size).toBe(1);
    expect(bodies[0]).toContain('hw_host_energy_joules_total');
    // One more is open for as long as it takes to close it.
    expect(most).toBeLessThanOrEqual(before + PLACES + 1);
    expect(await get('/metrics')).toContain('hw_host_energy_joules_total');
    await eventually(async () => {
      if (sockets() > before) throw new Error(`${sockets() - before} sockets are still open`);
    });
  });

  it('gives its places back to scrapers when clients hold all of them with a byte now and then', async () => {
    const slow: Socket[] = [];
    const held = Array.from({ length: PLACES + 100 }, () =>
      say('GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ', (socket) => slow.push(socket)),
    );
    await expect.poll(() => slow.length, { timeout: 10_000 }).toBe(held.length);
    await expect.poll(() => get('/-/healthy')).toBe('');
    const began = performance.now();
    const drip = setInterval(() => {
      for (const socket of slow) if (!socket.destroyed) socket.write('a');
    }, 250);
    try {
      // They are cut after 10 s, which the agent looks at each 5 s.
      await expect
        .poll(() => get('/-/healthy'), { timeout: 20_000, interval: 500 })
        .toMatch(/^HTTP\/1\.1 200 /);
      keepIfAsked({
        what: 'slow-loris: a byte of a header each quarter of a second',
        howMany: `${held.length} connections for ${PLACES} places`,
        result: `cut; a scraper is answered again after ${((performance.now() - began) / 1000).toFixed(0)} s`,
      });
    } finally {
      clearInterval(drip);
      for (const socket of slow) socket.destroy();
      await Promise.all(held);
    }
    expect(isAlive()).toBe(true);
  }, 60_000);

  it('answers headers of a megabyte with 431, and keeps nothing of them', async () => {
    await get('/metrics');
    const before = residentMiB();
    const said = await Promise.all(
      Array.from({ length: 50 }, () =>
        say(`GET /metrics HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(1_000_000)}\r\n\r\n`),
      ),
    );
    for (const text of said) expect(text === '' || text.startsWith('HTTP/1.1 431 ')).toBe(true);
    expect(said.some((text) => text.startsWith('HTTP/1.1 431 '))).toBe(true);
    expect(residentMiB()).toBeLessThan(before + 64);
    expect(await get('/-/healthy')).toMatch(/^HTTP\/1\.1 200 /);
    keepIfAsked({
      what: 'oversized headers',
      howMany: '50 of 1 MB at once',
      result: `${said.filter((text) => text !== '').length} answered with 431, the rest cut while they still sent; ${Math.max(0, residentMiB() - before).toFixed(0)} MiB more resident`,
    });
  });

  it('reads nonsense of all kinds without falling over', async () => {
    // Reproducible: a linear congruential generator (Numerical Recipes), as good as any for noise.
    let state = 20_260_101;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state % below;
    };
    const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random(256)));
    const starts = [
      '',
      'GET ',
      'GET /metrics HTTP/1.1\r\n',
      'GET /metrics HTTP/9.9\r\nHost: x\r\n\r\n',
      'POST /api/v1/work HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n',
      'POST /api/v1/work HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
      'POST /api/v1/work HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      '\u0016\u0003\u0001\u0002\u0000\u0001\u0000',
    ];
    const asked = Array.from({ length: 400 }, (_, i) => {
      const start = Buffer.from(starts[i % starts.length] ?? '', 'latin1');
      const text = Buffer.concat([start, noise(random(2_000))]);
      return say(text, (socket) => setTimeout(() => socket.end(), 50));
    });
    const statuses = (await Promise.all(asked)).map((text) => /^HTTP\/1\.1 (\d)/.exec(text)?.[1] ?? 'cut');
    expect(statuses.filter((status) => status === '5')).toEqual([]);
    expect(isAlive()).toBe(true);
    expect(await get('/-/healthy')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('keeps nothing of bodies without an end', async () => {
    await get('/metrics');
    const before = residentMiB();
    const head =
      'POST /api/v1/work HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunk = Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`);
    const floods = Array.from({ length: 20 }, () =>
      say(head, (socket) => {
        const pour = (): void => {
          while (!socket.destroyed && socket.write(chunk));
        };
        socket.on('drain', pour);
        pour();
      }),
    );
    const said = await Promise.all(floods);
    for (const text of said) expect(text === '' || text.startsWith('HTTP/1.1 413 ')).toBe(true);
    expect(said.some((text) => text.startsWith('HTTP/1.1 413 '))).toBe(true);
    expect(residentMiB()).toBeLessThan(before + 64);
    expect(await get('/-/healthy')).toMatch(/^HTTP\/1\.1 200 /);
    keepIfAsked({
      what: 'bodies without an end to the work route',
      howMany: '20 at once',
      result: `413 or cut; ${Math.max(0, residentMiB() - before).toFixed(0)} MiB more resident`,
    });
  });

  it('ends within two seconds although a client has sent half of a request', async () => {
    const half = say('GET /metrics HTTP/1.1\r\nHost: x\r\n');
    await get('/-/healthy');
    const began = performance.now();
    expect(await agent.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(await half).toBe('');
  });

  it('has said nothing of all that but what an operator can use', () => {
    expect(agent.errors()).not.toMatch(/fault of the agent|could not be answered|Unhandled|at .*\.js:\d/);
  });
});
