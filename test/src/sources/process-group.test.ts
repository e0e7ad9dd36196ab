import { afterEach, expect, test } from 'vitest';
import { groupOf } from '../../../src/sources/process-group.ts';
import { createFakeHost, type FakeHost } from '../../fixtures/fake-host.ts';

const hosts: FakeHost[] = [];
afterEach(() => {
  for (const host of hosts.splice(0)) host.dispose();
});

test.each([
  ['version 2', '0::/system.slice/nginx.service', '/system.slice/nginx.service'],
  ['version 1', '12:memory:/other\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/x', '/docker/abc'],
  ['a hybrid host', '4:cpuacct,cpu:/slurm/job_1\n0::/user.slice', '/slurm/job_1'],
  ['a path with colons', '0::/kubelet/pod:1:2', '/kubelet/pod:1:2'],
  ['a group that was removed', '0::/gone (deleted)', '/gone'],
  ['the root', '0::/', '/'],
  ['outside of this namespace', '0::/../../x', undefined],
  ['version 1 without CPU time', '3:memory:/x', undefined],
  ['nothing', '', undefined],
])('the group of a process on %s', (_, content, path) => {
  const host = createFakeHost();
  hosts.push(host);
  host.write('proc/42/cgroup', content);
  expect(groupOf(host.paths.procfs, 42)).toBe(path);
});

test('a process that has ended has none', () => {
  const host = createFakeHost();
  hosts.push(host);
  expect(groupOf(host.paths.procfs, 42)).toBeUndefined();
});
