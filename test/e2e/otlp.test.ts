import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { HostJson } from '../../src/index.ts';
import {
  eventually,
  freshDirectory,
  type RunningAgent,
  runCommand,
  startAgent,
} from '../fixtures/agent-process.ts';
import { authority } from '../fixtures/authority.ts';
import { noCertificates } from '../fixtures/certificate.ts';
import type { Sent } from '../fixtures/otlp-proto.ts';
import { type Receiver, startReceiver, taken } from '../fixtures/otlp-receiver.ts';
import { parseExposition } from '../fixtures/strict-exposition.ts';
import { prometheusLabel, prometheusName } from '../fixtures/to-prometheus.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const folder = (): string => {
  const { path, remove } = freshDirectory();
  ends.push(remove);
  return path;
};

const receiving = async (): Promise<Receiver> => {
  const receiver = await startReceiver();
  ends.push(() => receiver.close());
  return receiver;
};

const starting = async (
  home: string,
  receiver: Receiver,
  env: Record<string, string> = {},
  flags: readonly string[] = ['--grid.zone=DE'],
): Promise<RunningAgent> => {
  const agent = await startAgent([`--state.dir=${join(home, 'state')}`, ...flags], {
    NEGAWATT_EXPORT_OTLP_URL: receiver.url,
    NEGAWATT_EXPORT_OTLP_INTERVAL: '1s',
    NEGAWATT_SAMPLING_INTERVAL: '3s',
    ...env,
  });
  ends.push(() => agent.stop('SIGKILL'));
  return agent;
};

const timeOf = ({ metrics }: Sent): number =>
  Number((metrics.get('hw.host.energy')?.points[0]?.time ?? 0n) / 1_000_000n);

/** Series as a Prometheus would have them: name and labels to value. */
const translated = ({ metrics }: Sent): ReadonlyMap<string, number> =>
  new Map(
    [...metrics.values()].flatMap(({ name, unit, type, isMonotonic, points }) =>
      points.map(({ attributes, value }) => {
        const kind = isMonotonic ? 'counter' : type === 'sum' ? 'updown' : 'gauge';
        const labels = Object.entries(attributes).map(([key, text]) => [prometheusLabel(key), text]);
        return [JSON.stringify([prometheusName(name, unit, kind), labels.sort()]), value] as const;
      }),
    ),
  );

const scraped = (text: string): ReadonlyMap<string, number> =>
  new Map(
    [...parseExposition(text).values()].flatMap(({ name, samples }) =>
      samples.map(({ labels, value }) => {
        const pairs = Object.entries(labels).filter(([, own]) => own !== '');
        return [JSON.stringify([name, pairs.sort()]), value] as const;
      }),
    ),
  );

