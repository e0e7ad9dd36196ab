/** Names of Slurm jobs from the environment of their processes, in both layouts of control groups. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { classRulesOf } from '../../../src/config/index.ts';
import { jobIn } from '../../../src/sources/names-slurm-job.ts';
import { type AgentOptions, type InProcessAgent, startAgent } from '../../fixtures/agent-in-process.ts';
import { batchNode, TASKS } from '../../fixtures/batch-node.ts';
import { expectRowsAreHost, expectRowsAreMeters } from '../../fixtures/closure.ts';
import type { FakeHost } from '../../fixtures/fake-host.ts';
import { noFakeNvml } from '../../fixtures/nvml/install.ts';
import { canDropPrivileges } from '../../fixtures/privileges.ts';
import { readingAsNobody } from '../../fixtures/reading-as-nobody.ts';
import { parseExposition } from '../../fixtures/strict-exposition.ts';
import { BUSY_ZONES, policy } from '../../fixtures/two-regimes.ts';

type Version = 'v1' | 'v2';
const clean: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step();
});

const environment = (said: Readonly<Record<string, string>>): string =>
  Object.entries({ PATH: '/bin', API_TOKEN: 'hunter2', ...said })
    .map(([name, value]) => `${name}=${value}\0`)
    .join('');
const TRAINING = {
  SLURM_JOB_ID: '42',
  SLURM_JOB_NAME: 'train-llm',
  SLURM_JOB_ACCOUNT: 'physics',
  SLURM_JOB_USER: 'ada',
  SLURM_JOB_PARTITION: 'gpu',
  SLURM_JOB_CPUS_PER_NODE: '64(x2)',
  SLURM_GPUS_ON_NODE: '2',
};

/** Puts a process into the group of a task, with its environment. */
const runs = (host: FakeHost, version: Version, task: string, pid: number, said: string): void => {
  const mount = version === 'v1' ? 'sys/fs/cgroup/cpu,cpuacct' : 'sys/fs/cgroup';
  host.write(`${mount}${task}/cgroup.procs`, String(pid));
  host.process(pid, { name: 'task', start: 500, ticks: 0, cgroup: task });
  host.write(`proc/${pid}/environ`, said);
};

const started = async (version: Version, more: AgentOptions = {}, prepare?: (host: FakeHost) => void) => {
  const { host, gpus } = batchNode(version);
  clean.push(() => host.dispose());
  const tasks = TASKS[version];
  runs(host, version, tasks.batch, 5001, environment(TRAINING));
  runs(host, version, tasks.solver, 5002, environment({ ...TRAINING, SLURM_GPUS_ON_NODE: '1' }));
  // The first process of this step dropped its environment, and the next one brought that of another job along.
  runs(host, version, tasks.first, 5003, '');
  runs(host, version, tasks.second, 5004, environment(TRAINING));
  prepare?.(host);
  const agent = await startAgent(host, {
    ...(noFakeNvml === '' ? { gpus } : {}),
    policy: policy(classRulesOf([{ class: 'training', kind: 'job', name: 'train-*' }]), {
      staticShare: 'reserved',
    }),
    ...more,
  });
  clean.push(() => agent.close());
  return { host, agent, tasks };
};

const rowsOf = async (agent: InProcessAgent): Promise<Readonly<Record<string, Record<string, string>>>> => {
  const info = parseExposition(await agent.metrics()).get('negawatt_workload_info')?.samples ?? [];
  return Object.fromEntries(
    info.map(({ labels }) => [labels.workload ?? '', labels as Record<string, string>]),
  );
};
const busy = (tasks: (typeof TASKS)[Version]) => ({
  zones: BUSY_ZONES,
  busy: 50,
  groups: { [tasks.batch]: 10, [tasks.solver]: 20, [tasks.first]: 10, [tasks.second]: 10 },
});

