/** The sampling path starts no program, whatever the host: a fork of a process with much memory stalls it. */
import childProcess from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import worker from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { startAgent } from '../fixtures/agent-in-process.ts';
import { fakeProgram, printing } from '../fixtures/fake-program.ts';
import { HOSTS } from '../fixtures/hosts.ts';

const restore: (() => void)[] = [];
afterEach(() => {
  for (const undo of restore.splice(0)) undo();
});

/** Names of all ways to start a program or a thread that were used. */
const watchStarts = (): readonly string[] => {
  const used: string[] = [];
  const replace = (object: object, name: string): void => {
    const original: unknown = Reflect.get(object, name);
    Reflect.set(object, name, () => {
      used.push(name);
      throw new Error(`${name} was called`);
    });
    restore.push(() => {
      Reflect.set(object, name, original);
      syncBuiltinESMExports();
    });
  };
  for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']) {
    replace(childProcess, name);
  }
  replace(childProcess.ChildProcess.prototype, 'spawn');
  replace(worker, 'Worker');
  syncBuiltinESMExports();
  return used;
};

/** Processes that the kernel knows as children of this one; none where it does not tell. */
const children = (): readonly string[] =>
  readdirSync('/proc/self/task').flatMap((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean);
    } catch {
      return [];
    }
  });

test('the watch sees a program that is started', async () => {
  const used = watchStarts();
  const { execFile } = await import('node:child_process');
  expect(() => execFile('true')).toThrow('execFile was called');
  expect(used).toEqual(['execFile']);
});

test.each(Object.entries(HOSTS))('two minutes of ticks on %s start none', async (_name, build) => {
  const used = watchStarts();
  const before = children();
  const host = build();
  const agent = await startAgent(host);
  try {
    for (let tick = 0; tick < 24; tick += 1) {
      await agent.run(5, { busy: 1 });
      expect(children()).toEqual(before);
    }
    expect(used).toEqual([]);
  } finally {
    await agent.close();
    host.dispose();
  }
});

test('ticks on a host with a BMC start none: it is asked on a clock of its own', async () => {
  const host = HOSTS.laptopRapl();
  host.write('dev/ipmi0', '');
  const program = fakeProgram(
    host,
    'usr/bin/ipmitool',
    printing('Instantaneous power reading: 344 Watts\nPower reading state is: activated'),
  );
  const agent = await startAgent(host);
  try {
    expect(agent.status('ipmi').state).toBe('up');
    const used = watchStarts();
    for (let tick = 0; tick < 24; tick += 1) await agent.tick();
    expect(used).toEqual([]);
    expect(program.runs()).toHaveLength(1);
    for (const undo of restore.splice(0)) undo();
    await agent.wait(10);
    expect(program.runs(), 'its clock runs').toHaveLength(2);
  } finally {
    await agent.close();
    host.dispose();
  }
});
