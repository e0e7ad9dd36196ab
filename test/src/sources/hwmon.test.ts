import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { place } from '../../../src/energy/containment.ts';
import type { Meter } from '../../../src/model/meter.ts';
import type { OpenSource, SampleDraft } from '../../../src/model/source.ts';
import { SourceError } from '../../../src/model/source-error.ts';
import { hwmonSource } from '../../../src/sources/hwmon.ts';
import type { HwmonOptions } from '../../../src/sources/hwmon-options.ts';
import { createFakeHost, type FakeHost, fakeClock } from '../../fixtures/fake-host.ts';
import { containers200gpus8, grace, hwmonOnly, laptopRapl } from '../../fixtures/hosts.ts';

const hosts: FakeHost[] = [];
const opened: OpenSource[] = [];
const use = (host: FakeHost): FakeHost => {
  hosts.push(host);
  return host;
};
const FAST: HwmonOptions = { interval: 0.02, channels: [] };
const open = async (host: FakeHost, options = FAST, clock = fakeClock()): Promise<OpenSource> => {
  const result = await hwmonSource(options).open(host.paths, clock);
  if (!result.found) throw new Error(result.reason);
  opened.push(result.value);
  return result.value;
};
const read = (source: OpenSource): SampleDraft & { error?: SourceError } => {
  const draft: SampleDraft = { meters: [], readings: [] };
  try {
    source.read(draft);
    return draft;
  } catch (error) {
    if (error instanceof SourceError) return { ...draft, error };
    throw error;
  }
};
/** Reads until there is a reading that the test asks for: readings arrive on the source's own clock. */
const eventually = <T>(source: OpenSource, look: (draft: ReturnType<typeof read>) => T): Promise<T> =>
  vi.waitFor(() => look(read(source)), { timeout: 10_000, interval: 5 });
const meters = async (host: FakeHost, options = FAST): Promise<readonly Meter[]> =>
  read(await open(host, options)).meters;

afterEach(() => {
  for (const source of opened.splice(0)) source.close();
  for (const host of hosts.splice(0)) host.dispose();
});

test('an ACPI meter gives the whole platform, averaged, at its own interval', async () => {
  const host = use(hwmonOnly());
  host.attribute(0, 'power1_average_interval', '5000');
  const [meter] = await meters(host);
  expect(meter).toMatchObject({
    id: 'hwmon:power_meter:ACPI000D:00:power1',
    domain: 'platform',
    reads: { as: 'power' },
    quality: 'derived',
    ceiling: 20_000,
    interval: 5,
  });
});

test('readings arrive by themselves, with the time at which they were read', async () => {
  const source = await open(use(hwmonOnly()), FAST);
  const [reading] = await eventually(source, (draft) => {
    expect(draft.readings.length).toBeGreaterThan(0);
    return draft.readings;
  });
  expect(reading).toEqual({
    meter: 'hwmon:power_meter:ACPI000D:00:power1',
    at: 1000,
    microwatts: 350_000_000n,
  });
});

test('a meter of a battery is not the power of a server', async () => {
  const host = use(hwmonOnly());
  host.attribute(0, 'power1_is_battery', '1');
  expect(await hwmonSource(FAST).open(host.paths, fakeClock())).toMatchObject({
    found: false,
    reason: expect.stringContaining('hwmon'),
  });
});

test('eight boards are eight meters, known by their device and not by their number', async () => {
  const list = await meters(use(containers200gpus8()));
  expect(new Set(list.map(({ id }) => id)).size).toBe(8);
  expect(list.map(({ id }) => id)).toContain('hwmon:amdgpu:0000:03:00.0:power1');
  expect(new Set(list.map(({ domain }) => domain))).toEqual(new Set(['gpu']));
  const moved = use(createFakeHost());
  moved.chip(17, 'pci0000:00/0000:03:00.0', { name: 'amdgpu', power1_average: '1' });
  expect((await meters(moved))[0]?.id).toBe('hwmon:amdgpu:0000:03:00.0:power1');
});

test('a counter is taken before an average, an average before an instant', async () => {
  const host = use(createFakeHost());
  host.chip(0, 'a', {
    name: 'x',
    energy1_input: '500000000',
    power1_average: '1',
    power1_input: '2',
    power2_average: '3',
    power2_input: '4',
    power3_input: '5',
  });
  const source = await open(host);
  const readings = await eventually(source, (draft) => {
    expect(draft.readings).toHaveLength(3);
    return draft.readings;
  });
  expect(
    readings.map((reading) => ('microjoules' in reading ? reading.microjoules : reading.microwatts)),
  ).toEqual([500_000_000n, 3n, 5n]);
});

test('a channel that is switched off is absent', async () => {
  const host = use(createFakeHost());
  host.chip(0, 'a', {
    name: 'x',
    power1_input: '1',
    power1_enable: '1',
    power2_input: '2',
    power2_enable: '0',
  });
  expect((await meters(host)).map(({ id }) => id)).toEqual(['hwmon:x:a:power1']);
});

