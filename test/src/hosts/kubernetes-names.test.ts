/** A Kubernetes node whose kubelet or runtime tells the names: rows, pods and namespaces as people know them. */
import { afterEach, describe, expect, test } from 'vitest';
import { classRulesOf } from '../../../src/config/index.ts';
import { startAgent } from '../../fixtures/agent-in-process.ts';
import { energyBy, expectRowsAreHost, expectRowsAreMeters } from '../../fixtures/closure.ts';
import { serveJson } from '../../fixtures/json-server.ts';
import {
  CONTAINERS,
  type ContainerName,
  KUBELET,
  kubernetesNode,
  PODS,
  pathOf,
} from '../../fixtures/kubernetes-node.ts';
import { bundleOf, POD_NAMES, podList } from '../../fixtures/pods.ts';
import { parseExposition } from '../../fixtures/strict-exposition.ts';
import { BUSY, DYNAMIC, live, policy, QUIET, WITHOUT_BOARDS } from '../../fixtures/two-regimes.ts';

const clean: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step();
});

const NAMES = Object.keys(CONTAINERS) as ContainerName[];
const RULES = classRulesOf([
  { class: 'online', namespace: 'shop' },
  { class: 'offline', namespace: 'batch' },
]);
/** Processors in the quiet minute, of 4, and in the busy ones, of 100. */
const USE: Readonly<Record<ContainerName, readonly [number, number]>> = {
  nginx: [1, 12],
  sidecar: [0.2, 3],
  server: [0.5, 30],
  cache: [0.3, 10],
  job: [0.4, 25],
};
/** J: dynamic, of processors and memory; of 100 GiB. */
const energyOf = (name: ContainerName): number => {
  const [quiet, busy] = USE[name];
  const memory = CONTAINERS[name].memory / 100;
  return (
    QUIET * (DYNAMIC.quiet.cpu * (quiet / 4) + DYNAMIC.quiet.memory * memory) +
    BUSY * (DYNAMIC.busy.cpu * (busy / 100) + DYNAMIC.busy.memory * memory)
  );
};

describe.each([
  ['cgroupfs', 'v1'],
  ['cgroupfs', 'v2'],
  ['systemd', 'v1'],
  ['systemd', 'v2'],
] as const)('with the %s driver on groups of version %s', (driver, version) => {
  test.each(['kubelet', 'containerd'] as const)(
    'rows have the names that the %s tells, and namespaces, pods and classes are their sums',
    async (teller) => {
      const host = kubernetesNode(driver, version);
      clean.push(() => host.dispose());
      // The read-only port: no token goes there.
      const server = await serveJson(teller === 'kubelet' ? { '/pods': podList() } : {});
      clean.push(() => server.close());
      if (teller === 'containerd')
        for (const name of NAMES)
          host.write(
            `run/containerd/io.containerd.runtime.v2.task/k8s.io/${CONTAINERS[name].id}/config.json`,
            JSON.stringify(bundleOf(name)),
          );
      const agent = await startAgent(host, {
        flags: { 'sources.kubelet.url': server.url },
        policy: policy(RULES),
      });
      clean.push(() => agent.close());
      const groups = (regime: 0 | 1) => ({
        ...Object.fromEntries(NAMES.map((name) => [pathOf(driver, name), USE[name][regime]])),
        [KUBELET[driver]]: 0.1,
      });
      await live(agent, { busy: 4, groups: groups(0) }, { busy: 100, groups: groups(1) });

      const body = await agent.metrics();
      const info = new Map(
        (parseExposition(body).get('negawatt_workload_info')?.samples ?? []).map(({ labels }) => [
          labels.workload ?? '',
          labels,
        ]),
      );
      for (const name of NAMES) {
        const { id, pod } = CONTAINERS[name];
        expect(info.get(id)).toMatchObject({
          name: `${POD_NAMES[pod]?.name}/${name}`,
          k8s_namespace_name: POD_NAMES[pod]?.namespace,
          k8s_pod_name: POD_NAMES[pod]?.name,
          k8s_pod_uid: pod,
          k8s_container_name: name,
          container_image_name: `registry.example/${name}:1`,
          container_runtime_name: 'containerd',
        });
      }
      expect(body).not.toMatch(/hunter2|PASSWORD/);
      const last = agent.snapshots.at(-1)!;
      const by = (label: string): Readonly<Record<string, number>> =>
        energyBy(last, ({ workload = '' }) => info.get(workload)?.[label] ?? '');
      const sumOf = (...names: readonly ContainerName[]): number =>
        names.reduce((sum, name) => sum + energyOf(name), 0);
      const pods = by('k8s_pod_name');
      expect(pods['web-0']).toBeCloseTo(sumOf('nginx', 'sidecar'), 6);
      expect(pods['api-7f9c']).toBeCloseTo(sumOf('server', 'cache'), 6);
      expect(pods['cron-29401']).toBeCloseTo(sumOf('job'), 6);
      const namespaces = by('k8s_namespace_name');
      expect(namespaces.shop).toBeCloseTo(sumOf('nginx', 'sidecar', 'server', 'cache'), 6);
      expect(namespaces.batch).toBeCloseTo(sumOf('job'), 6);
      const classes = energyBy(last, (labels) => labels.class ?? '');
      expect([classes.online, classes.offline]).toEqual([namespaces.shop, namespaces.batch]);
      for (const sums of [pods, namespaces, classes])
        expect(Object.values(sums).reduce((a, b) => a + b, 0)).toBeCloseTo(WITHOUT_BOARDS, 6);
      for (const snapshot of agent.snapshots) {
        expectRowsAreHost(snapshot);
        expectRowsAreMeters(snapshot);
      }
      expect(Object.keys(pods).sort()).toEqual(['', ...Object.keys(PODS).map(nameOfPod)].sort());
    },
  );
});

const nameOfPod = (pod: string): string => POD_NAMES[PODS[pod as keyof typeof PODS]]?.name ?? '';
