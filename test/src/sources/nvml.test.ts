import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { initialMeters, readMeters } from '../../../src/energy/read-meters.ts';
import type { HostPaths, OpenSource, SampleDraft } from '../../../src/model/source.ts';
import { SourceError } from '../../../src/model/source-error.ts';
import { systemClock } from '../../../src/sources/clock.ts';
import { nvmlSource } from '../../../src/sources/nvml.ts';
import type { NvmlOptions } from '../../../src/sources/nvml-options.ts';
import { createFakeHost, type FakeHost } from '../../fixtures/fake-host.ts';
import { installNvml, noFakeNvml } from '../../fixtures/nvml/install.ts';

const hosts: FakeHost[] = [];
const opened: OpenSource[] = [];
const use = (host: FakeHost): FakeHost => {
  hosts.push(host);
  return host;
};
const FAST: NvmlOptions = { interval: 0.1 };
const open = async (paths: HostPaths, options = FAST): Promise<OpenSource> => {
  const result = await nvmlSource(options).open(paths, systemClock);
  if (!result.found) throw new Error(`${result.reason} | ${result.fix}`);
  opened.push(result.value);
  return result.value;
};
type Draft = SampleDraft & { error?: SourceError };
const read = (source: OpenSource): Draft => {
  const draft: SampleDraft = { meters: [], readings: [] };
  try {
    source.read(draft);
    return draft;
  } catch (error) {
    if (error instanceof SourceError) return { ...draft, error };
    throw error;
  }
};
/** Reads until there is what the test asks for: the thread reads on its own clock. */
const eventually = <T>(source: OpenSource, look: (draft: Draft) => T): Promise<T> =>
  vi.waitFor(() => look(read(source)), { timeout: 10_000, interval: 10 });
