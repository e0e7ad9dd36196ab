/** A configuration that is taken up while the agent runs: all of it or nothing, and no joule lost or counted twice. */
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  eventually,
  freshDirectory,
  furtherTicks,
  type RunningAgent,
  startAgent,
} from '../fixtures/agent-process.ts';
import { readExposition } from '../fixtures/exposition.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { cgroupV2 } from '../fixtures/hosts.ts';
import { startReceiver } from '../fixtures/otlp-receiver.ts';

const RELOADED = 'negawatt_config_last_reload_successful';
const RELOADED_AT = 'negawatt_config_last_reload_success_timestamp_seconds';

let directory: ReturnType<typeof freshDirectory>;
let host: FakeHost;
let agent: RunningAgent | undefined;
let microjoules: bigint;
let busy = 0;

let flow: NodeJS.Timeout;

/** The host uses 2 J and a processor of its eight; ten times a second. */
const use = (): void => {
  microjoules += 2_000_000n;
  busy += 10;
  host.cpu([busy, 0, 0, busy * 7]);
  host.energy('intel-rapl:0', microjoules);
};
beforeEach(() => {
  directory = freshDirectory();
  host = cgroupV2();
  microjoules = 240_000_000_000n;
  use();
  flow = setInterval(use, 100);
});
afterEach(async () => {
  clearInterval(flow);
  await agent?.stop();
  agent = undefined;
  host.dispose();
  directory.remove();
});

const configFile = (): string => join(directory.path, 'negawatt.yaml');
const configure = (text: string): void => writeFileSync(configFile(), text);
const started = async (text: string): Promise<RunningAgent> => {
  configure(text);
  agent = await startAgent([
    `--config.file=${configFile()}`,
    `--state.dir=${join(directory.path, 'state')}`,
    `--path.procfs=${host.paths.procfs}`,
    `--path.sysfs=${host.paths.sysfs}`,
  ]);
  return agent;
};
const metrics = async (from: RunningAgent) => readExposition(await from.get('/metrics'));
const labelled = (pool: string) => `sampling: {interval: 1s}\nhost: {labels: {pool: ${pool}}}\n`;

const hangUp = async (running: RunningAgent, holds: (text: Awaited<ReturnType<typeof metrics>>) => void) => {
  running.process.kill('SIGHUP');
  return eventually(async () => {
    const text = await metrics(running);
    holds(text);
    return text;
  });
};
const poolOf = (text: Awaited<ReturnType<typeof metrics>>): string | undefined =>
  text.series.find(({ name }) => name === 'negawatt_host_info')?.labels.pool;
const booked = async (from: RunningAgent): Promise<number> =>
  (await from.json<{ host: { energyJoules: number } }>('/api/v1/snapshot?counters=booked')).host.energyJoules;

