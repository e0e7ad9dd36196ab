/** AMD and Intel boards: what they do beside drawing power, and who uses them. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { GpuReading } from '../../../src/model/gpu.ts';
import type { OpenSource, SampleDraft } from '../../../src/model/source.ts';
import { SourceError } from '../../../src/model/source-error.ts';
import { drmSource } from '../../../src/sources/drm.ts';
import { parseFdinfo } from '../../../src/sources/drm-fdinfo.ts';
import type { DrmOptions } from '../../../src/sources/drm-options.ts';
import { hwmonLanes, hwmonSource } from '../../../src/sources/hwmon.ts';
import { type FakeHost, fakeClock } from '../../fixtures/fake-host.ts';
import { amdClient, amdGpuNode, intelGpuNode, laptopRapl, xeClient } from '../../fixtures/hosts.ts';
import { asNobody, canDropPrivileges } from '../../fixtures/privileges.ts';

const hosts: FakeHost[] = [];
const opened: OpenSource[] = [];
const use = (host: FakeHost): FakeHost => {
  hosts.push(host);
  return host;
};
afterEach(() => {
  for (const source of opened.splice(0)) source.close();
  for (const host of hosts.splice(0)) host.dispose();
});
/** Passes follow each other at once: a test says what has changed between two by the clock that it moves. */
const FAST: DrmOptions = { interval: 0.02, process_interval: 0.02, max_descriptors: 1000 };
const METERS = { hierarchy: 'auto' as const, interval: 0.02, channels: [] };
const open = async (host: FakeHost, options: Partial<DrmOptions> = {}, clock = fakeClock()) => {
  const lanes = hwmonLanes();
  const result = await drmSource({ ...FAST, ...options }, METERS, lanes).open(host.paths, clock);
  if (!result.found) throw new Error(result.reason);
  opened.push(result.value);
  return { source: result.value, clock, lanes };
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
const eventually = <T>(source: OpenSource, look: (draft: ReturnType<typeof read>) => T): Promise<T> =>
  vi.waitFor(() => look(read(source)), { timeout: 10_000, interval: 5 });
const FIRST = 'hwmon:amdgpu:0000:05:00.0:power1';
const SECOND = 'hwmon:amdgpu:0000:26:00.0:power1';
const readingOf = (source: OpenSource, meter: string, fits: (reading: GpuReading) => boolean = () => true) =>
  eventually(source, ({ gpus = [] }) => {
    const reading = gpus.find((one) => one.meter === meter && fits(one));
    expect(reading).toBeDefined();
    return reading!;
  });
const DEVICE = 'sys/devices/pci0000:00/0000:00:01.1/0000:05:00.0';

test('a board bears the id of the meter that hwmon reads of it', async () => {
  for (const host of [use(amdGpuNode()), use(intelGpuNode())]) {
    const { source } = await open(host);
    const meters = await hwmonSource(METERS).open(host.paths, fakeClock());
    if (!meters.found) throw new Error(meters.reason);
    opened.push(meters.value);
    const ids = read(meters.value)
      .meters.filter(({ within }) => within === undefined)
      .map(({ id }) => id);
    expect(
      read(source)
        .gpuBoards?.map(({ meter }) => meter)
        .sort(),
    ).toEqual([...ids].sort());
  }
});

test('an MI300X tells its use, memory, temperature and clocks', async () => {
  const { source } = await open(use(amdGpuNode()));
  expect(await readingOf(source, FIRST)).toMatchObject({
    at: 1000,
    utilization: 0.4,
    memoryUsed: 48 * 2 ** 30,
    memoryTotal: 192 * 2 ** 30,
    temperature: 61,
    clock: 2.1e9,
    memoryClock: 1.3e9,
  });
  expect(read(source).gpuBoards?.[0]).toEqual({
    meter: FIRST,
    vendor: 'amd',
    model: 'AMD Instinct MI300X OAM',
    pciAddress: '0000:05:00.0',
    powerLimit: 750,
  });
  expect(source.detail).toBe('2 x AMD Instinct MI300X OAM');
});

test('an Arc tells its clock, temperature and limit, and nothing that its driver does not know', async () => {
  const { source } = await open(use(intelGpuNode()));
  const meter = 'hwmon:xe:0000:03:00.0:energy1';
  const reading = await readingOf(source, meter);
  expect(reading).toMatchObject({ temperature: 48, clock: 2.4e9 });
  expect(reading).not.toHaveProperty('utilization');
  expect(read(source).gpuBoards).toEqual([
    { meter, vendor: 'intel', model: 'Intel GPU 8086:e20b', pciAddress: '0000:03:00.0', powerLimit: 190 },
  ]);
});

test.each([
  ['gpu_busy_percent', '65535', 'utilization'],
  ['mem_info_vram_used', '18446744073709551615', 'memoryUsed'],
  ['gpu_busy_percent', 'N/A', 'utilization'],
  ['gpu_busy_percent', '-1', 'utilization'],
])('%s of %s is no figure, and the others stay', async (file, content, field) => {
  const host = use(amdGpuNode());
  host.write(`${DEVICE}/${file}`, content);
  const { source } = await open(host);
  const reading = await readingOf(source, FIRST);
  expect(reading).not.toHaveProperty(field);
  expect(reading).toMatchObject({ temperature: 61, clock: 2.1e9 });
});

test.each([
  ['power/runtime_status', 'suspended', 'active'],
  ['power_state', 'D3cold', 'D0'],
])('a board whose %s is %s is not woken', async (file, asleep, awake) => {
  const host = use(amdGpuNode());
  host.write(`${DEVICE}/${file}`, asleep);
  const { source } = await open(host);
  // The other board has answered some rounds: so was this one asked, and left alone.
  for (let round = 0; round < 4; round += 1) {
    const seen = await eventually(source, ({ gpus = [] }) => {
      expect(gpus.some(({ meter }) => meter === SECOND)).toBe(true);
      return gpus;
    });
    expect(seen.map(({ meter }) => meter)).not.toContain(FIRST);
  }
  expect(
    read(source).gpuBoards?.map(({ meter }) => meter),
    'it is still there',
  ).toContain(FIRST);
  expect(read(source).gpuBoards?.[0]).not.toHaveProperty('powerLimit');
  host.write(`${DEVICE}/${file}`, awake);
  await readingOf(source, FIRST);
});

describe('processes of a board', () => {
  const processes = (source: OpenSource, meter: string, fits: (reading: GpuReading) => boolean) =>
    readingOf(source, meter, (reading) => reading.processes !== undefined && fits(reading)).then(
      (reading) => reading.processes,
    );

  test('have their group, memory, and the share of the compute engines since the last pass', async () => {
    const host = use(amdGpuNode());
    const { source, clock } = await open(host, { process_interval: 1 });
    expect(await processes(source, FIRST, ({ processes: all }) => all!.length > 0)).toEqual([
      { pid: 500, group: '/training', memory: 2 ** 30 },
    ]);
    expect(await processes(source, SECOND, () => true), 'nobody, and that is known').toEqual([]);
    // 2.5 s of 10 s; the video encoder is no part of it.
    host.gpuFile(500, 7, 'renderD128', amdClient(11, 3_500_000_000));
    clock.advance(10);
    expect(
      await processes(source, FIRST, ({ processes: all }) => all![0]?.utilization !== undefined),
    ).toEqual([{ pid: 500, group: '/training', memory: 2 ** 30, utilization: 0.25 }]);
  });

  test('share a client only once, and one that is new did its work since the last pass', async () => {
    const host = use(amdGpuNode());
    const { source, clock } = await open(host, { process_interval: 1 });
    await processes(source, FIRST, ({ processes: all }) => all!.length === 1);
    // A child that inherited the file, a second descriptor, and a process of its own.
    host.process(501, { name: 'python3', start: 901, ticks: 1, cgroup: '/training' });
    host.gpuFile(501, 7, 'renderD128', amdClient(11, 2_000_000_000));
    host.gpuFile(500, 8, 'renderD128', amdClient(11, 2_000_000_000));
    host.gpuFile(500, 7, 'renderD128', amdClient(11, 2_000_000_000));
    host.process(900, { name: 'infer', start: 950, ticks: 1, cgroup: '/infer' });
    host.gpuFile(900, 3, 'renderD128', amdClient(12, 4_000_000_000));
    clock.advance(10);
    expect(await processes(source, FIRST, ({ processes: all }) => all!.length > 1)).toEqual([
      { pid: 500, group: '/training', memory: 2 ** 30, utilization: 0.1 },
      { pid: 900, group: '/infer', memory: 2 ** 30, utilization: 0.4 },
    ]);
  });

  test('of xe share cycles among all engines of a kind', async () => {
    const host = use(intelGpuNode());
    const { source, clock } = await open(host, { process_interval: 1 });
    const meter = 'hwmon:xe:0000:03:00.0:energy1';
    await processes(source, meter, ({ processes: all }) => all!.length === 1);
    host.gpuFile(600, 4, 'renderD129', xeClient(3, 1000, 1000));
    clock.advance(10);
    expect(
      await processes(source, meter, ({ processes: all }) => all![0]?.utilization !== undefined),
    ).toEqual([{ pid: 600, group: '/', memory: 512 * 2 ** 20, utilization: 0.25 }]);
  });

  test('are not looked for where the limit is 0, and a limit that is reached is told', async () => {
    const host = use(amdGpuNode());
    const { source } = await open(host, { max_descriptors: 0 });
    expect(await readingOf(source, FIRST)).not.toHaveProperty('processes');
    for (let fd = 0; fd < 20; fd += 1) host.link(`proc/1/fd/${fd}`, '/dev/null');
    const { source: limited } = await open(host, { max_descriptors: 10 });
    await vi.waitFor(() => expect(limited.detail).toContain('raise max_descriptors'));
    expect(
      await readingOf(limited, FIRST),
      'nobody was found, and not everybody looked at',
    ).not.toHaveProperty('processes');
  });

  test.skipIf(!canDropPrivileges)(
    'of other users are hidden without the right to see them (needs root)',
    async () => {
      const host = use(amdGpuNode());
      execFileSync('chmod', ['700', join(host.root, 'proc/500/fd')]);
      await asNobody(async () => {
        const { source } = await open(host);
        await vi.waitFor(() =>
          expect(source.detail).toMatch(/1 process of other users is hidden: .*CAP_SYS_PTRACE/),
        );
        expect(await readingOf(source, FIRST)).not.toHaveProperty('processes');
        expect(await readingOf(source, FIRST)).toMatchObject({ temperature: 61 });
        source.close();
      });
    },
  );

  test('what a file says that is no GPU file, or of an old driver, is nothing', () => {
    expect(parseFdinfo('pos:\t0\nflags:\t02\n')).toBeUndefined();
    expect(parseFdinfo('drm-driver:\tamdgpu\n')).toBeUndefined();
    expect(parseFdinfo('drm-client-id:\t1\ndrm-engine-gfx:\tx ns\ndrm-memory-vram:\t3 XiB')).toEqual({
      id: '1',
      engines: new Map(),
    });
  });
});

test('a board that hangs holds one thread, stops neither its neighbour nor a tick, and is told', async () => {
  const host = use(amdGpuNode());
  const file = join(host.root, DEVICE, 'gpu_busy_percent');
  host.remove(`${DEVICE}/gpu_busy_percent`);
  // Opening a pipe that nobody writes to waits for ever, as a driver stuck in firmware does.
  execFileSync('mkfifo', [file]);
  const { source, clock, lanes } = await open(host);
  try {
    await readingOf(source, SECOND);
    const meters = await hwmonSource(METERS, lanes).open(host.paths, clock);
    if (!meters.found) throw new Error(meters.reason);
    opened.push(meters.value);
    for (let round = 0; round < 3; round += 1) {
      const { readings } = await eventually(meters.value, (draft) => {
        expect(draft.readings.length).toBeGreaterThan(0);
        return draft;
      });
      expect(readings.map(({ meter }) => meter)).not.toContain(FIRST);
      await readingOf(source, SECOND);
    }
    clock.advance(10);
    expect(read(source).error).toMatchObject({
      kind: 'retry',
      message: expect.stringMatching(/1 of 2 boards: .*0000:05:00\.0: no answer for 10 s/),
      fix: expect.stringContaining('--no-source.drm'),
    });
  } finally {
    closeSync(openSync(file, constants.O_WRONLY | constants.O_NONBLOCK));
  }
});

test('a board without a meter of its energy is left out and named', async () => {
  const host = use(laptopRapl());
  host.gpu(0, 'pci0000:00/0000:00:02.0', { driver: 'i915', vendor: '0x8086' });
  expect(await drmSource(FAST, METERS).open(host.paths, fakeClock())).toMatchObject({
    found: false,
    reason: 'card0 (0000:00:02.0) has no meter of its energy',
  });
});

test('a display controller of a BMC is no GPU', async () => {
  const host = use(laptopRapl());
  host.gpu(0, 'pci0000:00/0000:03:00.0', { driver: 'ast', vendor: '0x1a03' });
  expect(await drmSource(FAST, METERS).open(host.paths, fakeClock())).toMatchObject({
    found: false,
    reason: expect.stringContaining('no AMD or Intel GPU'),
  });
});

test('a board that comes back under another number is looked for anew', async () => {
  const host = use(amdGpuNode());
  const { source, clock } = await open(host);
  await readingOf(source, FIRST);
  host.remove('sys/class/drm/card1');
  clock.advance(61);
  await eventually(source, ({ error }) => expect(error?.kind).toBe('gone'));
});
