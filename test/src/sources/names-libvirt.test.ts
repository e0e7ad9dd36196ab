/** Names of virtual machines from libvirt's files, where the names of their control groups are not those of the machines. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { domainIn } from '../../../src/sources/names-domain.ts';
import { type AgentOptions, type InProcessAgent, startAgent } from '../../fixtures/agent-in-process.ts';
import { expectRowsAreHost } from '../../fixtures/closure.ts';
import type { FakeHost } from '../../fixtures/fake-host.ts';
import { inside, libvirtHost, MACHINES } from '../../fixtures/libvirt-host.ts';
import { canDropPrivileges } from '../../fixtures/privileges.ts';
import { readingAsNobody } from '../../fixtures/reading-as-nobody.ts';
import { parseExposition } from '../../fixtures/strict-exposition.ts';
import { BUSY_ZONES, policy } from '../../fixtures/two-regimes.ts';

const clean: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step();
});

const UUID = '1b4e28ba-2fa1-11d2-883f-0016d3cca427';
const domain = (name: string, id: number | undefined, vcpu: string): string =>
  `<domain type='kvm'${id === undefined ? '' : ` id='${id}'`}>
  <name>${name}</name>
  <uuid>${UUID}</uuid>
  <metadata><x:name xmlns:x="x">tenant-17</x:name></metadata>
  <memory unit='KiB'>8388608</memory>
  ${vcpu}
  <devices><graphics type='vnc' passwd='hunter2'/></devices>
</domain>`;
const status = (name: string, id: number, vcpu: string): string =>
  `<!--
WARNING: THIS IS AN AUTO-GENERATED FILE.
-->
<domstatus state='running' reason='booted' pid='4242'>
  <taint flag='high-privileges'/>
  <vcpus><vcpu id='0' pid='4250'/><vcpu id='1' pid='4251'/></vcpus>
  ${domain(name, id, vcpu)}
</domstatus>`;
const { web, db } = MACHINES;
const busy = { zones: BUSY_ZONES, busy: 20, groups: { [inside(web, 'vcpu0')]: 8, [inside(db, 'vcpu0')]: 4 } };

const started = async (prepare: (host: FakeHost) => void, more: AgentOptions = {}) => {
  const host = libvirtHost();
  clean.push(() => host.dispose());
  prepare(host);
  const agent = await startAgent(host, { policy: policy([], { staticShare: 'reserved' }), ...more });
  clean.push(() => agent.close());
  return agent;
};
const rowOf = async (agent: InProcessAgent, path: string) =>
  (parseExposition(await agent.metrics()).get('negawatt_workload_info')?.samples ?? []).find(
    ({ labels }) => labels.workload?.replaceAll('\\\\', '\\') === path.slice(1),
  )?.labels;

test('a machine has its own name, its UUID, and the virtual processors that are plugged in', async () => {
  const agent = await started((host) => {
    host.write(
      'run/libvirt/qemu/my_web.xml',
      status('my_web &amp; co', 1, "<vcpu placement='static' current='2'>8</vcpu>"),
    );
    host.write('run/libvirt/qemu/my-db.xml', status('my-db', 2, '<vcpu>4</vcpu>'));
    host.write('run/libvirt/qemu/broken.xml', '<domstatus><doma');
  });
  await agent.run(10, busy);
  const before = [web, db].map((path) =>
    agent.total('negawatt_workload_reserved_cpu_seconds_total', { workload: path.slice(1) }),
  );
  await agent.run(20, busy);
  expect(await rowOf(agent, web)).toMatchObject({ name: 'my_web & co', vm_uuid: UUID });
  expect(await rowOf(agent, db)).toMatchObject({ name: 'my-db', vm_uuid: UUID });
  const after = [web, db].map((path) =>
    agent.total('negawatt_workload_reserved_cpu_seconds_total', { workload: path.slice(1) }),
  );
  expect(after[0]! - before[0]!).toBeCloseTo(20 * 2, 6);
  expect(after[1]! - before[1]!).toBeCloseTo(20 * 4, 6);
  expect(agent.status('libvirt')).toMatchObject({ state: 'up', why: '2 of 2 machines named' });
  expect(await agent.metrics()).not.toMatch(/hunter2|tenant-17/);
  for (const snapshot of agent.snapshots) expectRowsAreHost(snapshot);
});

test('a number that a machine before had does not give its name to the next one', async () => {
  let host: FakeHost | undefined;
  const agent = await started((one) => {
    host = one;
    host.write('run/libvirt/qemu/web.xml', status('web', 1, '<vcpu>2</vcpu>'));
    host.write('run/libvirt/qemu/my-db.xml', status('my-db', 2, '<vcpu>4</vcpu>'));
  });
  await agent.run(20, busy);
  const third = '/machine.slice/machine-qemu\\x2d3\\x2dweb.scope';
  host?.remove(`sys/fs/cgroup${web}`);
  host?.group(third, 0);
  host?.write('run/libvirt/qemu/web.xml', status('web_2', 3, '<vcpu>6</vcpu>'));
  await agent.run(30, { zones: BUSY_ZONES, busy: 8, groups: { [third]: 4, [inside(db, 'vcpu0')]: 4 } });
  expect((await rowOf(agent, third))?.name).toBe('web_2');
  expect((await rowOf(agent, web))?.name).toBe('web');
});

test.skipIf(!canDropPrivileges)(
  'where the status may not be read a definition of the same name serves, and the rest is told once (needs root)',
  async () => {
    const agent = await started(
      (host) => {
        chmodSync(host.root, 0o755);
        host.write('run/libvirt/qemu/web.xml', status('web', 1, '<vcpu>2</vcpu>'));
        chmodSync(join(host.root, 'run/libvirt/qemu/web.xml'), 0o600);
        host.write('etc/libvirt/qemu/my-db.xml', domain('my-db', undefined, '<vcpu>4</vcpu>'));
      },
      { readAs: readingAsNobody },
    );
    await agent.run(120, busy);
    expect(await rowOf(agent, db)).toMatchObject({ name: 'my-db', vm_uuid: UUID });
    expect((await rowOf(agent, web))?.name).toBe('web');
    expect(agent.status('libvirt')).toMatchObject({
      state: 'failing',
      why: expect.stringMatching(/web\.xml: EACCES/),
      fix: expect.stringMatching(/CAP_DAC_READ_SEARCH/),
    });
    expect(agent.log.filter(({ source }) => source === 'libvirt').map(({ state }) => state)).toEqual([
      'up',
      'failing',
    ]);
  },
);

test('a directory in the place of a file, and one file of 3 MiB, hide no other', async () => {
  const agent = await started((host) => {
    mkdirSync(join(host.root, 'run/libvirt/qemu/a.xml'), { recursive: true });
    host.write('run/libvirt/qemu/b.xml', 'x'.repeat(3 * 2 ** 20));
    host.write('run/libvirt/qemu/web.xml', status('the web', 1, '<vcpu>2</vcpu>'));
  });
  await agent.run(20, busy);
  expect((await rowOf(agent, web))?.name).toBe('the web');
  expect(agent.status('libvirt').state).toBe('failing');
});

test('a name in the state of the driver, before the machine, is not the machine’s', () => {
  const xml =
    "<domstatus><helper><name>dbus</name></helper><domain type='kvm' id='7'><name>web</name></domain>";
  expect(domainIn(xml)).toMatchObject({ id: '7', name: 'web' });
});

test('XML without a machine, with a strange number or without a name is no machine', () => {
  for (const xml of ['', '<html>', '<domain>', "<domain id='1'></domain>", "<domain id='1'><name></name>"])
    expect(domainIn(xml)).toBeUndefined();
  expect(domainIn("<domain id='1'><name>a\nb</name><vcpu current='0'>4</vcpu>")).toEqual({
    id: '1',
    name: 'a\ufffdb',
    facts: { labels: { name: 'a\ufffdb' } },
  });
});
