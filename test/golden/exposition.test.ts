/**
 * What a scrape of each kind of host gives, as a whole text beside this file, and its main figures worked out by hand.
 *
 * Each host has one quiet minute and one busy minute. Nothing in the text depends on the machine that runs the test:
 * the fixture holds the clocks, versions, start and hash, and what the agent itself uses, so no line is left out.
 * After an intended change: `npx vitest run test/golden --update`, then read the difference.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { pueOf } from '../../src/carbon/emissions.ts';
import type { CarbonInForce } from '../../src/carbon/in-force.ts';
import type { Factor } from '../../src/model/factor.ts';
import { type Activity, type InProcessAgent, startAgent } from '../fixtures/agent-in-process.ts';
import { readExposition } from '../fixtures/exposition.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import {
  cgroupHybrid,
  cgroupV1,
  cgroupV2,
  cray,
  GRACE_RAILS,
  grace,
  growCray,
  hwmonOnly,
  laptopRapl,
  psys,
  twoSocketDram,
  vmWithoutMeter,
} from '../fixtures/hosts.ts';
import { row } from '../src/carbon/rows.ts';

const MINUTE = 60;
const container = '1'.padStart(64, '0');

interface Minute extends Activity {
  /** µW of the ACPI meter. */
  readonly acpi?: string;
  /** Watts by file of a Cray node. */
  readonly node?: Readonly<Record<string, number>>;
}

interface Scenario {
  readonly name: string;
  readonly build: () => FakeHost;
  readonly quiet: Minute;
  readonly busy: Minute;
  /** Joules of the host, and of its idle floor. */
  readonly host: number;
  readonly fixed?: number;
  /** Series of the text, to their values. */
  readonly series: Readonly<Record<string, number>>;
  readonly carbon?: CarbonInForce;
}

type Zones = NonNullable<Activity['zones']>;
const sockets = (first: number, second: number, dram: number): Zones => ({
  'intel-rapl:0': first,
  'intel-rapl:0:0': dram,
  'intel-rapl:1': second,
  'intel-rapl:1:0': dram,
});
/** Package, core and uncore of the laptop, and the repetition that must not count. */
const laptop = (watts: number): Zones => ({
  'intel-rapl:0': watts,
  'intel-rapl:0:0': watts - 3,
  'intel-rapl:0:1': 0.5,
  'intel-rapl-mmio:0': watts,
});
/** Idle power over power at a load, on the straight line between a family's two published points. */
const idleShare = (idle: number, full: number, load: number): number => idle / (idle + load * (full - idle));
/** Ice Lake, W/socket; Coffee Lake and Altra, W/thread: what the quiet minute is brought down by. */
const DRAM_FLOOR = 10 * idleShare(66.5, 311.5, 2 / 128);
const PSYS_REST_FLOOR = (9 - 4) * idleShare(1.138, 5.422, 0.2 / 8);
const ACPI_FLOOR = 350 * idleShare(0.617, 1.922, 0.2 / 8);
/** 12 % of the laptop's 15 W: the floor until a minute below it is seen. */
const LAPTOP_FLOOR = 0.12 * 15;
const LAPTOP_STATIC = LAPTOP_FLOOR * 2 * MINUTE;
const QUIET_DYNAMIC = (4 - LAPTOP_FLOOR) * MINUTE;
const BUSY_DYNAMIC = (14 - LAPTOP_FLOOR) * MINUTE;

const energyRow = (workload: string, kind: string, resource: string, part = 'dynamic'): string =>
  `negawatt_workload_energy_joules_total{workload="${workload}",kind="${kind}",class="unclassified",resource="${resource}",part="${part}"}`;
const cpuRow = (workload: string, kind: string): string =>
  `negawatt_workload_cpu_seconds_total{workload="${workload}",kind="${kind}",class="unclassified"}`;
const component = (id: string, type: string): string =>
  `hw_energy_joules_total{hw_id="${id}",hw_type="${type}"}`;
const rapl = (socket: string, domain: string): string =>
  `negawatt_rapl_energy_joules_total{package="${socket}",domain="${domain}"}`;
const source = (name: string, quality: string, complete: boolean): string =>
  `negawatt_host_energy_source_info{source="${name}",quality="${quality}",complete="${complete}"}`;

const PACKAGES = component('package-0', 'cpu');
const IDLE = (resource: string): string => energyRow('idle', 'idle', resource, 'static_share');
const OTHER = (resource: string): string => energyRow('other', 'other', resource);

