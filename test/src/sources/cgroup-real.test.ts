import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import type { OpenSource, SampleDraft } from '../../../src/model/source.ts';
import { cgroupSource } from '../../../src/sources/cgroup.ts';
import { cgroupOptions } from '../../../src/sources/cgroup-options.ts';
import { systemClock } from '../../../src/sources/clock.ts';
import { descriptors } from '../../../src/sources/descriptors.ts';
import { type GroupReading, unpackGroups } from '../../fixtures/groups.ts';

const BASE = '/sys/fs/cgroup';
const mounts = [
  { hierarchy: 'v1', mount: ['cpuacct', 'cpu,cpuacct', 'cpuacct,cpu'].map((name) => `${BASE}/${name}`) },
  { hierarchy: 'v2', mount: [BASE, `${BASE}/unified`] },
].map(({ hierarchy, mount }) => ({
  hierarchy,
  mount: mount.find((path) =>
    existsSync(`${path}/${hierarchy === 'v1' ? 'cpuacct.usage' : 'cgroup.controllers'}`),
  ),
}));

const mayCreate = (mount: string | undefined): mount is string => {
  if (mount === undefined || process.geteuid?.() !== 0) return false;
  try {
    accessSync(mount, constants.W_OK);
    const probe = `${mount}/negawatt-probe-${process.pid}`;
    mkdirSync(probe);
    rmdirSync(probe);
    return true;
  } catch {
    return false;
  }
};

const read = (source: OpenSource): readonly GroupReading[] => {
  const draft: SampleDraft = { meters: [], readings: [] };
  source.read(draft);
  return draft.groups === undefined ? [] : unpackGroups(draft.groups);
};
const cpu = (groups: readonly GroupReading[], path: string): number =>
  groups.find((group) => group.path === path)?.cpu ?? Number.NaN;

