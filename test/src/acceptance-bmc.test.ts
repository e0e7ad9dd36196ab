/** Case 12 of the power reference, from a BMC's answers over HTTP to the text of a scrape. */
import { afterEach, describe, expect, test } from 'vitest';
import { type InProcessAgent, startAgent } from '../fixtures/agent-in-process.ts';
import { readExposition } from '../fixtures/exposition.ts';
import {
  type FakeBmc,
  metricsOf,
  newerTree,
  olderPower,
  olderTree,
  startBmc,
  type Tree,
  UUID,
} from '../fixtures/fake-bmc.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { fakeProgram, printing } from '../fixtures/fake-program.ts';
import { twoSocketDram } from '../fixtures/hosts.ts';

const hosts: FakeHost[] = [];
const agents: InProcessAgent[] = [];
const bmcs: FakeBmc[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  for (const bmc of bmcs.splice(0)) await bmc.close();
  for (const host of hosts.splice(0)) host.dispose();
});

const start = async (tree: Tree, prepare: (host: FakeHost) => void = () => {}) => {
  const bmc = await startBmc(tree);
  bmcs.push(bmc);
  const host = twoSocketDram();
  hosts.push(host);
  host.write('sys/class/dmi/id/product_uuid', UUID.toUpperCase());
  prepare(host);
  const flags = { 'sources.redfish.url': bmc.url, 'sources.redfish.auth': 'none' };
  const agent = await startAgent(host, { flags });
  agents.push(agent);
  return { agent, bmc, host };
};

/** Watts that each host meter of the BMC showed last, by domain and id. */
const metersOf = (agent: InProcessAgent): Record<string, number> => {
  const { placed, state } = agent.snapshots.at(-1)!.view.metered;
  return Object.fromEntries(
    placed
      .filter(({ meter }) => meter.source === 'redfish')
      .map(({ meter }) => [`${meter.domain} ${meter.id}`, state.meters.powers.get(meter.id)?.power ?? -1]),
  );
};
/** 12 W of processors and memory, on two sockets. */
const load = {
  zones: { 'intel-rapl:0': 7, 'intel-rapl:0:0': 1, 'intel-rapl:1': 3, 'intel-rapl:1:0': 1 },
  busy: 2,
};

describe('case 12: two PowerControl members, and a supply on standby that draws 25 W', () => {
  const older = olderTree();
  const newer = newerTree(
    [
      // Its Metrics link is dead, its readings are in the supply itself.
      { resource: { PowerInputWatts: 268, PowerOutputWatts: 245 } },
      { metrics: metricsOf(25, 0) },
    ],
    {},
  );
  const both: Tree = { ...newer, '/redfish/v1/Chassis/1/Power': olderPower() };
  Object.assign(both['/redfish/v1/Chassis/1']!, {
    Power: { '@odata.id': '/redfish/v1/Chassis/1/Power/' },
  });
  both['/redfish/v1/Chassis/1/Power/'] = { PowerControl: olderPower().PowerControl };

  test.each([
    ['in the older tree', older],
    ['in the newer tree, with a dead Metrics link', both],
  ])(
    '%s the host draws its 293 W of input; its own member, the other and the output stand apart',
    async (_, tree) => {
      const { agent, bmc } = await start(tree);
      await agent.run(180, load);
      expect(agent.status('redfish')).toMatchObject({ state: 'up', quality: 'derived' });
      expect(metersOf(agent)).toEqual({
        'platform_in redfish-platform-in': 293,
        'platform redfish-platform': 344,
        'platform_out redfish-platform-out': 245,
        'unknown redfish-control-1': 45,
      });
      const text = readExposition(await agent.metrics());
      expect(text.value('hw_host_power_watts')).toBeCloseTo(293, 6);
      expect(text.sum('negawatt_host_energy_source_info', { source: 'platform_in', complete: 'true' })).toBe(
        1,
      );
      const energy = text.value('hw_host_energy_joules_total');
      expect(energy / 293).toBeGreaterThan(160);
      expect(energy / 293).toBeLessThanOrEqual(180 + 1e-6);
      expect(text.value('negawatt_host_unmetered_seconds_total')).toBe(0);
      expect(text.value('negawatt_host_source_changes_total')).toBe(0);
      // Processors are a part of it; what they do not explain is the rest of the host.
      expect(text.value('hw_energy_joules_total{hw_id="package-0",hw_type="cpu"}')).toBeCloseTo(7 * 180, 6);
      expect(text.sum('negawatt_workload_energy_joules_total')).toBeGreaterThan(energy * 0.98);
      expect(
        bmc.requests.filter((one) => one.endsWith('/0/Metrics')).length,
        'a dead link is asked once',
      ).toBeLessThanOrEqual(1);
      expect(bmc.atOnce()).toBe(1);
      expect(bmc.connections(), 'the connection is kept').toBe(1);
    },
  );
});