const factor = (method: Factor['method'], basis: 'direct' | 'residual', value: number): Factor => ({
  id: `DE/${basis}/2023`,
  method,
  row: row({ basis, value }),
  status: 'official',
  provider: 'test',
});
const PUE = pueOf(1.25);
const CARBON: CarbonInForce = {
  zone: 'DE',
  location: factor('location', 'direct', 400),
  market: factor('market', 'residual', 500),
  pue: PUE.found ? PUE.value : undefined,
  example: false,
  problems: [],
};

/** 0.05 + 0.1 of 0.2 busy processors, then 2 + 1 of 4. */
const V1_QUIET = { [`/docker/${container}`]: 0.05, '/slurm/uid_1000/job_42': 0.1 };
const V1_BUSY = { [`/docker/${container}`]: 2, '/slurm/uid_1000/job_42': 1 };
const V1: Omit<Scenario, 'name' | 'build'> = {
  quiet: { zones: laptop(4), busy: 0.2, groups: V1_QUIET },
  busy: { zones: laptop(14), busy: 4, groups: V1_BUSY },
  host: 4 * MINUTE + 14 * MINUTE,
  fixed: LAPTOP_STATIC,
  series: {
    [PACKAGES]: 4 * MINUTE + 14 * MINUTE,
    [cpuRow(container, 'container')]: 2.05 * MINUTE,
    [cpuRow('slurm/uid_1000/job_42', 'cgroup')]: 1.1 * MINUTE,
    [energyRow(container, 'container', 'cpu')]: QUIET_DYNAMIC * (0.05 / 0.2) + BUSY_DYNAMIC * (2 / 4),
    [energyRow('slurm/uid_1000/job_42', 'cgroup', 'cpu')]:
      QUIET_DYNAMIC * (0.1 / 0.2) + BUSY_DYNAMIC * (1 / 4),
    [OTHER('cpu')]: QUIET_DYNAMIC * (0.05 / 0.2) + BUSY_DYNAMIC * (1 / 4),
    [IDLE('cpu')]: LAPTOP_STATIC,
    'negawatt_workloads{state="exported"}': 2,
  },
};

