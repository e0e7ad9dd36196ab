/** Cases of the power reference that begin in files: real sources on a fake host, up to the text of a scrape. */

/** Cases of the power reference that begin in files: real sources on a fake host, up to the text of a scrape. */
import fs, { chmodSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentOptions, type InProcessAgent, startAgent } from '../fixtures/agent-in-process.ts';
import { readExposition } from '../fixtures/exposition.ts';
import { createFakeHost, type FakeHost, PACKAGE_RANGE } from '../fixtures/fake-host.ts';
import { laptopRapl, psys, twoSocketDram } from '../fixtures/hosts.ts';
import { asNobody, canDropPrivileges } from '../fixtures/privileges.ts';

const hosts: FakeHost[] = [];
const agents: InProcessAgent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  for (const host of hosts.splice(0)) host.dispose();
});

const use = (host: FakeHost): FakeHost => {
  hosts.push(host);
  return host;
};
const start = async (host: FakeHost, options: AgentOptions = {}): Promise<InProcessAgent> => {
  const agent = await startAgent(use(host), options);
  agents.push(agent);
  return agent;
};
const scrape = async (agent: InProcessAgent) => readExposition(await agent.metrics());

describe('case 1: one wrap on one of two sockets', () => {
  test('both totals are exact, the wrap is counted once, and no power dips', async () => {
    const host = use(twoSocketDram());
    // 1250 J below the end of the range: it turns in the third tick.
    host.energy('intel-rapl:1', PACKAGE_RANGE - 1_250_000_000n);
    const agent = await start(host);
    for (let tick = 0; tick < 10; tick += 1) {
      await agent.run(5, {
        zones: { 'intel-rapl:0': 100, 'intel-rapl:0:0': 10, 'intel-rapl:1': 100, 'intel-rapl:1:0': 10 },
        busy: 20,
      });
      const text = await scrape(agent);
      expect(text.value('hw_power_watts{hw_id="package-1",hw_type="cpu"}')).toBeCloseTo(100, 3);
      expect(text.value('hw_host_power_watts')).toBeCloseTo(220, 3);
    }
    expect(agent.total('hw_energy_joules_total', { hw_id: 'package-0' })).toBeCloseTo(5000, 3);
    expect(agent.total('hw_energy_joules_total', { hw_id: 'package-1' })).toBeCloseTo(5000, 3);
    expect(agent.total('negawatt_meter_events_total', { event: 'wrap' })).toBe(1);
    expect(agent.total('negawatt_meter_events_total', { event: 'reset' })).toBe(0);
  });
});

describe('case 2: a counter that falls far from its range', () => {
  test('loses one interval at most, adds nothing, is counted once, and goes on as measured', async () => {
    const agent = await start(laptopRapl());
    await agent.run(20, { zones: { 'intel-rapl:0': 12 }, busy: 2 });
    agent.host.energy('intel-rapl:0', 1_000_000n);
    await agent.run(40, { zones: { 'intel-rapl:0': 12 }, busy: 2 });
    const energy = agent.total('hw_energy_joules_total', { hw_id: 'package-0' });
    expect(energy).toBeLessThanOrEqual(60 * 12);
    expect(energy).toBeGreaterThanOrEqual(55 * 12 - 1e-6);
    expect(agent.total('negawatt_meter_events_total', { event: 'reset' })).toBe(1);
    expect(agent.status('rapl')).toMatchObject({ state: 'up', quality: 'measured' });
  });
});

describe('case 3: energy_uj may not be read', () => {
  /** As root nobody must read, or file modes would not count; anybody else is already nobody. */
  const readAs: AgentOptions['readAs'] = canDropPrivileges ? asNobody : (read) => read();

  test('there is no series of the zone, the reason and the remedy come once, and it heals without a restart', async () => {
    const host = use(twoSocketDram());
    host.protect('intel-rapl');
    const zones = ['intel-rapl:0', 'intel-rapl:0:0', 'intel-rapl:1', 'intel-rapl:1:0'];
    const files = [...zones, 'intel-rapl:0:1', 'intel-rapl:1:1'].map((zone) =>
      join(host.root, 'sys/class/powercap', zone, 'energy_uj'),
    );
    const modes = (mode: number): void => {
      for (const file of files) chmodSync(file, mode);
    };
    const denied = canDropPrivileges ? 0o400 : 0o200;
    modes(denied);
    const watts = Object.fromEntries(zones.map((zone) => [zone, 50]));
    const agent = await start(host, { readAs });
    const live = async (duration: number): Promise<void> => {
      for (let passed = 0; passed < duration; passed += 5) {
        // The host counts on, whoever may see it.
        modes(0o644);
        await agent.wait(5, { zones: watts, busy: 20 });
        if (!healed) modes(denied);
        await agent.tick();
      }
    };
    let healed = false;
    await live(130);
    const text = await scrape(agent);
    expect(
      text.series.filter(({ labels }) => labels.hw_id !== undefined && labels.hw_id !== 'model'),
    ).toEqual([]);
    expect(text.series.filter(({ name }) => name.startsWith('negawatt_rapl'))).toEqual([]);
    expect(text.value('negawatt_source_up{source="rapl"}')).toBe(0);
    expect(text.value('negawatt_source_info{source="rapl",reason="unreadable",quality=""}')).toBe(1);
    const told = agent.log.filter(({ source }) => source === 'rapl');
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      state: 'unreadable',
      why: expect.stringMatching(/6 RAPL zones are there.*may be read/),
      fix: expect.stringContaining('AmbientCapabilities=CAP_DAC_READ_SEARCH'),
    });
    // Meanwhile the load curve gives the total, and says so.
    expect(text.sum('negawatt_host_energy_source_info', { source: 'model', quality: 'estimated' })).toBe(1);

    healed = true;
    await live(70);
    expect(agent.log.filter(({ source }) => source === 'rapl').map(({ state }) => state)).toEqual([
      'unreadable',
      'up',
    ]);
    const before = agent.total('hw_energy_joules_total', { hw_id: 'package-0' });
    await live(60);
    const after = await scrape(agent);
    expect(after.value('hw_energy_joules_total{hw_id="package-0",hw_type="cpu"}') - before).toBeCloseTo(
      60 * 50,
      3,
    );
    expect(after.value('negawatt_source_up{source="rapl"}')).toBe(1);
    expect(after.sum('negawatt_host_energy_source_info', { source: 'components' })).toBe(1);
    expect(after.value('negawatt_host_source_changes_total')).toBe(1);
    expect(after.value('negawatt_host_unmetered_seconds_total')).toBe(0);
  });
});

