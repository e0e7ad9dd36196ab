/** How many series a loaded server costs a Prometheus that scrapes it, with the defaults and under churn. */
import { afterEach, expect, test } from 'vitest';
import { type InProcessAgent, startAgent } from '../fixtures/agent-in-process.ts';
import { type Exposition, readExposition } from '../fixtures/exposition.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { containers200gpus8 } from '../fixtures/hosts.ts';

const BUDGET = 200;
const ROWS = 'negawatt_workload_energy_joules_total';
const PARTS = 'hw_energy_joules_total';

const hosts: FakeHost[] = [];
const agents: InProcessAgent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  for (const host of hosts.splice(0)) host.dispose();
});

const started = async (): Promise<InProcessAgent> => {
  const host = containers200gpus8();
  hosts.push(host);
  const agent = await startAgent(host);
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
});

test('30 minutes in which a third of the containers goes every minute keep the budget and lose no joule', async () => {
  const agent = await started();
  const rows = increases(ROWS);
  const parts = increases(PARTS);
  let containers = numbers(1, 200);
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