test('the core of a processor lies within its package: 45 W, not 60 W', async () => {
  const host = use(createFakeHost());
  host.chip(0, 'pci0000:00/0000:00:18.3', {
    name: 'k10temp',
    power1_input: '45000000',
    power1_label: 'Package',
    power2_input: '15000000',
    power2_label: 'Core',
  });
  const [whole, part] = await meters(host);
  expect(whole).toMatchObject({ domain: 'package' });
  expect(whole).not.toHaveProperty('within');
  expect(part).toMatchObject({ domain: 'core', within: whole?.id });
});

test('the rails of Grace lie inside each other', async () => {
  const host = use(createFakeHost());
  const rails = [
    'Module Power Socket 0',
    'Grace Power Socket 0',
    'CPU Power Socket 0',
    'SysIO Power Socket 0',
  ];
  rails.forEach((rail, i) => {
    host.chip(i, `ACPI000D:0${i}`, { name: 'power_meter', power1_average: '1000000', power1_oem_info: rail });
  });
  const list = await meters(host);
  const byDomain = (domain: string) => list.find((meter) => meter.domain === domain);
  expect(byDomain('package')?.within).toBe(byDomain('module')?.id);
  expect(byDomain('core')?.within).toBe(byDomain('package')?.id);
  expect(byDomain('uncore')?.within).toBe(byDomain('package')?.id);
});

test('rails of eight ACPI meters on two Grace Hopper are two modules, with all else inside them', async () => {
  const list = await meters(use(grace()));
  const parts = place(list).filter(({ role }) => role === 'component');
  expect(list).toHaveLength(8);
  expect(parts.map(({ meter: { domain, socket } }) => [domain, socket])).toEqual([
    ['module', 0],
    ['module', 1],
  ]);
});

test('Grace without a module rail is its packages', async () => {
  const host = use(grace());
  for (const index of [0, 4]) host.remove(`sys/class/hwmon/hwmon${index}`);
  const parts = place(await meters(host)).filter(({ role }) => role === 'component');
  expect(parts.map(({ meter: { domain, socket } }) => [domain, socket])).toEqual([
    ['package', 0],
    ['package', 1],
  ]);
});

test('an Ampere processor gives its CPU rail as the package; its I/O rail is shown and not summed', async () => {
  const host = use(createFakeHost());
  host.chip(0, 'APMC0D29:00', {
    name: 'apm_xgene',
    power1_input: '90000000',
    power1_label: 'CPU power',
    power2_input: '15000000',
    power2_label: 'IO power',
  });
  expect((await meters(host)).map(({ label, domain }) => [label, domain])).toEqual([
    ['apm_xgene CPU power', 'package'],
    ['apm_xgene IO power', 'unknown'],
  ]);
});

test.each([
  ['has the channel of one', { in1_label: 'vddnb' }, '0x1638'],
  ['is an MI300A', {}, '0x74a0'],
])('an AMD GPU inside a processor, which %s, meters the socket and yields to RAPL', async (_, files, id) => {
  const host = use(createFakeHost());
  host.write('sys/devices/pci0000:00/0000:04:00.0/device', id);
  host.chip(0, 'pci0000:00/0000:04:00.0', { name: 'amdgpu', power1_input: '15000000', ...files });
  expect((await meters(host))[0]).toMatchObject({ domain: 'module', yieldsTo: ['package'] });
});

test('supplies are told apart from voltage regulators that have the same labels', async () => {
  const host = use(createFakeHost());
  const labels = { power1_input: '1', power1_label: 'pin', power2_input: '1', power2_label: 'pout1' };
  host.chip(0, 'i2c-3/3-0058', { name: 'cffps1', ...labels });
  host.chip(1, 'i2c-4/4-0060', { name: 'tps53679', ...labels });
  expect((await meters(host)).map(({ domain }) => domain)).toEqual([
    'platform_in',
    'platform_out',
    'unknown',
    'unknown',
  ]);
});

test('the out-of-tree energy driver of AMD repeats the package and is never summed', async () => {
  const host = use(createFakeHost());
  host.chip(0, 'amd_energy.0', {
    name: 'amd_energy',
    energy1_input: '5',
    energy1_label: 'Ecore000',
    energy2_input: '9',
    energy2_label: 'Esocket0',
  });
  expect((await meters(host)).map(({ label, domain }) => [label, domain])).toEqual([
    ['amd_energy Esocket0', 'unknown'],
  ]);
});

test('an unknown chip counts for nothing until the operator says what it meters', async () => {
  const host = use(createFakeHost());
  host.chip(0, 'i2c-1/1-0040', { name: 'ina226', power1_input: '12000000' });
  expect((await meters(host))[0]?.domain).toBe('unknown');
  const rules = [{ chip: 'ina226', channel: 'power1', domain: 'wall' as const }];
  expect((await meters(host, { ...FAST, channels: rules }))[0]?.domain).toBe('wall');
});

