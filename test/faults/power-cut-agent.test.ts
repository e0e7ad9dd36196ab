/**
 * A power cut under the real agent: its state as it had come onto the disk when it was killed, and nothing newer. A counter
 * that comes back lower than somebody saw it is a reset to Prometheus, which then adds all that was ever counted once more.
 */
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { eventually, freshDirectory, type RunningAgent, startAgent } from '../fixtures/agent-process.ts';
import { noFakeNvml as noCompiler } from '../fixtures/nvml/install.ts';
import { type Receiver, startReceiver } from '../fixtures/otlp-receiver.ts';
import { powerCutEnv } from '../fixtures/power-cut.ts';
import { type SteppedHost, steppedHost } from '../fixtures/stepped-host.ts';
import { keepIfAsked } from './results.ts';

let directory: ReturnType<typeof freshDirectory>;
let stepped: SteppedHost;
let agent: RunningAgent | undefined;
let receiver: Receiver;
beforeEach(async () => {
  directory = freshDirectory();
  stepped = steppedHost();
  receiver = await startReceiver();
});
afterEach(async () => {
  await agent?.stop('SIGKILL');
  agent = undefined;
  await receiver.close();
  stepped.host.dispose();
  directory.remove();
});

const UNIT = '/system.slice/nginx.service';
const inText = (text: string): number => Number(/^hw_host_energy_joules_total (\S+)/m.exec(text)?.[1] ?? 0);

/** What the counter is in a state directory. */
const counterIn = async (folder: string): Promise<number | undefined> => {
  const store = await openSqliteStore(folder);
  if (!store.found) throw new Error(store.reason);
  const counters = [...(store.value.load()?.counters ?? [])];
  store.value.close();
  return counters.find(([key]) => key.includes('"hw_host_energy_joules_total"'))?.[1];
};

/** How the counter is seen, and the settings for that. */
const WAYS: Readonly<Record<string, readonly [Record<string, string>, () => number | Promise<number>]>> = {
  scraped: [{}, async () => inText((await agent?.get('/metrics')) ?? '')],
  'pushed over OTLP': [
    { NEGAWATT_EXPORT_OTLP_INTERVAL: '1s' },
    () => receiver.requests.at(-1)?.sent.metrics.get('hw.host.energy')?.points[0]?.value ?? 0,
  ],
  'written for the textfile collector': [
    { NEGAWATT_EXPORT_TEXTFILE_INTERVAL: '1s' },
    () => {
      try {
        return inText(readFileSync(join(directory.path, 'out', 'negawatt.prom'), 'utf8'));
      } catch {
        return 0;
      }
    },
  ],
};

test.skipIf(noCompiler !== '').each(Object.keys(WAYS))(
  `after a power cut no counter comes back lower than it was %s${noCompiler}`,
  async (way) => {
    const [env, look] = WAYS[way] ?? [{}, () => 0];
    const after = join(directory.path, 'after');
    const state = join(directory.path, 'state');
    mkdirSync(join(directory.path, 'out'));
    const flags = [...stepped.flags, `--state.dir=${state}`];
    // New counters are held at 0 at first; those of an agent that ran before are not.
    agent = await startAgent(flags);
    await agent.get('/metrics');
    await agent.stop();
    cpSync(state, after, { recursive: true });
    agent = await startAgent(flags, {
      NEGAWATT_SAMPLING_INTERVAL: '1s',
      ...(way === 'pushed over OTLP' ? { NEGAWATT_EXPORT_OTLP_URL: receiver.url } : {}),
      ...(way.startsWith('written')
        ? { NEGAWATT_EXPORT_TEXTFILE_PATH: join(directory.path, 'out', 'negawatt.prom') }
        : {}),
      ...env,
      ...powerCutEnv(directory.path, after),
    });
    let seen = 0;
    for (let round = 0; round < 3; round += 1) {
      const before = seen;
      await eventually(async () => {
        stepped.work(4, { [UNIT]: 0.05 });
        seen = await look();
        expect(seen).toBeGreaterThan(before);
      });
    }
    // Without another moment for anything to come onto the disk.
    agent.process.kill('SIGKILL');
    const kept = (await counterIn(after)) ?? 0;
    expect(kept).toBeGreaterThanOrEqual(seen);
    keepIfAsked({
      what: `a power cut right after the counters were ${way} (what had come onto the disk by then)`,
      howMany: 'once',
      result: `last seen ${seen.toFixed(3)} J, on the disk ${kept.toFixed(3)} J`,
    });
  },
);

test.skipIf(noCompiler !== '')(
  `a disk that does not answer holds up a scrape for a second, and is told once${noCompiler}`,
  async () => {
    const HANGS_S = 4;
    const after = join(directory.path, 'after');
    mkdirSync(after);
    agent = await startAgent([...stepped.flags, `--state.dir=${join(directory.path, 'state')}`], {
      NEGAWATT_SAMPLING_INTERVAL: '1s',
      ...powerCutEnv(directory.path, after, HANGS_S),
    });
    const running = agent;
    const told = (what: RegExp): number =>
      running
        .errors()
        .split('\n')
        .filter((line) => what.test(line)).length;
    const began = performance.now();
    await running.get('/metrics');
    const took = (performance.now() - began) / 1000;
    expect(took).toBeGreaterThan(0.9);
    expect(took).toBeLessThan(HANGS_S);
    // While it hangs, nobody waits behind it.
    const second = performance.now();
    await running.get('/metrics');
    expect((performance.now() - second) / 1000).toBeLessThan(0.9);
    expect(told(/the state may not outlive a power cut: the disk has not written it within 1 s.*fix=/)).toBe(
      1,
    );
    await new Promise((resolve) => setTimeout(resolve, HANGS_S * 1000));
    for (let i = 0; i < 3; i += 1) await running.get('/metrics');
    expect(told(/the state may not outlive/)).toBe(1);
    keepIfAsked({
      what: 'a disk that answers no thread for 4 s (a library that is loaded before)',
      howMany: 'once',
      result: `a scrape was answered after ${took.toFixed(1)} s, told once`,
    });
  },
);