describe('an agent that pushes', () => {
  it('pushes the very series and values that a scrape and the JSON of the same tick have', async () => {
    const receiver = await receiving();
    const agent = await starting(folder(), receiver);
    expect(agent.output()).toContain(`otlp     ${receiver.url}`);
    await eventually(async () => {
      const before = await agent.json<HostJson>('/api/v1/snapshot');
      const text = await agent.get('/metrics');
      const sent = receiver.requests
        .map((one) => one.sent)
        .find((one) => timeOf(one) === Date.parse(before.time));
      if (sent === undefined) throw new Error('this tick was not pushed yet');
      if ((await agent.json<HostJson>('/api/v1/snapshot')).tick !== before.tick)
        throw new Error('a tick fell between');
      if (before.tick < 2) throw new Error('nothing is known yet');
      expect(translated(sent)).toEqual(scraped(text));
      expect(sent.metrics.get('hw.host.energy')?.points[0]?.value).toBe(before.host.energyJoules);
      expect(sent.metrics.get('hw.host.power')?.points[0]?.value).toBe(before.host.powerWatts);
      expect(sent.metrics.get('negawatt.emissions.location')).toMatchObject({ unit: 'g', isMonotonic: true });
      expect(sent.resource).toMatchObject({ 'service.name': 'negawatt', 'host.name': before.host.name });
    }, 30_000);
    const first = receiver.requests[0]?.sent.metrics.get('negawatt.otlp.exports')?.points;
    expect(first?.map(({ value }) => value)).toEqual([0, 0, 0, 0]);
    await eventually(async () => {
      const own = parseExposition(await agent.get('/metrics'));
      const of = (outcome: string) =>
        own.get('negawatt_otlp_exports_total')?.samples.find(({ labels }) => labels.outcome === outcome)
          ?.value;
      expect(of('success')).toBeGreaterThan(1);
      expect([of('partial'), of('failure'), of('dropped')]).toEqual([0, 0, 0]);
      const last = own.get('negawatt_otlp_last_success_timestamp_seconds')?.samples[0]?.value ?? 0;
      expect(Math.abs(last - Date.now() / 1000)).toBeLessThan(10);
    });
  }, 90_000);

  it('goes on after kill -9: no counter falls, and those that are kept keep their start', async () => {
    const receiver = await receiving();
    const home = folder();
    const first = await starting(home, receiver);
    await receiver.request(3);
    await first.stop('SIGKILL');
    const seen = receiver.requests.at(-1)?.sent;
    const before = receiver.requests.length;
    const second = await starting(home, receiver);
    const { sent } = await receiver.request(before + 1);
    expect(seen).toBeDefined();
    const point = (from: Sent | undefined, name: string) => from?.metrics.get(name)?.points[0];
    for (const name of ['hw.host.energy', 'negawatt.host.powered_on', 'negawatt.host.static_energy']) {
      expect(point(sent, name)?.start, name).toBe(point(seen, name)?.start);
      expect(point(sent, name)?.value, name).toBeGreaterThanOrEqual(point(seen, name)?.value ?? Number.NaN);
    }
    // The CPU time of the process is not kept: it began anew.
    expect(point(sent, 'process.cpu')?.start).toBeGreaterThan(point(seen, 'process.cpu')?.start ?? 0n);
    expect(point(sent, 'system.cpu.time')?.start).toBe(point(seen, 'system.cpu.time')?.start);
    expect(sent.resource['service.instance.id']).toBe(seen?.resource['service.instance.id']);
    expect(await second.stop()).toBe(0);
  }, 60_000);

  it('pushes once more at its end', async () => {
    const receiver = await receiving();
    const agent = await starting(folder(), receiver, { NEGAWATT_EXPORT_OTLP_INTERVAL: '1h' });
    await eventually(async () => {
      if ((await agent.json<HostJson>('/api/v1/snapshot')).tick < 1) throw new Error('too early');
    });
    const before = receiver.requests.length;
    expect(await agent.stop()).toBe(0);
    expect(receiver.requests).toHaveLength(before + 1);
    expect(receiver.requests.at(-1)?.sent.metrics.get('hw.host.energy')?.points).toHaveLength(1);
  }, 60_000);

  it('samples, serves and ends in time while the receiver hangs, and tells what waits and what is lost', async () => {
    const receiver = await receiving();
    receiver.answer(() => {});
    const agent = await starting(folder(), receiver, {
      NEGAWATT_EXPORT_OTLP_TIMEOUT: '60s',
      NEGAWATT_SAMPLING_INTERVAL: '1s',
    });
    await receiver.request(0);
    const { tick } = await agent.json<HostJson>('/api/v1/snapshot');
    const began = performance.now();
    await eventually(async () => {
      const now = await agent.json<HostJson>('/api/v1/snapshot');
      expect(now.tick).toBeGreaterThanOrEqual(tick + 4);
      expect(await agent.get('/metrics')).toMatch(/negawatt_otlp_queued_exports [2-9]/);
    });
    // As many ticks as seconds, give or take the edges.
    expect((performance.now() - began) / 1000).toBeLessThan(15);
    expect(await agent.stop()).toBe(0);
    expect(receiver.requests).toHaveLength(2);
    expect(agent.errors()).toMatch(/the receiver did not take what waited: \d+ exports lost/);
  }, 60_000);

  it('sends the hours of an outage of the receiver when it is back, over a reload of its own too', async () => {
    const receiver = await receiving();
    const agent = await starting(folder(), receiver, { NEGAWATT_SAMPLING_INTERVAL: '1s' });
    await receiver.request(1);
    receiver.answer((response) => response.writeHead(503, { 'Retry-After': '1' }).end());
    const refused = receiver.requests.length;
    const waiting = async (least: number): Promise<void> =>
      eventually(async () => {
        const own = parseExposition(await agent.get('/metrics'));
        expect(own.get('negawatt_otlp_queued_exports')?.samples[0]?.value).toBeGreaterThanOrEqual(least);
      });
    await waiting(3);
    agent.process.kill('SIGHUP');
    await eventually(async () => expect(agent.errors()).toContain('the configuration is in force'));
    await waiting(5);
    const back = receiver.requests.length;
    expect(back).toBeGreaterThan(refused);
    receiver.answer(taken);
    await eventually(async () => expect(receiver.requests.length).toBeGreaterThan(back + 5), 30_000);
    const got = receiver.requests.slice(back).map(({ sent }) => timeOf(sent));
    expect(got).toEqual([...got].sort((a, b) => a - b));
    // None of the ticks of the outage is missing: they are a second apart.
    const gaps = got.slice(1).map((time, at) => time - (got[at] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(3_500);
    expect(got[0]).toBeLessThanOrEqual(timeOf(receiver.requests[refused]?.sent as Sent));
    expect(agent.errors()).not.toContain('lost');
    expect(await agent.stop()).toBe(0);
  }, 90_000);

  it('says once what is wrong, and once that it works again', async () => {
    const receiver = await receiving();
    receiver.answer((response) => response.writeHead(403).end());
    const agent = await starting(folder(), receiver);
    await receiver.request(3);
    receiver.answer(taken);
    await eventually(async () => expect(agent.errors()).toContain('metrics are pushed again'));
    const lines = agent.errors().split('\n');
    expect(lines.filter((line) => line.includes('metrics are not pushed'))).toHaveLength(1);
    expect(lines.find((line) => line.includes('metrics are not pushed'))).toMatch(
      /it answers 403.*export=otlp/,
    );
  }, 60_000);

  it('never pushes grams of an example zone', async () => {
    const receiver = await receiving();
    await starting(folder(), receiver, {}, ['--config.file=config/quickstart.yaml']);
    const { sent } = await receiver.request(4);
    const names = [...sent.metrics.keys()];
    expect(sent.metrics.get('negawatt.config.example')?.points[0]?.value).toBe(1);
    expect(names.filter((name) => /emissions/.test(name) && !name.includes('embodied'))).toEqual([]);
    expect(names).toContain('hw.host.energy');
  }, 60_000);

  it('shows its token to the receiver, and to nobody else', async () => {
    const receiver = await receiving();
    const home = folder();
    const token = 'Bearer do-not-show-me-4711';
    writeFileSync(join(home, 'token'), `${token}\n`, { mode: 0o600 });
    const env = { NEGAWATT_EXPORT_OTLP_HEADERS_FILES: `Authorization=${join(home, 'token')}` };
    receiver.answer((response) =>
      response.writeHead(401, { 'Content-Type': 'text/plain' }).end(`not ${token}`),
    );
    const agent = await starting(home, receiver, env);
    expect((await receiver.request(0)).headers.authorization).toBe(token);
    await eventually(async () => expect(agent.errors()).toContain('it answers 401'));
    const paths = ['/', '/metrics', '/api/v1/snapshot', '/-/ready'];
    const shown = await Promise.all(paths.map((path) => agent.get(path)));
    const { stdout } = await runCommand(['config', 'print'], {
      ...env,
      NEGAWATT_EXPORT_OTLP_URL: receiver.url,
    });
    expect(stdout).toContain(join(home, 'token'));
    for (const text of [...shown, stdout, agent.output(), agent.errors()])
      expect(text).not.toContain('do-not-show');
  }, 60_000);
});

it('an agent whose certificate for the receiver cannot be used does not start, and says which file it is', async () => {
  const home = folder();
  const cert = join(home, 'client.pem');
  writeFileSync(cert, 'no certificate', { mode: 0o640 });
  const key = join(home, 'client.key');
  writeFileSync(key, 'SECRET', { mode: 0o640 });
  const { code, stderr } = await runCommand(['run', `--state.dir=${join(home, 'state')}`], {
    NEGAWATT_EXPORT_OTLP_URL: 'https://host.example',
    NEGAWATT_EXPORT_OTLP_CERT_FILE: cert,
    NEGAWATT_EXPORT_OTLP_KEY_FILE: key,
  });
  expect(code).toBe(1);
  expect(stderr).toContain(`export.otlp.cert_file: ${cert} holds no certificate in PEM form; Name a file`);
  expect(stderr).not.toContain('SECRET');
});

it.skipIf(noCertificates !== undefined)(
  'an agent with a certificate is let in by a receiver that wants one',
  async () => {
    const home = folder();
    const ca = authority('site');
    const client = ca.sign('DNS:negawatt.example');
    const put = (name: string, text: string): string => {
      writeFileSync(join(home, name), text, { mode: 0o640 });
      return join(home, name);
    };
    const receiver = await startReceiver({ ...ca.sign('IP:127.0.0.1'), ca: ca.cert, requestCert: true });
    ends.push(() => receiver.close());
    const agent = await starting(home, receiver, {
      NEGAWATT_EXPORT_OTLP_CA_FILE: put('ca.pem', ca.cert),
      NEGAWATT_EXPORT_OTLP_CERT_FILE: put('client.pem', client.cert),
      NEGAWATT_EXPORT_OTLP_KEY_FILE: put('client.key', client.key),
    });
    expect((await receiver.request(0)).sent.resource['service.name']).toBe('negawatt');
    expect(await agent.stop()).toBe(0);
    expect(agent.errors()).not.toContain('not pushed');
  },
  60_000,
);

it('an agent that is not told to push has no series of it', async () => {
  const agent = await startAgent([`--state.dir=${folder()}`]);
  ends.push(() => agent.stop('SIGKILL'));
  expect(await agent.get('/metrics')).not.toContain('otlp');
}, 60_000);

it.each([
  [{ NEGAWATT_EXPORT_OTLP_URL: 'https://me:secret@host.example' }, 'without a user'],
  [{ NEGAWATT_EXPORT_OTLP_URL: 'https://host.example/?key=secret' }, 'without a user, a query'],
  [{ NEGAWATT_EXPORT_OTLP_URL: 'ftp://host.example' }, 'a URL of http or https'],
  [
    {
      NEGAWATT_EXPORT_OTLP_URL: 'http://host.example',
      NEGAWATT_EXPORT_OTLP_HEADERS_FILES: 'Authorization=/secret',
    },
    'a url of https',
  ],
  [{ NEGAWATT_EXPORT_OTLP_HEADERS_FILES: 'Content-Length=/secret' }, "not the connection's own"],
  [
    { NEGAWATT_EXPORT_OTLP_URL: 'https://host.example', NEGAWATT_EXPORT_OTLP_CERT_FILE: '/c.pem' },
    'export.otlp.key_file is missing; it must be a path, beside cert_file',
  ],
  [
    { NEGAWATT_EXPORT_OTLP_URL: 'https://host.example', NEGAWATT_EXPORT_OTLP_KEY_FILE: '/c.key' },
    'export.otlp.cert_file is missing; it must be a path, beside key_file',
  ],
  [
    {
      NEGAWATT_EXPORT_OTLP_URL: 'http://host.example',
      NEGAWATT_EXPORT_OTLP_CERT_FILE: '/c.pem',
      NEGAWATT_EXPORT_OTLP_KEY_FILE: '/c.key',
    },
    'it must be a path, beside key_file and a url of https',
  ],
  [{ NEGAWATT_EXPORT_TEXTFILE_PATH: '/var/lib/negawatt.txt' }, 'ends in .prom'],
  // Its own work would come back as an application's, and be counted again at each round.
  [
    { NEGAWATT_EXPORT_TEXTFILE_PATH: '/t/work/a.prom', NEGAWATT_WORK_TEXTFILE_DIRECTORY: '/t/x/../work/' },
    'not in work.textfile.directory',
  ],
])('a configuration of %o is refused with what is allowed', async (env, words) => {
  const { code, stderr } = await runCommand(['config', 'check'], env as Record<string, string>);
  expect(code).toBe(1);
  expect(stderr).toContain(words);
  expect(stderr).not.toContain('key=secret');
  expect(stderr).not.toContain('me:secret');
});