test('old drivers keep their files in the folder of the device', async () => {
  const host = use(createFakeHost());
  host.write('sys/devices/ACPI000D:00/name', 'power_meter');
  host.write('sys/devices/ACPI000D:00/power1_average', '350000000');
  host.link('sys/class/hwmon/hwmon0/device', '../../../devices/ACPI000D:00');
  expect((await meters(host))[0]).toMatchObject({
    id: 'hwmon:power_meter:ACPI000D:00:power1',
    domain: 'platform',
  });
});

test('a chip without a name or device is known by its folder', async () => {
  const host = use(createFakeHost());
  host.write('sys/class/hwmon/hwmon4/power1_input', '35000000');
  expect((await meters(host))[0]?.id).toBe('hwmon:hwmon4:hwmon4:power1');
});

test('a sleeping GPU is not woken', async () => {
  const host = use(createFakeHost());
  host.chip(0, 'pci0000:00/0000:03:00.0', { name: 'amdgpu', power1_average: '300000000' });
  host.write('sys/devices/pci0000:00/0000:03:00.0/power/runtime_status', 'suspended');
  const source = await open(host);
  host.chip(1, 'x', { name: 'x', power1_input: '1' });
  const other = await open(host);
  // The second chip has answered a few rounds: so has the sleeping one, without a reading.
  for (let round = 0; round < 3; round += 1) {
    const seen = await eventually(other, (draft) => {
      expect(draft.readings.length).toBeGreaterThan(0);
      return draft.readings;
    });
    expect(seen.every(({ meter }) => meter.startsWith('hwmon:x:'))).toBe(true);
  }
  expect(read(source).readings).toEqual([]);
  host.write('sys/devices/pci0000:00/0000:03:00.0/power/runtime_status', 'active');
  await eventually(source, (draft) => expect(draft.readings.length).toBeGreaterThan(0));
});

test('the raw value of a sentinel is passed on for the core to drop', async () => {
  const host = use(hwmonOnly());
  host.attribute(0, 'power1_average', '4294967295000');
  const source = await open(host);
  await eventually(source, (draft) =>
    expect(draft.readings[0]).toMatchObject({ microwatts: 4_294_967_295_000n }),
  );
});

test('garbage of one chip is reported with its file while the others go on', async () => {
  const host = use(containers200gpus8());
  host.attribute(3, 'power1_average', 'N/A');
  const source = await open(host);
  await eventually(source, (draft) => {
    expect(draft.error?.message).toMatch(/power1_average: expected a number, found "N\/A"/);
    expect(draft.error?.fix).not.toBe('');
    expect(draft.readings.length).toBeGreaterThanOrEqual(7);
  });
});

test('a sensor that hangs neither blocks a tick nor piles up requests, and is failing after three intervals', async () => {
  const host = use(createFakeHost());
  host.chip(0, 'good', { name: 'good', power1_input: '7' });
  host.chip(1, 'dead', { name: 'dead', power1_input: '0' });
  const file = join(host.root, 'sys/devices/dead/hwmon/hwmon1/power1_input');
  host.remove('sys/devices/dead/hwmon/hwmon1/power1_input');
  // Opening a pipe that nobody writes to waits for ever, as a driver stuck in firmware does.
  execFileSync('mkfifo', [file]);
  const clock = fakeClock();
  const before = readdirSync('/proc/self/fd').length;
  const source = await open(host, FAST, clock);
  await eventually(source, (draft) =>
    expect(draft.readings).toContainEqual({ meter: 'hwmon:good:good:power1', at: 1000, microwatts: 7n }),
  );
  expect(read(source).error).toBeUndefined();
  clock.advance(10);
  const { error } = read(source);
  expect(error).toMatchObject({
    kind: 'retry',
    message: expect.stringMatching(/hwmon1\/power1_input: no answer for 10 s/),
  });
  expect(error?.fix).toContain('dmesg');
  for (let round = 0; round < 5; round += 1) {
    await eventually(source, (draft) => expect(draft.readings.length).toBeGreaterThan(0));
  }
  // One descriptor for the good chip; the dead one has one open call waiting, whatever time has passed.
  expect(readdirSync('/proc/self/fd').length - before).toBeLessThanOrEqual(2);
  source.close();
  closeSync(openSync(file, constants.O_WRONLY | constants.O_NONBLOCK));
  await vi.waitFor(() => expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before));
});

test('a laptop without such chips says so', async () => {
  const result = await hwmonSource(FAST).open(use(laptopRapl()).paths, fakeClock());
  expect(result).toMatchObject({ found: false, fix: expect.stringContaining('acpi_power_meter') });
});
