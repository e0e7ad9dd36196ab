import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { CpuTimes } from '../../../src/model/host.ts';
import type { OpenSource, SampleDraft } from '../../../src/model/source.ts';
import { SourceError } from '../../../src/model/source-error.ts';
import { cpuSource } from '../../../src/sources/cpu.ts';
import { createFakeHost, type FakeHost, fakeClock } from '../../fixtures/fake-host.ts';
import { asNobody, canDropPrivileges } from '../../fixtures/privileges.ts';

const KEPLER = new URL(
  '../../../../shared/fixtures/kepler/internal/resource/testdata/procfs',
  import.meta.url,
).pathname;

const hosts: FakeHost[] = [];
const host = (): FakeHost => {
  const made = createFakeHost();
  hosts.push(made);
  return made;
};
afterEach(() => {
  for (const made of hosts.splice(0)) made.dispose();
});

const open = async (paths: FakeHost['paths']): Promise<OpenSource> => {
  const result = await cpuSource().open(paths, fakeClock());
  if (!result.found) throw new Error(result.reason);
  return result.value;
};
const read = (source: OpenSource): CpuTimes => {
  const draft: SampleDraft = { meters: [], readings: [] };
  source.read(draft);
  if (draft.cpu === undefined) throw new Error('nothing was read');
  return draft.cpu;
};
const busy = ({ modes }: CpuTimes): number =>
  modes.user + modes.nice + modes.system + modes.interrupt + modes.softirq;

test('ticks are hundredths of a second, by mode, with the processors that are online', async () => {
  const made = host();
  made.processor({ sockets: 1, coresPerSocket: 4, threadsPerCore: 2 });
  made.cpu([100, 200, 300, 400, 500, 600, 700, 800, 90, 10]);
  const source = await open(made.paths);
  expect(read(source)).toEqual({
    at: 1000,
    processors: 8,
    modes: { user: 1, nice: 2, system: 3, idle: 4, iowait: 5, interrupt: 6, softirq: 7, steal: 8 },
  });
  expect(source.detail).toBe('8 processors online');
  source.close();
});

test('a host of one processor has one, not one of several', async () => {
  const made = host();
  made.processor({ coresPerSocket: 1, threadsPerCore: 1 });
  made.cpu([100, 200, 300, 400, 500, 600, 700, 800, 90, 10]);
  const source = await open(made.paths);
  expect(source.detail).toBe('1 processor online');
  source.close();
});

test.skipIf(!existsSync(KEPLER))('guest time is not counted twice (needs ../shared/fixtures)', async () => {
  const source = await open({ procfs: KEPLER, sysfs: '/nowhere', rootfs: '/nowhere' });
  expect(busy(read(source)) * 100).toBeCloseTo(29_779_120, 4);
  source.close();
});

test('guest time beyond user time changes nothing', async () => {
  const made = host();
  made.cpu([1000, 0, 0, 1000, 0, 0, 0, 0, 0, 0]);
  const source = await open(made.paths);
  const before = busy(read(source));
  made.cpu([1000, 0, 0, 1000, 0, 0, 0, 0, 900, 50]);
  expect(busy(read(source))).toBe(before);
  source.close();
});

test('iowait that falls is waited out: no mode ever goes back', async () => {
  const made = host();
  const source = await open(made.paths);
  const seen = [100, 90, 95, 101].map((iowait) => {
    made.cpu([0, 0, 0, 0, iowait]);
    return read(source).modes.iowait;
  });
  expect(seen).toEqual([1, 1, 1, 1.01]);
  source.close();
});

test('idle time that a processor loses by going offline does not stop the count for days', async () => {
  const made = host();
  const source = await open(made.paths);
  const seen = [80_000_000, 70_000_000, 70_000_500].map((idle) => {
    made.cpu([0, 0, 0, idle]);
    return read(source).modes.idle;
  });
  expect(seen).toEqual([800_000, 800_000, 800_005]);
  source.close();
});

test('a processor that goes offline leaves the count of processors', async () => {
  const made = host();
  made.write('proc/stat', 'cpu  1 2 3 4\ncpu0 1 2 3 4\ncpu3 1 2 3 4\nintr 5');
  const source = await open(made.paths);
  expect(read(source).processors).toBe(2);
  made.write('proc/stat', 'cpu  1 2 3 4\ncpu0 1 2 3 4\nintr 5');
  expect(read(source)).toMatchObject({ processors: 1, modes: { idle: 0.04, steal: 0 } });
  source.close();
});

test('an interrupt line of 5,000 numbers does not break the first line', async () => {
  const made = host();
  made.write('proc/stat', `cpu  1 2 3 4 5 6 7 8 0 0\ncpu0 1 2 3 4\nintr ${'1234567 '.repeat(5000)}\n`);
  const source = await open(made.paths);
  expect(read(source).modes.steal).toBe(0.08);
  source.close();
});

test.each([
  '',
  'cpu',
  'cpu  1 2 3',
  'cpu  1 2 -3 4',
  'cpu0 1 2 3 4',
  `cpu  ${'9'.repeat(5000)} 1 1 1`,
  'garbage',
])('content "%.20s" is reported with the file, now and when it turns bad later', async (content) => {
  const made = host();
  const source = await open(made.paths);
  made.write('proc/stat', content);
  expect(() => read(source)).toThrow(SourceError);
  expect(() => read(source)).toThrow(made.paths.procfs);
  source.close();
  const result = await cpuSource().open(made.paths, fakeClock());
  expect(result.found ? '' : result.reason).toContain('/stat: expected');
});

test('without procfs the source is absent and names the flag', async () => {
  const result = await cpuSource().open({ procfs: '/nowhere', sysfs: '', rootfs: '' }, fakeClock());
  expect(result).toMatchObject({ found: false, reason: 'cannot read /nowhere/stat: ENOENT' });
  expect(result.found ? '' : result.fix).toContain('--path.procfs');
});

test.skipIf(!canDropPrivileges)('a closed file says which right is missing (needs root)', async () => {
  const made = host();
  chmodSync(join(made.paths.procfs, 'stat'), 0o400);
  const result = await asNobody(() => cpuSource().open(made.paths, fakeClock()));
  expect(result.found ? '' : `${result.reason} ${result.fix}`).toMatch(/EACCES.*root/);
});
