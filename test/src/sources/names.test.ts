/** Names, labels and reservations of workloads, from real sockets, a real HTTPS server and files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { classRulesOf } from '../../../src/config/index.ts';
import { NO_FACTS } from '../../../src/model/facts.ts';
import { limitsOf } from '../../../src/sources/names-docker-api.ts';
import { factsOfSpec } from '../../../src/sources/names-oci-spec.ts';
import { quantity } from '../../../src/sources/names-quantity.ts';
import { seconds } from '../../../src/units.ts';
import { type InProcessAgent, startAgent } from '../../fixtures/agent-in-process.ts';
import { noCertificates, selfSigned } from '../../fixtures/certificate.ts';
import { readExposition } from '../../fixtures/exposition.ts';
import type { FakeHost } from '../../fixtures/fake-host.ts';
import { hex64, laptopRapl } from '../../fixtures/hosts.ts';
import { type JsonServer, type Reply, serveJson } from '../../fixtures/json-server.ts';
import { parseExposition } from '../../fixtures/strict-exposition.ts';

const clean: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step();
});

const ID = hex64(0xabc);
const OTHER = hex64(0xdef);
const UID = '11111111-2222-4333-8444-555555555555';
const DOCKER = `/system.slice/docker-${ID}.scope`;
const POD = `/kubepods/burstable/pod${UID}`;

const withGroups = (...paths: readonly string[]): FakeHost => {
  const host = laptopRapl();
  clean.push(() => host.dispose());
  host.write('proc/mounts', `cgroup2 ${host.root}/sys/fs/cgroup cgroup2 rw 0 0`);
  const all = new Set([
    '/',
    ...paths.flatMap((path) =>
      path
        .split('/')
        .slice(1)
        .map((_, i, parts) => `/${parts.slice(0, i + 1).join('/')}`),
    ),
  ]);
  for (const path of all) host.group(path, 1_000_000);
  return host;
};

const start = async (
  host: FakeHost,
  flags: Readonly<Record<string, string>> = {},
  rules: Parameters<typeof classRulesOf>[0] = [],
): Promise<InProcessAgent> => {
  const agent = await startAgent(host, {
    flags,
    policy: {
      attribution: {
        staticShare: 'reserved',
        top: 10,
        retention: seconds(900),
        naming: { facts: NO_FACTS, rules: classRulesOf(rules) },
      },
    },
  });
  clean.push(() => agent.close());
  return agent;
};

const busy = (...groups: readonly string[]) => ({
  zones: { 'intel-rapl:0': 20 },
  busy: groups.length,
  groups: Object.fromEntries(groups.map((path) => [path, 1])),
});

const infoOf = async (agent: InProcessAgent, workload: string) => {
  const body = await agent.metrics();
  parseExposition(body);
  return readExposition(body).series.find(
    ({ name, labels }) => name === 'negawatt_workload_info' && labels.workload === workload,
  )?.labels;
};

const docker = async (host: FakeHost, replies: Record<string, Reply>): Promise<JsonServer> => {
  mkdirSync(join(host.root, 'run'), { recursive: true });
  const server = await serveJson(replies, { socket: join(host.root, 'run/docker.sock') });
  clean.push(() => server.close());
  return server;
};

const LISTED = [
  {
    Id: ID,
    Names: ['/other/link', '/shop-db'],
    Image: 'postgres:17',
    Labels: { tier: 'online', 'com.docker.compose.project': 'shop' },
    Command: 'postgres --password=hunter2',
  },
];
const HOST_CONFIG = {
  HostConfig: { NanoCpus: 1_500_000_000, DeviceRequests: [{ Count: 2, Capabilities: [['gpu']] }] },
};

describe('a container of Docker', () => {
  test('has the name, the image and the class of its labels, and keeps what it reserved; nothing else of it is shown', async () => {
    const host = withGroups(DOCKER);
    const server = await docker(host, {
      '/containers/json': LISTED,
      [`/containers/${ID}/json`]: HOST_CONFIG,
    });
    const agent = await start(host, {}, [{ class: 'online', labels: { tier: 'online' } }]);
    await agent.run(30, busy(DOCKER));
    expect(await infoOf(agent, ID)).toMatchObject({
      name: 'shop-db',
      container_image_name: 'postgres:17',
      container_runtime_name: 'docker',
    });
    expect(
      agent.total('negawatt_workload_cpu_seconds_total', { workload: ID, class: 'online' }),
    ).toBeGreaterThan(20);
    expect(agent.total('negawatt_workload_reserved_cpu_seconds_total', { workload: ID })).toBeGreaterThan(
      1.5 * 20,
    );
    expect(agent.total('negawatt_workload_reserved_gpu_seconds_total', { workload: ID })).toBeGreaterThan(
      2 * 20,
    );
    expect(agent.status('docker')).toMatchObject({ state: 'up', why: '1 of 1 containers named' });
    const text = await agent.metrics();
    expect(text).not.toMatch(/hunter2|compose/);
    expect(new Set(server.requests.map((one) => one.split(' ')[0]))).toEqual(new Set(['GET']));
    // Once at the start, and not at each tick.
    expect(server.requests.filter((one) => one === 'GET /containers/json').length).toBeLessThanOrEqual(2);
  });

  test('that comes later is asked for when its group shows, and one that went keeps its name for its row', async () => {
    const host = withGroups(DOCKER);
    const replies: Record<string, Reply> = {
      '/containers/json': LISTED,
      [`/containers/${ID}/json`]: HOST_CONFIG,
    };
    await docker(host, replies);
    const agent = await start(host);
    await agent.run(20, busy(DOCKER));
    const later = `/system.slice/docker-${OTHER}.scope`;
    replies['/containers/json'] = [...LISTED, { Id: OTHER, Names: ['/late'], Image: 'x' }];
    replies[`/containers/${OTHER}/json`] = {};
    host.group(later, 0);
    await agent.run(30, busy(DOCKER, later));
    expect(await infoOf(agent, OTHER)).toMatchObject({ name: 'late' });
    replies['/containers/json'] = LISTED;
    host.remove(`sys/fs/cgroup${later}`);
    await agent.run(30, busy(DOCKER));
    expect(await infoOf(agent, OTHER)).toMatchObject({ name: 'late' });
  });

  test('is named by its id while the daemon refuses, lies or answers with a page: one change of state, and energy goes on', async () => {
    const host = withGroups(DOCKER);
    const replies: Record<string, Reply> = {};
    await docker(host, replies);
    const html: Reply = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html>');
    };
    const agent = await start(host);
    for (const [reply, why] of [
      [undefined, /status 404/],
      [html, /expected JSON/],
      [{ message: 'no list' }, undefined],
      [[{ Id: '../../etc', Names: ['/x'] }, null, 7, { Id: ID, Names: 'no list', Labels: [] }], undefined],
    ] as const) {
      if (reply === undefined) delete replies['/containers/json'];
      else replies['/containers/json'] = reply;
      await agent.run(360, busy(DOCKER));
      const { state, why: told } = agent.status('docker');
      if (why === undefined) expect(state).toBe('up');
      else expect(told).toMatch(why);
    }
    expect(agent.log.filter(({ source }) => source === 'docker').map(({ state }) => state)).toEqual([
      'up',
      'failing',
      'up',
    ]);
    expect((await infoOf(agent, ID))?.name).toBe(ID.slice(0, 12));
    expect(agent.total('negawatt_workload_energy_joules_total')).toBeCloseTo(
      agent.total('hw_host_energy_joules_total'),
      3,
    );
  });

  test('names that hold quotes, newlines and what is no text do no harm', async () => {
    const host = withGroups(DOCKER);
    const name = '/a"b\\c\nd\u0000\u202ee';
    const [first] = LISTED;
    await docker(host, { '/containers/json': [{ ...first, Names: [name] }], [`/containers/${ID}/json`]: {} });
    const agent = await start(host);
    await agent.run(20, busy(DOCKER));
    expect((await infoOf(agent, ID))?.name).toMatch(/^a\\"b\\\\c\ufffdd/);
  });
});

const PODS = {
  items: [
    {
      metadata: { name: 'web-0', namespace: 'shop', uid: UID, labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'nginx',
            resources: { requests: { cpu: '250m' }, limits: { 'nvidia.com/gpu': '1' } },
          },
          { name: 'side', resources: {} },
        ],
      },
      status: {
        qosClass: 'Burstable',
        containerStatuses: [
          { name: 'nginx', containerID: `containerd://${ID}`, image: 'nginx:1.29' },
          { name: 'side', containerID: `containerd://${OTHER}`, image: 'side:1' },
        ],
      },
    },
    { metadata: null, status: { containerStatuses: 'no list' } },
  ],
};

describe.skipIf(noCertificates !== undefined)('a pod', () => {
  const kubelet = async (host: FakeHost, replies: Record<string, Reply>) => {
    const certificate = selfSigned();
    const server = await serveJson(replies, { certificate });
    clean.push(() => server.close());
    const at = (name: string, content: string): string => {
      const file = join(host.root, name);
      writeFileSync(file, content);
      return file;
    };
    return {
      server,
      options: {
        'sources.kubelet.url': server.url,
        'sources.kubelet.token-file': at('token', 'a-token\n'),
        'sources.kubelet.ca-file': at('ca.crt', certificate.cert),
      },
    };
  };
  const answering =
    (status = 200, body: object = PODS): Reply =>
    (request, response) => {
      const good = request.headers.authorization === 'Bearer a-token';
      response.writeHead(good ? status : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify(good ? body : {}));
    };

  test('names its containers by pod and namespace, classes them, and tells what they requested', async () => {
    const host = withGroups(`${POD}/${ID}`, `${POD}/${OTHER}`);
    const { options } = await kubelet(host, { '/pods': answering() });
    const agent = await start(host, options, [{ class: 'shop', namespace: 'shop' }]);
    await agent.run(30, busy(`${POD}/${ID}`, `${POD}/${OTHER}`));
    expect(await infoOf(agent, ID)).toMatchObject({
      name: 'web-0/nginx',
      k8s_namespace_name: 'shop',
      k8s_pod_name: 'web-0',
      k8s_pod_uid: UID,
      k8s_container_name: 'nginx',
      container_image_name: 'nginx:1.29',
    });
    expect(agent.status('kubelet')).toMatchObject({ state: 'up', why: '2 of 2 containers of pods named' });
    // A request of a quarter of a processor; the other container has none.
    const reserved = (workload: string) =>
      agent.total('negawatt_workload_reserved_cpu_seconds_total', { workload });
    expect(reserved(ID)).toBeCloseTo(0.25 * 30, 1);
    expect(reserved(OTHER)).toBe(0);
    expect(agent.total('negawatt_workload_reserved_gpu_seconds_total', { workload: ID })).toBeCloseTo(30, 0);
    const inClass = agent.total('negawatt_workload_energy_joules_total', { class: 'shop' });
    const both = [ID, OTHER].map((workload) =>
      agent.total('negawatt_workload_energy_joules_total', { workload }),
    );
    expect(inClass).toBeCloseTo((both[0] ?? 0) + (both[1] ?? 0), 9);
  });

  test.each([
    [
      'a token that is refused',
      (one: Record<string, string>) => writeFileSync(one['sources.kubelet.token-file']!, 'wrong'),
      /401/,
      /token_file/,
    ],
    [
      'an authority that did not sign',
      (one: Record<string, string>) => writeFileSync(one['sources.kubelet.ca-file']!, selfSigned().cert),
      /pods: \S*(CERT|SIGN)/,
      /ca_file/,
    ],
  ])('%s is told with what to do, and its containers keep their ids', async (_, spoil, why, fix) => {
    const host = withGroups(`${POD}/${ID}`);
    const { options } = await kubelet(host, { '/pods': answering() });
    spoil(options);
    const agent = await start(host, options);
    await agent.run(20, busy(`${POD}/${ID}`));
    const status = agent.status('kubelet');
    expect(status).toMatchObject({
      state: 'unreadable',
      why: expect.stringMatching(why),
      fix: expect.stringMatching(fix),
    });
    expect(JSON.stringify(status)).not.toContain('a-token');
    expect((await infoOf(agent, ID))?.name).toBe(ID.slice(0, 12));
  });

  test('is asked of no other host without a checked certificate: a token would go there', async () => {
    const host = withGroups(`${POD}/${ID}`);
    const agent = await start(host, {
      'sources.kubelet.url': 'https://10.0.0.1:10250',
      'sources.kubelet.verify-certificate': 'false',
    });
    await agent.run(5, busy());
    expect(agent.status('kubelet')).toMatchObject({
      state: 'unreadable',
      fix: expect.stringMatching(/loopback/),
    });
  });

  test('whose kubelet sends half a gigabyte is given up in time; names that were known stay', async () => {
    const host = withGroups(`${POD}/${ID}`, `${POD}/${OTHER}`);
    const replies: Record<string, Reply> = { '/pods': answering() };
    const { options } = await kubelet(host, replies);
    const agent = await start(host, options);
    await agent.run(20, busy(`${POD}/${ID}`));
    let sent = 0;
    replies['/pods'] = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = Buffer.alloc(2 ** 20, 0x20);
      const more = (): void => {
        while (!response.destroyed && sent < 512) {
          sent += 1;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
      };
      more();
    };
    await agent.run(60, busy(`${POD}/${ID}`));
    expect(agent.status('kubelet')).toMatchObject({ state: 'failing', why: expect.stringMatching(/32 MiB/) });
    expect(sent).toBeLessThan(200);
    expect((await infoOf(agent, ID))?.name).toBe('web-0/nginx');
  });
});

describe('without a socket or a kubelet', () => {
  const SPEC = {
    annotations: {
      'io.kubernetes.cri.container-name': 'nginx',
      'io.kubernetes.cri.sandbox-name': 'web-0',
      'io.kubernetes.cri.sandbox-namespace': 'shop',
      'io.kubernetes.cri.sandbox-uid': UID,
    },
    linux: { resources: { cpu: { quota: 50_000, period: 100_000 } } },
    process: { env: ['TOKEN=hunter2'] },
  };

  test.each([
    ['containerd', 'run/containerd/io.containerd.runtime.v2.task/k8s.io/ID/config.json'],
    ['k3s', 'run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/ID/config.json'],
    ['cri-o', 'var/lib/containers/storage/overlay-containers/ID/userdata/config.json'],
  ])('the files of %s name pods and containers, and their environment stays where it is', async (_, path) => {
    const host = withGroups(`${POD}/${ID}`);
    host.write(path.replace('ID', ID), JSON.stringify(SPEC));
    const agent = await start(host);
    await agent.run(20, busy(`${POD}/${ID}`));
    expect(await infoOf(agent, ID)).toMatchObject({
      name: 'web-0/nginx',
      k8s_namespace_name: 'shop',
      k8s_pod_name: 'web-0',
      k8s_container_name: 'nginx',
    });
    expect(agent.total('negawatt_workload_reserved_cpu_seconds_total', { workload: ID })).toBeGreaterThan(0);
    expect(await agent.metrics()).not.toContain('hunter2');
  });

  test('Podman’s list names its containers', async () => {
    const path = `/user.slice/libpod-${ID}.scope`;
    const host = withGroups(path);
    host.write(
      'var/lib/containers/storage/overlay-containers/containers.json',
      JSON.stringify([{ id: ID, names: ['db'], metadata: '{"image-name":"postgres:17"}' }]),
    );
    const agent = await start(host);
    await agent.run(20, busy(path));
    expect(await infoOf(agent, ID)).toMatchObject({ name: 'db', container_image_name: 'postgres:17' });
  });

  test('a file that is no JSON is told, and hides no other', async () => {
    const host = withGroups(`${POD}/${ID}`, `${POD}/${OTHER}`);
    const folder = 'run/containerd/io.containerd.runtime.v2.task/k8s.io';
    host.write(`${folder}/${ID}/config.json`, '{broken');
    host.write(`${folder}/${OTHER}/config.json`, JSON.stringify(SPEC));
    const agent = await start(host);
    await agent.run(20, busy(`${POD}/${ID}`, `${POD}/${OTHER}`));
    expect(agent.status('oci')).toMatchObject({ state: 'failing', why: expect.stringContaining(ID) });
    expect((await infoOf(agent, OTHER))?.name).toBe('web-0/nginx');
  });
});

test('quantities of Kubernetes', () => {
  expect(['250m', '1.5', '2', '1e3', '2Ki', '', '-1', '1x', 'NaN', '1e999'].map(quantity)).toEqual([
    0.25,
    1.5,
    2,
    1000,
    2048,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('a limit of processors over a period next to 0 is no limit, and not an infinite one', () => {
  const limit = { CpuQuota: 50_000, CpuPeriod: 5e-324 };
  expect(limitsOf({ HostConfig: limit })).toEqual({});
  const cpu = { quota: 50_000, period: 5e-324 };
  expect(factsOfSpec({ linux: { resources: { cpu } } }, 'podman').reservedProcessors).toBeUndefined();
});
