/** How many series a loaded server costs a Prometheus that scrapes it, with the defaults and under churn. */
import { afterEach, expect, test } from 'vitest';
import type { CarbonAt } from '../../src/carbon/in-force.ts';
import { type InProcessAgent, startAgent } from '../fixtures/agent-in-process.ts';
import { type Exposition, readExposition } from '../fixtures/exposition.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { gpuSource } from '../fixtures/gpu-source.ts';
import { containers200gpus8 } from '../fixtures/hosts.ts';
import { carbon, factor } from '../fixtures/samples.ts';

const BUDGET = 200;
const ROWS = 'negawatt_workload_energy_joules_total';
const PARTS = 'hw_energy_joules_total';

const hosts: FakeHost[] = [];
const agents: InProcessAgent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  for (const host of hosts.splice(0)) host.dispose();
});

/** Ids that hwmon gives the boards of the fake host. */
const BOARDS = Array.from({ length: 8 }, (_, i) => `hwmon:amdgpu:0000:0${i + 1}:00.0:power1`);

/** Each board has a process of a container of its own: those that use most processors, so that they have rows. */
const started = async (
  options: {
    readonly onBoards?: () => readonly number[];
    readonly gpuDetails?: boolean;
    readonly carbon?: CarbonAt;
  } = {},
): Promise<InProcessAgent> => {
  const host = containers200gpus8();
  hosts.push(host);
  const { onBoards = () => numbers(1, 8), gpuDetails = false, ...more } = options;
  const processes = (board: number): readonly string[] => [group(onBoards()[board] ?? 0)];
  const agent = await startAgent(host, {
    gpuDetails,
    ...more,
    more: [gpuSource({ meters: BOARDS, processes })],
  });
  agents.push(agent);
  return agent;
};

const group = (number: number): string =>
  `/system.slice/docker-${number.toString(16).padStart(64, '0')}.scope`;
/** 200 W and 15 W a socket, 60 processors busy: 48 in containers, the first ones more than the last. */
const load = (containers: readonly number[]) => {
  const weight = (at: number): number => 1 / (1 + at);
  const whole = containers.reduce((total, _, at) => total + weight(at), 0);
  return {
    zones: { 'intel-rapl:0': 200, 'intel-rapl:0:0': 15, 'intel-rapl:1': 200, 'intel-rapl:1:0': 15 },
    busy: 60,
    groups: Object.fromEntries(containers.map((number, at) => [group(number), (48 * weight(at)) / whole])),
  };
};
const numbers = (from: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => from + i);

/** What `increase()` sees: each rise of a series, and the whole of one that comes anew. */
const increases = (name: string): { scrape(text: Exposition): void; readonly total: () => number } => {
  let before = new Map<string, number>();
  let total = 0;
  return {
    scrape: (text) => {
      const now = new Map(
        text.series.filter((one) => one.name === name).map(({ key, value }) => [key, value]),
      );
      for (const [key, value] of now) {
        const old = before.get(key);
        if (old !== undefined && value < old) throw new Error(`${key} fell from ${old} to ${value}`);
        total += value - (old ?? 0);
      }
      before = now;
    },
    total: () => total,
  };
};

test('200 containers and 8 GPUs are at most 200 series at the defaults', async () => {
  const agent = await started();
  await agent.run(60, load(numbers(1, 200)));
  const text = readExposition(await agent.metrics());
  expect(text.series.length).toBeLessThanOrEqual(BUDGET);
  // 430 W of RAPL, and 8 boards of 300 W that were read at each second.
  expect(text.sum(PARTS, { hw_type: 'cpu' })).toBeCloseTo(400 * 60, 6);
  expect(text.sum(PARTS, { hw_type: 'gpu' })).toBeCloseTo(8 * 300 * 60, 6);
  expect(text.sum(ROWS)).toBeCloseTo((430 + 2400) * 60, 6);
  expect(text.value('negawatt_workloads{state="alive"}')).toBe(200);
  expect(text.value('negawatt_workloads{state="exported"}')).toBe(10);
  // All that a driver tells is in it: each board half busy, 40 GiB in use, its energy with the container on it.
  expect(text.sum('negawatt_gpu_busy_seconds_total')).toBeCloseTo(8 * 0.5 * 60, 6);
  expect(text.sum('negawatt_gpu_memory_byte_seconds_total', { state: 'used' })).toBeCloseTo(
    8 * 40 * 2 ** 30 * 60,
    0,
  );
  expect(text.sum('negawatt_workload_gpu_seconds_total')).toBeCloseTo(8 * 0.5 * 60, 6);
  expect(text.sum(ROWS, { resource: 'gpu', kind: 'container' })).toBeGreaterThan(0);
  // 1,000 kg and what two sockets and 512 GB add, and 150 kg for each board of a model without a figure.
  const life = 5 * 365 * 86_400;
  const embodied = (part: string): number => text.sum('negawatt_embodied_emissions_grams_total', { part });
  expect(embodied('host')).toBeCloseTo(((1000 + 100 + 496 * 1.388) * 1000 * 60) / life, 9);
  expect(embodied('gpu')).toBeCloseTo((8 * 150 * 1000 * 60) / life, 9);
  expect(text.series.find(({ name }) => name === 'negawatt_host_info')?.key).toContain(
    '8 x AMD Instinct MI210',
  );
});

