import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { groupOf, ProcessGroups, parseGroup } from '../../../src/sources/process-group.ts';
import { createFakeHost, type FakeHost } from '../../fixtures/fake-host.ts';

const V1 = '12:memory:/docker/m\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/s\n';
const children: ChildProcess[] = [];
const hosts: FakeHost[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const host of hosts.splice(0)) host.dispose();
});

describe('the group of a process is the one whose CPU time is read', () => {
  test.each([
    ['version 2', '0::/system.slice/nginx.service\n', 'auto', '/system.slice/nginx.service'],
    ['version 1: that of cpuacct', V1, 'auto', '/docker/abc'],
    ['hybrid: that of cpuacct', `${V1}0::/system.slice\n`, 'auto', '/docker/abc'],
    ['hybrid, the root of version 1: that of version 2', '4:cpuacct:/\n0::/a\n', 'auto', '/a'],
    ['hybrid, version 2 wanted', `${V1}0::/system.slice\n`, 'v2', '/system.slice'],
    ['hybrid, version 1 wanted', '4:cpuacct:/\n0::/a\n', 'v1', '/'],
    ['a name with colons', '0::/kubepods/pod:1:2\n', 'auto', '/kubepods/pod:1:2'],
    ['a group that was removed', '0::/a/b (deleted)\n', 'auto', '/a/b'],
    ['outside of the namespace that is seen', '0::/../../system.slice\n', 'auto', undefined],
    ['no group', 'garbage\n\n', 'auto', undefined],
  ] as const)('%s', (_, text, hierarchy, group) => {
    expect(parseGroup(text, hierarchy)).toBe(group);
  });
});

test('the group of one process is read once; one that has ended has none', () => {
  const host = createFakeHost();
  hosts.push(host);
  host.process(7, { name: 'x', start: 1, ticks: 1, cgroup: '/a' });
  expect(groupOf(host.paths.procfs, 7, 'auto')).toBe('/a');
  expect(groupOf(host.paths.procfs, 8, 'auto')).toBeUndefined();
});

test('a process that moves to another group is found there', () => {
  const host = createFakeHost();
  hosts.push(host);
  host.process(7, { name: 'x', start: 1, ticks: 1, cgroup: '/a' });
  const groups = new ProcessGroups(host.paths.procfs, 'auto');
  expect(groups.of(7)).toBe('/a');
  groups.next();
  host.process(7, { name: 'x', start: 1, ticks: 1, cgroup: '/b' });
  expect(groups.of(7)).toBe('/b');
  expect(groups.of(8)).toBeUndefined();
  groups.close();
});

test('a process that ended is given its last group once, and its number never stands for it again', async () => {
  const child = spawn('sleep', ['60']);
  children.push(child);
  const groups = new ProcessGroups('/proc', 'auto');
  const pid = child.pid!;
  const group = await vi.waitFor(() => {
    const found = groups.of(pid);
    expect(found).toBeDefined();
    return found;
  });
  groups.next();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  expect(groups.of(pid)).toBe(group);
  groups.next();
  expect(groups.of(pid)).toBeUndefined();
  groups.close();
});
