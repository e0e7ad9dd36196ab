/** A job as Slurm starts one: a real process in a real group, whose environment the kernel shows. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { agentHere } from '../fixtures/agent-here.ts';
import { eventually } from '../fixtures/agent-process.ts';
import { withAbove } from '../fixtures/group-tree.ts';
import { realGroups } from '../fixtures/real-groups.ts';

const groups = realGroups();
const skipped = 'why' in groups;
if (skipped) console.warn(`skipped: ${groups.why}`);

const clean: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step();
});

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });

it.skipIf(skipped)(
  'it has its name, its account and what it keeps, and nothing else of its environment',
  async () => {
    const root = 'root' in groups ? groups.root : '';
    for (const path of withAbove(`/slurm_nw${process.pid}/uid_0/job_42/step_0/task_0`).slice(1)) {
      mkdirSync(join(root, path));
      // The kernel needs a moment until the last process has left.
      clean.push(() => eventually(async () => rmdirSync(join(root, path))));
    }
    const env = {
      PATH: '/usr/bin:/bin',
      API_TOKEN: 'hunter2',
      SLURM_JOB_ID: '42',
      SLURM_JOB_NAME: 'naïve run',
      SLURM_JOB_ACCOUNT: 'physics',
      SLURM_JOB_CPUS_PER_NODE: '2',
    };
    const child = spawn('/bin/sh', ['-c', 'while :; do sleep 1; done'], { env, stdio: 'ignore' });
    clean.push(() => ended(child));
    writeFileSync(
      join(root, `slurm_nw${process.pid}/uid_0/job_42/step_0/task_0/cgroup.procs`),
      String(child.pid),
    );
    const agent = await agentHere();
    clean.push(() => agent.close());
    const facts = await eventually(async () => {
      const labels = agent.tick().view.attributed.state.top.exported;
      const row = [...labels.values()].find(({ id }) => id === 'slurm/42/0');
      expect(row?.labels.slurm_job_name).toBeDefined();
      return row?.labels;
    });
    expect(facts).toEqual({
      name: 'naïve run/0',
      slurm_job_id: '42',
      slurm_step_id: '0',
      slurm_job_name: 'naïve run',
      slurm_job_account: 'physics',
    });
    await eventually(async () => {
      agent.tick();
      const kept = agent.total('negawatt_workload_reserved_cpu_seconds_total', { workload: 'slurm/42/0' });
      expect(kept).toBeGreaterThan(0);
    });
    expect(await agent.metrics()).not.toContain('hunter2');
  },
);
