/** What every source promises, on every fake host and on the host that runs the tests. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { GuestFolder } from '../../src/exporters/guest-folder.ts';
import type { HostPaths, OpenSource, SampleDraft, Source } from '../../src/model/source.ts';
import { SourceError } from '../../src/model/source-error.ts';
import { systemClock } from '../../src/sources/clock.ts';
import { createSources } from '../../src/sources/index.ts';
import { quickInventory } from '../../src/sources/inventory.ts';
import { sourcesOptions } from '../../src/sources/options.ts';
import { createSampler } from '../../src/sources/sampler.ts';
import { olderTree, startBmc, UUID } from '../fixtures/fake-bmc.ts';
import type { FakeHost } from '../fixtures/fake-host.ts';
import { fakeProgram, printing } from '../fixtures/fake-program.ts';
import { groupTree } from '../fixtures/group-tree.ts';
import { cray, HOSTS, hwmonOnly, laptopRapl, twoSocketDram } from '../fixtures/hosts.ts';
import { CONTAINERS, kubernetesNode } from '../fixtures/kubernetes-node.ts';
import { libvirtHost } from '../fixtures/libvirt-host.ts';
import { installNvml, noFakeNvml } from '../fixtures/nvml/install.ts';
import { bundleOf } from '../fixtures/pods.ts';

/** A meter of the operator's own, on whatever host has its file. */
const OWN = { name: 'pdu', domain: 'wall', unit: 'W', interval: 1, file: '/run/pdu/watts' };
/** What a host shares with a guest: the same on all hosts here. */
const shared = mkdtempSync(join(tmpdir(), 'negawatt-shared-'));
await new GuestFolder(shared).write({
  id: 'web',
  workload: { id: 'web.scope', kind: 'vm', class: 'unclassified', labels: {} },
  microjoules: 1_000_000n,
  quality: 'derived',
  source: 'components',
  host: 'node-17',
  updated: Date.now(),
  interval: 5,
});
const options = sourcesOptions.parse({
  hwmon: { interval: 0.1 },
  nvml: { interval: 0.1 },
  custom: { meters: [OWN] },
  guest: { directory: shared },
});
/** A server whose BMC is asked both ways. */
const bmc = await startBmc(olderTree());
const bmcHost = twoSocketDram();
bmcHost.write('dev/ipmi0', '');
bmcHost.write('sys/class/dmi/id/product_uuid', UUID);
fakeProgram(bmcHost, 'usr/sbin/ipmi-dcmi', printing('Current Power : 344 Watts\nPower Measurement : Active'));
const withBmc = sourcesOptions.parse({
  custom: { meters: [OWN] },
  guest: { directory: shared },
  redfish: { url: bmc.url, auth: 'none' },
});
const sourcesOf = (paths: HostPaths): readonly Source[] =>
  createSources(paths === bmcHost.paths ? withBmc : options, quickInventory(paths));
const NAMES = sourcesOf({ procfs: '/none', sysfs: '/none', rootfs: '/none' }).map(({ name }) => name);

const hosts: FakeHost[] = [];
const use = (host: FakeHost): FakeHost => {
  hosts.push(host);
  return host;
};
const emptyRoot = mkdtempSync(join(tmpdir(), 'negawatt-empty-'));
const built: FakeHost[] = [];
/** Built at first use and shared by the tests that only read it. */
const once = (build: () => FakeHost): (() => HostPaths) => {
  let host: FakeHost | undefined;
  return () => {
    host ??= build();
    if (!built.includes(host)) built.push(host);
    return host.paths;
  };
};
/** Two NVIDIA boards beside two packages: one whole, one divided, with a process on each. */
const nvidia = (): FakeHost => {
  const host = twoSocketDram();
  host.process(100, { name: 'train', start: 500, ticks: 1000, cgroup: '/system.slice/train.service' });
  installNvml(host, [
    'gpus 2',
    'gpu 0 process 100 1073741824 -1',
    'gpu 0 sample 100 60',
    'gpu 1 mig 1',
    'gpu 1 instance 0 1 0 3 40448 1073741824 3g.40gb',
    'gpu 1 process 100 1073741824 0',
  ]);
  return host;
};
/** Hosts whose workloads have names. */
const podsWithBundles = (): FakeHost => {
  const host = kubernetesNode('systemd', 'v2');
  const folder = `run/containerd/io.containerd.runtime.v2.task/k8s.io/${CONTAINERS.nginx.id}`;
  host.write(`${folder}/config.json`, JSON.stringify(bundleOf('nginx')));
  return host;
};
const jobs = (): FakeHost => {
  const host = twoSocketDram();
  groupTree(host, 'v1', { '/slurm/uid_1000/job_42/step_0/task_0': {} }, 10);
  return host;
};
const machines = (): FakeHost => {
  const host = libvirtHost();
  host.write('run/libvirt/qemu/web.xml', "<domstatus><domain type='kvm' id='1'><name>web</name></domain>");
  return host;
};
const PLACES: readonly (readonly [string, () => HostPaths])[] = [
  ...Object.entries({ ...HOSTS, podsWithBundles, jobs, machines }).map(
    ([name, build]) => [name, once(build)] as const,
  ),
  ['a server with a BMC', () => bmcHost.paths],
  ...(noFakeNvml === '' ? [['nvidia', once(nvidia)] as const] : []),
  ['the real host', () => ({ procfs: '/proc', sysfs: '/sys', rootfs: '/' })],
  [
    'a host without any file',
    () => ({ procfs: join(emptyRoot, 'proc'), sysfs: join(emptyRoot, 'sys'), rootfs: emptyRoot }),
  ],
];

