/** Cases 7 and 11 of the power reference for NVIDIA boards, from the driver's library to the text of a scrape. */
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentOptions, type InProcessAgent, startAgent } from '../fixtures/agent-in-process.ts';
import { expectInstancesAreBoard, expectRowsAreHost, expectRowsAreMeters } from '../fixtures/closure.ts';
import { readExposition } from '../fixtures/exposition.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { laptopRapl } from '../fixtures/hosts.ts';
import { noFakeNvml } from '../fixtures/nvml/install.ts';
import {
  type BoardActivity,
  boardId,
  type SimulatedGpus,
  simulatedGpus,
} from '../fixtures/nvml/simulated.ts';
import { steadyScraper } from '../fixtures/steady.ts';

const PODS = [1, 2, 3].map((n) => `/docker/${String(n).repeat(64)}`);
let host: FakeHost;
let agent: InProcessAgent;
let gpus: SimulatedGpus;
afterEach(async () => {
  await agent.close();
  host.dispose();
});
const start = async (
  boards: number,
  layout: readonly string[],
  options: AgentOptions = {},
): Promise<void> => {
  host = laptopRapl();
  for (const path of ['/', '/docker', ...PODS]) host.group(path, 0);
  PODS.forEach((cgroup, slot) => {
    host.process(100 + slot, { name: 'python3', start: 500, ticks: 1, cgroup });
  });
  gpus = simulatedGpus(host, boards, layout);
  agent = await startAgent(host, { gpus, ...options });
};
const PACKAGE = 12;
const load = (activity: Readonly<Record<number, BoardActivity>>) => ({
  zones: { 'intel-rapl:0': PACKAGE },
  busy: 2,
  gpus: activity,
});
const scrape = async () => readExposition(await agent.metrics());
const board = (index: number): number => agent.total('hw_energy_joules_total', { hw_id: boardId(index) });
const expectClosed = (): void => {
  for (const snapshot of agent.snapshots) {
    expectRowsAreHost(snapshot);
    expectRowsAreMeters(snapshot);
  }
};