/** Watts of a Cray node; 200 W of it are neither processor nor memory nor accelerator. */
const crayNode = (cpu: number, memory: number, accelerator: number) => ({
  energy: cpu + memory + 4 * accelerator + 200,
  cpu_energy: cpu,
  memory_energy: memory,
  accel0_energy: accelerator,
  accel1_energy: accelerator,
  accel2_energy: accelerator,
  accel3_energy: accelerator,
});
const MODULES = 2 * GRACE_RAILS.Module * 2 * MINUTE;

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'laptop-rapl',
    build: laptopRapl,
    quiet: { zones: laptop(4), busy: 0.2 },
    busy: { zones: laptop(14), busy: 4 },
    host: 4 * MINUTE + 14 * MINUTE,
    fixed: LAPTOP_STATIC,
    series: {
      [PACKAGES]: 4 * MINUTE + 14 * MINUTE,
      [rapl('0', 'package')]: 4 * MINUTE + 14 * MINUTE,
      [rapl('0', 'core')]: 1 * MINUTE + 11 * MINUTE,
      [rapl('0', 'uncore')]: 0.5 * 2 * MINUTE,
      hw_host_power_watts: 14,
      [OTHER('cpu')]: QUIET_DYNAMIC + BUSY_DYNAMIC,
      [IDLE('cpu')]: LAPTOP_STATIC,
      [source('components', 'derived', false)]: 1,
      // 10 ms of its own in each second, of 0.2 s and of 4 s that were busy.
      negawatt_self_energy_joules_total: QUIET_DYNAMIC * (0.01 / 0.2) + BUSY_DYNAMIC * (0.01 / 4),
    },
  },
  {
    name: 'two-socket-dram',
    build: twoSocketDram,
    quiet: { zones: sockets(60, 50, 10), busy: 2 },
    busy: { zones: sockets(160, 130, 20), busy: 100 },
    host: (60 + 50 + 2 * 10) * MINUTE + (160 + 130 + 2 * 20) * MINUTE,
    // 12 % of 205 W a package; DRAM by the shape of the host's curve, from its calmest minute.
    fixed: 2 * 0.12 * 205 * 2 * MINUTE + 2 * DRAM_FLOOR * 2 * MINUTE,
    series: {
      [PACKAGES]: (60 + 160) * MINUTE,
      [component('package-1', 'cpu')]: (50 + 130) * MINUTE,
      [component('dram-0', 'memory')]: (10 + 20) * MINUTE,
      [component('dram-1', 'memory')]: (10 + 20) * MINUTE,
      'hw_power_watts{hw_id="dram-1",hw_type="memory"}': 20,
      [IDLE('cpu')]: 2 * 0.12 * 205 * 2 * MINUTE,
      [IDLE('memory')]: 2 * DRAM_FLOOR * 2 * MINUTE,
      [OTHER('memory')]: 2 * (10 + 20) * MINUTE - 2 * DRAM_FLOOR * 2 * MINUTE,
      // 27 600 J = 7.667 Wh; x PUE 1.25 = 9.583 Wh; at 0.4 and 0.5 g/Wh.
      'negawatt_emissions_location_grams_total{scope="2",part="operational",grid_zone="DE",factor="DE/direct/2023"}':
        (27_600 / 3600) * 1.25 * 0.4,
      'negawatt_emissions_market_grams_total{scope="2",part="operational",grid_zone="DE",factor="DE/residual/2023"}':
        (27_600 / 3600) * 1.25 * 0.5,
    },
    carbon: CARBON,
  },
  {
    name: 'psys',
    build: psys,
    quiet: { zones: { ...laptop(4), 'intel-rapl:1': 9 }, busy: 0.2 },
    busy: { zones: { ...laptop(14), 'intel-rapl:1': 25 }, busy: 4 },
    host: 9 * MINUTE + 25 * MINUTE,
    fixed: LAPTOP_STATIC + PSYS_REST_FLOOR * 2 * MINUTE,
    series: {
      [PACKAGES]: (4 + 14) * MINUTE,
      [rapl('', 'psys')]: (9 + 25) * MINUTE,
      [OTHER('other')]: (9 - 4 + 25 - 14) * MINUTE - PSYS_REST_FLOOR * 2 * MINUTE,
      [IDLE('other')]: PSYS_REST_FLOOR * 2 * MINUTE,
      hw_host_power_watts: 25,
      [source('psys', 'measured', false)]: 1,
    },
  },
  {
    name: 'hwmon-only',
    build: hwmonOnly,
    quiet: { acpi: '350000000', busy: 0.2 },
    busy: { acpi: '500000000', busy: 4 },
    // Read every second; between the last quiet and the first busy reading lies their mean.
    host: 350 * MINUTE + 425 + 500 * (MINUTE - 1),
    fixed: ACPI_FLOOR * 2 * MINUTE,
    series: {
      [OTHER('other')]: 350 * MINUTE + 425 + 500 * (MINUTE - 1) - ACPI_FLOOR * 2 * MINUTE,
      [IDLE('other')]: ACPI_FLOOR * 2 * MINUTE,
      hw_host_power_watts: 500,
      'negawatt_floor_watts{hw_id="rest",method="curve"}': ACPI_FLOOR,
      [source('platform', 'derived', true)]: 1,
    },
  },
  {
    name: 'vm-without-meter',
    build: vmWithoutMeter,
    quiet: { busy: 0.2 },
    busy: { busy: 3 },
    // Genoa, 4 threads x 0.276 W idle and 1.534 W at full load (SPECpower medians); 5 % and 75 % busy.
    host: (1.104 + 0.05 * 5.032) * MINUTE + (1.104 + 0.75 * 5.032) * MINUTE,
    fixed: 1.104 * 2 * MINUTE,
    series: {
      [OTHER('other')]: (0.05 + 0.75) * 5.032 * MINUTE,
      [IDLE('other')]: 1.104 * 2 * MINUTE,
      negawatt_host_power_error_ratio: 0.3,
      [source('model', 'estimated', true)]: 1,
    },
  },
  {
    name: 'cray',
    build: cray,
    quiet: { node: crayNode(90, 30, 90), busy: 2 },
    busy: { node: crayNode(260, 50, 400), busy: 100 },
    host: (90 + 30 + 4 * 90 + 200) * MINUTE + (260 + 50 + 4 * 400 + 200) * MINUTE,
    series: {
      [component('cray:cpu', 'cpu')]: (90 + 260) * MINUTE,
      [component('cray:memory', 'memory')]: (30 + 50) * MINUTE,
      [component('cray:accel3', 'gpu')]: (90 + 400) * MINUTE,
      hw_host_power_watts: 260 + 50 + 4 * 400 + 200,
      [source('platform', 'measured', true)]: 1,
    },
  },
  {
    name: 'grace',
    build: grace,
    quiet: { busy: 2 },
    busy: { busy: 100 },
    host: MODULES,
    series: {
      [component('hwmon:power_meter:ACPI000D:00:power1', 'cpu')]: MODULES / 2,
      [component('hwmon:power_meter:ACPI000D:04:power1', 'cpu')]: MODULES / 2,
      hw_host_power_watts: 2 * GRACE_RAILS.Module,
      [source('components', 'derived', false)]: 1,
    },
  },
  { name: 'cgroup-v1', build: cgroupV1, ...V1 },
  { name: 'cgroup-hybrid', build: cgroupHybrid, ...V1 },
  {
    name: 'cgroup-v2',
    build: cgroupV2,
    quiet: {
      zones: laptop(4),
      busy: 0.2,
      groups: {
        '/system.slice/nginx.service': 0.1,
        [`/system.slice/docker-${container}.scope`]: 0.05,
        '/user.slice': 0.05,
      },
    },
    busy: {
      zones: laptop(14),
      busy: 4,
      groups: {
        '/system.slice/nginx.service': 1,
        [`/system.slice/docker-${container}.scope`]: 2,
        '/user.slice': 0.5,
      },
    },
    host: 4 * MINUTE + 14 * MINUTE,
    fixed: LAPTOP_STATIC,
    series: {
      [cpuRow('system.slice/nginx.service', 'unit')]: 1.1 * MINUTE,
      [energyRow('system.slice/nginx.service', 'unit', 'cpu')]:
        QUIET_DYNAMIC * (0.1 / 0.2) + BUSY_DYNAMIC * (1 / 4),
      [energyRow(container, 'container', 'cpu')]: QUIET_DYNAMIC * (0.05 / 0.2) + BUSY_DYNAMIC * (2 / 4),
      [energyRow('user.slice', 'cgroup', 'cpu')]: QUIET_DYNAMIC * (0.05 / 0.2) + BUSY_DYNAMIC * (0.5 / 4),
      [OTHER('cpu')]: BUSY_DYNAMIC * (0.5 / 4),
      'negawatt_workloads{state="exported"}': 3,
    },
  },
];