describe.each(['v1', 'v2'] as const)('on a node with groups of version %s', (version) => {
  test('steps have the names of their jobs, class rules go by them, and nothing else of the environment is shown', async () => {
    const { agent, tasks } = await started(version);
    await agent.run(30, busy(tasks));
    const rows = await rowsOf(agent);
    expect(rows['slurm/42/0']).toMatchObject({
      name: 'train-llm/0',
      slurm_job_id: '42',
      slurm_step_id: '0',
      slurm_job_name: 'train-llm',
      slurm_job_account: 'physics',
      slurm_job_user: 'ada',
      slurm_job_partition: 'gpu',
    });
    expect(rows['slurm/42/batch']?.name).toBe('train-llm/batch');
    // No process of this one tells: it has its numbers, and neither a name nor a reservation.
    expect(rows['slurm/43/0']).toMatchObject({ name: '43.0', slurm_job_id: '43' });
    expect(rows['slurm/43/0']).not.toHaveProperty('slurm_job_name');
    expect(agent.status('slurm')).toMatchObject({ state: 'up', why: '2 of 3 steps of jobs named' });
    const used = (where: Record<string, string>): number =>
      agent.total('negawatt_workload_cpu_seconds_total', where);
    expect(used({ class: 'training' })).toBeCloseTo(
      used({ workload: 'slurm/42/0' }) + used({ workload: 'slurm/42/batch' }),
      9,
    );
    expect(used({ class: 'training' })).toBeGreaterThan(0);
    expect(await agent.metrics()).not.toContain('hunter2');
    for (const snapshot of agent.snapshots) {
      expectRowsAreHost(snapshot);
      expectRowsAreMeters(snapshot);
    }
  });

  test('what a job keeps is kept by its steps together, once', async () => {
    const { host, agent, tasks } = await started(version);
    await agent.run(10, busy(tasks));
    const kept = (metric: 'cpu' | 'gpu', workload: string): number =>
      agent.total(`negawatt_workload_reserved_${metric}_seconds_total`, { workload });
    const before = ['slurm/42/0', 'slurm/42/batch'].map((row) => [kept('cpu', row), kept('gpu', row)]);
    await agent.run(30, busy(tasks));
    for (const [i, row] of ['slurm/42/0', 'slurm/42/batch'].entries()) {
      expect(kept('cpu', row) - before[i]![0]!).toBeCloseTo((30 * 64) / 2, 6);
      expect(kept('gpu', row) - before[i]![1]!).toBeCloseTo((30 * 2) / 2, 6);
    }
    expect(kept('cpu', 'slurm/43/0')).toBe(0);
    // The step ends: half a minute later the batch step keeps all of it.
    const mount = version === 'v1' ? 'sys/fs/cgroup/cpu,cpuacct' : 'sys/fs/cgroup';
    host.remove(`${mount}${tasks.solver.replace(/\/step_0\/.*$/, '/step_0')}`);
    const { [tasks.solver]: _, ...groups } = busy(tasks).groups;
    await agent.run(45, { zones: BUSY_ZONES, busy: 30, groups });
    const then = kept('cpu', 'slurm/42/batch');
    await agent.run(10, { zones: BUSY_ZONES, busy: 30, groups });
    expect(kept('cpu', 'slurm/42/batch') - then).toBeCloseTo(10 * 64, 6);
  });

  test.skipIf(!canDropPrivileges)(
    'whose environments may not be read jobs go by their numbers: told once, with what to do (needs root)',
    async () => {
      const { agent, tasks } = await started(version, { readAs: readingAsNobody }, (host) => {
        chmodSync(host.root, 0o755);
        for (const pid of [5001, 5002, 5003, 5004]) chmodSync(join(host.root, `proc/${pid}/environ`), 0o400);
      });
      await agent.run(120, busy(tasks));
      expect(agent.status('slurm')).toMatchObject({
        state: 'failing',
        why: expect.stringMatching(/environ: EACCES/),
        fix: expect.stringMatching(/CAP_SYS_PTRACE/),
      });
      expect(agent.log.filter(({ source }) => source === 'slurm').map(({ state }) => state)).toEqual([
        'up',
        'failing',
      ]);
      expect((await rowsOf(agent))['slurm/42/0']).toMatchObject({ name: '42.0', slurm_job_id: '42' });
      for (const snapshot of agent.snapshots) expectRowsAreHost(snapshot);
    },
  );
});

test('an allocation that differs between nodes is not known, and strange text is no allocation', () => {
  const processors = (text: string) =>
    jobIn(environment({ ...TRAINING, SLURM_JOB_CPUS_PER_NODE: text }))?.processors;
  expect(['16', '16(x4)', '72(x2),36', '', '-1', '0', '999999', '1e3', '16(x'].map(processors)).toEqual([
    16,
    16,
    ...Array.from({ length: 7 }, () => undefined),
  ]);
});

test('a name of a job that holds newlines, quotes and half a megabyte does no harm', async () => {
  const { agent, tasks } = await started('v2', {}, (host) => {
    const SLURM_JOB_NAME = `a"b\\c\nd\u202e${'x'.repeat(500_000)}`;
    runs(host, 'v2', TASKS.v2.batch, 5001, environment({ ...TRAINING, SLURM_JOB_NAME }));
  });
  await agent.run(20, busy(tasks));
  const name = (await rowsOf(agent))['slurm/42/batch']?.name ?? '';
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(160);
  expect(name).toContain('\ufffdd\ufffdx');
});
