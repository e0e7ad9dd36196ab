/** The process that reads the configuration: what it reads never answers, it is killed, or whoever asked is. */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, freshDirectory, type RunningAgent, startAgent } from '../fixtures/agent-process.ts';
import { readExposition } from '../fixtures/exposition.ts';
import { keepIfAsked } from './results.ts';

let directory: ReturnType<typeof freshDirectory>;
let file: string;
let agent: RunningAgent | undefined;
beforeEach(() => {
  directory = freshDirectory();
  file = join(directory.path, 'negawatt.yaml');
});
afterEach(async () => {
  await agent?.stop('SIGKILL');
  agent = undefined;
  directory.remove();
});

const BUNDLE = join(import.meta.dirname, '..', '..', 'dist', 'negawatt.js');
/** In the place of the configuration: whoever opens it waits for ever. */
const pipeInPlace = (): void => {
  const pipe = join(directory.path, 'pipe');
  execFileSync('mkfifo', [pipe]);
  renameSync(pipe, file);
};
const start = async (text: string): Promise<RunningAgent> => {
  writeFileSync(file, text);
  agent = await startAgent([`--config.file=${file}`, `--state.dir=${join(directory.path, 'state')}`]);
  return agent;
};

/** Whether it runs: who has no process to wait for him stays as a zombie. */
const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
};
/** The one that reads for the process, once it is there. */
const readerOf = (pid: number): Promise<number> =>
  eventually(async () => {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
    const found = children.find((child) =>
      readFileSync(`/proc/${child}/cmdline`, 'latin1').includes('reading-process.js'),
    );
    if (found === undefined) throw new Error('nobody reads');
    return found;
  });
const labelled = (pool: string): string => `grid: {zone: FR}\nhost: {labels: {pool: ${pool}}}\n`;
const poolOf = async (running: RunningAgent): Promise<string | undefined> =>
  readExposition(await running.get('/metrics')).series.find(({ name }) => name === 'negawatt_host_info')
    ?.labels.pool;

test('an agent that is killed while a configuration is read leaves no process behind', async () => {
  pipeInPlace();
  const child = spawn(process.execPath, [BUNDLE, 'run', `--config.file=${file}`], { stdio: 'ignore' });
  const reader = await readerOf(child.pid ?? 0);
  expect(isAlive(reader)).toBe(true);
  child.kill('SIGKILL');
  await eventually(async () => expect(isAlive(reader)).toBe(false));
});

test('a configuration that never answers holds up neither the agent nor its end', async () => {
  const running = await start(labelled('old'));
  pipeInPlace();
  running.process.kill('SIGHUP');
  const reader = await readerOf(running.process.pid ?? 0);
  expect(await running.get('/-/healthy')).not.toBe('');
  const asked = performance.now();
  expect(await running.stop()).toBe(0);
  const took = (performance.now() - asked) / 1000;
  await eventually(async () => expect(isAlive(reader)).toBe(false));
  expect(running.errors()).not.toMatch(/level=(warn|error)/);
  keepIfAsked({
    what: 'a configuration that never answers (a FIFO), at a reload',
    howMany: 'once',
    result: `the agent went on, ended in ${took.toFixed(1)} s when it was told to, and left no process behind`,
  });
});

test('a reader that is killed leaves the configuration as it was, says so, and the next reload is read by another', async () => {
  const running = await start(labelled('old'));
  pipeInPlace();
  running.process.kill('SIGHUP');
  process.kill(await readerOf(running.process.pid ?? 0), 'SIGKILL');
  await eventually(async () =>
    expect(running.errors()).toContain(`${file}: the process that reads it ended (SIGKILL)`),
  );
  expect(running.errors()).toContain('the one before stays in force');
  expect(await poolOf(running)).toBe('old');
  const next = join(directory.path, 'next.yaml');
  writeFileSync(next, labelled('new'));
  renameSync(next, file);
  running.process.kill('SIGHUP');
  await eventually(async () => expect(await poolOf(running)).toBe('new'));
});

test('a configuration from a pipe on standard input is read, not taken for an empty one', () => {
  const printed = execFileSync(
    'sh',
    [
      '-c',
      `echo 'grid: {zone: FR}' | "$0" "$1" config print --config.file=/dev/stdin`,
      process.execPath,
      BUNDLE,
    ],
    { encoding: 'utf8' },
  );
  expect(printed).toMatch(/zone: FR +# file \/dev\/stdin:1:14/);
});
