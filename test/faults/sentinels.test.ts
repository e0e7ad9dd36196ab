/** Values that mean "no reading", from the file to the exported counter. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type InProcessAgent, startAgent } from '../fixtures/agent-in-process.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { cray, growCray, hwmonOnly, laptopRapl } from '../fixtures/hosts.ts';

const hosts: FakeHost[] = [];
const agents: InProcessAgent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  for (const host of hosts.splice(0)) host.dispose();
});
const start = async (host: FakeHost, sources = {}): Promise<InProcessAgent> => {
  hosts.push(host);
  const agent = await startAgent(host, { sources });
  agents.push(agent);
  return agent;
};
const hostJoules = (agent: InProcessAgent): number => agent.total('hw_host_energy_joules_total');
const sentinels = (agent: InProcessAgent): number =>
  agent.total('negawatt_meter_events_total', { event: 'sentinel' });

test('4 294 967 295 000 uW of an ACPI meter is dropped and counted, the counter stands, and nothing falls to 0', async () => {
  const agent = await start(hwmonOnly());
  await agent.run(30, { busy: 1 });
  expect(hostJoules(agent)).toBeCloseTo(350 * 30, 6);
  agent.host.attribute(0, 'power1_average', '4294967295000');
  await agent.run(10, { busy: 1 });
  expect(hostJoules(agent), 'the counter stands').toBeCloseTo(350 * 30, 6);
  expect(sentinels(agent), 'one for each second').toBe(10);
  expect(await agent.metrics()).not.toMatch(/^hw_host_power_watts 0$/m);
  expect(agent.snapshots.at(-1)?.view.metered.state.host.source, 'no other source took over').toBe(
    'platform',
  );
  agent.host.attribute(0, 'power1_average', '350000000');
  await agent.run(30, { busy: 1 });
  expect(hostJoules(agent), 'both ends bound the gap').toBeCloseTo(350 * 70, 6);
});

test.each([
  ['W', '350', '9223372036854775794'],
  ['mW', '350000', '9223372036854775794'],
  ['uW', '350000000', '9223372036854775794'],
  ['W', '350', '2147483634'],
  ['kW', '0.350', '140737488355328'],
])(
  'a blank of DCGM from an own meter in %s is dropped, counted and told, and the counter stands',
  async (unit, good, blank) => {
    const host = laptopRapl();
    host.write('run/pdu', good);
    const agent = await start(host, {
      custom: { meters: [{ name: 'pdu', domain: 'wall', unit, interval: '5s', file: '/run/pdu' }] },
    });
    const file = join(host.root, 'run/pdu');
    const say = async (content: string, duration: number): Promise<void> => {
      for (let passed = 0; passed < duration; passed += 5) {
        writeFileSync(file, `${content}\n`);
        // Written now by the host's clock, which stands still meanwhile.
        agent.touch('run/pdu');
        await agent.run(5, { zones: { 'intel-rapl:0': 10 }, busy: 1 });
      }
    };
    await say(good, 30);
    const before = hostJoules(agent);
    expect(agent.snapshots.at(-1)?.view.metered.state.host.source).toBe('wall');
    expect(before).toBeGreaterThan(350 * 20);
    await say(blank, 10);
    expect(hostJoules(agent)).toBeCloseTo(before, 6);
    expect(sentinels(agent)).toBe(2);
    expect(agent.status('custom')).toMatchObject({
      state: 'failing',
      why: `1 of 1 own meters: pdu (/run/pdu): ${blank} stands for "no reading"`,
    });
    await say(good, 30);
    expect(agent.status('custom').state).toBe('up');
    expect(hostJoules(agent)).toBeCloseTo(before + 350 * 40, 6);
  },
);

test('an energy count that turns to all ones on a Cray node costs no joule', async () => {
  const agent = await start(cray());
  const live = async (): Promise<void> => {
    growCray(agent.host, { energy: 1000, cpu_energy: 200, memory_energy: 50 }, 5);
    await agent.run(5, { busy: 1 });
  };
  await live();
  await live();
  expect(hostJoules(agent)).toBeCloseTo(10_000, 6);
  growCray(agent.host, { cpu_energy: 200, memory_energy: 50 }, 5);
  agent.host.write('sys/cray/pm_counters/energy', '4294967295 J 1750000014999999 us');
  await agent.run(5, { busy: 1 });
  expect(hostJoules(agent)).toBeCloseTo(10_000, 6);
  expect(sentinels(agent)).toBe(1);
  agent.host.write('sys/cray/pm_counters/energy', '900015000 J 1750000015000000 us');
  await live();
  expect(hostJoules(agent)).toBeCloseTo(20_000, 6);
});
