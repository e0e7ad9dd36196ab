import { createServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { SampleDraft } from '../../../src/model/source.ts';
import { seconds } from '../../../src/units.ts';
import { eventually } from '../../fixtures/agent-process.ts';
import {
  type Endpoint,
  endpoint,
  type OpenedWork,
  openedWork,
  page,
  scrapeOf,
  totalOf,
} from '../../fixtures/work.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
const serving = async (answer: Parameters<typeof endpoint>[0]): Promise<Endpoint> => {
  const served = await endpoint(answer);
  open.push(served);
  return served;
};
const reading = async (...scrape: ReturnType<typeof scrapeOf>[]): Promise<OpenedWork> => {
  const opened = await openedWork({ scrape });
  open.push(opened.source);
  return opened;
};
const MIB = 2 ** 20;

describe('an endpoint', () => {
  it('gives the sum of the series that fit, by value and by expression', async () => {
    const { url } = await serving(
      [
        '# HELP jobs_total Jobs.',
        '# TYPE jobs_total counter',
        'jobs_total{code="200",path="/a"} 10',
        'jobs_total{code="204",path="/b"} 5 1700000000000',
        'jobs_total{code="500",path="/a"} 100',
        'jobs_total{path="/a"} 1000',
        'jobs_total_other{code="200"} 10000',
        'jobs 5',
        '',
      ].join('\n'),
    );
    const sum = async (labels: Record<string, string>): Promise<number> =>
      totalOf((await (await reading(scrapeOf(url, { labels }))).read()).readings);
    expect(await sum({})).toBe(1115);
    expect(await sum({ code: '200' })).toBe(10);
    expect(await sum({ code: '/2../' })).toBe(15);
    expect(await sum({ code: '/2../', path: '/b' })).toBe(5);
    expect(await sum({ code: '' })).toBe(1000);
    expect(await sum({ code: '/20/' })).toBe(0);
  });

  it('may speak OpenMetrics, compressed', async () => {
    const text =
      '# TYPE jobs counter\njobs_total{a="b"} 7 # {trace_id="x"} 1\njobs_created{a="b"} 1.7e9\n# EOF\n';
    const { url } = await serving((request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip');
      page(gzipSync(text), {
        'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8',
        'content-encoding': 'gzip',
      })(request, response);
    });
    const { readings, error } = await (await reading(scrapeOf(url))).read();
    expect([totalOf(readings), error]).toEqual([7, undefined]);
  });

  it('hands over each reading once, and keeps a counter apart from another with the same name elsewhere', async () => {
    const a = await serving('jobs_total 7\n');
    const b = await serving('jobs_total 8\n');
    const opened = await reading(scrapeOf(a.url), scrapeOf(b.url, { workload: { name: 'x' } }));
    const { readings } = await opened.read();
    expect(readings.map(({ workload }) => workload)).toEqual(['host', { name: 'x' }]);
    expect(new Set(readings.map((one) => ('counter' in one ? one.counter : ''))).size).toBe(2);
    const draft = { meters: [], readings: [] };
    opened.source.read(draft);
    expect(draft).not.toHaveProperty('work');
  });

  it('is read on its own clock, without being asked', async () => {
    const served = await serving('jobs_total 7\n');
    await reading(scrapeOf(served.url, { interval: seconds(0.05) }));
    await eventually(async () => expect(served.requests).toBeGreaterThan(3));
  });
});

describe('an endpoint that answers wrongly', () => {
  const html = '<!doctype html><html><title>Login</title>';
  const many = Array.from({ length: 1001 }, (_, i) => `jobs_total{i="${i}"} 1`).join('\n');
  it.each<[string, Endpoint['answer'], RegExp]>([
    ['is HTML', page(html, { 'content-type': 'text/html' }), /answers with text\/html, not with metrics/],
    ['is HTML under another name', page(html), /this is HTML or XML, not metrics: "<!doctype/],
    ['is JSON', page('{"jobs_total": 7}'), /this is no text of metrics: "\{"jobs_total": 7\}"/],
    ['is an error', (_, r) => void r.writeHead(500).end('jobs_total 7\n'), /answers with status 500/],
    [
      'sends elsewhere',
      (_, r) => void r.writeHead(302, { location: '/login' }).end(),
      /302 and sends on to \/login/,
    ],
    [
      'is compressed in a way that nobody asked for',
      page('x', { 'content-encoding': 'br' }),
      /answers in br/,
    ],
    ['is broken gzip', page('jobs_total 7\n', { 'content-encoding': 'gzip' }), /the gzip is damaged/],
    [
      'is gzip that ends too early',
      page(gzipSync(`${many}\n`).subarray(0, 300), { 'content-encoding': 'gzip' }),
      /the gzip is damaged/,
    ],
    [
      'breaks off',
      (_, r) => {
        r.writeHead(200, { 'content-length': '1000' }).write('jobs_total 7\n', () => r.destroy());
      },
      /connection broke off|broke off/,
    ],
    ['has one endless line', page('x'.repeat(100_000)), /a line of more than 64 KiB/],
    ['has too many series', page(`${many}\n`), /more than 1000 series of jobs_total fit/],
    ['has another metric', page('jobs_done_total 7\n'), /answers, and no series of jobs_total fits/],
    ['is empty', page(''), /no series of jobs_total fits/],
  ])('says so once and gives nothing: it %s', async (_, answer, reason) => {
    const { url } = await serving(answer);
    const { readings, error } = await (await reading(scrapeOf(url))).read();
    expect(error?.message).toMatch(reason);
    expect(error?.message).toContain(url);
    expect(error?.fix).not.toBe('');
    expect(error?.kind).toBe('retry');
    expect(readings).toEqual([]);
  });

  it.each([
    ['NaN', 'jobs_total{a="1"} NaN', /no count of work in the line "jobs_total\{a="1"\} NaN"/],
    ['+Inf', 'jobs_total{a="1"} +Inf', /no count of work/],
    ['a negative number', 'jobs_total{a="1"} -4', /no count of work/],
    ['no number', 'jobs_total{a="1"} many', /cannot read the line/],
    ['a series twice', 'jobs_total{a="0"} 9', /stands twice/],
    ['a gauge', '# TYPE jobs_total gauge', /is a gauge, no counter/],
  ])('counts the rest where it holds %s, and says what was left out', async (_, line, reason) => {
    const { url } = await serving(`jobs_total{a="0"} 7\n${line}\njobs_total{a="2"} 8\n`);
    const { readings, error } = await (await reading(scrapeOf(url))).read();
    expect(error?.message).toMatch(reason);
    expect(totalOf(readings)).toBe(15);
  });

  it('counts the rest where a series is not UTF-8', async () => {
    const bad = Buffer.concat([
      Buffer.from('jobs_total{a="'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"} 4\n'),
    ]);
    const { url } = await serving(page(Buffer.concat([bad, Buffer.from('jobs_total{a="é"} 8\n')])));
    const { readings, error } = await (await reading(scrapeOf(url))).read();
    expect(error?.message).toContain('is not UTF-8');
    expect(totalOf(readings)).toBe(8);
  });

  it('does not bother others, which go on', async () => {
    const good = await serving('jobs_total 7\n');
    const bad = await serving(page(html));
    const opened = await reading(scrapeOf(bad.url), scrapeOf(good.url));
    const { readings, error } = await opened.read();
    expect(totalOf(readings)).toBe(7);
    expect(error?.message).toMatch(/^1 in trouble: .*HTML/);
    // The first is the state of the source itself; one that joins it is told, once.
    expect(opened.warnings).toEqual([]);
    good.answer = page(html);
    await opened.read();
    await opened.read();
    expect(opened.warnings).toHaveLength(1);
    expect(opened.warnings[0]).toContain(good.url);
    bad.answer = page('jobs_total 1\n');
    good.answer = page('jobs_total 8\n');
    expect((await opened.read()).error).toBeUndefined();
  });

  it('is not there at all, comes, and is read', async () => {
    const served = await serving('jobs_total 7\n');
    await served.close();
    const opened = await reading(scrapeOf(served.url));
    const { error } = await opened.read();
    expect(error?.message).toContain('nothing listens there');
    expect(error?.fix).toContain('Start the application');
  });
});

describe('an endpoint that is not to be trusted', () => {
  it('is cut off after 16 MiB of an answer of 500 MB, which costs no memory', async () => {
    let sent = 0;
    const chunk = Buffer.from('other_total{a="b"} 12345\n'.repeat(40_000));
    const { url } = await serving((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      const more = (): void => {
        while (sent < 500 * MIB && !response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 5);
    const before = process.memoryUsage().rss;
    const { error, readings } = await (await reading(scrapeOf(url))).read();
    clearInterval(watch);
    expect(error?.message).toContain('larger than 16 MiB');
    expect(readings).toEqual([]);
    // Two reads, each with what the sockets of both ends hold.
    expect(sent).toBeLessThan(80 * MIB);
    expect(most - before).toBeLessThan(200 * MIB);
  });

  it('is cut off after 16 MiB of a bomb of gzip', async () => {
    const bomb = gzipSync(Buffer.from('other_total 1\n'.repeat((64 * MIB) / 14)), { level: 9 });
    expect(bomb.length).toBeLessThan(MIB);
    const { url } = await serving(page(bomb, { 'content-encoding': 'gzip' }));
    const { error } = await (await reading(scrapeOf(url))).read();
    expect(error?.message).toContain('larger than 16 MiB');
  });

  it('drips without end and is left after its time', async () => {
    const { url } = await serving((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      const drip = setInterval(() => response.write('# still here\n'), 20);
      response.on('close', () => clearInterval(drip));
    });
    const { error } = await (await reading(scrapeOf(url, { interval: seconds(0.3) }))).read();
    expect(error?.message).toMatch(/gave no whole answer within 0\.3 s/);
  });

  it('takes the connection and says nothing', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    open.push({
      close: () => {
        for (const socket of sockets) socket.destroy();
        return new Promise((resolve) => silent.close(resolve));
      },
    });
    const { port } = silent.address() as { port: number };
    const url = `http://127.0.0.1:${port}/metrics`;
    const { error } = await (await reading(scrapeOf(url, { interval: seconds(0.2) }))).read();
    expect(error?.message).toMatch(/gave no whole answer/);
  });

  it('is asked by one request at a time, which is given up when the agent stops', async () => {
    const served = await serving('jobs_total 7\n');
    const { source, work } = await reading(scrapeOf(served.url));
    let left = 0;
    served.answer = (_, response) => void response.on('close', () => left++);
    const hung = work.refresh();
    await eventually(async () => expect(served.requests).toBe(2));
    const shared = work.refresh();
    source.close();
    await Promise.all([hung, shared, work.refresh()]);
    expect(served.requests).toBe(2);
    await eventually(async () => expect(left).toBe(1));
  });

  it('holds up neither the start nor the others', async () => {
    const slow = await serving(() => {});
    const good = await serving('jobs_total 7\n');
    const { source } = await reading(scrapeOf(slow.url), scrapeOf(good.url));
    const draft: SampleDraft = { meters: [], readings: [] };
    await eventually(async () => {
      source.read(draft);
      expect(totalOf(draft.work ?? [])).toBe(7);
    });
    expect(source.detail).toContain(`${slow.url}: not answered yet`);
  });
});