for (const { hierarchy, mount } of mounts) {
  const usable = mayCreate(mount);
  const name = `/negawatt-test-${process.pid}`;
  const top = `${mount}${name}`;
  const made: string[] = [];
  let source: OpenSource | undefined;
  const children: ChildProcess[] = [];

  const make = (path: string): void => {
    mkdirSync(`${top}${path}`);
    made.push(`${top}${path}`);
  };
  const remove = (path: string): void => {
    rmdirSync(`${top}${path}`);
    made.splice(made.indexOf(`${top}${path}`), 1);
  };
  const open = async (): Promise<OpenSource> => {
    const paths = { procfs: '/proc', sysfs: '/sys', rootfs: '/' };
    const result = await cgroupSource(z.parse(cgroupOptions, { hierarchy })).open(paths, systemClock);
    if (!result.found) throw new Error(result.reason);
    source = result.value;
    return result.value;
  };
  /** Runs a shell in the group until it has used `ticks` hundredths of a second of CPU, and waits for its end. */
  const burn = async (path: string, ticks: number): Promise<void> => {
    const script = `read go; while :; do set -- $(cat /proc/$$/stat); [ $((\${14} + \${15})) -ge ${ticks} ] && exit 0; done`;
    const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'] });
    children.push(child);
    writeFileSync(`${top}${path}/cgroup.procs`, String(child.pid));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end('go\n');
    await ended;
  };

  // Skipped where control groups of this version cannot be created: it takes root and a writable mount.
  describe.skipIf(!usable)(
    `control groups ${hierarchy} of this kernel (needs root and a writable mount)`,
    () => {
      afterEach(async () => {
        source?.close();
        for (const child of children.splice(0)) {
          if (child.exitCode === null && child.kill('SIGKILL')) {
            await new Promise((resolve) => child.once('exit', resolve));
          }
        }
        for (const path of made.splice(0).reverse()) rmdirSync(path);
      });

      test('the time of a process that has ended stays in its group and in all above it', async () => {
        for (const path of ['', '/slice', '/slice/unit']) make(path);
        const open1 = await open();
        const before = read(open1);
        await burn('/slice/unit', 20);
        const after = read(open1);
        for (const path of ['/slice/unit', '/slice', '']) {
          const used = cpu(after, name + path) - cpu(before, name + path);
          expect(used).toBeGreaterThanOrEqual(0.18);
          expect(used).toBeLessThan(20);
        }
        expect(cpu(after, '/') - cpu(before, '/')).toBeGreaterThan(0);
      });

      test('a group made between two ticks shows, and its removal takes it and nothing else', async () => {
        for (const path of ['', '/a', '/a/one']) make(path);
        const source1 = await open();
        const paths = () =>
          read(source1)
            .map(({ path }) => path)
            .filter((path) => path.startsWith(name));
        expect(paths()).toEqual(['', '/a', '/a/one'].map((path) => name + path));
        make('/a/two');
        expect(paths()).toContain(`${name}/a/two`);
        remove('/a/one');
        expect(paths()).toEqual(['', '/a', '/a/two'].map((path) => name + path));
      });

      test('a group that is removed and made again between two ticks is a new group', async () => {
        for (const path of ['', '/a', '/a/unit', '/a/other']) make(path);
        await burn('/a/unit', 5);
        const source1 = await open();
        const id = () => read(source1).find(({ path }) => path === `${name}/a/unit`)?.id;
        const before = id();
        const used = cpu(read(source1), `${name}/a`);
        expect(cpu(read(source1), `${name}/a/unit`)).toBeGreaterThan(0.03);
        remove('/a/unit');
        make('/a/unit');
        const groups = read(source1);
        expect(groups.filter(({ path }) => path === `${name}/a/unit`)).toHaveLength(1);
        expect(cpu(groups, `${name}/a/unit`)).toBe(0);
        expect(id()).not.toBe(before);
        expect(cpu(groups, `${name}/a`)).toBeGreaterThanOrEqual(used);
      });

      test('without room for descriptors a group made again is a new one all the same', async () => {
        for (const path of ['', '/a', '/a/unit']) make(path);
        let taken = 0;
        while (descriptors.take()) taken++;
        try {
          const source1 = await open();
          const id = () => read(source1).find(({ path }) => path === `${name}/a/unit`)?.id;
          const before = id();
          remove('/a/unit');
          make('/a/unit');
          const after = id();
          expect(before).toMatch(/^(v1-)?\d+$/);
          expect(after).toMatch(/^(v1-)?\d+$/);
          expect(after).not.toBe(before);
          source1.close();
        } finally {
          for (; taken > 0; taken--) descriptors.give();
        }
      });

      test('a child made below a group without children shows within six ticks', async () => {
        for (const path of ['', '/leaf']) make(path);
        const source1 = await open();
        read(source1);
        make('/leaf/child');
        const seen = Array.from({ length: 6 }, () =>
          read(source1).some(({ path }) => path === `${name}/leaf/child`),
        );
        expect(seen).toContain(true);
        expect(seen.at(-1)).toBe(true);
      });

      test('200 groups come and go', async () => {
        make('');
        const source1 = await open();
        for (let i = 0; i < 200; i++) make(`/g${i}`);
        const ours = () => read(source1).filter(({ path }) => path.startsWith(`${name}/`)).length;
        for (let tick = 0; tick < 6; tick++) ours();
        expect(ours()).toBe(200);
        for (let i = 0; i < 100; i++) remove(`/g${i}`);
        expect(ours()).toBe(100);
      });

      test('a group with children tells whether processes sit directly in it', async () => {
        for (const path of ['', '/a', '/a/b']) make(path);
        const child = spawn('sleep', ['60'], { stdio: 'ignore' });
        children.push(child);
        writeFileSync(`${top}/a/cgroup.procs`, String(child.pid));
        const groups = read(await open());
        const members = (path: string) => groups.find((group) => group.path === name + path)?.members;
        expect([members(''), members('/a')]).toEqual([false, true]);
      });
    },
  );
}