const uuid = (index: number): string => `GPU-00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

afterEach(() => {
  for (const source of opened.splice(0)) source.close();
  for (const host of hosts.splice(0)) host.dispose();
});

test('a host without the library says so, with what to do, and loads nothing', async () => {
  const host = use(createFakeHost());
  const loaded = (): string => readFileSync('/proc/self/maps', 'latin1');
  expect(loaded()).not.toContain('koffi');
  expect(await nvmlSource(FAST).open(host.paths, systemClock)).toEqual({
    found: false,
    reason: expect.stringMatching(/^no NVIDIA driver library libnvidia-ml\.so\.1 in the usual places below /),
    fix: expect.stringMatching(/load the driver or name its library with sources\.nvml\.library/),
  });
  expect(loaded()).not.toContain('koffi');
});

describe.skipIf(noFakeNvml !== '')(
  `with a driver's library${noFakeNvml && ` (skipped: ${noFakeNvml})`}`,
  () => {
    test('a board gives its energy exactly and says how it is', async () => {
      const host = use(createFakeHost());
      installNvml(host, ['gpu 0 energy 9007199254740993', 'gpu 0 reasons 36']);
      const source = await open(host.paths);
      const draft = await eventually(source, (each) => {
        expect(each.readings.length).toBeGreaterThan(0);
        return each;
      });
      expect(draft.error).toBeUndefined();
      expect(draft.meters).toEqual([
        {
          id: uuid(0),
          source: 'nvml',
          domain: 'gpu',
          label: 'NVIDIA H100 80GB HBM3',
          reads: { as: 'energy' },
          quality: 'measured',
          ceiling: 2000,
          interval: 0.1,
          device: '0000:41:00.0',
        },
      ]);
      expect(draft.readings[0]).toMatchObject({ meter: uuid(0), microjoules: 9_007_199_254_740_993_000n });
      expect(draft.gpuBoards).toEqual([
        {
          meter: uuid(0),
          vendor: 'nvidia',
          model: 'NVIDIA H100 80GB HBM3',
          driver: '570.86.15',
          pciAddress: '0000:41:00.0',
          powerLimit: 700,
        },
      ]);
      expect(draft.gpus?.[0]).toEqual({
        meter: uuid(0),
        at: draft.readings[0]?.at,
        power: 300,
        utilization: 0.5,
        temperature: 45,
        clock: 1.98e9,
        memoryClock: 2.619e9,
        throttled: ['sw_power_cap', 'sw_thermal_slowdown'],
        memoryTotal: 81559 * 2 ** 20,
        memoryUsed: 2 ** 30,
        memoryReserved: 512 * 2 ** 20,
        processes: [],
      });
      expect(source.detail).toBe('NVIDIA H100 80GB HBM3, driver 570.86.15');
    });

    test('values that mean "not available" are dropped, or go on as they are for the core to drop and count', async () => {
      const host = use(createFakeHost());
      installNvml(host, [
        ...['util', 'temp', 'sm', 'mem', 'power', 'limit'].map((name) => `gpu 0 ${name} 4294967295`),
        ...['energy', 'reasons', 'memory', 'used', 'reserved'].map(
          (name) => `gpu 0 ${name} 18446744073709551615`,
        ),
        'gpu 0 process 77 18446744073709551615 -1',
      ]);
      const draft = await eventually(await open(host.paths), (each) => {
        expect(each.readings.length).toBeGreaterThan(0);
        return each;
      });
      expect(draft.readings[0]).toMatchObject({ microjoules: 0xffff_ffff_ffff_ffffn });
      expect(draft.gpuBoards?.[0]).not.toHaveProperty('powerLimit');
      expect(draft.gpus?.[0]).toEqual({
        meter: uuid(0),
        at: expect.any(Number),
        processes: [{ pid: 77 }],
      });
    });

    test('a counter that starts anew adds nothing, and one that says "not available" is counted as that', async () => {
      const host = use(createFakeHost());
      const nvml = installNvml(host, ['gpu 0 energy 5000000']);
      const source = await open(host.paths);
      let state = initialMeters;
      const seen = { joules: 0, events: [] as string[] };
      const until = (event: string): Promise<void> =>
        eventually(source, ({ meters, readings }) => {
          const step = readMeters(state, meters, readings, true);
          state = step.state;
          seen.events.push(...step.events.map((each) => each.event));
          for (const { energy } of step.reports.get(uuid(0))?.spans ?? []) seen.joules += energy;
          expect(seen.events).toContain(event);
        });
      await eventually(source, ({ meters, readings }) => {
        state = readMeters(state, meters, readings, true).state;
        expect(state.counters.get(uuid(0))?.base.microjoules).toBe(5_000_000_000n);
      });
      nvml.set('gpu 0 energy 18446744073709551615');
      await until('sentinel');
      nvml.set('gpu 0 energy 40');
      await until('reset');
      expect(seen.joules).toBe(0);
    });

    test('a board that refuses a query lacks that field and no other', async () => {
      const host = use(createFakeHost());
      installNvml(host, ['gpu 0 error temp 3', 'gpu 0 error reasons 4', 'gpu 0 error util 999']);
      const draft = await eventually(await open(host.paths), (each) => {
        expect(each.gpus?.length).toBeGreaterThan(0);
        return each;
      });
      expect(draft.error).toBeUndefined();
      expect(draft.gpus?.[0]).not.toHaveProperty('temperature');
      expect(draft.gpus?.[0]).not.toHaveProperty('throttled');
      expect(draft.gpus?.[0]).not.toHaveProperty('utilization');
      expect(draft.gpus?.[0]).toMatchObject({ power: 300, clock: 1.98e9 });
    });

    test('a board without an energy counter is integrated from its power, and says so', async () => {
      const host = use(createFakeHost());
      installNvml(host, ['gpu 0 error energy 3', 'gpu 0 power 250000']);
      const source = await open(host.paths);
      const draft = await eventually(source, (each) => {
        expect(each.readings.length).toBeGreaterThan(0);
        return each;
      });
      expect(draft.meters[0]).toMatchObject({ reads: { as: 'power' }, quality: 'derived' });
      expect(draft.readings[0]).toMatchObject({ microwatts: 250_000_000n });
      expect(source.quality).toBe('derived');
      expect(source.detail).toContain('power is integrated');
    });

    test('an old driver without the newer functions gives what it has', async () => {
      const host = use(createFakeHost());
      installNvml(host, ['gpu 0 power 120000', 'gpu 0 error energy 3'], true);
      const draft = await eventually(await open(host.paths), (each) => {
        expect(each.readings.length).toBeGreaterThan(0);
        return each;
      });
      expect(draft.error).toBeUndefined();
      expect(draft.readings[0]).toMatchObject({ microwatts: 120_000_000n });
      // The first version of the memory query counts what is reserved as used.
      expect(draft.gpus?.[0]).toMatchObject({ power: 120, memoryUsed: 1.5 * 2 ** 30 });
      expect(draft.gpus?.[0]).not.toHaveProperty('memoryReserved');
    });

    test('a board without any sensor is named, and is no failure of the others', async () => {
      const host = use(createFakeHost());
      installNvml(host, [
        'gpus 2',
        ...['energy', 'power', 'fields'].map((query) => `gpu 1 error ${query} 3`),
      ]);
      const source = await open(host.paths);
      const draft = await eventually(source, (each) => {
        expect(each.readings.length).toBeGreaterThan(0);
        return each;
      });
      expect(draft.error).toBeUndefined();
      expect(draft.meters.map(({ id }) => id)).toEqual([uuid(0)]);
      expect(source.detail).toMatch(/GPU 1 \(GPU-.*\): .* tells neither energy nor power/);
    });

    test('eight boards are eight meters with one reading each and round', async () => {
      const host = use(createFakeHost());
      installNvml(host, ['gpus 8']);
      const source = await open(host.paths);
      const draft = await eventually(source, (each) => {
        expect(each.readings.length).toBeGreaterThanOrEqual(8);
        return each;
      });
      expect(draft.meters.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map(uuid));
      expect(new Set(draft.meters.map(({ device }) => device)).size).toBe(8);
      expect(source.detail).toBe('8 x NVIDIA H100 80GB HBM3, driver 570.86.15');
    });

    test('readings are taken on the own clock of the source: none is lost between two ticks', async () => {
      const host = use(createFakeHost());
      installNvml(host);
      const source = await open(host.paths);
      await eventually(source, ({ readings }) => expect(readings.length).toBeGreaterThan(0));
      // Looked at seldom: what the thread read in between has waited.
      const readings = await vi.waitFor(
        () => {
          const draft = read(source);
          expect(draft.readings.length).toBeGreaterThanOrEqual(3);
          return draft.readings;
        },
        { timeout: 10_000, interval: 500 },
      );
      const times = readings.map(({ at }) => at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    });

    test('the operator can name the library, and a wrong name is told', async () => {
      const host = use(createFakeHost());
      const { library } = installNvml(host);
      const elsewhere = { ...host.paths, rootfs: '/nowhere' };
      await open(elsewhere, { ...FAST, library });
      expect(await nvmlSource({ ...FAST, library: '/none.so' }).open(elsewhere, systemClock)).toMatchObject({
        found: false,
        reason: expect.stringContaining('/none.so'),
      });
    });

    test('a file that is no library is told with its path', async () => {
      const host = use(createFakeHost());
      host.write('usr/lib64/libnvidia-ml.so.1', 'no library');
      expect(await nvmlSource(FAST).open(host.paths, systemClock)).toMatchObject({
        found: false,
        state: 'unreadable',
        reason: expect.stringMatching(/^cannot load .*libnvidia-ml\.so\.1: /),
        fix: expect.stringContaining('sources.nvml.library'),
      });
    });

    test.each([
      ['init 9', /the NVIDIA driver is not loaded/, /modprobe nvidia/],
      ['init 18', /different versions/, /restart the host/],
      ['init 4', /no permission/, /\/dev\/nvidiactl/],
      ['gpu 0 error handle 15', /GPU 0: the GPU is lost/, /Xid/],
      ['gpu 0 error power 15', /GPU 0 \(GPU-.*\): the GPU is lost/, /Xid/],
      ['gpu 0 error all 999', /GPU 0: .*error 999/, /dmesg/],
    ])('where the driver refuses with "%s" the reason and the fix are told', async (line, why, fix) => {
      const host = use(createFakeHost());
      installNvml(host, [line]);
      expect(await nvmlSource(FAST).open(host.paths, systemClock)).toMatchObject({
        found: false,
        state: 'unreadable',
        reason: expect.stringMatching(why),
        fix: expect.stringMatching(fix),
      });
    });

    test('a driver without a GPU is no source, and nothing need be done', async () => {
      const host = use(createFakeHost());
      installNvml(host, ['gpus 0']);
      expect(await nvmlSource(FAST).open(host.paths, systemClock)).toEqual({
        found: false,
        reason: 'the NVIDIA driver lists no GPU',
        fix: '',
      });
    });

    test('MIG: instances have slices, memory and processes, and the board alone has a meter', async () => {
      const host = use(createFakeHost());
      host.process(501, { name: 'train', start: 1, ticks: 1, cgroup: '/slurm/job_1' });
      installNvml(host, [
        'gpu 0 name NVIDIA A100-SXM4-40GB',
        'gpu 0 mig 1',
        'gpu 0 instance 0 1 0 3 20096 2147483648 3g.20gb',
        'gpu 0 instance 2 9 0 1 4864 0 1g.5gb',
        'gpu 0 process 501 2000000000 0',
      ]);
      const draft = await eventually(await open(host.paths), (each) => {
        expect(each.gpus?.length).toBeGreaterThan(0);
        return each;
      });
      expect(draft.meters.map(({ id }) => id)).toEqual([uuid(0)]);
      expect(draft.gpus?.[0]).toMatchObject({
        slices: 7,
        memoryAllocated: (20096 + 4864) * 2 ** 20,
        instances: [
          {
            id: 'MIG-00000000-0000-4000-8000-000000000000/1/0',
            kind: 'mig',
            profile: '3g.20gb',
            slices: 3,
            memoryUsed: 2 ** 31,
            memoryTotal: 20096 * 2 ** 20,
          },
          { profile: '1g.5gb', slices: 1, memoryUsed: 0 },
        ],
        processes: [
          {
            pid: 501,
            group: '/slurm/job_1',
            memory: 2_000_000_000,
            instance: 'MIG-00000000-0000-4000-8000-000000000000/1/0',
          },
        ],
      });
      // The driver tells neither under MIG: absent is not zero.
      expect(draft.gpus?.[0]).not.toHaveProperty('utilization');
      expect(draft.gpus?.[0]?.processes?.[0]).not.toHaveProperty('utilization');
    });

    test('MIG: a layout that is changed shows without a restart', async () => {
      const host = use(createFakeHost());
      const nvml = installNvml(host, ['gpu 0 mig 1', 'gpu 0 instance 0 1 0 7 81000 0 7g.80gb']);
      const source = await open(host.paths, { interval: 0.05 });
      const profiles = (wanted: readonly string[]) =>
        eventually(source, ({ gpus }) =>
          expect(gpus?.at(-1)?.instances?.map(({ profile }) => profile)).toEqual(wanted),
        );
      await profiles(['7g.80gb']);
      nvml.set(
        'gpu 0 mig 1',
        'gpu 0 instance 0 3 0 2 20000 0 2g.20gb',
        'gpu 0 instance 1 4 0 2 20000 0 2g.20gb',
      );
      await profiles(['2g.20gb', '2g.20gb']);
    });

    test('vGPUs of guests are instances with their own use', async () => {
      const host = use(createFakeHost());
      installNvml(host, ['gpu 0 vgpu 31 GRID_A100-10C 10737418240 4294967296 40']);
      const draft = await eventually(await open(host.paths), (each) => {
        expect(each.gpus?.length).toBeGreaterThan(0);
        return each;
      });
      expect(draft.gpus?.[0]?.instances).toEqual([
        {
          id: '00000000-0000-4000-9000-000000000031',
          kind: 'vgpu',
          profile: 'GRID_A100-10C',
          slices: 1,
          utilization: 0.4,
          memoryTotal: 10 * 2 ** 30,
          memoryUsed: 4 * 2 ** 30,
        },
      ]);
    });

    test('processes come with their group, their memory and their share of the multiprocessors', async () => {
      const host = use(createFakeHost());
      host.process(100, { name: 'train', start: 1, ticks: 1, cgroup: '/system.slice/train.service' });
      host.process(200, { name: 'serve', start: 1, ticks: 1, cgroup: '/kubepods.slice/pod1' });
      installNvml(host, [
        'gpu 0 process 100 1073741824 -1',
        'gpu 0 process 200 2147483648 -1',
        'gpu 0 graphics 300 1048576',
        'gpu 0 util 60',
        'gpu 0 sample 100 60',
      ]);
      const source = await open(host.paths);
      const { processes } = await eventually(source, ({ gpus }) => {
        const last = gpus?.at(-1);
        // Samples of before the first reading are of no known time: shares come with the second one.
        expect(last?.processes?.[0]?.utilization).toBeDefined();
        return last!;
      });
      expect(processes).toMatchObject([
        { pid: 100, group: '/system.slice/train.service', memory: 2 ** 30 },
        { pid: 200, group: '/kubepods.slice/pod1', memory: 2 ** 31, utilization: 0 },
        { pid: 300, memory: 2 ** 20, utilization: 0 },
      ]);
      expect(processes?.[2]).not.toHaveProperty('group');
      await eventually(source, ({ gpus }) =>
        expect(gpus?.at(-1)?.processes?.[0]?.utilization).toBeCloseTo(0.6, 1),
      );
    });

    test('more processes than there is room for at first are all listed', async () => {
      const host = use(createFakeHost());
      installNvml(
        host,
        Array.from({ length: 300 }, (_, i) => `gpu 0 process ${1000 + i} 1 -1`),
      );
      await eventually(await open(host.paths), ({ gpus }) =>
        expect(gpus?.at(-1)?.processes).toHaveLength(300),
      );
    });

    test('a lost board is told with its identity, the others go on, and it comes back', async () => {
      const host = use(createFakeHost());
      const nvml = installNvml(host, ['gpus 2']);
      const source = await open(host.paths, { interval: 0.05 });
      await eventually(source, ({ meters }) => expect(meters).toHaveLength(2));
      nvml.set('gpus 2', 'gpu 1 error all 15');
      const lost = await eventually(source, (draft) => {
        expect(draft.error?.message).toBe(`GPU 1 (${uuid(1)}): the GPU is lost: it has fallen off the bus`);
        expect(draft.meters.map(({ id }) => id)).toEqual([uuid(0)]);
        expect(draft.readings.length).toBeGreaterThan(0);
        return draft;
      });
      expect(lost.error).toMatchObject({ kind: 'retry', fix: expect.stringContaining('Xid') });
      expect(new Set(lost.readings.map(({ meter }) => meter))).toEqual(new Set([uuid(0)]));
      nvml.set('gpus 2');
      await eventually(source, (draft) => {
        expect(draft.meters).toHaveLength(2);
        expect(draft.readings.map(({ meter }) => meter)).toContain(uuid(1));
        expect(draft.error).toBeUndefined();
      });
    });

    test('a driver that hangs is failing after three intervals, holds up no tick, and recovers', async () => {
      const host = use(createFakeHost());
      const nvml = installNvml(host);
      const source = await open(host.paths);
      await eventually(source, ({ readings }) => expect(readings.length).toBeGreaterThan(0));
      nvml.set('hang 1');
      const hung = await eventually(source, (draft) => {
        const before = performance.now();
        const again = read(source);
        expect(performance.now() - before).toBeLessThan(1000);
        expect(draft.error?.message ?? again.error?.message).toMatch(/^the NVIDIA driver does not answer/);
        return again;
      });
      expect(hung.error).toMatchObject({ kind: 'retry', fix: expect.stringContaining('dmesg') });
      // Its meter stays described: a board that is silent is not one that was taken out.
      expect(hung.meters).toHaveLength(1);
      expect(hung.readings).toEqual([]);
      nvml.set('hang 0', 'gpu 0 energy 2000000000');
      await eventually(source, (draft) => {
        expect(draft.error).toBeUndefined();
        expect(draft.readings.at(-1)).toMatchObject({ microjoules: 2_000_000_000_000n });
      });
    });

    test('a driver that hangs at its start is told, and is found once it answers', async () => {
      const host = use(createFakeHost());
      const nvml = installNvml(host, ['hang 1']);
      const source = nvmlSource({ interval: 0.1 }, 'auto', { patience: 0.2 });
      for (let attempt = 0; attempt < 2; attempt += 1) {
        expect(await source.open(host.paths, systemClock)).toMatchObject({
          found: false,
          state: 'unreadable',
          reason: expect.stringMatching(/does not answer/),
        });
      }
      nvml.set('hang 0');
      const result = await vi.waitFor(async () => {
        const again = await source.open(host.paths, systemClock);
        expect(again.found).toBe(true);
        return again;
      }, 10_000);
      if (result.found) opened.push(result.value);
    });

    test('a driver that hangs is not asked by a second thread, and is found anew once it answers', async () => {
      const host = use(createFakeHost());
      const nvml = installNvml(host);
      const source = nvmlSource(FAST);
      const first = await source.open(host.paths, systemClock);
      if (!first.found) throw new Error(first.reason);
      opened.push(first.value);
      nvml.set('hang 1');
      await eventually(first.value, ({ error }) => expect(error).toBeDefined());
      first.value.close();
      const threads = (): number => readdirSync('/proc/self/task').length;
      const before = threads();
      expect(await source.open(host.paths, systemClock)).toMatchObject({
        found: false,
        reason: expect.stringMatching(/does not answer/),
      });
      expect(threads()).toBeLessThanOrEqual(before);
      nvml.set('hang 0');
      await vi.waitFor(async () => {
        const again = await source.open(host.paths, systemClock);
        expect(again.found).toBe(true);
        if (again.found) opened.push(again.value);
      }, 10_000);
    });
  },
);

describe('when the thread itself fails', () => {
  const thread = new URL('../../fixtures/nvml/failing-thread.mjs', import.meta.url);
  const starts = (host: FakeHost): number =>
    readFileSync(join(host.root, 'proc/starts'), 'utf8').split('\n').length - 1;

  test('it is started again, each time after a longer pause, and says why it ended', async () => {
    const host = use(createFakeHost());
    host.write('usr/lib64/libnvidia-ml.so.1', '');
    host.write('proc/faults', '2');
    const result = await nvmlSource({ interval: 0.05 }, 'auto', { script: thread }).open(
      host.paths,
      systemClock,
    );
    if (!result.found) throw new Error(result.reason);
    opened.push(result.value);
    const failing = await eventually(result.value, (draft) => {
      expect(draft.error?.message).toMatch(/thread that reads the NVIDIA driver ended \(fault 1\)/);
      return draft;
    });
    expect(failing.meters).toHaveLength(1);
    expect(failing.error?.fix).not.toBe('');
    await eventually(result.value, (draft) => {
      expect(starts(host)).toBe(3);
      expect(draft.error).toBeUndefined();
    });
  });
});