describe('case 4: the MMIO duplicate of a package', () => {
  test('is one series, does not double the host, and is named in the diagnosis', async () => {
    const agent = await start(laptopRapl());
    await agent.run(60, { zones: { 'intel-rapl:0': 12, 'intel-rapl-mmio:0': 12 }, busy: 2 });
    const text = await scrape(agent);
    const packages = text.series.filter(
      ({ name, labels }) => name === 'negawatt_rapl_energy_joules_total' && labels.domain === 'package',
    );
    expect(packages.map(({ value }) => value)).toEqual([12 * 60]);
    expect(text.sum('hw_energy_joules_total')).toBeCloseTo(12 * 60, 6);
    expect(text.value('hw_host_energy_joules_total')).toBeCloseTo(12 * 60, 6);
    expect(agent.status('rapl').why).toContain(
      'intel-rapl-mmio:0 repeats package-0 of intel-rapl:0: not counted',
    );
    expect(agent.log.find(({ source }) => source === 'rapl')?.why, 'from the first line on').toContain(
      'not counted',
    );
  });
});

describe('case 5: packages of two digits in directories of hexadecimal names', () => {
  const build = (directories: readonly [string, string]): FakeHost => {
    const host = createFakeHost();
    host.zone(directories[0], { name: 'package-10', energy: 7_000_000n });
    host.zone(`${directories[0]}:0`, { name: 'dram', energy: 7_000_000n });
    host.zone(directories[1], { name: 'package-15', energy: 7_000_000n });
    return host;
  };

  test.each([
    ['intel-rapl:a', 'intel-rapl:f'],
    ['intel-rapl:10', 'intel-rapl:2'],
  ] as const)('%s and %s are the sockets 10 and 15 that their names say', async (ten, fifteen) => {
    const agent = await start(build([ten, fifteen]));
    await agent.run(60, { zones: { [ten]: 40, [`${ten}:0`]: 5, [fifteen]: 60 }, busy: 4 });
    const text = await scrape(agent);
    for (const [series, watts] of [
      ['negawatt_rapl_energy_joules_total{package="10",domain="package"}', 40],
      ['negawatt_rapl_energy_joules_total{package="10",domain="dram"}', 5],
      ['negawatt_rapl_energy_joules_total{package="15",domain="package"}', 60],
      ['hw_energy_joules_total{hw_id="package-10",hw_type="cpu"}', 40],
      ['hw_energy_joules_total{hw_id="dram-10",hw_type="memory"}', 5],
      ['hw_energy_joules_total{hw_id="package-15",hw_type="cpu"}', 60],
      ['hw_host_energy_joules_total', 105],
    ] as const) {
      expect(text.value(series), series).toBeCloseTo(watts * 60, 6);
    }
  });
});

