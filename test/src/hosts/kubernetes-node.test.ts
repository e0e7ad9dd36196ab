/** A Kubernetes node with both drivers of control groups: containers, and the sums over their pods. */
import { afterEach, describe, expect, test } from 'vitest';
import { type ClassRule, glob } from '../../../src/attribution/classes.ts';
import { type InProcessAgent, startAgent } from '../../fixtures/agent-in-process.ts';
import { energyBy, expectRowsAreHost, expectRowsAreMeters } from '../../fixtures/closure.ts';
import type { FakeHost } from '../../fixtures/fake-host.ts';
import { knownNames } from '../../fixtures/known-names.ts';
import {
  CONTAINERS,
  type ContainerName,
  type GroupDriver,
  KUBELET,
  kubernetesNode,
  PODS,
  pathOf,
} from '../../fixtures/kubernetes-node.ts';
import { BUSY, DYNAMIC, FLOOR, live, policy, QUIET, WITHOUT_BOARDS } from '../../fixtures/two-regimes.ts';

const NAMES = Object.keys(CONTAINERS) as ContainerName[];
const NAMES_OF_PODS = knownNames(
  Object.fromEntries(
    NAMES.map((name) => [
      `container ${CONTAINERS[name].id}`,
      { k8s_namespace_name: CONTAINERS[name].pod === PODS.cron ? 'batch' : 'shop' },
    ]),
  ),
);
const RULES: readonly ClassRule[] = [
  { class: 'online', namespace: [glob('shop')] },
  { class: 'offline', kind: [glob('container')] },
];
/** Processors in the quiet minute, of 4, and in the busy ones, of 100. */
const USE: Readonly<Record<ContainerName | 'kubelet', readonly [number, number]>> = {
  nginx: [1, 12],
  sidecar: [0.2, 3],
  server: [0.5, 30],
  cache: [0.3, 10],
  job: [0.4, 25],
  kubelet: [0.1, 2],
};
const REST = [1.5, 18] as const;
const cpu = ([quiet, busy]: readonly [number, number]): number =>
  QUIET * DYNAMIC.quiet.cpu * (quiet / 4) + BUSY * DYNAMIC.busy.cpu * (busy / 100);
/** J: over 100 GiB, of which the containers hold 90 and the kubelet 5. */
const PER_GIB = (QUIET * DYNAMIC.quiet.memory + BUSY * DYNAMIC.busy.memory) / 100;

let host: FakeHost;
let agent: InProcessAgent;
afterEach(async () => {
  await agent.close();
  host.dispose();
});
const groupsOf = (driver: GroupDriver, regime: 0 | 1): Record<string, number> => ({
  ...Object.fromEntries(NAMES.map((name) => [pathOf(driver, name), USE[name][regime]])),
  [KUBELET[driver]]: USE.kubelet[regime],
});
const run = async (
  driver: GroupDriver,
  version: 'v1' | 'v2',
  by: Parameters<typeof policy>[1] = {},
): Promise<void> => {
  host = kubernetesNode(driver, version);
  agent = await startAgent(host, { policy: policy(RULES, by), more: [NAMES_OF_PODS] });
  await live(agent, { busy: 4, groups: groupsOf(driver, 0) }, { busy: 100, groups: groupsOf(driver, 1) });
};