describe.skipIf(noFakeNvml !== '')(`case 11${noFakeNvml && ` (skipped: ${noFakeNvml})`}`, () => {
  const LAYOUT = [
    'gpu 0 mig 1',
    ...PODS.map((_, slot) => `gpu 0 instance ${slot} ${7 + slot} 0 1 9984 1048576 1g.10gb`),
  ];
  const LOADS = PODS.map((_, slot) => ({ pid: 100 + slot, memory: 5000, slot }));

  test('a board at 300 W with three of seven slices in use is 300 W: instances, idle and other together', async () => {
    await start(1, LAYOUT, { flags: { 'energy.floors': `{"${boardId(0)}": 70}` } });
    const busy = {
      ...load({ 0: { watts: 300, loads: LOADS } }),
      groups: Object.fromEntries(PODS.map((p) => [p, 0.1])),
    };
    for (let tick = 0; tick < 24; tick += 1) {
      await agent.run(5, busy);
      expect((await scrape()).value(`hw_power_watts{hw_id="${boardId(0)}",hw_type="gpu"}`)).toBeCloseTo(
        300,
        6,
      );
    }
    const text = await scrape();
    const whole = 300 * 120;
    expect(text.sum('hw_energy_joules_total', { hw_type: 'gpu' })).toBeCloseTo(whole, 6);
    const instances = text.series.filter(({ name }) => name === 'negawatt_gpu_instance_energy_joules_total');
    expect(instances.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(whole, 6);
    for (const slot of [0, 1, 2]) {
      const id = `MIG-00000000-0000-4000-8000-000000000000/${7 + slot}/0`;
      const own = instances.filter(({ labels }) => labels.gpu_instance === id);
      // A third of 230 W that the three caused, a seventh of the 70 W that the board draws anyway.
      expect(own.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(120 * (230 / 3 + 70 / 7), 6);
    }
    expect(
      text.sum('negawatt_gpu_instance_energy_joules_total', { gpu_instance: 'unallocated' }),
    ).toBeCloseTo(120 * 40, 6);
    const rows = (where: Record<string, string>): number =>
      text.sum('negawatt_workload_energy_joules_total', { resource: 'gpu', ...where });
    for (const path of PODS)
      expect(rows({ workload: path.slice('/docker/'.length) })).toBeCloseTo(120 * (230 / 3), 6);
    expect(rows({ workload: 'idle' })).toBeCloseTo(120 * 70, 6);
    expect(rows({})).toBeCloseTo(whole, 6);
    expect(text.value('hw_host_energy_joules_total')).toBeCloseTo(whole + 120 * PACKAGE, 6);
    expectClosed();
    for (const snapshot of agent.snapshots) expectInstancesAreBoard(snapshot, boardId(0));
  });

  test('a board that is divided and made whole again under load loses no joule and counts none twice', async () => {
    await start(1, LAYOUT);
    const whole = [{ pid: 100, memory: 5000, percent: 90 }];
    await agent.run(30, load({ 0: { watts: 300, loads: LOADS } }));
    gpus.say('gpu 0 mig 0');
    await agent.run(60, load({ 0: { watts: 300, busy: 90, loads: whole } }));
    gpus.say();
    await agent.run(60, load({ 0: { watts: 300, loads: LOADS } }));
    expect(board(0)).toBeCloseTo(300 * 150, 6);
    expectClosed();
    const parts = agent.total('negawatt_gpu_instance_energy_joules_total');
    expect(parts, 'a mode is looked for every ten seconds').toBeGreaterThan(300 * 70);
    expect(parts).toBeLessThanOrEqual(300 * 150 + 1e-6);
  });
});

describe.skipIf(noFakeNvml !== '')(`case 7${noFakeNvml && ` (skipped: ${noFakeNvml})`}`, () => {
  const boards = load({ 0: { watts: 300 }, 1: { watts: 100 } });

  test.each([
    ['9223372036854775794'],
    ['9223372036854775792'],
    ['9223372036854775807'],
    ['18446744073709551615'],
  ])(
    'energy of %s is dropped and counted, the counter stands, nothing falls to 0, and nothing is lost',
    async (blank) => {
      await start(2, []);
      const scraper = steadyScraper(agent, { hw_energy_joules_total: 300, hw_host_energy_joules_total: 412 });
      await agent.run(30, boards);
      gpus.say(`gpu 0 energy ${blank}`);
      for (let tick = 0; tick < 4; tick += 1) {
        await agent.run(5, boards);
        const text = await scraper.scrape();
        expect(board(0), 'the counter stands').toBeCloseTo(300 * 30, 6);
        expect(board(1), 'the other goes on').toBeCloseTo(100 * (35 + 5 * tick), 6);
        expect(text.series.filter(({ name, value }) => name === 'hw_power_watts' && value === 0)).toEqual([]);
        expect(text.sum('negawatt_meter_events_total', { event: 'sentinel' })).toBe(5 * (tick + 1));
      }
      gpus.say();
      await agent.run(30, boards);
      await scraper.scrape();
      expect(board(0), 'both ends bound the gap').toBeCloseTo(300 * 80, 6);
      expect(agent.total('hw_host_energy_joules_total')).toBeCloseTo((PACKAGE + 400) * 80, 6);
      expect(agent.total('negawatt_meter_events_total', { event: 'reset' })).toBe(0);
      expect(agent.status('nvml').state).toBe('up');
      expectClosed();
    },
  );

  test('power of 4294967295 mW of a board without a counter is dropped and counted', async () => {
    await start(1, ['gpu 0 error energy 3', 'power_fields 0']);
    await agent.run(30, load({ 0: { watts: 300 } }));
    const before = board(0);
    expect(before).toBeGreaterThan(300 * 25);
    gpus.say('gpu 0 power 4294967295');
    await agent.run(10, load({ 0: { watts: 300 } }));
    expect(board(0)).toBeCloseTo(before, 6);
    expect(agent.total('negawatt_meter_events_total', { event: 'sentinel' })).toBe(10);
    gpus.say();
    await agent.run(30, load({ 0: { watts: 300 } }));
    expect(board(0)).toBeCloseTo(before + 300 * 40, 6);
    expectClosed();
  });

  test('a count a hundred times as high for a second costs nothing; one that begins anew costs a second', async () => {
    await start(2, []);
    await agent.run(30, boards);
    gpus.say('gpu 0 energy 500000000000');
    await agent.wait(1, boards);
    gpus.say();
    await agent.wait(4, boards);
    await agent.tick();
    await agent.run(25, boards);
    expect(board(0)).toBeCloseTo(300 * 60, 6);
    expect(agent.total('negawatt_meter_events_total', { event: 'implausible' })).toBe(1);
    gpus.restart(0);
    await agent.run(30, boards);
    // Two seconds lie between the last count of the old run and the second one of the new.
    expect(board(0)).toBeGreaterThanOrEqual(300 * 88);
    expect(board(0)).toBeLessThan(300 * 90);
    expect(agent.total('negawatt_meter_events_total', { event: 'reset' })).toBe(1);
    expect(board(1)).toBeCloseTo(100 * 90, 6);
    expectClosed();
  });
});
