import { spawn } from 'node:child_process';
import { Dir, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as z from 'zod/mini';
import type { ProcessPass } from '../../../src/model/process.ts';
import type { Clock, OpenSource, SampleDraft } from '../../../src/model/source.ts';
import { systemClock } from '../../../src/sources/clock.ts';
import { processSource, readAllProcesses } from '../../../src/sources/process.ts';
import { processOptions } from '../../../src/sources/process-options.ts';
import { seconds } from '../../../src/units.ts';
import { createFakeHost, type FakeHost, fakeClock } from '../../fixtures/fake-host.ts';

const FIXTURES = new URL('../../../../shared/fixtures', import.meta.url).pathname;

const hosts: FakeHost[] = [];
const host = (): FakeHost => {
  const made = createFakeHost();
  hosts.push(made);
  return made;
};
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  for (const made of hosts.splice(0)) made.dispose();
});

const open = async (
  made: FakeHost,
  options: object = {},
  clock: Clock = fakeClock(),
): Promise<OpenSource> => {
  const result = await processSource(z.parse(processOptions, options)).open(made.paths, clock);
  if (!result.found) throw new Error(result.reason);
  return result.value;
};
const read = (source: OpenSource): ProcessPass | undefined => {
  const draft: SampleDraft = { meters: [], readings: [] };
  source.read(draft);
  return draft.processes;
};
/** Each look at the clock takes a second: a slice ends after its first batch. */
const hurriedClock = (): Clock => {
  let now = 0;
  return { monotonic: () => seconds(++now), wall: () => 0 };
};

test('one pass shows pid, start, name and CPU time of the process itself', () => {
  const made = host();
  made.process(42, { name: 'nginx', start: 500, ticks: 1234 });
  expect(readAllProcesses(made.paths.procfs, fakeClock())).toEqual({
    from: 1000,
    to: 1000,
    missed: 0,
    processes: [{ pid: 42, startTicks: 500, name: 'nginx', cpu: 12.34 }],
  });
});

test.each([
  'a b) S 1 (c',
  'tmux: server',
  ') R 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9',
  '((()))',
  '',
  'kworker/u256:12-events_power_efficient_and_long',
])('the name "%s" does not shift the fields behind it', (name) => {
  const made = host();
  made.process(7, { name, start: 99, ticks: 50 });
  expect(readAllProcesses(made.paths.procfs, fakeClock()).processes).toEqual([
    { pid: 7, startTicks: 99, name, cpu: 0.5 },
  ]);
});

test('a name with a newline or bytes that are not UTF-8 becomes printable', () => {
  const made = host();
  made.process(8, { name: 'x', start: 1, ticks: 2 });
  const line = `8 (a\nb\xff) S 1 8 8 0 -1 0 0 0 0 0 2 0 0 0 20 0 1 0 1 0\n`;
  writeFileSync(join(made.paths.procfs, '8/stat'), Buffer.from(line, 'latin1'));
  expect(readAllProcesses(made.paths.procfs, fakeClock()).processes[0]).toEqual({
    pid: 8,
    startTicks: 1,
    name: 'a\ufffdb\ufffd',
    cpu: 0.02,
  });
});

test.skipIf(!existsSync(FIXTURES))('children and guests are not added (needs ../shared/fixtures)', () => {
  const one = readAllProcesses(`${FIXTURES}/procfs/fixtures/proc`, fakeClock()).processes[0];
  expect(one).toEqual({ pid: 26_231, startTicks: 82_375, name: 'vim', cpu: 17.21 });
  const names = readAllProcesses(
    `${FIXTURES}/kepler/internal/resource/testdata/procfs`,
    fakeClock(),
  ).processes;
  expect(names.find(({ pid }) => pid === 1_188_620)).toMatchObject({ name: 'nvim', startTicks: 701_135_771 });
});

test('what is not a process is skipped, what cannot be parsed is missed, what ended is neither', () => {
  const made = host();
  made.process(1, { name: 'init', start: 1, ticks: 1 });
  made.write('proc/2/stat', 'garbage');
  made.write('proc/3/stat', `3 (x) S ${'9'.repeat(5000)}`);
  made.write('proc/4/cmdline', 'it ended between the listing and the read');
  made.write('proc/007/stat', '7 (bond) S');
  const pass = readAllProcesses(made.paths.procfs, fakeClock());
  expect(pass.processes.map(({ pid }) => pid)).toEqual([1]);
  expect(pass.missed).toBe(2);
});

