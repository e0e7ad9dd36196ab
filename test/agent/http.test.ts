import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ask, servers } from '../fixtures/http.ts';
import { carbon, drivenHost } from '../fixtures/samples.ts';
import { parseExposition } from '../fixtures/strict-exposition.ts';
import { parseOpenMetrics } from '../fixtures/strict-open-metrics.ts';

const { serving, settled } = servers();

describe('the snapshot as JSON', () => {
  it('shows new counters as booked to those who ask, and as scraped to all others', async () => {
    const { server, driven } = await serving();
    driven.step();
    driven.step();
    const energy = async (query: string): Promise<number> => {
      const { text } = await ask(server, `/api/v1/snapshot${query}`);
      return (JSON.parse(text) as { host: { energyJoules: number } }).host.energyJoules;
    };
    expect(await energy('')).toBe(0);
    expect(await energy('?counters=booked')).toBe(250 * 5);
    expect(await energy('?counters=exported')).toBe(0);
  });
});

describe('a scrape', () => {
  it('is the text format 0.0.4, by its name', async () => {
    const { server } = await settled();
    const answer = await ask(server, '/metrics');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(parseExposition(answer.text).has('hw_host_energy_joules_total')).toBe(true);
  });

  it('is OpenMetrics for scrapers that would rather have that, with the same values', async () => {
    const { server } = await settled();
    const prometheus =
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
    const open = await ask(server, '/metrics', { headers: { accept: prometheus } });
    expect(open.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const energy = parseOpenMetrics(open.text).get('hw_host_energy_joules')?.samples;
    const plain = await ask(server, '/metrics', { headers: { accept: 'text/plain' } });
    expect(energy?.[0]?.value).toBe(
      parseExposition(plain.text).get('hw_host_energy_joules_total')?.samples[0]?.value,
    );
    const headers = { accept: prometheus, 'accept-encoding': 'gzip' };
    const zipped = await ask(server, '/metrics', { headers });
    expect(gunzipSync(zipped.body).toString()).toBe(open.text);
    expect((await ask(server, '/metrics')).headers['content-type']).toContain('text/plain');
  });

  it('is rendered once for each format within a tick', async () => {
    const { server, renderings } = await settled();
    const accepts = ['application/openmetrics-text', 'text/plain', '*/*', 'application/openmetrics-text'];
    await Promise.all(accepts.map((accept) => ask(server, '/metrics', { headers: { accept } })));
    expect(renderings()).toBe(2);
  });

  it('is served under the path that was asked for', async () => {
    const { server } = await settled({ telemetryPath: '/power/metrics' });
    expect((await ask(server, '/power/metrics?x=1')).status).toBe(200);
    expect((await ask(server, '/metrics')).status).toBe(404);
  });

  it('is compressed for those who take gzip, and for nobody else', async () => {
    const { server } = await settled();
    const plain = await ask(server, '/metrics');
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.headers.vary).toBe('Accept, Accept-Encoding');
    for (const accept of ['gzip', 'deflate, GZIP;q=0.5', '*']) {
      const zipped = await ask(server, '/metrics', { headers: { 'accept-encoding': accept } });
      expect(zipped.headers['content-encoding']).toBe('gzip');
      expect(gunzipSync(zipped.body).toString()).toBe(plain.text);
    }
    for (const accept of ['identity', 'gzip;q=0', 'br', '*;q=0', '']) {
      const other = await ask(server, '/metrics', { headers: { 'accept-encoding': accept } });
      expect(other.headers['content-encoding']).toBeUndefined();
      expect(other.text).toBe(plain.text);
    }
  });

  it('gives two replicas within one tick the same bytes, and new ones after the next tick', async () => {
    const { server, driven, renderings } = await settled();
    const first = await ask(server, '/metrics');
    expect((await ask(server, '/metrics')).body.equals(first.body)).toBe(true);
    expect(renderings()).toBe(1);
    driven.step();
    expect((await ask(server, '/metrics')).body.equals(first.body)).toBe(false);
    expect(renderings()).toBe(2);
  });

  it('is rendered once for 200 scrapers that come at the same time', async () => {
    const { server, renderings } = await settled();
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        ask(server, '/metrics', { headers: i % 2 === 0 ? {} : { 'accept-encoding': 'gzip' } }),
      ),
    );
    expect(renderings()).toBe(1);
    const texts = answers.map(({ headers, body, text }) =>
      headers['content-encoding'] === 'gzip' ? gunzipSync(body).toString() : text,
    );
    expect(new Set(texts).size).toBe(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('never samples: the tick number stands still however many ask', async () => {
    const { server, driven } = await settled();
    const before = driven.snapshot();
    await Promise.all(['/metrics', '/', '/api/v1/snapshot', '/-/ready'].map((path) => ask(server, path)));
    expect(driven.snapshot()).toBe(before);
  });

  it('fails with a status and a reason, is logged once, and works again when the fault is gone', async () => {
    let broken = true;
    const { server, logged } = await settled({
      metrics: async () => {
        if (broken) throw new Error('the pot is empty');
        return 'fine 1\n';
      },
    });
    for (let i = 0; i < 3; i++) {
      const answer = await ask(server, '/metrics', { headers: { 'accept-encoding': 'gzip' } });
      expect(answer.status).toBe(500);
      expect(answer.text).toContain('the pot is empty');
    }
    expect(logged).toEqual(['a scrape failed: the pot is empty']);
    broken = false;
    expect((await ask(server, '/metrics')).text).toBe('fine 1\n');
  });

  it('tells how far apart scrapes are', async () => {
    const heard: number[] = [];
    const { server } = await settled({ onScrapeInterval: (longest) => heard.push(longest) });
    await ask(server, '/metrics');
    await ask(server, '/metrics', { method: 'HEAD' });
    await ask(server, '/');
    expect(heard).toEqual([20]);
  });
});

describe('before the first sample', () => {
  it.each(['/metrics', '/', '/api/v1/snapshot', '/-/ready'])('%s answers 503 and says why', async (path) => {
    const { server } = await serving();
    const answer = await ask(server, path);
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('no snapshot yet');
    expect(answer.headers['retry-after']).toBe('1');
  });
});

describe('the JSON API', () => {
  it('shows what the metrics of the same tick show', async () => {
    const { server } = await settled();
    const families = parseExposition((await ask(server, '/metrics')).text);
    const answer = await ask(server, '/api/v1/snapshot');
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const host = JSON.parse(answer.text);
    expect(host.host.energyJoules).toBe(families.get('hw_host_energy_joules_total')?.samples[0]?.value);
    expect(host.emissions.market.grams).toBe(
      families.get('negawatt_emissions_market_grams_total')?.samples[0]?.value,
    );
    const { workloads } = JSON.parse((await ask(server, '/api/v1/workloads')).text);
    expect(workloads).toEqual(host.workloads);
    const { sources } = JSON.parse((await ask(server, '/api/v1/sources')).text);
    expect(sources).toEqual(host.sources);
  });

  it('names the example first wherever there are grams', async () => {
    const driven = drivenHost();
    driven.settle(undefined, carbon({ example: true }));
    const { server } = await serving({}, driven);
    for (const path of ['/api/v1/snapshot', '/api/v1/workloads']) {
      const answer = JSON.parse((await ask(server, path)).text);
      expect(Object.entries(answer)[0]).toEqual(['example', 'EXAMPLE ZONE DE']);
    }
  });
});

describe('health', () => {
  it('follows the loop', async () => {
    let ticks = true;
    const { server } = await settled({ healthy: () => ticks });
    expect((await ask(server, '/-/healthy')).status).toBe(200);
    ticks = false;
    const answer = await ask(server, '/-/healthy');
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('3 intervals');
  });

  it('is ready with sources that cannot be read, and names them with the fix', async () => {
    const { server } = await settled();
    const answer = await ask(server, '/-/ready');
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/^ready\n/);
    expect(answer.text).toContain(
      'rapl is unreadable: energy_uj of 2 packages may be read by root alone; run as root',
    );
    expect(answer.text).toContain('process is failing');
    expect(answer.text).not.toContain('hwmon');
  });
});