const hosts: FakeHost[] = [];
const agents: InProcessAgent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  for (const host of hosts.splice(0)) host.dispose();
});

const started = async ({ build, carbon }: Scenario): Promise<InProcessAgent> => {
  const host = build();
  hosts.push(host);
  const agent = await startAgent(host, carbon === undefined ? {} : { carbon });
  agents.push(agent);
  return agent;
};

const live = async (
  agent: InProcessAgent,
  { acpi, node, ...activity }: Minute,
  duration = MINUTE,
): Promise<void> => {
  if (acpi !== undefined) agent.host.attribute(0, 'power1_average', acpi);
  for (let passed = 0; passed < duration; passed += 5) {
    if (node !== undefined) growCray(agent.host, node, 5);
    await agent.run(5, activity);
  }
};

describe.each(SCENARIOS)('a scrape of $name', (scenario) => {
  test('is the golden text, and its figures are watts times seconds', async () => {
    const agent = await started(scenario);
    await live(agent, scenario.quiet);
    await live(agent, scenario.busy);
    const body = await agent.metrics();
    const text = readExposition(body);
    const { host, fixed } = scenario;

    for (const [series, value] of Object.entries({
      hw_host_energy_joules_total: host,
      ...(fixed === undefined
        ? {}
        : {
            negawatt_host_static_energy_joules_total: fixed,
            negawatt_host_dynamic_energy_joules_total: host - fixed,
          }),
      negawatt_host_powered_on_seconds_total: 2 * MINUTE,
      negawatt_host_unmetered_seconds_total: 0,
      negawatt_host_source_changes_total: 0,
      ...scenario.series,
    })) {
      expect(text.value(series), series).toBeCloseTo(value, 6);
    }
    expect(text.sum('negawatt_workload_energy_joules_total'), 'rows = host').toBeCloseTo(host, 6);
    expect(text.sum('negawatt_workload_energy_joules_total', { part: 'static_share' }), 'idle').toBeCloseTo(
      fixed ?? text.value('negawatt_host_static_energy_joules_total') ?? Number.NaN,
      6,
    );
    expect(text.sum('negawatt_meter_events_total'), 'events').toBe(0);
    expect(text.sum('negawatt_workload_emissions_grams_total'), 'grams of rows = grams of host').toBeCloseTo(
      text.sum('negawatt_emissions_location_grams_total'),
      9,
    );
    await expect(body).toMatchFileSnapshot(`${scenario.name}.prom`);
  });

  test('shows every counter of joules at 0 before its first joule, so that no increase is lost', async () => {
    const agent = await started(scenario);
    await live(agent, scenario.busy, 5);
    const text = readExposition(await agent.metrics());
    expect(agent.total('negawatt_workload_energy_joules_total')).toBeGreaterThan(0);
    const joules = text.series.filter(({ name }) => /_(joules|grams)_total$/.test(name));
    expect(joules.length).toBeGreaterThan(2);
    for (const { key, value } of joules) expect(value, key).toBe(0);
  });
});