describe.each([
  ['cgroupfs', 'v1'],
  ['cgroupfs', 'v2'],
  ['systemd', 'v1'],
  ['systemd', 'v2'],
] as const)('a node with the %s driver on groups of version %s', (driver, version) => {
  test('books containers under their ids, pods and namespaces are their sums, and all is the host', async () => {
    await run(driver, version);
    const energy = (workload: string, resource: string): number =>
      agent.total('negawatt_workload_energy_joules_total', { workload, resource, part: 'dynamic' });
    for (const name of NAMES) {
      const { id, memory } = CONTAINERS[name];
      expect(energy(id, 'cpu'), name).toBeCloseTo(cpu(USE[name]), 6);
      expect(energy(id, 'memory'), name).toBeCloseTo(memory * PER_GIB, 6);
    }
    expect(energy(KUBELET[driver].slice(1), 'cpu')).toBeCloseTo(cpu(USE.kubelet), 6);
    expect(energy(KUBELET[driver].slice(1), 'memory')).toBeCloseTo(5 * PER_GIB, 6);
    expect(energy('other', 'cpu')).toBeCloseTo(cpu(REST), 6);
    expect(energy('other', 'memory')).toBeCloseTo(5 * PER_GIB, 6);
    expect(agent.total('negawatt_workload_energy_joules_total', { workload: 'idle' })).toBeCloseTo(
      (QUIET + BUSY) * 2 * (FLOOR.package + FLOOR.dram),
      6,
    );

    const last = agent.snapshots.at(-1)!;
    const labels = new Map(
      last.points
        .filter(({ metric }) => metric === 'negawatt_workload_info')
        .map((point) => [point.labels.workload, point.labels]),
    );
    const byPod = energyBy(last, ({ workload }) => labels.get(workload)?.k8s_pod_uid ?? '');
    const of = (name: ContainerName): number => cpu(USE[name]) + CONTAINERS[name].memory * PER_GIB;
    expect(byPod[PODS.web]).toBeCloseTo(of('nginx') + of('sidecar'), 6);
    expect(byPod[PODS.api]).toBeCloseTo(of('server') + of('cache'), 6);
    expect(byPod[PODS.cron]).toBeCloseTo(of('job'), 6);
    expect(Object.keys(byPod).sort(), 'no other pod').toEqual(['', ...Object.values(PODS)].sort());
    const byClass = energyBy(last, (one) => one.class!);
    expect(byClass.online).toBeCloseTo(byPod[PODS.web]! + byPod[PODS.api]!, 6);
    expect(byClass.offline).toBeCloseTo(byPod[PODS.cron]!, 6);
    expect(Object.values(byClass).reduce((a, b) => a + b, 0)).toBeCloseTo(WITHOUT_BOARDS, 6);
    expect(agent.total('hw_host_energy_joules_total')).toBeCloseTo(WITHOUT_BOARDS, 6);
    for (const snapshot of agent.snapshots) {
      expectRowsAreHost(snapshot);
      expectRowsAreMeters(snapshot);
    }
    if (version === 'v2')
      await expect(await agent.metrics()).toMatchFileSnapshot(`../../golden/kubernetes-${driver}.prom`);
  });
});

test.each(['v1', 'v2'] as const)(
  'with groups of version %s quotas carry their part of the floor, and what nobody reserved is idle',
  async (version) => {
    await run('systemd', version, { staticShare: 'reserved' });
    const fixed = (workload: string): number =>
      agent.total('negawatt_workload_energy_joules_total', { workload, part: 'static_share' });
    const floor = (QUIET + BUSY) * 2 * (FLOOR.package + FLOOR.dram);
    expect(fixed(CONTAINERS.nginx.id)).toBeCloseTo(floor * (16 / 128), 6);
    expect(fixed(CONTAINERS.sidecar.id)).toBeCloseTo(floor * (8 / 128), 6);
    expect(fixed(CONTAINERS.server.id)).toBeCloseTo(floor * (32 / 128), 6);
    expect(fixed(CONTAINERS.cache.id), 'without a quota').toBe(0);
    expect(fixed('idle')).toBeCloseTo(floor * (72 / 128), 6);
    for (const snapshot of agent.snapshots) expectRowsAreMeters(snapshot);
  },
);

test('with few rows what has none stays in its class', async () => {
  await run('systemd', 'v2', { top: 2 });
  const byRow = energyBy(agent.snapshots.at(-1)!, (labels) => `${labels.kind} ${labels.class}`);
  expect(agent.snapshots.at(-1)!.view.attributed.state.top.exported.size).toBe(2);
  const online = NAMES.filter((name) => name !== 'job').reduce(
    (sum, name) => sum + cpu(USE[name]) + CONTAINERS[name].memory * PER_GIB,
    0,
  );
  expect((byRow['container online'] ?? 0) + (byRow['other online'] ?? 0)).toBeCloseTo(online, 6);
  expect((byRow['container offline'] ?? 0) + (byRow['other offline'] ?? 0)).toBeCloseTo(cpu(USE.job), 6);
  expect(Object.values(byRow).reduce((a, b) => a + b, 0)).toBeCloseTo(WITHOUT_BOARDS, 6);
});