describe('SIGHUP', () => {
  it('puts a new configuration in force; counters, page and address go on', async () => {
    const running = await started(labelled('old'));
    const before = await metrics(running);
    expect(poolOf(before)).toBe('old');
    expect(before.sum(RELOADED)).toBe(1);
    const hash = (text: typeof before) =>
      text.series.find(({ name }) => name === 'negawatt_config_info')?.labels.sha256;
    configure(labelled('new'));
    const after = await hangUp(running, (text) => expect(poolOf(text)).toBe('new'));
    expect(hash(after)).not.toBe(hash(before));
    expect(after.sum(RELOADED_AT)).toBeGreaterThan(before.sum(RELOADED_AT));
    expect(after.sum('process_start_time_seconds')).toBeCloseTo(before.sum('process_start_time_seconds'), 3);
    expect(await running.get('/')).toContain('negawatt');
  });

  it('refuses a bad one whole, says what and where, keeps the old one in force, and shows it in a metric', async () => {
    const running = await started(labelled('old'));
    const since = (await metrics(running)).sum(RELOADED_AT);
    configure(`${labelled('new')}sampling_interval: 3s\n`);
    const refused = await hangUp(running, (text) => expect(text.sum(RELOADED)).toBe(0));
    expect(poolOf(refused)).toBe('old');
    expect(refused.sum(RELOADED_AT), 'of the last that was good').toBe(since);
    expect(running.errors()).toMatch(/level=error .*the one before stays in force.*sampling_interval/);
    configure(`${labelled('new')}guests: {directory: ${configFile()}}\n`);
    await hangUp(running, () => expect(running.errors()).toContain('guests.directory cannot be used'));
    expect(poolOf(await metrics(running)), 'nor one that cannot be opened').toBe('old');
    configure(labelled('new'));
    const good = await hangUp(running, (text) => expect(poolOf(text)).toBe('new'));
    expect(good.sum(RELOADED)).toBe(1);
  });

  it('neither loses nor repeats energy, however often it comes and whatever the configuration is', async () => {
    clearInterval(flow);
    const running = await started(labelled('p0'));
    const met = microjoules;
    flow = setInterval(use, 100);
    for (let round = 1; round <= 10; round++) {
      const pool = `p${round}`;
      configure(round % 3 === 0 ? `${labelled(pool)}unknown: 1\n` : labelled(pool));
      running.process.kill('SIGHUP');
      // Some come while the one before is still at work.
      await new Promise((resolve) => setTimeout(resolve, round % 2 === 0 ? 400 : 50));
    }
    clearInterval(flow);
    const joules = Number(microjoules - met) / 1e6;
    await eventually(async () => expect(await booked(running)).toBeCloseTo(joules, 6));
    await eventually(async () => expect(poolOf(await metrics(running))).toBe('p10'));
    expect(await running.stop(), 'and it ends in good order').toBe(0);
    agent = undefined;
    const again = await started(labelled('p11'));
    await eventually(async () => expect(await booked(again)).toBeCloseTo(joules, 6));
  });

  it('counts work that was pushed just before', async () => {
    const running = await started(labelled('old'));
    const push = async (total: number): Promise<void> => {
      const response = await fetch(`${running.url}/api/v1/work`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ workload: 'shop', unit: 'order', total }),
      });
      expect(response.status).toBe(200);
    };
    await push(10);
    await eventually(async () =>
      expect((await metrics(running)).series.map(({ labels }) => labels.unit)).toContain('order'),
    );
    configure(labelled('new'));
    await push(35);
    const work = (text: Awaited<ReturnType<typeof metrics>>) =>
      text.sum('negawatt_work_total', { unit: 'order' });
    await hangUp(running, (text) => expect(poolOf(text)).toBe('new'));
    await eventually(async () => expect(work(await metrics(running))).toBe(25));
  });

  it('leaves nothing open of a configuration that it refused', async () => {
    const running = await started(labelled('old'));
    const open = (): number => readdirSync(`/proc/${running.process.pid}/fd`).length;
    const refusals = (): number => running.errors().split('not taken up').length - 1;
    const refuse = async (count: number): Promise<void> => {
      running.process.kill('SIGHUP');
      await eventually(async () => expect(refusals()).toBe(count));
    };
    configure(`${labelled('new')}grid: {zone: DE, files: [${configFile()}]}\n`);
    await refuse(1);
    const before = open();
    for (let count = 2; count <= 4; count++) await refuse(count);
    expect(open()).toBeLessThanOrEqual(before + 1);
    expect(running.errors()).toContain('factor tables are not usable');
  });

  /** An agent with a textfile, and a receiver that never answers: it holds the last push of the run that is left. */
  const heldUp = async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const file = join(directory.path, 'out.prom');
    const ways = `export: {textfile: {path: ${file}}, otlp: {url: "http://127.0.0.1:${port}", interval: 1h}}\n`;
    const running = await started(labelled('old') + ways);
    await eventually(async () => expect(existsSync(file)).toBe(true));
    configure(labelled('new') + ways);
    return {
      running,
      file,
      close: () => {
        silent.close();
        silent.closeAllConnections();
      },
    };
  };

  it('leaves no textfile behind where the end comes while it is at work', async () => {
    const { running, file, close } = await heldUp();
    await hangUp(running, (text) => expect(poolOf(text)).toBe('new'));
    expect(await running.stop()).toBe(0);
    expect(existsSync(file)).toBe(false);
    close();
  });

  it('does not hold up the end of the agent', async () => {
    const running = await started(labelled('old'));
    configure(labelled('new'));
    running.process.kill('SIGHUP');
    expect(await running.stop()).toBe(0);
    agent = undefined;
  });

  it('leaves address, state and host as they are until the next start, and says so', async () => {
    const running = await started(labelled('old'));
    configure(
      `${labelled('new')}web: {telemetry_path: /elsewhere}\nstate: {dir: ${join(directory.path, 'other')}}\n`,
    );
    await hangUp(running, (text) => expect(poolOf(text)).toBe('new'));
    expect(running.errors()).toMatch(
      /web\.telemetry_path is another one now: it takes effect at the next start/,
    );
    expect(existsSync(join(directory.path, 'other'))).toBe(false);
  });

  it('opens and closes the ways out', async () => {
    const running = await started(labelled('old'));
    const file = (name: string): string => join(directory.path, `${name}.prom`);
    const written = (name: string) => `export: {textfile: {path: ${file(name)}}}\n`;
    configure(labelled('new') + written('one'));
    await hangUp(running, () => expect(readFileSync(file('one'), 'utf8')).toContain('pool="new"'));
    configure(labelled('newer') + written('two'));
    await hangUp(running, () => expect(readFileSync(file('two'), 'utf8')).toContain('pool="newer"'));
    expect(existsSync(file('one'))).toBe(false);
    configure(`${labelled('newest')}export: {textfile: {path: ${join(directory.path, 'none', 'x.prom')}}}\n`);
    await hangUp(running, (text) => expect(text.sum(RELOADED)).toBe(0));
    expect(existsSync(file('two')), 'one that cannot be written is refused').toBe(true);
  });

  it('leaves the textfile where it is, however long the last push takes', async () => {
    const { running, file, close } = await heldUp();
    let missing = 0;
    const look = setInterval(() => {
      missing += existsSync(file) ? 0 : 1;
    }, 5);
    running.process.kill('SIGHUP');
    await eventually(async () => expect(readFileSync(file, 'utf8')).toContain('pool="new"'));
    clearInterval(look);
    expect(missing).toBe(0);
    expect(await running.stop()).toBe(0);
    expect(existsSync(file)).toBe(false);
    close();
  });

  it('is no reset to a receiver of pushes, also where no state can be kept', async () => {
    const receiver = await startReceiver();
    const pushes = `export: {otlp: {url: "${receiver.url}", interval: 1h}}\n`;
    configure(labelled('old') + pushes);
    const paths = [`--path.procfs=${host.paths.procfs}`, `--path.sysfs=${host.paths.sysfs}`];
    agent = await startAgent([`--config.file=${configFile()}`, ...paths], { STATE_DIRECTORY: '/proc/none' });
    const running = agent;
    expect(running.errors()).toContain('state is kept in memory only');
    await eventually(async () => expect(await booked(running)).toBeGreaterThan(0));
    // The last push of the run before, and that of the end.
    for (const pool of ['new', 'newer']) {
      configure(labelled(pool) + pushes);
      await hangUp(running, (text) => expect(poolOf(text)).toBe(pool));
    }
    await receiver.request(1);
    expect(await running.stop()).toBe(0);
    agent = undefined;
    const energy = receiver.requests.map(({ sent }) => sent.metrics.get('hw.host.energy')?.points[0]);
    expect(energy).toHaveLength(3);
    expect(new Set(energy.map((point) => point?.start)).size).toBe(1);
    const values = energy.map((point) => point?.value ?? Number.NaN);
    expect([...values].sort((a, b) => a - b)).toEqual(values);
    await receiver.close();
  });

  it('goes on handing energy to the guests of the same directory', async () => {
    const guests = `guests: {directory: ${join(directory.path, 'guests')}}\n`;
    const running = await started(labelled('old') + guests);
    configure(labelled('new') + guests);
    await hangUp(running, (text) => expect(poolOf(text)).toBe('new'));
    expect(await running.json('/api/v1/guests')).toMatchObject({ guests: [] });
    configure(labelled('alone'));
    await hangUp(running, (text) => expect(poolOf(text)).toBe('alone'));
    await expect(running.get('/api/v1/guests')).rejects.toThrow('404');
  });
});

