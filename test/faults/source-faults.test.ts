/** Sources that go wrong under the real agent, as they do on a real host: real mounts, pipes and folders. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { eventually, type RunningAgent, startAgent } from '../fixtures/agent-process.ts';
import { readExposition } from '../fixtures/exposition.ts';
import { type MovingMeter, movingMeter } from '../fixtures/moving-meter.ts';
import { startReceiver } from '../fixtures/otlp-receiver.ts';
import { keepIfAsked } from './results.ts';

const WATTS = [100, 20] as const;
/** As the agent promises for its end. */
const STOP_MS = 2000;
const clean: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step();
});

const metered = async (): Promise<MovingMeter> => {
  const meter = await movingMeter();
  clean.push(() => meter.dispose());
  return meter;
};

const started = async ({ host }: MovingMeter, config = ''): Promise<RunningAgent> => {
  const file = join(host.root, 'negawatt.yaml');
  writeFileSync(file, `sampling: {interval: 1s}\n${config}`);
  const agent = await startAgent([
    `--config.file=${file}`,
    `--state.dir=${join(host.root, 'state')}`,
    `--path.procfs=${host.paths.procfs}`,
    `--path.sysfs=${host.paths.sysfs}`,
    `--path.rootfs=${host.root}`,
    '--no-source.process',
    '--no-source.model',
  ]);
  clean.push(() => agent.stop('SIGKILL'));
  return agent;
};

const isUp = async (agent: RunningAgent, source: string): Promise<number> =>
  readExposition(await agent.get('/metrics')).sum('negawatt_source_up', { source });
const warnings = (agent: RunningAgent, like: RegExp): readonly string[] =>
  agent
    .errors()
    .split('\n')
    .filter((line) => line.includes('level=warn') && like.test(line));
interface Shown {
  readonly host: { readonly energyJoules: number };
  readonly components: readonly { readonly energyJoules: number }[];
  readonly tick: number;
}
const shown = (agent: RunningAgent): Promise<Shown> => agent.json('/api/v1/snapshot');
const ticks = async (agent: RunningAgent, count: number): Promise<Shown> => {
  const { tick } = await shown(agent);
  return eventually(async () => {
    const now = await shown(agent);
    expect(now.tick).toBeGreaterThanOrEqual(tick + count);
    return now;
  });
};
const counted = ({ components }: Shown): number =>
  components.reduce((total, { energyJoules }) => total + energyJoules, 0);
const sum = ([a, b]: readonly [number, number]): number => a + b;

/** Stops it as systemd does, and tells how long that took. */
const stopped = async (agent: RunningAgent): Promise<number> => {
  const began = performance.now();
  const timer = setTimeout(() => agent.process.kill('SIGKILL'), 10_000);
  const end = await agent.stop();
  clearTimeout(timer);
  expect(end).toBe(0);
  return performance.now() - began;
};