afterEach(() => {
  for (const host of hosts.splice(0)) host.dispose();
});
afterAll(async () => {
  await bmc.close();
  bmcHost.dispose();
  rmSync(shared, { recursive: true, force: true });
  for (const host of built) host.dispose();
  rmSync(emptyRoot, { recursive: true, force: true });
});

const read = (source: OpenSource): { draft: SampleDraft; error?: SourceError } => {
  const draft: SampleDraft = { meters: [], readings: [] };
  try {
    source.read(draft);
    return { draft };
  } catch (error) {
    if (error instanceof SourceError) return { draft, error };
    throw error;
  }
};

const numbersIn = (value: unknown): readonly number[] => {
  if (typeof value === 'number') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(numbersIn);
};
const descriptors = (): number => readdirSync('/proc/self/fd').length;

test('source names are unique and fit a flag', () => {
  expect(new Set(NAMES).size).toBe(NAMES.length);
  for (const name of NAMES) expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
});

test.skipIf(noFakeNvml === '')(`on a host with NVIDIA boards (skipped: ${noFakeNvml})`, () => {});

describe.each(PLACES)('on %s', (_, place) => {
  test.each(NAMES)(
    '%s is found or says why not, reads finite values, and frees what it holds',
    async (name) => {
      const paths = place();
      const source = sourcesOf(paths).find((each) => each.name === name)!;
      expect(source.summary).not.toBe('');
      const before = descriptors();
      const result = await source.open(paths, systemClock);
      if (!result.found) {
        expect(result.reason).not.toBe('');
        expect(result.reason).not.toContain('\n');
        return;
      }
      const { draft, error } = read(result.value);
      expect(error?.message ?? result.value.detail).not.toBe('');
      for (const value of numbersIn(draft)) expect(value).toSatisfy(Number.isFinite);
      const ids = draft.meters.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const meter of draft.meters) {
        expect(meter.source).toBe(name);
        expect(Buffer.byteLength(meter.id)).toBeLessThanOrEqual(128);
        expect(meter.ceiling).toBeGreaterThan(0);
        if (meter.within !== undefined) expect(ids).toContain(meter.within);
      }
      for (const reading of draft.readings) expect(ids).toContain(reading.meter);
      result.value.close();
      await vi.waitFor(() => expect(descriptors()).toBeLessThanOrEqual(before));
    },
  );

  test('meters of all sources together have unique ids', async () => {
    const paths = place();
    const sampler = await createSampler({ sources: sourcesOf(paths), paths, clock: systemClock });
    const { meters, sources } = sampler.sample();
    sampler.close();
    expect(new Set(meters.map(({ id }) => id)).size).toBe(meters.length);
    expect(sources.map(({ source }) => source)).toEqual(NAMES);
  });
});