test('where a live factor and the table of the year take turns, that costs a series a row and two of the host, once', async () => {
  const live = carbon({ location: factor('location', 300, { id: 'DE/direct/json' }) });
  const table = carbon({ location: factor('location', 329, { id: 'DE/direct/2023/annual_fallback' }) });
  let now = live;
  const agent = await started({ carbon: () => now });
  const scraped = async (inForce: typeof live): Promise<Exposition> => {
    now = inForce;
    await agent.run(30, load(numbers(1, 200)));
    return readExposition(await agent.metrics());
  };
  const [before, after] = [await scraped(live), await scraped(table)];
  // The 10 largest, and what is nobody's: idle, other, ended.
  const rows = new Set(
    agent.snapshots.at(-1)?.view.attributed.shares.map(({ workload }) => `${workload.kind} ${workload.id}`),
  );
  expect(rows.size).toBeLessThanOrEqual(13);
  expect(after.series.length - before.series.length).toBe(rows.size + 2);
  for (const again of [live, table]) expect((await scraped(again)).series).toHaveLength(after.series.length);
});

test('each of the 8 boards shows what its driver says only where the operator asks for it', async () => {
  const GAUGES = /^(hw_gpu_|hw_temperature|negawatt_gpu_(clock|throttled|power_limit|info))/;
  const scrape = async (gpuDetails: boolean): Promise<Exposition> => {
    const agent = await started({ gpuDetails });
    await agent.run(60, load(numbers(1, 200)));
    const text = readExposition(await agent.metrics());
    await agents.pop()?.close();
    return text;
  };
  const gauges = (text: Exposition) => text.series.filter(({ name }) => GAUGES.test(name));
  expect(gauges(await scrape(false))).toEqual([]);
  const text = await scrape(true);
  expect(gauges(text)).toHaveLength(9 * 8);
  const on = (name: string, more = ''): number => text.value(`${name}{hw_id="${BOARDS[2]}"${more}}`);
  expect(on('hw_gpu_utilization_ratio')).toBe(0.5);
  expect(on('hw_gpu_memory_usage_bytes')).toBe(40 * 2 ** 30);
  expect(on('hw_gpu_memory_limit_bytes')).toBe(64 * 2 ** 30);
  expect(on('hw_temperature_celsius', ',hw_type="gpu"')).toBe(61);
  expect(on('negawatt_gpu_clock_hertz', ',clock="compute"')).toBe(1.7e9);
  expect(on('negawatt_gpu_clock_hertz', ',clock="memory"')).toBe(1.6e9);
  expect(on('negawatt_gpu_throttled', ',reason="power"')).toBe(1);
  expect(on('negawatt_gpu_power_limit_watts')).toBe(560);
  const what = ',model="AMD Instinct MI210",vendor="amd",driver="6.10.5",pci_address="0000:03:00.0"';
  expect(on('negawatt_gpu_info', what)).toBe(1);
});

test('30 minutes in which a third of the containers goes every minute keep the budget and lose no joule', async () => {
  let containers = numbers(1, 200);
  const agent = await started({ onBoards: () => containers });
  const rows = increases(ROWS);
  const parts = increases(PARTS);
  let most = 0;
  const scrape = async (): Promise<void> => {
    const text = readExposition(await agent.metrics());
    most = Math.max(most, text.series.length);
    rows.scrape(text);
    parts.scrape(text);
  };
  await scrape();
  for (let minute = 0; minute < 30; minute += 1) {
    const ending = containers.slice(0, 67);
    for (const number of ending) agent.host.remove(`sys/fs/cgroup${group(number)}`);
    const fresh = numbers(1000 + minute * 67, 67);
    for (const number of fresh) agent.host.group(group(number), 0);
    // The new ones work most.
    containers = [...fresh, ...containers.slice(67)];
    for (let quarter = 0; quarter < 4; quarter += 1) {
      await agent.run(15, load(containers));
      await scrape();
    }
  }
  // New series are held at 0 for 30 s: one quiet minute shows the last of them.
  for (let quarter = 0; quarter < 4; quarter += 1) {
    await agent.run(15, {});
    await scrape();
  }
  expect(most).toBeLessThanOrEqual(BUDGET);
  expect(most, 'places are used').toBeGreaterThan(130);
  // After the last minute, without load, the counters of RAPL stand still; the boards go on.
  const truth = 430 * 30 * 60 + 2400 * 31 * 60;
  expect(parts.total()).toBeCloseTo(truth, 0);
  expect(Math.abs(rows.total() / parts.total() - 1)).toBeLessThan(1e-9);
}, 180_000);
