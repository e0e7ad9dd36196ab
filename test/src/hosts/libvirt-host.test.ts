/** A host of virtual machines: what its processors, emulator and helpers used is the machine's. */
import { afterEach, expect, test } from 'vitest';
import { type InProcessAgent, startAgent } from '../../fixtures/agent-in-process.ts';
import { expectRowsAreHost, expectRowsAreMeters } from '../../fixtures/closure.ts';
import { readExposition } from '../../fixtures/exposition.ts';
import type { FakeHost } from '../../fixtures/fake-host.ts';
import { inside, LIBVIRTD, libvirtHost, MACHINES } from '../../fixtures/libvirt-host.ts';
import { parseExposition } from '../../fixtures/strict-exposition.ts';
import {
  BUSY,
  BUSY_ZONES,
  DYNAMIC,
  live,
  policy,
  QUIET,
  WITHOUT_BOARDS,
} from '../../fixtures/two-regimes.ts';

const { web, db } = MACHINES;
const BUSY_GROUPS = {
  [inside(web, 'vcpu0')]: 8,
  [inside(web, 'vcpu1')]: 8,
  [inside(web, 'emulator')]: 4,
  [inside(db, 'vcpu0')]: 30,
  [inside(db, 'vcpu1')]: 20,
  [inside(db, 'emulator')]: 10,
  [LIBVIRTD]: 1,
};
let host: FakeHost;
let agent: InProcessAgent;
afterEach(async () => {
  await agent.close();
  host.dispose();
});
const started = async (): Promise<void> => {
  host = libvirtHost();
  agent = await startAgent(host, { policy: policy([]) });
};
const cpu = (quiet: number, busy: number): number =>
  QUIET * DYNAMIC.quiet.cpu * (quiet / 4) + BUSY * DYNAMIC.busy.cpu * (busy / 100);
const PER_GIB = (QUIET * DYNAMIC.quiet.memory + BUSY * DYNAMIC.busy.memory) / 100;

test('machines are rows of their own with all that they hold, and the parts sum to the host', async () => {
  await started();
  await live(
    agent,
    { busy: 4, groups: { [inside(web, 'vcpu0')]: 1, [inside(db, 'emulator')]: 0.5, [LIBVIRTD]: 0.1 } },
    { busy: 100, groups: BUSY_GROUPS },
  );
  const energy = (workload: string, resource: string): number =>
    agent.total('negawatt_workload_energy_joules_total', { workload, resource, part: 'dynamic' });
  expect(energy(web.slice(1), 'cpu')).toBeCloseTo(cpu(1, 20), 6);
  expect(energy(db.slice(1), 'cpu')).toBeCloseTo(cpu(0.5, 60), 6);
  expect(energy(LIBVIRTD.slice(1), 'cpu')).toBeCloseTo(cpu(0.1, 1), 6);
  expect(energy('other', 'cpu')).toBeCloseTo(cpu(2.4, 19), 6);
  expect(energy(web.slice(1), 'memory')).toBeCloseTo(20 * PER_GIB, 6);
  expect(energy(db.slice(1), 'memory')).toBeCloseTo(60 * PER_GIB, 6);
  expect(energy('other', 'memory')).toBeCloseTo(20 * PER_GIB, 6);
  expect(agent.total('negawatt_workload_energy_joules_total')).toBeCloseTo(WITHOUT_BOARDS, 6);
  for (const snapshot of agent.snapshots) {
    expectRowsAreHost(snapshot);
    expectRowsAreMeters(snapshot);
  }
  const body = await agent.metrics();
  const info = parseExposition(body).get('negawatt_workload_info')?.samples ?? [];
  // As the operator named them; the id keeps systemd's escapes, which the format escapes once more.
  expect(Object.fromEntries(info.map(({ labels }) => [labels.workload, labels.name]))).toMatchObject({
    [web.slice(1)]: 'web',
    [db.slice(1)]: 'my-db',
  });
  const kinds = readExposition(body).series.filter(({ labels }) => labels.kind === 'vm');
  expect(new Set(kinds.map(({ labels }) => labels.workload)).size).toBe(2);
  await expect(body).toMatchFileSnapshot('../../golden/libvirt.prom');
});

test('a machine that is shut down gets its last seconds, and one that starts is not charged for the time before', async () => {
  await started();
  const busy = { busy: 100, groups: BUSY_GROUPS, zones: BUSY_ZONES };
  await agent.run(60, busy);
  await agent.wait(2, busy);
  host.remove(`sys/fs/cgroup${db}`);
  const third = '/machine.slice/machine-qemu\\x2d3\\x2dnew.scope';
  host.group(third, 0);
  host.group(`${third}/libvirt`, 0);
  host.group(inside(third, 'vcpu0'), 0);
  const after = { [inside(web, 'vcpu0')]: 8, [inside(third, 'vcpu0')]: 40 };
  await agent.wait(3, { busy: 60, groups: after, zones: BUSY_ZONES });
  await agent.tick();
  const used = (path: string): number =>
    agent.total('negawatt_workload_cpu_seconds_total', { workload: path.slice(1), kind: 'vm' });
  expect(used(third)).toBeCloseTo(3 * 40, 6);
  expect(used(db)).toBeCloseTo(62 * 60, 6);
  expect(used(web)).toBeCloseTo(62 * 20 + 3 * 8, 6);
  await agent.run(60, { busy: 60, groups: after, zones: BUSY_ZONES });
  expect(used(db)).toBeCloseTo(62 * 60, 6);
  expect(used(third)).toBeCloseTo(63 * 40, 6);
  for (const snapshot of agent.snapshots) {
    expectRowsAreHost(snapshot);
    expectRowsAreMeters(snapshot);
  }
});