/** Files that a source needs, and a host that has them. */
const FILES: readonly (readonly [string, () => FakeHost, string])[] = [
  ['rapl', twoSocketDram, 'sys/class/powercap/intel-rapl:0/energy_uj'],
  ['hwmon', hwmonOnly, 'sys/class/hwmon/hwmon0/power1_average'],
  ['cray', cray, 'sys/cray/pm_counters/energy'],
  [
    'custom',
    () => {
      const host = laptopRapl();
      host.write('run/pdu/watts', '350');
      return host;
    },
    'run/pdu/watts',
  ],
  ['cpu', twoSocketDram, 'proc/stat'],
  ['memory', twoSocketDram, 'proc/meminfo'],
];
const isRoot = process.geteuid?.() === 0;
const canMount = ((): boolean => {
  if (!isRoot) return false;
  const a = join(emptyRoot, 'a');
  const b = join(emptyRoot, 'b');
  writeFileSync(a, '');
  writeFileSync(b, '');
  try {
    execFileSync('mount', ['--bind', a, b], { stdio: 'ignore' });
    execFileSync('umount', [b], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.each(FILES)('when a file of %s goes wrong', (name, build, file) => {
  const startOn = async (host: FakeHost) =>
    createSampler({ sources: sourcesOf(host.paths), paths: host.paths, clock: systemClock });
  type Running = Awaited<ReturnType<typeof startOn>>;
  const statusWith = (sampler: Running, pattern: RegExp) =>
    vi.waitFor(
      () => {
        const { sources } = sampler.sample();
        const status = sources.find(({ source }) => source === name)!;
        expect(`${status.state}: ${status.why}`).toMatch(pattern);
        return { status, others: sources.filter(({ source }) => source !== name) };
      },
      { timeout: 10_000, interval: 20 },
    );
  const broken = async (host: FakeHost, breakIt: () => void, when: 'before' | 'after'): Promise<void> => {
    if (when === 'before') breakIt();
    const sampler = await startOn(host);
    try {
      if (when === 'after') breakIt();
      const { status, others } = await statusWith(
        sampler,
        when === 'after' ? /^failing: / : /^(failing|absent|unreadable): /,
      );
      expect(status.why).toContain(file.split('/').at(-1));
      if (status.state === 'failing') expect(status.fix).not.toBe('');
      expect(others.map(({ state }) => state)).toContain('up');
    } finally {
      sampler.close();
    }
  };

  test.each([
    ['garbage', 'before'],
    ['garbage', 'after'],
    ['\n', 'before'],
    ['\n', 'after'],
  ] as const)(
    '%j in it %s the start is reported with its name, and the others go on',
    async (content, when) => {
      const host = use(build());
      await broken(host, () => host.write(file, content), when);
    },
  );

  test('a missing file leaves the others going', async () => {
    const host = use(build());
    host.remove(file);
    const sampler = await startOn(host);
    const { sources } = sampler.sample();
    sampler.close();
    expect(sources.find(({ source }) => source === name)?.why).not.toBe('');
    expect(sources.map(({ state }) => state)).toContain('up');
  });

  test.skipIf(!canMount)(
    'a read that fails in the kernel is reported with its name (needs root and mount)',
    async () => {
      const host = use(build());
      const target = realpathSync(join(host.root, file));
      try {
        // A process's memory at address 0: reading it fails with EIO on every Linux.
        await broken(
          host,
          () => execFileSync('mount', ['--bind', `/proc/${process.pid}/mem`, target]),
          'before',
        );
      } finally {
        execFileSync('umount', [target]);
      }
    },
  );
});

test.each(['ipmi', 'redfish'])(
  '%s is found on a server with a BMC, and its meter is of the whole host',
  async (name) => {
    const source = sourcesOf(bmcHost.paths).find((each) => each.name === name)!;
    const result = await source.open(bmcHost.paths, systemClock);
    if (!result.found) throw new Error(result.reason);
    const { draft } = read(result.value);
    result.value.close();
    expect(draft.meters.map(({ domain }) => domain)).toContain('platform');
    expect(draft.readings.length).toBeGreaterThan(0);
  },
);

test.skipIf(noFakeNvml !== '')('on a host with NVIDIA boards each is found, described and read', async () => {
  const { paths } = use(nvidia());
  const sampler = await createSampler({ sources: sourcesOf(paths), paths, clock: systemClock });
  try {
    await vi.waitFor(() => {
      const { meters, readings, gpuBoards, gpus, sources } = sampler.sample();
      expect(sources.find(({ source }) => source === 'nvml')?.state).toBe('up');
      const ids = meters.filter(({ source }) => source === 'nvml').map(({ id }) => id);
      expect(ids).toHaveLength(2);
      expect(gpuBoards?.map(({ meter }) => meter)).toEqual(ids);
      for (const id of ids) {
        expect(readings.map(({ meter }) => meter)).toContain(id);
        expect(gpus?.map(({ meter }) => meter)).toContain(id);
      }
    });
  } finally {
    sampler.close();
  }
});

test('all ones are handed on raw, for the core to drop and count', async () => {
  const host = use(twoSocketDram());
  host.energy('intel-rapl:0', 0xffff_ffffn);
  const sampler = await createSampler({
    sources: sourcesOf(host.paths),
    paths: host.paths,
    clock: systemClock,
  });
  const { readings } = sampler.sample();
  sampler.close();
  expect(readings.find(({ meter }) => meter === 'package-0')).toMatchObject({ microjoules: 0xffff_ffffn });
});

/** Third-party trees, read in place where they are at hand. */
const FIXTURES = [
  process.env.NEGAWATT_FIXTURES,
  new URL('../../../shared/fixtures', import.meta.url).pathname,
].find((path) => path !== undefined && existsSync(path));

describe.skipIf(FIXTURES === undefined)(
  'on the shared fixture trees (skipped: ../shared/fixtures is not there)',
  () => {
    const openOn = async (name: string, sysfs: string): Promise<OpenSource | undefined> => {
      const paths = { procfs: '/none', sysfs: join(FIXTURES!, sysfs), rootfs: '/' };
      const result = await sourcesOf(paths)
        .find((each) => each.name === name)!
        .open(paths, systemClock);
      return result.found ? result.value : undefined;
    };
    const metersOn = async (name: string, sysfs: string) => {
      const source = await openOn(name, sysfs);
      const { draft } = source === undefined ? { draft: { meters: [], readings: [] } } : read(source);
      source?.close();
      return draft.meters;
    };
    const KEPLER = 'kepler/internal/device/testdata/sys';

    test('procfs: packages 0 and 10, the core inside package 0, and 4090 W is no ceiling', async () => {
      const meters = await metersOn('rapl', 'procfs/fixtures/sys');
      expect(meters.map(({ id, within }) => [id, within])).toEqual([
        ['package-0', undefined],
        ['core-0', 'package-0'],
        ['package-10', undefined],
      ]);
      expect(meters[0]).toMatchObject({ ceiling: 1000, floor: { power: 0.12 * 95 } });
      expect(meters[1]).not.toHaveProperty('floor');
    });

    test('kepler: the MMIO repetition is one package', async () => {
      const meters = await metersOn('rapl', KEPLER);
      expect(meters.map(({ id }) => id)).toEqual(['package-0', 'core-0', 'package-10']);
    });

    test('kepler: channels nest, averages win, and what is switched off is absent', async () => {
      const source = (await openOn('hwmon', KEPLER))!;
      const values = await vi.waitFor(() => {
        const { draft } = read(source);
        expect(draft.readings.length).toBeGreaterThanOrEqual(draft.meters.length);
        return { meters: draft.meters, readings: draft.readings };
      }, 10_000);
      source.close();
      const meter = (label: string) => values.meters.find((each) => each.label === label)!;
      const value = (label: string): bigint => {
        const reading = values.readings.find((each) => each.meter === meter(label).id)!;
        return 'microjoules' in reading ? reading.microjoules : reading.microwatts;
      };
      expect(value('k10temp Package')).toBe(45_000_000n);
      expect(meter('k10temp Core').within).toBe(meter('k10temp Package').id);
      expect([meter('amdgpu GPU').domain, value('amdgpu GPU')]).toEqual(['gpu', 118_000_000n]);
      expect(values.meters.filter(({ label }) => label === 'multi_sensor package')).toHaveLength(2);
      expect(values.meters.map(({ label }) => label)).not.toContain('test_power_chip PSU_Rail_C');
      expect(values.meters.map(({ label }) => label)).not.toContain('energy_with_enable Rail_C');
      expect(value('energy_meter Total')).toBe(500_000_000n);
      expect(value('power_chip')).toBe(300_000_000n);
      expect(values.meters.map(({ id }) => id).join()).not.toMatch(/ina3221|ina226|max20730|unknown_chip/);
      expect(values.meters.some(({ id }) => id.includes('hwmon_dir_fallback'))).toBe(true);
    });

    test('kepler: a sysfs without class folders makes every source of it absent, with a reason', async () => {
      const paths = {
        procfs: '/none',
        sysfs: join(FIXTURES!, 'kepler/internal/device/testdata/bad_sysfs'),
        rootfs: '/none',
      };
      // An own meter, and what the host of a guest shares, are there because they are configured.
      for (const source of sourcesOf(paths).filter(({ name }) => name !== 'custom' && name !== 'guest')) {
        const result = await source.open(paths, systemClock);
        expect(result.found, source.name).toBe(false);
        if (!result.found) expect(result.reason).not.toBe('');
      }
    });

    test('node_exporter: chips without power give no hwmon source, and a laptop battery is not a server', async () => {
      expect(await metersOn('hwmon', 'node_exporter/collector/fixtures/sys')).toEqual([]);
      expect((await metersOn('rapl', 'node_exporter/collector/fixtures/sys')).map(({ id }) => id)).toEqual([
        'package-0',
        'core-0',
      ]);
    });
  },
);
