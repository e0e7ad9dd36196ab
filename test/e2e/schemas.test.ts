/** What is needed at the start and at a reload alone is not in the memory of the agent that runs. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  eventually,
  freshDirectory,
  type RunningAgent,
  runCommand,
  startAgent,
} from '../fixtures/agent-process.ts';

let directory: ReturnType<typeof freshDirectory>;
let agent: RunningAgent | undefined;
beforeEach(() => {
  directory = freshDirectory();
});
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  directory.remove();
});

const held = (): string => join(directory.path, 'held');
const configure = (text: string): string => {
  const path = join(directory.path, 'negawatt.yaml');
  writeFileSync(path, text);
  return path;
};
const start = async (file: string): Promise<RunningAgent> => {
  agent = await startAgent(
    [`--config.file=${file}`, `--state.dir=${join(directory.path, 'state')}`],
    { NEGAWATT_TEST_SCHEMAS: held() },
    { node: ['--import', join(import.meta.dirname, '..', 'fixtures', 'schemas-held.mjs')] },
  );
  return agent;
};
/** Command lines of what a process has started and has not ended. */
const childrenOf = (parent: number | undefined): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [, ppid] = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        return Number(ppid) === parent ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8')] : [];
      } catch {
        return []; // It ended while it was looked at.
      }
    });
const heldAtTheEnd = async (running: RunningAgent): Promise<string> => {
  expect(await running.stop()).toBe(0);
  return readFileSync(held(), 'utf8');
};

describe('the agent that runs', () => {
  it('holds no schema, and no process that does, after its start and after reloads', async () => {
    const file = configure('grid: {example_zone: DE}\n');
    const running = await start(file);
    const children = (): readonly string[] => childrenOf(running.process.pid);
    const taken = (): number => running.errors().split('the configuration is in force').length - 1;
    await eventually(async () => expect(children()).toEqual([]));
    for (let count = 1; count <= 3; count++) {
      running.process.kill('SIGHUP');
      await eventually(async () => expect(taken()).toBe(count));
    }
    await eventually(async () => expect(children()).toEqual([]));
    expect(await running.get('/metrics')).toContain('negawatt_config_last_reload_successful 1');
    expect(await heldAtTheEnd(running)).toBe('false');
  });

  it('holds them where a provider of grid data is asked, whose answers they check', async () => {
    const rows = join(directory.path, 'rows.csv');
    writeFileSync(rows, 'time,value\n');
    const provider = `name: file, zone: DE, path: ${rows}, basis: direct, gases: CO2e, interval: 15m, source: me, licence: CC0`;
    const running = await start(configure(`grid: {zone: DE, providers: [{${provider}}]}\n`));
    expect(await heldAtTheEnd(running)).toBe('true');
  });
});

describe('a configuration that cannot be used', () => {
  it('ends the start with the words of the check, place by place', async () => {
    const file = configure('sampling: {interval: fast}\ngird: {zone: DE}\n');
    const state = join(directory.path, 'state');
    mkdirSync(state);
    const run = await runCommand(['run', `--config.file=${file}`, `--state.dir=${state}`]);
    expect(run.code).toBe(1);
    expect(run.stderr).toBe(
      [
        'negawatt: the configuration is not usable:',
        `${file}:1:22: sampling.interval is "fast"; it must be a duration from 1s to 60s, in ms, s, m, h or d, for example 5s`,
        `${file}:2:1: gird is no key of the configuration; did you mean grid?`,
        '',
      ].join('\n'),
    );
    expect((await runCommand(['config', 'check', `--config.file=${file}`])).stderr).toBe(run.stderr);
    expect(readdirSync(state), 'nothing was begun').toEqual([]);
  });
});