describe('POST /-/reload', () => {
  const post = async (running: RunningAgent, headers: Record<string, string> = {}) => {
    const response = await fetch(`${running.url}/-/reload`, { method: 'POST', headers });
    return { status: response.status, text: await response.text() };
  };

  it('is off unless it is enabled, and tells the other way', async () => {
    const { status, text } = await post(await started(labelled('old')));
    expect([status, text]).toEqual([403, expect.stringContaining('web.enable_lifecycle')]);
  });

  it('gives no finer readings than one a second, however often it is asked for', async () => {
    const running = await started('sampling: {interval: 1s}\nweb: {enable_lifecycle: true}\n');
    const seen: number[] = [];
    const look = async (): Promise<void> => {
      const { time } = await running.json<{ time: string }>('/api/v1/snapshot');
      if (Date.parse(time) !== seen.at(-1)) seen.push(Date.parse(time));
    };
    const end = Date.now() + 4000;
    const asked: Promise<unknown>[] = [];
    for (let round = 0; Date.now() < end; round++) {
      if (round % 5 === 0 && asked.length < 3) asked.push(post(running));
      await look();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all(asked);
    const apart = seen.slice(1).map((time, i) => time - (seen[i] ?? 0));
    expect(apart.length).toBeGreaterThanOrEqual(3);
    // The wall clock is told in whole milliseconds, and timers may come that much early.
    expect(Math.min(...apart)).toBeGreaterThanOrEqual(990);
  });

  it('answers once the configuration is in force, or says why it is not', async () => {
    const enabled = 'web: {enable_lifecycle: true}\n';
    const running = await started(labelled('old') + enabled);
    configure(labelled('new') + enabled);
    expect((await post(running)).status).toBe(200);
    expect(poolOf(await metrics(running))).toBe('new');
    configure(`${labelled('newer') + enabled}grid: {zone: 7}\n`);
    expect(await post(running)).toMatchObject({ status: 500, text: expect.stringContaining('grid.zone') });
    expect(poolOf(await metrics(running))).toBe('new');
    expect((await post(running, { origin: 'http://elsewhere.example' })).status, 'a page elsewhere').toBe(
      403,
    );
  });
});

describe('a program that was replaced while it ran', () => {
  it('takes up no configuration that the new one read, and says to restart', async () => {
    const installed = join(directory.path, 'installed');
    const root = join(import.meta.dirname, '..', '..');
    cpSync(join(root, 'dist'), join(installed, 'dist'), { recursive: true });
    for (const name of ['node_modules', 'config', 'package.json'])
      symlinkSync(join(root, name), join(installed, name));
    const flags = [
      `--config.file=${configFile()}`,
      `--state.dir=${join(directory.path, 'state')}`,
      `--path.procfs=${host.paths.procfs}`,
      `--path.sysfs=${host.paths.sysfs}`,
    ];
    configure(labelled('old'));
    agent = await startAgent(flags, {}, { entry: join(installed, 'dist', 'negawatt.js') });
    // The process that read the configuration of the start ends after a second without a question.
    await furtherTicks(agent, 3);

    const reader = join(installed, 'dist', 'reading-process.js');
    const text = readFileSync(reader, 'utf8');
    const buildId = /"[0-9a-f]{16}"/.exec(text)?.[0] ?? '';
    expect(buildId).not.toBe('');
    writeFileSync(reader, text.replace(buildId, '"fedcba9876543210"'));
    configure(labelled('new'));
    const after = await hangUp(agent, (metricsText) => expect(metricsText.sum(RELOADED)).toBe(0));
    expect(poolOf(after)).toBe('old');
    expect(agent.errors()).toContain(
      `${configFile()}: was not read: the program on disk was replaced since this one started; restart it`,
    );
  });
});