test('beyond the limit the youngest pids are left out and counted', () => {
  const made = host();
  for (const pid of [9, 10, 11, 100]) made.process(pid, { name: 'x', start: 1, ticks: 1 });
  const pass = readAllProcesses(made.paths.procfs, fakeClock(), 3);
  expect(pass.processes.map(({ pid }) => pid)).toEqual([9, 10, 11]);
  expect(pass.missed).toBe(1);
});

test('a pass is handed over once, and the next follows after the interval', async () => {
  const made = host();
  const clock = fakeClock();
  made.process(1, { name: 'init', start: 1, ticks: 1 });
  const source = await open(made, { interval: 30 }, clock);
  expect(read(source)).toBeUndefined();
  await vi.advanceTimersByTimeAsync(0);
  expect(read(source)?.processes).toHaveLength(1);
  expect(read(source)).toBeUndefined();
  made.process(2, { name: 'new', start: 2, ticks: 1 });
  await vi.advanceTimersByTimeAsync(29_000);
  expect(read(source)).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1000);
  expect(read(source)?.processes).toHaveLength(2);
  source.close();
  expect(vi.getTimerCount()).toBe(0);
});

test('a long pass is cut into slices with rests between them', async () => {
  const made = host();
  for (let pid = 1; pid <= 100; pid++) made.process(pid, { name: 'x', start: 1, ticks: 1 });
  const source = await open(made, {}, hurriedClock());
  await vi.advanceTimersByTimeAsync(0);
  expect(read(source)).toBeUndefined();
  await vi.advanceTimersByTimeAsync(20);
  expect(read(source)).toBeUndefined();
  await vi.advanceTimersByTimeAsync(10);
  expect(read(source)?.processes).toHaveLength(100);
  source.close();
});

test('where no process can be read the source fails with the fix, and recovers by itself', async () => {
  const made = host();
  made.write('proc/1/stat', 'garbage');
  const source = await open(made);
  await vi.advanceTimersByTimeAsync(0);
  for (let tick = 0; tick < 2; tick++) expect(() => read(source)).toThrow(/none of 1 processes/);
  made.process(1, { name: 'init', start: 1, ticks: 1 });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(read(source)?.processes).toHaveLength(1);
  source.close();
});

test('a procfs that hides the processes of others is named as such', async () => {
  const made = host();
  made.process(500, { name: 'own', start: 1, ticks: 1 });
  const source = await open(made);
  expect(source.detail).toMatch(/^1 process, a pass every 60 s; .*hidepid/);
  source.close();
  made.process(1, { name: 'init', start: 1, ticks: 1 });
  const whole = await open(made);
  expect(whole.detail).toBe('2 processes, a pass every 60 s');
  whole.close();
});

test('without processes the source is absent with a reason', async () => {
  const result = await processSource(z.parse(processOptions, {})).open(host().paths, fakeClock());
  expect(result).toMatchObject({ found: false, reason: expect.stringContaining('no process is listed') });
});

test('a process that ends while the processes are listed costs the pass nothing else', () => {
  // The kernel then gives no type, and Node asks for one: what it throws in a moment that cannot be brought about.
  const asked = vi.spyOn(Dir.prototype, 'readSync').mockImplementationOnce(() => {
    throw Object.assign(new Error("ENOENT: no such file or directory, lstat '/proc/32596'"), {
      code: 'ENOENT',
    });
  });
  try {
    const pids = readAllProcesses('/proc', systemClock).processes.map(({ pid }) => pid);
    expect(asked).toHaveBeenCalledOnce();
    expect(pids).toEqual(expect.arrayContaining([1, process.pid]));
    expect(pids).toEqual([...pids].sort((a, b) => a - b));
  } finally {
    asked.mockRestore();
  }
});

test('on the real host it finds this very process, and the time that it used', () => {
  const own = () => readAllProcesses('/proc', systemClock).processes.find(({ pid }) => pid === process.pid);
  const before = own();
  const until = process.cpuUsage().user + 50_000;
  while (process.cpuUsage().user < until) Math.sqrt(until);
  const after = own();
  expect(after?.startTicks).toBe(before?.startTicks);
  expect((after?.cpu ?? 0) - (before?.cpu ?? 0)).toBeGreaterThanOrEqual(0.03);
});

test('a process that ends is no longer in the next pass of the real host', async () => {
  vi.useRealTimers();
  const child = spawn('sleep', ['60']);
  await new Promise((resolve) => child.once('spawn', resolve));
  const listed = () => readAllProcesses('/proc', systemClock).processes.some(({ pid }) => pid === child.pid);
  expect(listed()).toBe(true);
  child.kill();
  await new Promise((resolve) => child.once('exit', resolve));
  expect(listed()).toBe(false);
});
