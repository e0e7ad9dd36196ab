import { afterEach, expect, test } from 'vitest';
import { quickInventory } from '../../../src/sources/inventory.ts';
import { fullInventory, type HardwareLibrary } from '../../../src/sources/inventory-full.ts';
import { createFakeHost, type FakeHost } from '../../fixtures/fake-host.ts';
import { hwmonOnly, twoSocketDram, vmWithoutMeter } from '../../fixtures/hosts.ts';

const hosts: FakeHost[] = [];
const use = (host: FakeHost): FakeHost => {
  hosts.push(host);
  return host;
};
const REAL = { procfs: '/proc', sysfs: '/sys', rootfs: '/' };

afterEach(() => {
  for (const host of hosts.splice(0)) host.dispose();
});

test('a two-socket server is known from its files at once', () => {
  const host = use(twoSocketDram());
  host.write('sys/class/dmi/id/sys_vendor', 'Acme Inc.');
  host.write('sys/class/dmi/id/product_name', 'Server 2000');
  expect(quickInventory(host.paths)).toEqual({
    hostName: 'fake',
    cpuModel: 'Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz',
    cpuVendor: 'GenuineIntel',
    cpuFamily: 6,
    cpuModelNumber: 106,
    cpuStepping: 6,
    sockets: 2,
    cores: 64,
    threads: 128,
    memory: 512 * 2 ** 30,
    product: 'Acme Inc. Server 2000',
  });
});

test('a guest is known by its flag, and by name where the firmware tells', () => {
  const host = use(vmWithoutMeter());
  expect(quickInventory(host.paths)).toMatchObject({ hypervisor: 'unknown', threads: 4 });
  host.write('sys/class/dmi/id/sys_vendor', 'QEMU');
  expect(quickInventory(host.paths).hypervisor).toBe('kvm');
});

test.each([
  ['Amazon EC2', 'c5.metal', undefined],
  ['Amazon EC2', 'm7g.large', 'amazon'],
  ['VMware, Inc.', 'VMware Virtual Platform', 'vmware'],
  ['Microsoft Corporation', 'Virtual Machine', 'hyper-v'],
  ['Dell Inc.', 'PowerEdge R750', undefined],
])('%s %s runs under %s', (vendor, product, hypervisor) => {
  const host = use(createFakeHost());
  host.write('sys/class/dmi/id/sys_vendor', vendor);
  host.write('sys/class/dmi/id/product_name', product);
  expect(quickInventory(host.paths).hypervisor).toBe(hypervisor);
});

test('an Arm server without a processor name is known by implementer and part', () => {
  expect(quickInventory(use(hwmonOnly()).paths)).toMatchObject({
    cpuVendor: 'ARM',
    cpuModelNumber: 0xd0c,
    threads: 1,
  });
});

test('a host without any file still has a name and invents nothing', () => {
  const host = use(createFakeHost());
  host.remove('proc');
  host.remove('sys');
  expect(Object.keys(quickInventory(host.paths))).toEqual(['hostName']);
});

const library =
  (change: Partial<HardwareLibrary> = {}): (() => Promise<HardwareLibrary>) =>
  async () =>
    ({
      cpu: async () => ({
        manufacturer: 'Intel',
        brand: 'Guess',
        vendor: 'Intel',
        processors: 2,
        physicalCores: 8,
        cores: 16,
      }),
      system: async () => ({ manufacturer: 'Acme', model: 'Server', virtual: true, virtualHost: 'KVM' }),
      osInfo: async () => ({ distro: 'Debian', release: '12' }),
      mem: async () => ({ total: 5 }),
      ...change,
    }) as unknown as HardwareLibrary;

test('the library fills what files did not tell and overrules none of them', async () => {
  const quick = { hostName: 'h', cpuModel: 'from the file', sockets: 1, hypervisor: 'unknown' };
  const full = await fullInventory(REAL, quick, { timeout: 5000, load: library() });
  expect(full).toEqual({
    found: true,
    value: {
      hostName: 'h',
      cpuModel: 'from the file',
      cpuVendor: 'Intel',
      sockets: 1,
      cores: 8,
      threads: 16,
      memory: 5,
      product: 'Acme Server',
      system: 'Debian 12',
      hypervisor: 'kvm',
    },
  });
});

test('a library that never answers is given up, with the reason', async () => {
  const load = library({ system: () => new Promise(() => {}) });
  expect(await fullInventory(REAL, { hostName: 'h' }, { timeout: 20, load })).toMatchObject({
    found: false,
    reason: expect.stringContaining('20 ms'),
  });
});

test('a library that fails does not fail the start', async () => {
  const load = async (): Promise<HardwareLibrary> => {
    throw new Error('no such package');
  };
  expect(await fullInventory(REAL, { hostName: 'h' }, { timeout: 5000, load })).toMatchObject({
    found: false,
    reason: expect.stringContaining('no such package'),
  });
});

test.runIf(process.platform === 'linux')(
  'the library is not asked about a host other than its own',
  async () => {
    const load = (): Promise<HardwareLibrary> => Promise.reject(new Error('was asked'));
    expect(
      await fullInventory(use(createFakeHost()).paths, { hostName: 'h' }, { timeout: 5000, load }),
    ).toMatchObject({
      found: false,
      reason: expect.stringContaining('not asked'),
    });
  },
);

test.runIf(process.platform === 'linux')('the real library answers on the real host', async () => {
  const full = await fullInventory(REAL, quickInventory(REAL), { timeout: 15_000 });
  expect(full).toMatchObject({
    found: true,
    value: { system: expect.any(String), threads: expect.any(Number) },
  });
});