test('a host with DCMI, an ACPI meter and a BMC counts one of them, and shows how the others compare', async () => {
  const { agent } = await start(
    olderTree({ PowerControl: olderPower().PowerControl.slice(0, 1) }),
    (host) => {
      host.write('dev/ipmi0', '');
      fakeProgram(
        host,
        'usr/bin/ipmitool',
        printing('  Instantaneous power reading:  350 Watts\n  Power reading state is:  activated'),
      );
      host.chip(0, 'LNXSYSTM:00/ACPI000D:00', {
        name: 'power_meter',
        power1_average: '330000000',
        power1_average_interval: '1000',
        power1_is_battery: '0',
      });
    },
  );
  await agent.run(600, load);
  const text = readExposition(await agent.metrics());
  expect(text.value('hw_host_power_watts')).toBeCloseTo(344, 6);
  expect(text.value('hw_host_energy_joules_total') / 600).toBeGreaterThan(335);
  expect(text.value('hw_host_energy_joules_total') / 600).toBeLessThanOrEqual(344 + 1e-6);
  const drift = (labels: Record<string, string>): number =>
    text.series.find(
      ({ name, labels: has }) =>
        name === 'negawatt_meter_drift_ratio' &&
        Object.entries(labels).every(([key, value]) => has[key] === value),
    )!.value;
  expect(drift({ meter: 'platform/redfish', against: 'platform/ipmi' })).toBeCloseTo(344 / 350, 6);
  expect(drift({ meter: 'components', against: 'platform/redfish' })).toBeCloseTo(12 / 344, 6);
});

test('a supply that tells nothing for a while makes the total incomplete: the next meter gives it, none too small', async () => {
  const power = olderPower();
  const { agent } = await start(olderTree(power));
  await agent.run(60, load);
  power.PowerSupplies[0]!.PowerInputWatts = null;
  await agent.run(120, load);
  expect(agent.status('redfish').why).toContain('a supply does not tell its input');
  expect(agent.snapshots.at(-1)!.view.metered.state.host).toMatchObject({ candidate: 'platform/redfish' });
  for (const { powers } of agent.snapshots)
    if (powers.host !== undefined) expect(powers.host).toBeGreaterThan(292);
  power.PowerSupplies[0]!.PowerInputWatts = 268;
  await agent.run(60, load);
  expect(agent.snapshots.at(-1)!.view.metered.state.host).toMatchObject({ candidate: 'platform_in/redfish' });
  expect(agent.total('negawatt_host_unmetered_seconds_total')).toBe(0);
});

describe('the energy counter of a chassis', () => {
  /** Watts that the counter and the power reading show; kWh grow with the host's time, in steps of `unit`. */
  const run = async (unit: number) => {
    const environment = { PowerWatts: { Reading: 280 }, EnergykWh: { Reading: 100 } };
    const { agent } = await start(newerTree([], environment));
    for (let passed = 0; passed < 300; passed += 5) {
      environment.EnergykWh.Reading = 100 + Math.floor((300 * passed) / 3_600_000 / unit) * unit;
      await agent.run(5, load);
    }
    return agent;
  };

  test('that moves at least once a minute is taken in place of its watts', async () => {
    const agent = await run(0.0001);
    expect(agent.snapshots.at(-1)!.view.metered.state.host).toMatchObject({
      candidate: 'platform/redfish/counter',
      quality: 'measured',
    });
    expect(agent.snapshots.at(-1)!.powers.host).toBeGreaterThan(285);
    expect(agent.total('negawatt_host_source_changes_total')).toBe(0);
    expect(agent.total('negawatt_host_unmetered_seconds_total')).toBe(0);
    const energy = agent.total('hw_host_energy_joules_total');
    expect(energy).toBeGreaterThan(280 * 240);
    expect(energy).toBeLessThan(302 * 300);
  });

  test('that moves more seldom is not', async () => {
    const agent = await run(0.01);
    expect(agent.snapshots.at(-1)!.view.metered.state.host).toMatchObject({ candidate: 'platform/redfish' });
    expect(agent.snapshots.at(-1)!.powers.host).toBeCloseTo(280, 6);
  });
});

test('a BMC that hangs fails with the reason, is left in peace, and the host goes on by its other meters', async () => {
  const { agent, bmc } = await start(olderTree());
  await agent.run(60, load);
  const power = bmc.tree['/redfish/v1/Chassis/1/Power']!;
  bmc.tree['/redfish/v1/Chassis/1/Power'] = () => {};
  const polls = () => bmc.requests.filter((one) => one.endsWith('/Power')).length;
  const before = polls();
  agent.hung = 1;
  await agent.run(300, load);
  expect(agent.status('redfish')).toMatchObject({
    state: 'failing',
    why: `${bmc.url} gave no answer within 10 s`,
    fix: expect.stringContaining('restart the BMC'),
  });
  expect(agent.log.filter(({ source }) => source === 'redfish').map(({ state }) => state)).toEqual([
    'up',
    'failing',
  ]);
  expect(polls() - before).toBeLessThanOrEqual(7);
  expect(agent.snapshots.at(-1)!.view.metered.state.host.source).toBe('components');
  expect(agent.total('hw_energy_joules_total', { hw_id: 'package-0' })).toBeCloseTo(7 * 360, 6);
  const text = readExposition(await agent.metrics());
  expect(text.value('negawatt_source_up{source="redfish"}')).toBe(0);
  expect(text.value('hw_host_power_watts')).toBeCloseTo(12, 6);

  bmc.tree['/redfish/v1/Chassis/1/Power'] = power;
  await agent.run(90, load);
  agent.hung = 0;
  await agent.run(60, load);
  expect(agent.status('redfish').state).toBe('up');
  expect(agent.snapshots.at(-1)!.powers.host).toBeCloseTo(293, 6);
});