describe('case 6: psys together with packages', () => {
  test('the host total is psys alone while it contains its parts, and the packages once it does not', async () => {
    const agent = await start(psys());
    await agent.run(60, { zones: { 'intel-rapl:1': 20, 'intel-rapl:0': 12 }, busy: 2 });
    const first = await scrape(agent);
    expect(first.value('hw_host_energy_joules_total')).toBeCloseTo(20 * 60, 6);
    expect(first.value('negawatt_rapl_energy_joules_total{package="",domain="psys"}')).toBeCloseTo(
      20 * 60,
      6,
    );
    expect(first.sum('hw_energy_joules_total')).toBeCloseTo(12 * 60, 6);
    expect(first.sum('negawatt_host_energy_source_info', { source: 'psys' })).toBe(1);

    await agent.run(60, { zones: { 'intel-rapl:1': 3, 'intel-rapl:0': 12 }, busy: 2 });
    const second = await scrape(agent);
    expect(second.value('hw_host_energy_joules_total')).toBeCloseTo(20 * 60 + 12 * 60, 6);
    expect(second.sum('negawatt_host_energy_source_info', { source: 'components' })).toBe(1);
    expect(second.value('negawatt_host_source_changes_total')).toBe(1);
    expect(second.sum('negawatt_workload_energy_joules_total')).toBeCloseTo(
      second.value('hw_host_energy_joules_total'),
      6,
    );
  });
});

describe('case 18: two replicas that scrape 2 s apart within a tick', () => {
  /** Calls that read files of the host, counted; `restore` puts the originals back. */
  const countReads = (): { readonly count: () => number; readonly restore: () => void } => {
    let count = 0;
    const names = [
      'readSync',
      'readvSync',
      'read',
      'openSync',
      'open',
      'readFileSync',
      'readFile',
      'readdirSync',
      'readdir',
    ] as const;
    const originals = names.map((name) => [name, fs[name]] as const);
    for (const [name, original] of originals) {
      Object.assign(fs, {
        [name]: (...parameters: unknown[]) => {
          count += 1;
          return Reflect.apply(original, fs, parameters);
        },
      });
    }
    syncBuiltinESMExports();
    return {
      count: () => count,
      restore: () => {
        Object.assign(fs, Object.fromEntries(originals));
        syncBuiltinESMExports();
      },
    };
  };

  test('see identical bytes, and no sensor is read for them', async () => {
    const agent = await start(twoSocketDram());
    const zones = { 'intel-rapl:0': 90, 'intel-rapl:0:0': 10, 'intel-rapl:1': 80, 'intel-rapl:1:0': 10 };
    const load = { zones, busy: 20 };
    await agent.run(60, load);
    const reads = countReads();
    try {
      await agent.wait(1, load);
      const one = await agent.metrics();
      await agent.wait(2, load);
      const two = await agent.metrics();
      // The fixture itself reads the files that it makes grow: what counts is what the scrapes add to that.
      const before = reads.count();
      const bodies = await Promise.all(Array.from({ length: 20 }, () => agent.metrics()));
      expect(reads.count() - before).toBe(0);
      expect(two).toBe(one);
      expect(new Set(bodies)).toEqual(new Set([one]));
      await agent.wait(2, load);
      const untilTick = reads.count();
      await agent.tick();
      expect(reads.count(), 'the count sees the reads of a tick').toBeGreaterThan(untilTick + 4);
      const next = readExposition(await agent.metrics());
      expect(next.value('hw_host_power_watts'), 'power windows do not depend on scrapes').toBeCloseTo(190, 6);
      expect(next.value('hw_host_energy_joules_total')).toBeCloseTo(190 * 65, 6);
    } finally {
      reads.restore();
    }
  });
});

describe('elsewhere than on Linux', () => {
  test('the CPU time of the operating system and the model book energy that is marked as estimated', async () => {
    const inventory = {
      hostName: 'mac',
      cpuVendor: 'GenuineIntel',
      cpuModel: 'Intel(R) Core(TM) i7-8850H CPU @ 2.60GHz',
      cpuFamily: 6,
      cpuModelNumber: 158,
      cpuStepping: 10,
      threads: 12,
    };
    const agent = await start(createFakeHost(), { platform: 'darwin', inventory });
    expect(agent.sampler.statuses().map(({ source, state }) => [source, state])).toEqual([
      ['os', 'up'],
      ['model', 'up'],
    ]);
    for (let tick = 0; tick < 12; tick += 1) {
      // This machine's own CPU times must move; they count in hundredths of a second.
      const { user } = process.cpuUsage();
      while (process.cpuUsage().user - user < 30_000) for (let i = 0; i < 1e6; i += 1) Math.sqrt(i);
      await agent.run(5);
    }
    const text = await scrape(agent);
    const energy = text.value('hw_host_energy_joules_total');
    const reads = agent.snapshots.at(-1)!.view.sample.meters[0]!.reads;
    const points = reads.as === 'curve' ? reads.curve.points : [];
    expect(energy, 'the work above drew more than idling does').toBeGreaterThan(points[0]!.power * 60);
    expect(energy).toBeLessThanOrEqual(points.at(-1)!.power * 60 * (1 + 1e-9));
    expect(text.sum('negawatt_host_energy_source_info', { source: 'model', quality: 'estimated' })).toBe(1);
    expect(text.value('negawatt_host_power_error_ratio')).toBeGreaterThan(0);
    expect(text.sum('negawatt_workload_energy_joules_total')).toBeCloseTo(energy, 6);
    expect(text.sum('system_cpu_time_seconds_total')).toBeGreaterThan(0);
    expect(text.value('negawatt_source_info{source="model",reason="up",quality="estimated"}')).toBe(1);
  });
});
