import { chmodSync, mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import * as z from 'zod/mini';
import type { OpenSource, SampleDraft } from '../../../src/model/source.ts';
import { cgroupSource } from '../../../src/sources/cgroup.ts';
import { cgroupOptions } from '../../../src/sources/cgroup-options.ts';
import { GroupStructure } from '../../../src/sources/cgroup-structure.ts';
import { descriptors } from '../../../src/sources/descriptors.ts';
import { createFakeHost, type FakeHost, fakeClock } from '../../fixtures/fake-host.ts';
import { type GroupReading, unpackGroups } from '../../fixtures/groups.ts';
import { cgroupHybrid, cgroupV1, cgroupV2, containers200gpus8 } from '../../fixtures/hosts.ts';
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

const look = (host: FakeHost, options: object = {}, clock = fakeClock()) =>
  cgroupSource(z.parse(cgroupOptions, options)).open(host.paths, clock);
const open = async (host: FakeHost, options: object = {}, clock = fakeClock()): Promise<OpenSource> => {
  const result = await look(host, options, clock);
  if (!result.found) throw new Error(result.reason);
  opened.push(result.value);
  return result.value;
};
const read = (source: OpenSource): readonly GroupReading[] => {
  const draft: SampleDraft = { meters: [], readings: [] };
  source.read(draft);
  if (draft.groups === undefined) throw new Error('nothing was read');
  return unpackGroups(draft.groups);
};
const times = (groups: readonly GroupReading[]) =>
  Object.fromEntries(groups.map(({ path, cpu }) => [path, cpu]));
const find = (groups: readonly GroupReading[], path: string) => groups.find((group) => group.path === path);
/** A whole round of the slower look at groups without children. */
const sixTicks = (source: OpenSource): readonly GroupReading[] => {
  let last: readonly GroupReading[] = [];
  for (let tick = 0; tick < 6; tick++) last = read(source);
  return last;
};
const below = (host: FakeHost, path: string): string => join(host.paths.sysfs, 'fs/cgroup', path);
/** A directory's time of change may stand still for a clock tick of the file system: move it for certain. */
const touch = (path: string): void => utimesSync(path, new Date(0), new Date(Date.now() + 60_000));

test('version 2: each group with its cumulative time, the root first and parents before children', async () => {
  const source = await open(use(cgroupV2()));
  const groups = read(source);
  expect(groups[0]).toMatchObject({ path: '/', cpu: 90 });
  expect(groups[0]?.parent).toBeUndefined();
  const seen = new Set<string>();
  for (const { id, parent } of groups) {
    if (parent !== undefined) expect(seen).toContain(parent);
    expect(id).toMatch(/^\d+$/);
    seen.add(id);
  }
  expect(seen.size).toBe(5);
  expect(times(groups)).toMatchObject({
    '/system.slice': 70,
    '/system.slice/nginx.service': 10,
    '/user.slice': 20,
  });
  expect(source.detail).toBe('v2, 5 groups');
});

test('version 1: nanoseconds below the cpuacct mount, whatever its name', async () => {
  for (const mount of ['cpu,cpuacct', 'cpuacct,cpu', 'cpuacct']) {
    const host = use(cgroupV1());
    renameSync(below(host, 'cpu,cpuacct'), below(host, mount));
    const source = await open(host);
    expect(times(read(source))).toMatchObject({ '/': 90, '/slurm/uid_1000/job_42': 60 });
    expect(source.detail).toBe('v1, 6 groups');
  }
});

test('a count of centuries in nanoseconds never seems to fall', async () => {
  const host = use(cgroupV1());
  const source = await open(host);
  let last = 0;
  for (const usage of ['9007199254740991', '9007199254740993', '999999999999999999', '1000000000000000001']) {
    host.write('sys/fs/cgroup/cpu,cpuacct/docker/cpuacct.usage', usage);
    const now = find(read(source), '/docker')?.cpu ?? 0;
    expect(now).toBeGreaterThanOrEqual(last);
    expect(now).toBeCloseTo(Number(usage) / 1e9, 3);
    last = now;
  }
});

const UNIFIED = 'sys/fs/cgroup/unified';
/** Groups of version 2 beside those of version 1. */
const unified = (host: FakeHost, count: number, microseconds: number): void => {
  for (let i = 0; i < count; i++)
    host.write(`${UNIFIED}/g${i}/cpu.stat`, `usage_usec ${Math.round(microseconds / count)}`);
  host.write(`${UNIFIED}/cpu.stat`, `usage_usec ${microseconds}\nuser_usec ${microseconds}\nsystem_usec 0`);
};

test('a hybrid host is read where more groups are; version 1 if they are as many', async () => {
  const host = use(cgroupHybrid());
  expect((await open(host)).detail).toBe('v1 of a hybrid host, 6 groups');
  unified(host, 6, 80_000_000);
  expect((await open(host)).detail).toBe('v2 of a hybrid host, 7 groups');
  expect((await open(host, { hierarchy: 'v1' })).detail).toBe('v1, 6 groups');
  host.remove(`${UNIFIED}/g0`);
  expect((await open(host)).detail).toBe('v1 of a hybrid host, 6 groups');
  expect((await open(host, { hierarchy: 'v2' })).detail).toBe('v2, 6 groups');
});

test('a hybrid host is read where its work is, however many groups the other tree has in which nothing runs', async () => {
  const host = use(cgroupHybrid());
  unified(host, 40, 40);
  expect((await open(host)).detail).toBe('v1 of a hybrid host, 6 groups');
  unified(host, 2, 200_000_000);
  for (let i = 2; i < 40; i++) host.remove(`${UNIFIED}/g${i}`);
  expect((await open(host)).detail).toBe('v2 of a hybrid host, 3 groups');
});

test('a hybrid host whose groups or work move to the other tree is followed within a minute', async () => {
  const host = use(cgroupHybrid());
  const clock = fakeClock();
  const source = await open(host, {}, clock);
  unified(host, 20, 80_000_000);
  expect(read(source)).toHaveLength(6);
  clock.advance(60);
  expect(read(source)).toHaveLength(21);
  expect(source.detail).toBe('v2 of a hybrid host, 21 groups');
  // Work, and no more groups: less than three seconds of it are no reason yet.
  host.groupV1('/docker', 22_900_000_000);
  clock.advance(60);
  expect(read(source)).toHaveLength(21);
  host.groupV1('/docker', 26_000_000_000);
  clock.advance(60);
  expect(read(source)).toHaveLength(6);
});

test('a tree of a hybrid host that cannot be read for a while did not use all at once what it ever used', async () => {
  const host = use(cgroupHybrid());
  unified(host, 2, 40_000_000);
  const clock = fakeClock();
  const source = await open(host, {}, clock);
  const later = () => {
    clock.advance(60);
    return read(source).length;
  };
  expect(later()).toBe(6);
  renameSync(below(host, 'unified'), below(host, 'away'));
  expect(later()).toBe(6);
  renameSync(below(host, 'away'), below(host, 'unified'));
  expect(later()).toBe(6);
});

test('no group of one tree of a hybrid host passes for one of the other, whose numbers are the same', async () => {
  const host = use(cgroupHybrid());
  unified(host, 3, 1_000_000);
  const [v1, v2] = [await open(host, { hierarchy: 'v1' }), await open(host, { hierarchy: 'v2' })];
  const idsOf = (source: OpenSource) => read(source).map(({ id }) => id);
  // On a host the numbers of both begin at 1; folders of one file system share none.
  expect(idsOf(v1).every((id) => /^v1-\d+$/.test(id))).toBe(true);
  expect(idsOf(v2).every((id) => /^\d+$/.test(id))).toBe(true);
});

test('the time of the root leaves out what the hypervisor stole, which its usage holds', async () => {
  const host = use(cgroupV2());
  host.write('sys/fs/cgroup/cpu.stat', 'usage_usec 99000000\nuser_usec 50000000\nsystem_usec 20000000');
  expect(read(await open(host))[0]?.cpu).toBe(70);
});

test('a root without cpu.stat is the sum of its children and never falls when one ends', async () => {
  const host = use(cgroupV2());
  host.remove('sys/fs/cgroup/cpu.stat');
  const source = await open(host);
  expect(read(source)[0]).toMatchObject({ path: '/', cpu: 90 });
  host.remove('sys/fs/cgroup/user.slice');
  expect(times(read(source))).toMatchObject({ '/': 90, '/system.slice': 70 });
});

test('a group that appears below another with children shows at the next tick', async () => {
  const host = use(cgroupV2());
  const source = await open(host);
  read(source);
  host.group('/system.slice/new.service', 1_500_000);
  touch(below(host, 'system.slice'));
  expect(find(read(source), '/system.slice/new.service')?.cpu).toBe(1.5);
});

test('a group that appears below one without children shows within six ticks', async () => {
  const host = use(cgroupV2());
  const source = await open(host);
  read(source);
  host.group('/system.slice/nginx.service/worker', 500_000);
  touch(below(host, 'system.slice/nginx.service'));
  const worker = find(sixTicks(source), '/system.slice/nginx.service/worker');
  expect(worker?.cpu).toBe(0.5);
  expect(worker?.parent).toBe(find(read(source), '/system.slice/nginx.service')?.id);
});

test('where the kernel tells how many groups it has, a new one shows at the next tick, wherever it is', async () => {
  const host = use(cgroupV2());
  host.write('sys/fs/cgroup/cgroup.stat', 'nr_descendants 4\nnr_dying_descendants 7');
  const source = await open(host);
  read(source);
  host.group('/system.slice/nginx.service/worker', 3_000_000);
  touch(below(host, 'system.slice/nginx.service'));
  host.write('sys/fs/cgroup/cgroup.stat', 'nr_descendants 5\nnr_dying_descendants 7');
  expect(find(read(source), '/system.slice/nginx.service/worker')?.cpu).toBe(3);
});

test('while the kernel has as many groups as are known, none without children is looked into', async () => {
  const host = use(cgroupV2());
  host.write('sys/fs/cgroup/cgroup.stat', 'nr_descendants 4');
  const source = await open(host);
  read(source);
  // A kernel would have counted this one: that it does not show proves that nobody looked.
  host.group('/system.slice/nginx.service/worker', 3_000_000);
  touch(below(host, 'system.slice/nginx.service'));
  expect(sixTicks(source)).toHaveLength(5);
  host.group('/system.slice/other.service', 1_000_000);
  touch(below(host, 'system.slice'));
  expect(read(source)).toHaveLength(6);
});

test('pods that came at different times cost no walk of all groups at each tick', async () => {
  const host = use(cgroupV2());
  const clock = fakeClock();
  let count = 4;
  host.write('sys/fs/cgroup/cgroup.stat', `nr_descendants ${count}`);
  const source = await open(host, {}, clock);
  const tick = (): void => {
    clock.advance(5);
    read(source);
  };
  for (let pod = 0; pod < 14; pod++) {
    host.group(`/system.slice/pod${pod}/container`, 1_000_000);
    host.group(`/system.slice/pod${pod}`, 1_000_000);
    touch(below(host, 'system.slice'));
    count += 2;
    host.write('sys/fs/cgroup/cgroup.stat', `nr_descendants ${count}`);
    for (let i = 0; i < 13; i++) tick();
  }
  const asked = vi.spyOn(GroupStructure.prototype, 'changed');
  try {
    let walks = 0;
    for (let i = 0; i < 60; i++) {
      asked.mockClear();
      tick();
      if (asked.mock.calls.some(([node]) => node.path.endsWith('/container'))) walks++;
    }
    expect(walks).toBe(5);
  } finally {
    asked.mockRestore();
  }
});

test('one group that ends in the tick in which another begins does not hide it', async () => {
  const host = use(cgroupV2());
  host.write('sys/fs/cgroup/cgroup.stat', 'nr_descendants 4');
  const source = await open(host);
  expect(find(read(source), '/user.slice')).toBeDefined();
  host.remove('sys/fs/cgroup/user.slice');
  host.group('/system.slice/nginx.service/worker', 3_000_000);
  touch(below(host, 'system.slice/nginx.service'));
  read(source);
  expect(find(read(source), '/system.slice/nginx.service/worker')?.cpu).toBe(3);
});

test('groups that stay unknown, as those outside of a container, leave each to be looked at in its turn', async () => {
  const host = use(cgroupV2());
  host.write('sys/fs/cgroup/cgroup.stat', 'nr_descendants 90');
  const source = await open(host);
  read(source);
  host.group('/system.slice/nginx.service/worker', 1);
  touch(below(host, 'system.slice/nginx.service'));
  expect(sixTicks(source)).toHaveLength(6);
});

test('version 1 counts the groups of its hierarchy, the root included', async () => {
  const host = use(cgroupV1());
  const count = (groups: number): void =>
    host.write(
      'proc/cgroups',
      `#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t5\t99\t1\ncpuacct\t2\t${groups}\t1`,
    );
  count(6);
  const source = await open(host);
  read(source);
  host.groupV1('/slurm/uid_1000/job_42/step_0', 1_000_000_000);
  touch(below(host, 'cpu,cpuacct/slurm/uid_1000/job_42'));
  expect(sixTicks(source)).toHaveLength(6);
  count(7);
  expect(read(source)).toHaveLength(7);
});

test('a group that ends is gone from the next tick, with all below it, and its descriptors with it', async () => {
  const host = use(cgroupV2());
  const source = await open(host);
  read(source);
  const held = descriptors.used;
  host.remove('sys/fs/cgroup/system.slice');
  touch(below(host, ''));
  expect(Object.keys(times(read(source)))).toEqual(['/', '/user.slice']);
  expect(descriptors.used).toBe(held - 6);
});

test('a restarted unit takes the path again and is another group', async () => {
  const host = use(cgroupV2());
  const source = await open(host);
  const before = find(read(source), '/user.slice');
  // Renamed, not removed at once: the file system may give a freed inode to the next directory.
  renameSync(below(host, 'user.slice'), join(host.root, 'aside'));
  mkdirSync(below(host, 'user.slice'));
  host.group('/user.slice', 250_000);
  host.remove('aside');
  touch(below(host, ''));
  const after = read(source).filter(({ path }) => path === '/user.slice');
  expect(after).toHaveLength(1);
  expect(after[0]?.cpu).toBe(0.25);
  expect(after[0]?.id).not.toBe(before?.id);
});

test('groups beyond the limit stay part of their ancestors, the deepest first, and the detail says so', async () => {
  const host = use(cgroupV1());
  const source = await open(host, { max_groups: 4 });
  expect(Object.keys(times(read(source))).filter((path) => path.split('/').length === 2)).toHaveLength(3);
  expect(source.detail).toBe('v1, 4 groups; 1 and all below them counted in their ancestors (max_groups)');
  host.remove('sys/fs/cgroup/cpu,cpuacct/docker');
  touch(below(host, 'cpu,cpuacct'));
  sixTicks(source);
  expect(Object.keys(times(sixTicks(source)))).toEqual([
    '/',
    '/slurm',
    '/slurm/uid_1000',
    '/slurm/uid_1000/job_42',
  ]);
  expect(source.detail).toBe('v1, 4 groups');
});

test('200 containers are read with two descriptors each', async () => {
  const host = use(containers200gpus8());
  const held = descriptors.used;
  const source = await open(host);
  expect(read(source)).toHaveLength(202);
  expect(descriptors.used).toBe(held + 404);
  source.close();
  expect(descriptors.used).toBe(held);
});

test('without room for descriptors groups are read by path and a successor is told apart', async () => {
  const host = use(cgroupV2());
  const taken: true[] = [];
  while (descriptors.take()) taken.push(true);
  try {
    const source = await open(host);
    const before = find(read(source), '/user.slice');
    renameSync(below(host, 'user.slice'), join(host.root, 'aside'));
    mkdirSync(below(host, 'user.slice'));
    host.group('/user.slice', 250_000);
    const after = find(read(source), '/user.slice');
    expect(before?.cpu).toBe(20);
    expect(after?.cpu).toBe(0.25);
    expect(after?.id).not.toBe(before?.id);
  } finally {
    for (const _ of taken) descriptors.give();
  }
});

test('members are told for groups with children, and looked at again after a minute', async () => {
  const host = use(cgroupV2());
  const clock = fakeClock();
  host.write('sys/fs/cgroup/cgroup.procs', '1');
  const source = await open(host, {}, clock);
  const groups = read(source);
  expect(find(groups, '/')?.members).toBe(true);
  expect(find(groups, '/system.slice')?.members).toBe(false);
  host.write('sys/fs/cgroup/system.slice/cgroup.procs', '77');
  expect(find(read(source), '/system.slice')?.members).toBe(false);
  clock.advance(60);
  expect(find(read(source), '/system.slice')?.members).toBe(true);
});

test.each([
  ['one above others', '/system.slice', 70, undefined],
  ['one without children', '/system.slice/nginx.service', 10, undefined],
  // Where the kernel tells how many there are, groups that did not come or go are read in another way.
  ['one above others, all of them known', '/system.slice', 70, 'nr_descendants 4'],
  ['one without children, all of them known', '/system.slice/nginx.service', 10, 'nr_descendants 4'],
])(
  'a usage that is garbage for one tick keeps its last value, and catches up: %s',
  async (_, path, last, count) => {
    const host = use(cgroupV2());
    if (count !== undefined) host.write('sys/fs/cgroup/cgroup.stat', count);
    const source = await open(host);
    const before = times(read(source));
    for (const garbage of ['', 'usage_usec -1', 'usage_usec x', `usage_usec ${'9'.repeat(5000)}`]) {
      host.write(`sys/fs/cgroup${path}/cpu.stat`, garbage);
      const groups = read(source);
      expect(times(groups)).toEqual({ ...before, [path]: last });
      expect(source.detail).toContain('1 could not be read');
    }
    host.group(path, (last + 1) * 1e6);
    expect(times(read(source))).toEqual({ ...before, [path]: last + 1 });
    expect(source.detail).toBe('v2, 5 groups');
    // What it had is what it goes on from.
    host.group(path, (last + 2) * 1e6);
    read(source);
    host.write(`sys/fs/cgroup${path}/cpu.stat`, '');
    expect(times(read(source))).toEqual({ ...before, [path]: last + 2 });
  },
);

test('a root that is garbage fails the source with the file, for this tick', async () => {
  const host = use(cgroupV2());
  const source = await open(host);
  host.write('sys/fs/cgroup/cpu.stat', 'garbage');
  expect(() => read(source)).toThrow(/cpu\.stat: expected .* found "garbage"/);
  host.group('/', 91_000_000);
  expect(read(source)[0]?.cpu).toBe(91);
});

test('names that do not print become printable; links are not followed', async () => {
  const host = use(cgroupV2());
  const odd = Buffer.concat([Buffer.from(`${below(host, 'user.slice')}/`), Buffer.from([0x61, 0xff, 0x0a])]);
  mkdirSync(odd);
  writeFileSync(Buffer.concat([odd, Buffer.from('/cpu.stat')]), 'usage_usec 3000000\n');
  symlinkSync('..', below(host, 'user.slice/loop'));
  const groups = read(await open(host));
  expect(groups).toHaveLength(6);
  expect(find(groups, '/user.slice/a\ufffd\ufffd')?.cpu).toBe(3);
});

test.each([
  [{}, 'neither cgroup.controllers (v2) nor a cpuacct mount (v1)', 'Mount'],
  [{ hierarchy: 'v1' }, 'no cpuacct mount (v1)', 'hierarchy: auto'],
  [{ hierarchy: 'v2' }, 'no cgroup.controllers (v2)', 'hierarchy: auto'],
])(
  'without control groups the source is absent and says what was looked for: %j',
  async (options, why, fix) => {
    const host = use(createFakeHost());
    host.write('sys/fs/cgroup/README', 'nothing here');
    const result = await look(host, options);
    expect(result.found ? '' : result.reason).toContain(why);
    expect(result.found ? '' : result.fix).toContain(fix);
  },
);

test('without the mount point the flag is named', async () => {
  const result = await look(use(createFakeHost()));
  expect(result.found ? '' : result.fix).toContain('--path.sysfs');
});

test.skipIf(!canDropPrivileges)(
  'a group closed to the user is counted in its parent (needs root)',
  async () => {
    const host = use(cgroupV2());
    chmodSync(below(host, 'user.slice/cpu.stat'), 0o400);
    await asNobody(async () => {
      const source = await open(host);
      expect(Object.keys(times(read(source)))).not.toContain('/user.slice');
      expect(source.detail).toContain('1 could not be read');
    });
    chmodSync(below(host, 'cpu.stat'), 0o400);
    const result = await asNobody(() => look(host));
    expect(result.found ? '' : `${result.reason} ${result.fix}`).toMatch(/EACCES.*root/);
  },
);
