/** Runtimes and kubelets that refuse, hang, drip or answer nonsense: told once, and everything else goes on. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentOptions, type InProcessAgent, startAgent } from '../../fixtures/agent-in-process.ts';
import { runCommand } from '../../fixtures/agent-process.ts';
import { expectRowsAreHost } from '../../fixtures/closure.ts';
import { readExposition } from '../../fixtures/exposition.ts';
import type { FakeHost } from '../../fixtures/fake-host.ts';
import { hex64, laptopRapl } from '../../fixtures/hosts.ts';
import { type JsonServer, type Reply, serveJson } from '../../fixtures/json-server.ts';
import { canDropPrivileges, NOBODY } from '../../fixtures/privileges.ts';
import { parseExposition } from '../../fixtures/strict-exposition.ts';

const clean: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step();
});

const ID = hex64(0xabc);
const GROUP = `/system.slice/docker-${ID}.scope`;
const UID = '11111111-2222-4333-8444-555555555555';
const POD = `/kubepods/burstable/pod${UID}/${ID}`;
const LISTED = [{ Id: ID, Names: ['/web'], Image: 'nginx:1', Labels: {} }];
const INSPECTED = `/containers/${ID}/json`;

const hostWith = (path: string): FakeHost => {
  const host = laptopRapl();
  clean.push(() => host.dispose());
  chmodSync(host.root, 0o755);
  host.write('proc/mounts', `cgroup2 ${host.root}/sys/fs/cgroup cgroup2 rw 0 0`);
  const parts = path.split('/').slice(1);
  for (const part of ['/', ...parts.map((_, i) => `/${parts.slice(0, i + 1).join('/')}`)])
    host.group(part, 0);
  return host;
};
const docker = async (host: FakeHost, replies: Record<string, Reply>): Promise<JsonServer> => {
  mkdirSync(join(host.root, 'run'), { recursive: true });
  const server = await serveJson(replies, { socket: join(host.root, 'run/docker.sock') });
  clean.push(() => server.close());
  return server;
};
const started = async (host: FakeHost, more: AgentOptions = {}): Promise<InProcessAgent> => {
  const agent = await startAgent(host, more);
  clean.push(() => agent.close());
  return agent;
};
const busy = (path: string) => ({ zones: { 'intel-rapl:0': 20 }, busy: 1, groups: { [path]: 1 } });
const nameOf = async (agent: InProcessAgent): Promise<string | undefined> =>
  parseExposition(await agent.metrics())
    .get('negawatt_workload_info')
    ?.samples.find(({ labels }) => labels.workload === ID)?.labels.name;
const statesOf = (agent: InProcessAgent, name: string) =>
  agent.log.filter(({ source }) => source === name).map(({ state }) => state);
const upOf = async (agent: InProcessAgent, name: string): Promise<number | undefined> =>
  readExposition(await agent.metrics()).series.find(
    ({ name: metric, labels }) => metric === 'negawatt_source_up' && labels.source === name,
  )?.value;

/** access(2) asks for the real user: a process of that user's own. */
const asOther =
  canDropPrivileges &&
  spawnSync(process.execPath, ['--version'], { uid: NOBODY, gid: NOBODY, cwd: '/' }).status === 0;

test.skipIf(!asOther)(
  'a socket that may not be used is told by doctor with what to do, beside sources that may (needs root)',
  async () => {
    const host = hostWith(GROUP);
    const server = await docker(host, { '/containers/json': LISTED, [INSPECTED]: {} });
    chmodSync(join(host.root, 'run/docker.sock'), 0o660);
    const paths = [
      `--path.rootfs=${host.root}`,
      `--path.procfs=${host.root}/proc`,
      `--path.sysfs=${host.root}/sys`,
    ];
    const { stdout } = await runCommand(['doctor', ...paths], {}, NOBODY);
    expect(stdout).toMatch(/docker\s.*unreadable[\s\S]*docker\.sock is there and may not be used/);
    expect(stdout).toMatch(/sources\.docker\.socket/);
    expect(stdout).toMatch(/cgroup\s+up/);
    expect(server.requests).toEqual([]);
  },
);

