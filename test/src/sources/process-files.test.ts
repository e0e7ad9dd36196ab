import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { DescriptorBudget } from '../../../src/sources/descriptors.ts';
import { ProcessFiles } from '../../../src/sources/process-files.ts';
import { parseProcess } from '../../../src/sources/process-stat.ts';
import { landing } from '../../../src/sources/reader.ts';

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
const startTicks = (files: ProcessFiles, pid: number): number | undefined =>
  parseProcess(landing.bytes, files.read(pid))?.startTicks;

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

test('processes that are listed no more are let go, the others stay open', () => {
  const budget = new DescriptorBudget(8);
  const files = new ProcessFiles('/proc', budget);
  files.read(process.pid);
  files.read(process.ppid);
  files.keep([process.pid]);
  expect(budget.used).toBe(1);
  files.close();
  expect(budget.used).toBe(0);
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
