/** Live grid data through the built agent: from a provider to the metrics, to other agents and to a scheduler. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { freshDirectory, type RunningAgent, runCommand, startAgent } from '../fixtures/agent-process.ts';
import { readExposition } from '../fixtures/exposition.ts';
import { type JsonServer, serveJson } from '../fixtures/json-server.ts';

const directory = freshDirectory();
const clean: (() => unknown)[] = [];
afterAll(async () => {
  for (const step of clean.splice(0).reverse()) await step();
  directory.remove();
});
const file = (name: string, content: string): string => {
  const path = join(directory.path, name);
  writeFileSync(path, content);
  return path;
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WAIT = { timeout: 20_000, interval: 200 };
/** Hours around now: 300 g before and during this one, then 250, 100, 100, 400 ... */
const answer = () => {
  const hour = Math.floor(Date.now() / HOUR) * HOUR;
  const row = (ahead: number, value: number) => ({
    time: new Date(hour + ahead * HOUR).toISOString(),
    value,
  });
  return {
    past: [row(-2, 310), row(-1, 300), row(0, 300)],
    next: [
      row(0, 300),
      row(1, 250),
      row(2, 100),
      row(3, 100),
      ...Array.from({ length: 10 }, (_, i) => row(4 + i, 400)),
    ],
  };
};
const provider = (url: string): string =>
  `sampling: {interval: 1s}
grid:
  zone: DE
  providers:
    - name: json
      url: ${url}/intensity
      list: past
      forecast_list: next
      time: time
      value: value
      unit: g/kWh
      zone: DE
      signal: average
      basis: direct
      gases: CO2
      interval: 1h
      source: a test
      licence: own use
`;

const upstream = async (): Promise<JsonServer> => {
  const server = await serveJson({
    '/intensity': (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer()));
    },
  });
  clean.push(() => server.close());
  return server;
};

const started = async (name: string, config: string): Promise<RunningAgent> => {
  const agent = await startAgent([
    `--config.file=${file(`${name}.yaml`, config)}`,
    `--state.dir=${join(directory.path, name)}`,
  ]);
  clean.push(() => agent.stop());
  return agent;
};

const factorOf = async (agent: RunningAgent) =>
  readExposition(await agent.get('/metrics')).series.filter(({ name }) => name === 'negawatt_factor_info');

/** The answers of the provider begin with the full hour: no test may run across one. */
const awayFromTheHour = async (): Promise<void> => {
  const left = HOUR - (Date.now() % HOUR);
  if (left < 60_000) await new Promise((resolve) => setTimeout(resolve, left + 500));
};