describe('the page', () => {
  it('finds what it loads beside itself, each under its own type', async () => {
    const { server } = await settled();
    const page = await ask(server, '/');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    const types = { '/style.css': 'text/css', '/page.js': 'text/javascript', '/icon.svg': 'image/svg+xml' };
    const loaded = [...page.text.matchAll(/<(?:link|script)[^>]* (?:href|src)="([^"]+)"/g)].map(
      ([, path]) => path,
    );
    expect(loaded.sort()).toEqual(Object.keys(types).sort());
    for (const [path, type] of Object.entries(types)) {
      const answer = await ask(server, path);
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toContain(type);
      expect(answer.body.length).toBeGreaterThan(100);
    }
  });
});

describe('manners', () => {
  it('answers HEAD like GET, without the body', async () => {
    const { server } = await settled();
    for (const path of ['/metrics', '/', '/api/v1/snapshot', '/nothing']) {
      const get = await ask(server, path);
      const head = await ask(server, path, { method: 'HEAD' });
      expect(head.status).toBe(get.status);
      expect(head.body.length).toBe(0);
      expect(head.headers['content-length']).toBe(String(get.body.length));
      expect(head.headers['content-type']).toBe(get.headers['content-type']);
    }
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])(
    'refuses %s and says what it takes',
    async (method) => {
      const { server } = await settled();
      const answer = await ask(server, '/metrics', { method });
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toBe('GET, HEAD');
    },
  );

  it('says what there is where there is nothing, and shows nothing of what was asked', async () => {
    const { server } = await settled();
    const answer = await ask(server, '/<script>?<b>');
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    for (const path of ['/metrics', '/api/v1/snapshot', '/-/healthy']) expect(answer.text).toContain(path);
    expect(answer.text).not.toContain('script>');
  });

  it.each(['//', '/../etc/passwd', '/metrics/', 'http://[', '*', '/%00', '/__proto__', '/constructor'])(
    'has nothing under %s',
    async (path) => {
      const { server } = await settled();
      expect((await ask(server, path)).status).toBe(404);
    },
  );

  it('keeps browsers from running or guessing anything', async () => {
    const { server } = await settled();
    for (const path of ['/', '/metrics', '/api/v1/snapshot', '/nothing']) {
      const { headers } = await ask(server, path);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
    }
  });
});