describe('a daemon', () => {
  test('that takes a question and never answers is given up after 5 s and asked again later, one question at a time', async () => {
    const host = hostWith('/system.slice');
    const waiting = new Set<ServerResponse>();
    let together = 0;
    const silent: Reply = (_, response) => {
      waiting.add(response);
      together = Math.max(together, waiting.size);
      response.on('close', () => waiting.delete(response));
    };
    const replies: Record<string, Reply> = { '/containers/json': silent, [INSPECTED]: {} };
    const server = await docker(host, replies);
    const agent = await started(host);
    expect(server.requests, 'nothing is to name').toEqual([]);
    host.group(GROUP, 0);
    agent.hung = 1;
    const cpu = () => agent.total('negawatt_workload_cpu_seconds_total', { workload: ID });
    await agent.run(60, busy(GROUP));
    const before = cpu();
    await agent.run(60, busy(GROUP));
    expect(agent.status('docker')).toMatchObject({
      state: 'failing',
      why: expect.stringMatching(/no whole answer within 5 s/),
      fix: expect.stringMatching(/curl --unix-socket/),
    });
    expect(statesOf(agent, 'docker')).toEqual(['up', 'failing']);
    expect(together).toBe(1);
    // Every half a minute, and not at each tick.
    expect(server.requests.length).toBeGreaterThanOrEqual(3);
    expect(server.requests.length).toBeLessThanOrEqual(6);
    expect(cpu() - before).toBeCloseTo(60, 6);
    for (const snapshot of agent.snapshots) expectRowsAreHost(snapshot);
    replies['/containers/json'] = LISTED;
    await agent.run(60, busy(GROUP));
    expect(agent.status('docker').state).toBe('up');
    expect(await nameOf(agent)).toBe('web');
  });

  test('that drips its answer is given up after 5 s as well, and names that were known stay', async () => {
    const host = hostWith(GROUP);
    const replies: Record<string, Reply> = { '/containers/json': LISTED, [INSPECTED]: {} };
    await docker(host, replies);
    const agent = await started(host);
    await agent.run(20, busy(GROUP));
    replies['/containers/json'] = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(drip));
    };
    agent.hung = 1;
    await agent.run(320, busy(GROUP));
    expect(agent.status('docker').why).toMatch(/no whole answer within 5 s/);
    expect(await nameOf(agent)).toBe('web');
  });

  test('whose containers have labels of 50 KiB names them, and keeps a little of each', async () => {
    const host = hostWith(GROUP);
    const Labels = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`label-${i}-${'k'.repeat(1000)}`, 'v'.repeat(50_000)]),
    );
    await docker(host, {
      '/containers/json': [{ ...LISTED[0], Image: 'i'.repeat(100_000), Labels }],
      [INSPECTED]: {},
    });
    const agent = await started(host);
    await agent.run(20, busy(GROUP));
    expect(await nameOf(agent)).toBe('web');
    expect((await agent.metrics()).length).toBeLessThan(100_000);
    const facts = [...(agent.sampler.sample().facts ?? new Map()).values()];
    expect(JSON.stringify(facts).length).toBeLessThan(30 * 300 + 1000);
  });

  test('that stops is one change of state, and one that comes back another', async () => {
    const host = hostWith(GROUP);
    const server = await docker(host, { '/containers/json': LISTED, [INSPECTED]: {} });
    const agent = await started(host);
    await agent.run(20, busy(GROUP));
    await server.close();
    await agent.run(420, busy(GROUP));
    expect(agent.status('docker')).toMatchObject({
      state: 'failing',
      why: expect.stringMatching(/ENOENT|ECONNREFUSED/),
    });
    await docker(host, { '/containers/json': LISTED, [INSPECTED]: {} });
    await agent.run(60, busy(GROUP));
    expect(statesOf(agent, 'docker')).toEqual(['up', 'failing', 'up']);
    expect(await nameOf(agent)).toBe('web');
  });
});

describe('a kubelet', () => {
  const asked = async (reply: Reply, more: Readonly<Record<string, string>> = {}) => {
    const host = hostWith(POD);
    const server = await serveJson({ '/pods': reply });
    clean.push(() => server.close());
    return started(host, { flags: { 'sources.kubelet.url': server.url, ...more } });
  };

  test('that answers with a page of a proxy is told as that, and shows nothing of the page', async () => {
    const agent = await asked((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html><form>password: hunter2</form></html>');
    });
    await agent.run(130, busy(POD));
    expect(agent.status('kubelet')).toMatchObject({
      state: 'unreadable',
      why: expect.stringMatching(/expected JSON/),
      fix: expect.not.stringMatching(/^$/),
    });
    expect(JSON.stringify(agent.log)).not.toContain('hunter2');
    expect(statesOf(agent, 'kubelet')).toEqual(['unreadable']);
    expect(await upOf(agent, 'kubelet')).toBe(0);
    expect(await nameOf(agent)).toBe(ID.slice(0, 12));
    for (const snapshot of agent.snapshots) expectRowsAreHost(snapshot);
  });

  test('that answers with JSON of another kind names nothing and breaks nothing', async () => {
    const agent = await asked({ kind: 'Status', items: { a: [1] }, status: 7 });
    await agent.run(20, busy(POD));
    expect(agent.status('kubelet')).toMatchObject({ state: 'up', why: '0 of 1 containers of pods named' });
    expect(await nameOf(agent)).toBe(ID.slice(0, 12));
  });

  test('whose token file is a folder is told with its path', async () => {
    const host = hostWith(POD);
    mkdirSync(join(host.root, 'token'));
    writeFileSync(join(host.root, 'ca'), '');
    const agent = await started(host, {
      flags: {
        'sources.kubelet.token-file': join(host.root, 'token'),
        'sources.kubelet.ca-file': join(host.root, 'ca'),
      },
    });
    await agent.run(5, busy(POD));
    expect(agent.status('kubelet')).toMatchObject({
      state: 'unreadable',
      why: expect.stringMatching(/token/),
      fix: expect.not.stringMatching(/^$/),
    });
  });
});
