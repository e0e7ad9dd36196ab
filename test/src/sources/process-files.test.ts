import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { DescriptorBudget } from '../../../src/sources/descriptors.ts';
import { ProcessFiles } from '../../../src/sources/process-files.ts';
import { createFakeHost } from '../../fixtures/fake-host.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const start = async (): Promise<{ readonly pid: number; end(): Promise<void> }> => {
  const child = spawn('sleep', ['600']);
  children.push(child);
  await new Promise((resolve) => child.once('spawn', resolve));
  return {
    pid: child.pid ?? 0,
    end: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
};
const startTicks = (files: ProcessFiles, pid: number): number | undefined => files.read(pid)?.startTicks;

test('a process that ended is gone at the next read and its descriptor is given back', async () => {
  const budget = new DescriptorBudget(8);
  const files = new ProcessFiles('/proc', budget);
  const one = await start();
  expect(startTicks(files, one.pid)).toBe(startTicks(files, one.pid));
  expect(budget.used).toBe(1);
  await one.end();
  expect(() => files.read(one.pid)).toThrow(expect.objectContaining({ kind: 'gone' }));
  expect(budget.used).toBe(0);
});

test('processes that a pass did not meet are let go, the others stay open', () => {
  const budget = new DescriptorBudget(8);
  const files = new ProcessFiles('/proc', budget);
  files.read(process.pid);
  files.read(process.ppid);
  files.endPass();
  expect(budget.used).toBe(2);
  files.read(process.pid);
  files.endPass();
  expect(budget.used).toBe(1);
  files.close();
  expect(budget.used).toBe(0);
});

test('a process that sleeps keeps its reading, one that works or is another gets a new one', () => {
  const made = createFakeHost();
  try {
    const files = new ProcessFiles(made.paths.procfs, new DescriptorBudget(1));
    for (const pid of [7, 8]) made.process(pid, { name: 'a', start: 5, ticks: 10 });
    const first = [files.read(7), files.read(8)];
    expect(files.read(7)).toBe(first[0]);
    expect(files.read(8)).toBe(first[1]);
    for (const pid of [7, 8]) made.process(pid, { name: 'b', start: 5, ticks: 11 });
    expect([files.read(7), files.read(8)]).toMatchObject([
      { pid: 7, name: 'b', cpu: 0.11 },
      { pid: 8, name: 'b', cpu: 0.11 },
    ]);
    for (const pid of [7, 8]) made.process(pid, { name: 'c', start: 6, ticks: 11 });
    expect([files.read(7), files.read(8)]).toMatchObject([
      { pid: 7, name: 'c', startTicks: 6 },
      { pid: 8, name: 'c', startTicks: 6 },
    ]);
    files.close();
  } finally {
    made.dispose();
  }
});

test('beyond the budget every process is still read', () => {
  const budget = new DescriptorBudget(1);
  const files = new ProcessFiles('/proc', budget);
  expect(startTicks(files, process.ppid)).toBeGreaterThanOrEqual(0);
  const own = startTicks(files, process.pid);
  expect(own).toBeGreaterThan(0);
  expect(startTicks(files, process.pid)).toBe(own);
  expect(budget.used).toBe(1);
  files.close();
});

const LAST_PID = '/proc/sys/kernel/ns_last_pid';
const canChoose = ((): boolean => {
  try {
    accessSync(LAST_PID, constants.W_OK);
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
})();

test.skipIf(!canChoose)(
  'a process that takes over the number of another is read as itself (needs root to choose the number)',
  async ({ skip }) => {
    const files = new ProcessFiles('/proc', new DescriptorBudget(8));
    for (let attempt = 0; attempt < 20; attempt++) {
      const one = await start();
      const before = startTicks(files, one.pid);
      await one.end();
      writeFileSync(LAST_PID, String(one.pid - 1));
      const other = await start();
      if (other.pid !== one.pid) continue;
      const after = startTicks(files, one.pid);
      expect(after).toBeDefined();
      expect(after).toBeGreaterThanOrEqual(before ?? Number.POSITIVE_INFINITY);
      files.close();
      return;
    }
    skip('the number was taken by others each time');
  },
);
