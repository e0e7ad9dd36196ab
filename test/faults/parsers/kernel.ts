/** What the kernel tells: procfs one by one, and whole hosts whose files are damaged. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SourceError } from '../../../src/model/source-error.ts';
import { openBoot } from '../../../src/sources/boot.ts';
import { parseCpuTicks } from '../../../src/sources/cpu.ts';
import { parseCpuInfo } from '../../../src/sources/cpuinfo.ts';
import { parseFdinfo } from '../../../src/sources/drm-fdinfo.ts';
import { parseMemory } from '../../../src/sources/memory.ts';
import { parseGroup } from '../../../src/sources/process-group.ts';
import { parseProcess } from '../../../src/sources/process-stat.ts';
import { KeptFile } from '../../../src/sources/reader.ts';
import { createFakeHost } from '../../fixtures/fake-host.ts';
import { amdClient, xeClient } from '../../fixtures/hosts.ts';
import type { Parser } from '../fuzz.ts';

export const declaredBySource = (error: unknown): boolean => error instanceof SourceError;

const STAT = [
  'cpu  10132153 290696 3084719 46828483 16683 0 25195 0 175628 0',
  'cpu0 1393280 32966 572056 13343292 6130 0 17875 0 23933 0',
  'cpu1 1335014 31414 505418 13364137 5290 0 6520 0 23933 0',
  'intr 199292520 0 0\nctxt 1990473\nbtime 1062191376\nprocesses 2915',
].join('\n');
const MEMINFO =
  'MemTotal:       32858820 kB\nMemFree:        21001236 kB\nMemAvailable:   27214312 kB\nBuffers:          581092 kB\n';
const CPUINFO = [
  'processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 106',
  'model name\t: Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz\nstepping\t: 6\nphysical id\t: 0',
  'siblings\t: 64\ncore id\t\t: 0\ncpu cores\t: 32\nflags\t\t: fpu vme hypervisor avx2\n',
].join('\n');
const CGROUPS =
  '12:pids:/user.slice\n4:cpu,cpuacct:/docker/0123456789abcdef\n1:name=systemd:/init.scope\n0::/system.slice/nginx.service (deleted)\n';
const USAGE = 'usage_usec 1234567890\nuser_usec 1000\nsystem_usec 2000\nnr_periods 0\n';

/** One file, written anew for each input. @param read of the host's root. */
const inFile = (file: string, read: (root: string) => () => unknown): Pick<Parser, 'read' | 'close'> => {
  const host = createFakeHost();
  host.write(file, '');
  const reader = read(host.root);
  return {
    read: (input) => {
      writeFileSync(join(host.root, file), input);
      return reader();
    },
    close: () => host.dispose(),
  };
};

const kept = (): Pick<Parser, 'read' | 'close'> =>
  inFile('cpu.stat', (root) => {
    const file = new KeptFile(join(root, 'cpu.stat'));
    const key = Buffer.from('usage_usec ');
    const each = [() => file.readUnsigned(), () => file.readUnsignedBig(), () => file.readKey(key)];
    return () =>
      each.map((read) => {
        try {
          return read();
        } catch (error) {
          if (error instanceof SourceError) return undefined;
          throw error;
        }
      });
  });

export const kernelParsers = (): readonly Parser[] => [
  {
    name: '/proc/stat',
    corpus: [STAT],
    read: (input) => parseCpuTicks(input, '/proc/stat'),
    declares: declaredBySource,
  },
  {
    name: '/proc/meminfo',
    corpus: [MEMINFO],
    read: (input) => parseMemory(input, '/proc/meminfo'),
    declares: declaredBySource,
  },
  { name: '/proc/cpuinfo', corpus: [CPUINFO], read: (input) => parseCpuInfo(input.toString('latin1')) },
  {
    name: '/proc/PID/stat',
    corpus: ['42 (a (b) c) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 77 88 20 0 1 0 12345 5 6 7\n'],
    read: (input) => parseProcess(input, input.length),
    declares: declaredBySource,
  },
  {
    name: '/proc/PID/cgroup',
    corpus: [CGROUPS, '0::/\n'],
    read: (input) => (['auto', 'v1', 'v2'] as const).map((tree) => parseGroup(input.toString(), tree)),
  },
  {
    name: '/proc/PID/fdinfo',
    corpus: [amdClient(7, 1_000_000), xeClient(3, 1_000_000, 9_000_000)],
    read: (input) => parseFdinfo(input.toString()),
  },
  {
    name: '/proc/sys/kernel/random/boot_id',
    corpus: ['11111111-2222-4333-8444-555555555555\n'],
    cost: 3,
    ...inFile('proc/sys/kernel/random/boot_id', (root) => {
      const boot = openBoot({ procfs: join(root, 'proc') });
      return () => boot.read();
    }),
  },
  {
    name: '/proc/uptime',
    corpus: ['350735.47 234388.90\n'],
    cost: 3,
    ...inFile('proc/uptime', (root) => {
      const boot = openBoot({ procfs: join(root, 'proc') });
      return () => boot.read();
    }),
  },
  { name: 'a counter of a control group', corpus: [USAGE, '1234567890123\n'], cost: 3, ...kept() },
];