/** Reading the memory of a process at address 0 is an input/output error: the kernel's own, for root alone. */
const canMount = ((): boolean => {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

test.skipIf(!canMount)(
  `a counter that answers EIO is told once with what to do, the others count on, and it is back when it is well${canMount ? '' : ' (skipped: mounting needs root)'}`,
  async () => {
    const meter = await metered();
    const dram = join(
      meter.host.root,
      'sys/devices/virtual/powercap/intel-rapl/intel-rapl:0/intel-rapl:0:0/energy_uj',
    );
    const agent = await started(meter);
    await meter.draw(...WATTS);
    expect(await isUp(agent, 'rapl')).toBe(1);
    await agent.stop();
    execFileSync('mount', ['--bind', `/proc/${process.pid}/mem`, dram]);
    let mounted = true;
    const unmount = (): void => {
      if (mounted) execFileSync('umount', [dram]);
      mounted = false;
    };
    clean.push(unmount);
    const again = await started(meter);
    const before = await meter.draw(...WATTS);
    const first = await ticks(again, 1);
    const after = await ticks(again, 4);
    await meter.draw(0, 0);
    expect(before[0]).toBeGreaterThan(0);
    // The package goes on at its power, whatever memory says.
    expect(after.host.energyJoules - first.host.energyJoules).toBeGreaterThan(WATTS[0] * 2);
    expect(warnings(again, /EIO|I\/O|input\/output/i)).toHaveLength(1);
    unmount();
    await eventually(async () => expect(await isUp(again, 'rapl')).toBe(1));
    const end = await stopped(again);
    expect(end).toBeLessThan(STOP_MS);
    keepIfAsked({
      what: 'a counter that answers EIO (a bind mount over it)',
      howMany: 'once',
      result: `told once, the others went on, back when it was well; ended in ${(end / 1000).toFixed(1)} s`,
    });
  },
);

test('a meter whose file never answers is told once, all others count on to the joule, and the end is not held up', async () => {
  const meter = await metered();
  const { host } = meter;
  // New counters are held at 0 at first; those of an agent that ran before are not.
  const earlier = await started(meter);
  await ticks(earlier, 2);
  await earlier.stop();
  host.chip(0, 'LNXSYSTM:00/ACPI000D:00', { name: 'power_meter', power1_average_interval: '1000' });
  execFileSync('mkfifo', [join(host.root, 'sys/class/hwmon/hwmon0/power1_average')]);
  const agent = await started(meter);
  await meter.draw(...WATTS);
  await eventually(async () => expect(await isUp(agent, 'hwmon')).toBe(0));
  await ticks(agent, 5);
  const truth = sum(await meter.draw(0, 0));
  const all = counted(await ticks(agent, 2));
  expect(all).toBeCloseTo(truth, 3);
  expect(warnings(agent, /source=hwmon/)).toEqual([expect.stringMatching(/no answer|hang/)]);
  const end = await stopped(agent);
  expect(end).toBeLessThan(STOP_MS);
  keepIfAsked({
    what: 'a meter whose file never answers (a FIFO)',
    howMany: 'once',
    result: `told once; the other meters ${truth.toFixed(3)} J, counted ${all.toFixed(3)} J; ended in ${(end / 1000).toFixed(1)} s`,
  });
});

test('a clean end beside a receiver that never answers keeps all that was counted, within two seconds', async () => {
  const receiver = await startReceiver();
  clean.push(() => receiver.close());
  receiver.answer(() => {});
  const meter = await metered();
  // New counters are held at 0 at first; those of an agent that ran before are not.
  const earlier = await started(meter);
  await ticks(earlier, 2);
  await earlier.stop();
  const agent = await started(
    meter,
    `export: {otlp: {url: '${receiver.url}', interval: 1s, timeout: 1m}, textfile: {path: ${join(meter.host.root, 'negawatt.prom')}}}\n`,
  );
  await meter.draw(...WATTS);
  await receiver.request(0);
  await ticks(agent, 3);
  const truth = sum(await meter.draw(0, 0));
  const all = counted(await ticks(agent, 2));
  expect(all).toBeCloseTo(truth, 3);
  const end = await stopped(agent);
  expect(end).toBeLessThan(STOP_MS);
  const kept = counted(await ticks(await started(meter), 1));
  expect(kept).toBeCloseTo(truth, 3);
  keepIfAsked({
    what: 'a clean end while the receiver of OTLP never answers',
    howMany: 'once',
    result: `ended in ${(end / 1000).toFixed(1)} s; meter ${truth.toFixed(3)} J, kept ${kept.toFixed(3)} J`,
  });
});

test('an own meter that became a pipe, and then lost its folder, is told and comes back', async () => {
  const meter = await metered();
  const folder = join(meter.host.root, 'run');
  const file = join(folder, 'pdu');
  const well = (): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, '350\n');
  };
  well();
  const agent = await started(
    meter,
    'sources: {custom: {meters: [{name: pdu, domain: wall, unit: W, interval: 1s, max_age: 1h, file: /run/pdu}]}}\n',
  );
  await eventually(async () => expect(await isUp(agent, 'custom')).toBe(1));
  rmSync(file);
  execFileSync('mkfifo', [file]);
  await eventually(async () => expect(await isUp(agent, 'custom')).toBe(0));
  expect(warnings(agent, /source=custom/)).toEqual([expect.stringContaining('is no regular file')]);
  rmSync(folder, { recursive: true });
  const why = async (): Promise<string> => {
    const { sources } = await agent.json<{ sources: { name: string; why: string }[] }>('/api/v1/sources');
    return sources.find(({ name }) => name === 'custom')?.why ?? '';
  };
  await eventually(async () => expect(await why()).toMatch(/run\/pdu(?!.*no regular)/));
  expect(warnings(agent, /source=custom/), 'it is the same trouble: told once').toHaveLength(1);
  expect(await isUp(agent, 'rapl')).toBe(1);
  well();
  await eventually(async () => expect(await isUp(agent, 'custom')).toBe(1));
  expect(await stopped(agent)).toBeLessThan(STOP_MS);
});
