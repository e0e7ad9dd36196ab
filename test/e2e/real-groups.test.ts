import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProcessReading } from '../../src/model/process.ts';
import { systemClock } from '../../src/sources/index.ts';
import { readAllProcesses } from '../../src/sources/process.ts';
import { type AgentHere, agentHere as startHere } from '../fixtures/agent-here.ts';
import { realGroups } from '../fixtures/real-groups.ts';

const groups = realGroups();
const skipped = 'why' in groups;
if (skipped) console.warn(`skipped: ${groups.why}`);
const real = skipped ? undefined : groups;

const CLEAN: (() => void)[] = [];

afterEach(() => {
  for (const step of CLEAN.splice(0).reverse()) step();
});

const make = (name: string): string => {
  real?.make(name);
  CLEAN.push(() => {
    for (let i = 0; i < 100; i++) {
      try {
        real?.remove(name);
        return;
      } catch {
        // The kernel needs a moment until the last process has left.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
      }
    }
  });
  return name;
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const agentHere = async (): Promise<AgentHere> => {
  const agent = await startHere();
  CLEAN.push(() => agent.close());
  return agent;
};

const shell = (script: string): ChildProcess => {
  const child = spawn('/bin/sh', ['-c', script], { stdio: 'ignore' });
  CLEAN.push(() => child.kill('SIGKILL'));
  return child;
};

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => child.once('exit', () => resolve()));

describe.skipIf(skipped)('on this host, with real processes in real control groups', () => {
  it('two competing loads get dynamic energy within 1 % of their share of CPU time', async () => {
    const [a, b] = [make('negawatt-test-a'), make('negawatt-test-b')];
    real?.weigh(a, 3072);
    real?.weigh(b, 1024);
    // Both on one processor, so that they compete: three parts to one.
    for (const name of [a, b]) {
      shell(`echo $$ > ${real?.procsFile(name)}; taskset -p -c 0 $$ > /dev/null; while :; do :; done`);
    }
    await pause(500);
    const pids = readFileSync(real?.procsFile(a) ?? '', 'utf8')
      .trim()
      .split('\n')
      .map(Number);
    const others = readFileSync(real?.procsFile(b) ?? '', 'utf8')
      .trim()
      .split('\n')
      .map(Number);
    for (const pid of pids) real?.join(a, pid);
    for (const pid of others) real?.join(b, pid);
    await pause(500);
    const agent = await agentHere();
    agent.tick();
    const before = [a, b].map((name) => real?.cpuOf(name) ?? 0);
    for (let i = 0; i < 12; i++) {
      await pause(1000);
      agent.tick();
    }
    const used = [a, b].map((name, i) => (real?.cpuOf(name) ?? 0) - (before[i] ?? 0));
    const energy = [a, b].map((workload) =>
      agent.total('negawatt_workload_energy_joules_total', { workload, part: 'dynamic' }),
    );
    const shareOf = ([x = 0, y = 0]: readonly number[]): number => x / (x + y);
    console.log(
      `competing loads: kernel share ${shareOf(used).toFixed(4)}, energy share ${shareOf(energy).toFixed(4)}`,
    );
    expect(shareOf(used)).toBeGreaterThan(0.7);
    expect(shareOf(used)).toBeLessThan(0.8);
    expect(Math.abs(shareOf(energy) / shareOf(used) - 1)).toBeLessThan(0.01);
    // And of the whole: what the two used of the host's busy time is what they got of its dynamic energy.
    const dynamic = agent.total('negawatt_host_dynamic_energy_joules_total', {});
    const busy = agent.total('negawatt_workload_cpu_seconds_total', {});
    const together = (parts: readonly number[]): number => parts.reduce((sum, part) => sum + part, 0);
    expect(busy).toBeGreaterThan(10);
    expect(Math.abs(together(energy) / dynamic / (together(used) / busy) - 1)).toBeLessThan(0.01);
  }, 60_000);

  it('10,000 processes far below one interval are counted in their group, which tools by PID cannot do', async () => {
    const name = make('negawatt-test-short');
    const agent = await agentHere();
    agent.tick();
    const before = real?.cpuOf(name) ?? 0;
    const child = shell(
      `echo $$ > ${real?.procsFile(name)}; i=0; while [ $i -lt 10000 ]; do /bin/true; i=$((i+1)); done`,
    );
    const done = ended(child);
    // What a tool that walks /proc sees of the same work: living processes and their own time, once an interval.
    let seen = 0;
    let known = new Map<string, number>();
    let running = true;
    void done.then(() => {
      running = false;
    });
    const look = (): void => {
      const inside = new Set(
        readFileSync(real?.procsFile(name) ?? '', 'utf8')
          .trim()
          .split('\n')
          .map(Number),
      );
      const next = new Map<string, number>();
      for (const process of readAllProcesses('/proc', systemClock).processes as readonly ProcessReading[]) {
        if (!inside.has(process.pid)) continue;
        const key = `${process.pid}/${process.startTicks}`;
        next.set(key, process.cpu);
        seen += Math.max(0, process.cpu - (known.get(key) ?? 0));
      }
      known = next;
    };
    let at = 0;
    while (running) {
      await pause(250);
      at += 1;
      if (at % 8 !== 0) continue;
      look();
      agent.tick();
    }
    agent.tick();
    const counted = (real?.cpuOf(name) ?? 0) - before;
    const kept = agent.total('negawatt_workload_cpu_seconds_total', { workload: name });
    console.log(
      `10,000 short processes: kernel ${counted.toFixed(2)} s, kept ${((100 * kept) / counted).toFixed(2)} %, by PID ${((100 * seen) / counted).toFixed(1)} %`,
    );
    expect(counted).toBeGreaterThan(1);
    expect(kept / counted).toBeGreaterThanOrEqual(0.99);
    expect(kept / counted).toBeLessThanOrEqual(1.000001);
    expect(seen / counted).toBeLessThan(0.9);
  }, 120_000);

  it('groups that are made and removed between two samples are counted in ended of their parent', async () => {
    const parent = make('negawatt-test-churn');
    make(`${parent}/keeper`);
    const agent = await agentHere();
    agent.tick();
    const before = real?.cpuOf(parent) ?? 0;
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 40; i++) {
        const name = `${parent}/job-${round}-${i}`;
        real?.make(name);
        const child = shell(
          `echo $$ > ${real?.procsFile(name)}; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done`,
        );
        await ended(child);
        for (let tries = 0; ; tries++) {
          try {
            real?.remove(name);
            break;
          } catch (error) {
            if (tries > 100) throw error;
            await pause(5);
          }
        }
      }
      agent.tick();
    }
    const counted = (real?.cpuOf(parent) ?? 0) - before;
    const kept = agent.total('negawatt_workload_cpu_seconds_total', { workload: parent, kind: 'ended' });
    console.log(
      `120 groups between samples: kernel ${counted.toFixed(3)} s, kept ${((100 * kept) / counted).toFixed(2)} %`,
    );
    expect(counted).toBeGreaterThan(0.5);
    expect(kept / counted).toBeGreaterThanOrEqual(0.99);
    expect(kept / counted).toBeLessThanOrEqual(1.000001);
  }, 120_000);
});
