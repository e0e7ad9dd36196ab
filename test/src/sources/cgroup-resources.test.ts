import { afterEach, expect, test } from 'vitest';
import * as z from 'zod/mini';
import type { Meter } from '../../../src/model/meter.ts';
import type { OpenSource, SampleDraft } from '../../../src/model/source.ts';
import { cgroupSource } from '../../../src/sources/cgroup.ts';
import { cgroupOptions } from '../../../src/sources/cgroup-options.ts';
import { createFakeHost, type FakeHost, fakeClock } from '../../fixtures/fake-host.ts';

const hosts: FakeHost[] = [];
afterEach(() => {
  for (const host of hosts.splice(0)) host.dispose();
});
const fake = (): FakeHost => {
  const host = createFakeHost();
  hosts.push(host);
  return host;
};
const DRAM = { domain: 'dram' } as Meter;
const read = (
  source: OpenSource,
  meters: Meter[] = [],
): Map<string, { processors?: number; memory?: number }> => {
  const draft: SampleDraft = { meters, readings: [] };
  source.read(draft);
  const { groups } = draft;
  return new Map(
    groups?.tree.paths.map((path, at) => [
      path,
      {
        ...(groups.processors === undefined ? {} : { processors: groups.processors[at] ?? -1 }),
        ...(groups.memory === undefined ? {} : { memory: groups.memory[at] ?? -1 }),
      },
    ]),
  );
};
const open = async (host: FakeHost, clock = fakeClock()): Promise<OpenSource> => {
  const opened = await cgroupSource(z.parse(cgroupOptions, {})).open(host.paths, clock);
  if (!opened.found) throw new Error(opened.reason);
  return opened.value;
};

const v2 = (): FakeHost => {
  const host = fake();
  host.write('sys/fs/cgroup/cgroup.controllers', 'cpu memory');
  host.group('/', 100);
  host.group('/a', 10);
  host.group('/b', 10);
  host.write('sys/fs/cgroup/a/cpu.max', '150000 100000');
  host.write('sys/fs/cgroup/b/cpu.max', 'max 100000');
  host.write('sys/fs/cgroup/a/memory.stat', 'anon 4096\nfile 999999');
  return host;
};

test('quotas are processors that are kept, a group without one keeps none', async () => {
  const source = await open(v2());
  const groups = read(source);
  expect(groups.get('/a')?.processors).toBe(1.5);
  expect(groups.get('/b')?.processors).toBe(0);
  source.close();
});

test('memory is read only where something goes by it: anonymous memory, without the page cache', async () => {
  const source = await open(v2());
  expect(read(source).get('/a')).not.toHaveProperty('memory');
  source.close();
  const metered = await open(v2());
  const groups = read(metered, [DRAM]);
  expect(groups.get('/a')?.memory).toBe(4096);
  expect(groups.get('/b')?.memory).toBe(0);
  metered.close();
});

test('memory follows within a minute, a quota within ten', async () => {
  const host = v2();
  const clock = fakeClock();
  const source = await open(host, clock);
  read(source, [DRAM]);
  host.write('sys/fs/cgroup/a/memory.stat', 'anon 8192');
  host.write('sys/fs/cgroup/a/cpu.max', '50000 100000');
  const after = (duration: number) => {
    let groups = new Map<string, { processors?: number; memory?: number }>();
    for (let i = 0; i < duration / 5; i++) {
      clock.advance(5);
      groups = read(source, [DRAM]);
    }
    return groups.get('/a');
  };
  expect(after(65)?.memory).toBe(8192);
  expect(after(600)?.processors).toBe(0.5);
  source.close();
});

test('version 1 has a tree for each controller with the same paths', async () => {
  const host = fake();
  host.groupV1('/', 100);
  host.groupV1('/docker', 10);
  host.groupV1('/docker/x', 10);
  host.write('sys/fs/cgroup/cpu/cpu.shares', '1024');
  host.write('sys/fs/cgroup/cpu/docker/x/cpu.cfs_quota_us', '25000');
  host.write('sys/fs/cgroup/cpu/docker/x/cpu.cfs_period_us', '100000');
  host.write('sys/fs/cgroup/cpu/docker/cpu.cfs_quota_us', '-1');
  host.write('sys/fs/cgroup/memory/docker/x/memory.stat', 'rss 1\ntotal_rss 12288');
  const source = await open(host);
  const groups = read(source, [DRAM]);
  expect(groups.get('/docker/x')).toEqual({ processors: 0.25, memory: 12_288 });
  expect(groups.get('/docker')).toEqual({ processors: 0, memory: 0 });
  source.close();
});