describe('an agent with a live provider', () => {
  beforeEach(awayFromTheHour, 90_000);

  it('books by its values, passes them on to another agent, and says when to run what; the key-holder alone asks', async () => {
    const server = await upstream();
    const holder = await started('holder', provider(server.url));
    await vi.waitFor(async () => {
      const live = (await factorOf(holder)).find(({ labels }) => labels.factor === 'DE/direct/json');
      expect(live?.labels).toMatchObject({ status: 'live', provider: 'json', basis: 'direct' });
    }, WAIT);
    const text = readExposition(await holder.get('/metrics'));
    const labels = { grid_zone: 'DE', basis: 'direct', signal: 'average', provider: 'json' };
    expect(text.sum('negawatt_grid_intensity_grams_per_kilowatt_hour', labels)).toBe(300);
    expect(text.sum('negawatt_grid_intensity_age_seconds', labels)).toBe(0);
    const ahead = (hours: string) =>
      text.sum('negawatt_grid_intensity_forecast_grams_per_kilowatt_hour', {
        ...labels,
        horizon_hours: hours,
      });
    expect([ahead('1'), ahead('3')]).toEqual([250, 100]);
    await vi.waitFor(async () => {
      const { emissions } = await holder.json<{
        emissions: { location: { series: { factor: string; grams: number }[] } };
      }>('/api/v1/snapshot?counters=booked');
      const own = emissions.location.series.find(({ factor }) => factor === 'DE/direct/json');
      expect(own?.grams).toBeGreaterThan(0);
    }, WAIT);

    const second = await started(
      'second',
      `sampling: {interval: 1s}\ngrid:\n  zone: DE\n  providers:\n    - {name: negawatt, url: '${holder.url}', zone: DE}\n`,
    );
    await vi.waitFor(async () => {
      const factors = await factorOf(second);
      expect(factors.map((one) => one.labels.factor)).toContain('DE/direct/json');
    }, WAIT);
    // Once at the start, and once more where the hour's own moment of this host falls into the test.
    expect([1, 2]).toContain(server.requests.length);

    const { stdout, code } = await runCommand([
      'greenest',
      '--duration',
      '2h',
      '--within',
      '12h',
      '--url',
      second.url,
      '--json',
    ]);
    expect(code).toBe(0);
    const [best] = JSON.parse(stdout).forecasts[0].starts;
    expect(Date.parse(best.start)).toBe(Math.floor(Date.now() / HOUR) * HOUR + 2 * HOUR);
    expect(best.gramsPerKwh).toBe(100);
    expect(best.savesAgainstMean).toBeGreaterThan(0.5);
  }, 60_000);

  it('goes down to the table of the year when the provider is silent, and says so; doctor tells why and what to do', async () => {
    const config = provider('http://127.0.0.1:9');
    const agent = await started('silent', config);
    await vi.waitFor(async () => {
      const [location] = await factorOf(agent);
      expect(location?.labels.status).toBe('earlier');
      expect(agent.errors()).toMatch(
        /grid data of 127\.0\.0\.1:9, zone DE: gives no answer.*nothing listens/,
      );
    }, WAIT);
    const { stdout } = await runCommand(['doctor', '--config.file', join(directory.path, 'silent.yaml')]);
    expect(stdout).toMatch(/grid json +failing/);
  }, 60_000);

  it.concurrent.each([
    ['holds now', 'now', -30, 'holds now', 'read live; from json'],
    ['is overdue', 'overdue', 90, '90\u00a0min old', 'read live, a reading is overdue; from json'],
    [
      'is long past',
      'past',
      150,
      '2\u00a0h 30\u00a0min old',
      'the last live reading: its provider is silent; from json',
    ],
  ])(
    'whose last reading %s says on its page how old it is and what it stands for',
    async (_name, id, ended, age, word) => {
      const start = new Date(Date.now() - ended * MINUTE - HOUR).toISOString();
      const server = await serveJson({ '/intensity': { past: [{ time: start, value: 287 }], next: [] } });
      clean.push(() => server.close());
      const agent = await started(`aged-${id}`, provider(server.url));
      await vi.waitFor(async () => {
        const page = await agent.get('/');
        const card = /<section class="card" aria-labelledby="grid">.*?<\/section>/s.exec(page)?.[0] ?? page;
        const lines = [...card.matchAll(/<p[^>]*>(.*?)<\/p>/gs)].map(([, text = '']) =>
          text.replaceAll(/<[^>]*>/g, ''),
        );
        expect(lines).toEqual(['287 g/kWh', `DE: ${age}`, word]);
      }, WAIT);
    },
  );

  it('greenest without a forecast ends with what to do', async () => {
    const { code, stderr } = await runCommand(['greenest']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/no provider of live grid data is configured; name one.*grid\.providers/);
    const short = await runCommand(['greenest', '--duration', '4h', '--within', '2h']);
    expect([short.code, short.stderr]).toEqual([
      64,
      expect.stringMatching(/within is shorter than duration/),
    ]);
  }, 60_000);

  it('greenest asks the providers itself where no agent is named, and shows what it found', async () => {
    const server = await upstream();
    const path = file('own.yaml', provider(server.url));
    const { code, stdout } = await runCommand([
      'greenest',
      '--duration',
      '2h',
      '--within',
      '12h',
      '--config.file',
      path,
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/json, DE: average \(direct, CO2\), forecast \d{1,2}\u00a0s old/);
    expect(stdout).toMatch(/run now \d+ g\/kWh, mean \d+ g\/kWh; expected, not promised/);
    expect(stdout).toMatch(/ 100 +\d+ % +\d+ %/);
  }, 60_000);
});
