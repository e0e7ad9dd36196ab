/** A Slurm node in both layouts of control groups: jobs with steps, one of which uses a board. */
import { afterEach, describe, expect, test } from 'vitest';
import { type ClassRule, glob } from '../../../src/attribution/classes.ts';
import { type InProcessAgent, startAgent } from '../../fixtures/agent-in-process.ts';
import { batchNode, SOLVER_PID, STRANGER_PID, TASKS } from '../../fixtures/batch-node.ts';
import { energyBy, expectRowsAreHost, expectRowsAreMeters } from '../../fixtures/closure.ts';
import type { FakeHost } from '../../fixtures/fake-host.ts';
import { noFakeNvml } from '../../fixtures/nvml/install.ts';
import {
  BUSY,
  BUSY_ZONES,
  DYNAMIC,
  FLOOR,
  live,
  policy,
  QUIET,
  WITHOUT_BOARDS,
} from '../../fixtures/two-regimes.ts';

const RULES: readonly ClassRule[] = [
  { class: 'physics', labels: { slurm_job_id: [glob('42')] } },
  { class: 'biology', labels: { slurm_job_id: [glob('43')] } },
];
/** J: 6 W, then 30 W, over 100 GiB of which 20 are the host's own. */
const PER_GIB = (QUIET * DYNAMIC.quiet.memory + BUSY * DYNAMIC.busy.memory) / 100;
const cpu = (quiet: number, busy: number): number =>
  QUIET * DYNAMIC.quiet.cpu * (quiet / 4) + BUSY * DYNAMIC.busy.cpu * (busy / 100);
const SOLVER_BOARD = { watts: 350, busy: 80, loads: [{ pid: SOLVER_PID, memory: 30_000, percent: 80 }] };
/** A process of another namespace: the driver lists it, the host's procfs does not. */
const STRANGE_BOARD = { watts: 160, busy: 50, loads: [{ pid: STRANGER_PID, memory: 1000, percent: 50 }] };

let host: FakeHost;
let agent: InProcessAgent;
afterEach(async () => {
  await agent.close();
  host.dispose();
});

describe.skipIf(noFakeNvml !== '')(`a batch node${noFakeNvml && ` (skipped: ${noFakeNvml})`}`, () => {
  const started = async (version: 'v1' | 'v2'): Promise<void> => {
    const node = batchNode(version);
    ({ host } = node);
    agent = await startAgent(host, { gpus: node.gpus, policy: policy(RULES) });
  };
  const busyGroups = ({ batch, solver, first, second, daemon }: (typeof TASKS)['v1' | 'v2']) => ({
    [batch]: 5,
    [solver]: 45,
    [first]: 20,
    [second]: 10,
    [daemon]: 1,
  });

  test.each(['v1', 'v2'] as const)(
    'with groups of version %s books steps, whose tasks and boards are theirs',
    async (version) => {
      await started(version);
      const { batch, solver, first, second, daemon } = TASKS[version];
      await live(
        agent,
        {
          busy: 4,
          groups: { [batch]: 0.4, [solver]: 1, [first]: 0.5, [second]: 0.5, [daemon]: 0.1 },
          gpus: { 0: { watts: 60 }, 1: { watts: 60 } },
        },
        { busy: 100, groups: busyGroups(TASKS[version]), gpus: { 0: SOLVER_BOARD, 1: STRANGE_BOARD } },
      );
      const energy = (workload: string, resource: string): number =>
        agent.total('negawatt_workload_energy_joules_total', { workload, resource, part: 'dynamic' });
      const expected = {
        'slurm/42/batch': [cpu(0.4, 5), 4 * PER_GIB, 0],
        'slurm/42/0': [cpu(1, 45), 36 * PER_GIB, BUSY * (350 - FLOOR.board)],
        'slurm/43/0': [cpu(1, 30), 40 * PER_GIB, 0],
        'system.slice/slurmd.service': [cpu(0.1, 1), 0, 0],
        other: [cpu(1.5, 19), 20 * PER_GIB, BUSY * (160 - FLOOR.board)],
      };
      for (const [row, [ofCpu, ofMemory, ofGpu]] of Object.entries(expected)) {
        expect(energy(row, 'cpu'), `cpu of ${row}`).toBeCloseTo(ofCpu!, 6);
        expect(energy(row, 'memory'), `memory of ${row}`).toBeCloseTo(ofMemory!, 6);
        expect(energy(row, 'gpu'), `gpu of ${row}`).toBeCloseTo(ofGpu!, 6);
      }
      const whole = WITHOUT_BOARDS + QUIET * 2 * 60 + BUSY * (350 + 160);
      expect(agent.total('hw_host_energy_joules_total')).toBeCloseTo(whole, 6);
      for (const snapshot of agent.snapshots) {
        expectRowsAreHost(snapshot);
        expectRowsAreMeters(snapshot);
      }
      const last = agent.snapshots.at(-1)!;
      const jobs = last.points.filter(({ labels }) => labels.slurm_job_id !== undefined);
      expect(
        jobs.map(({ labels }) => `${labels.workload} ${labels.slurm_job_id}.${labels.slurm_step_id}`).sort(),
      ).toEqual(['slurm/42/0 42.0', 'slurm/42/batch 42.batch', 'slurm/43/0 43.0']);
      expect(
        agent.total('negawatt_workload_energy_joules_total', { kind: 'job' }),
        'no row of a job beside those of its steps',
      ).toBeCloseTo(
        [expected['slurm/42/batch'], expected['slurm/42/0'], expected['slurm/43/0']]
          .flat()
          .reduce((sum, value) => sum + value, 0),
        6,
      );
      const byClass = energyBy(last, (labels) => labels.class!);
      const sum = (row: keyof typeof expected): number => expected[row].reduce((a, b) => a + b, 0);
      expect(byClass.physics).toBeCloseTo(sum('slurm/42/batch') + sum('slurm/42/0'), 6);
      expect(byClass.biology).toBeCloseTo(sum('slurm/43/0'), 6);
      expect(byClass.physics! + byClass.biology! + byClass.unclassified!).toBeCloseTo(whole, 6);
      await expect(await agent.metrics()).toMatchFileSnapshot(`../../golden/batch-node-${version}.prom`);
    },
  );

  test.each(['v1', 'v2'] as const)(
    'with groups of version %s a job that ends between two ticks gets its last seconds, and keeps its row',
    async (version) => {
      await started(version);
      const tasks = TASKS[version];
      const busy = { busy: 100, groups: busyGroups(tasks), zones: BUSY_ZONES };
      await agent.run(60, busy);
      // Three seconds more, then Slurm removes all of it.
      await agent.wait(3, busy);
      const root = version === 'v1' ? 'sys/fs/cgroup/cpu,cpuacct' : 'sys/fs/cgroup';
      host.remove(`${root}${tasks.first.replace(/\/job_43\/.*$/, '/job_43')}`);
      const { [tasks.first]: _, [tasks.second]: __, ...rest } = busyGroups(tasks);
      await agent.wait(2, { busy: 70, groups: rest, zones: BUSY_ZONES });
      await agent.tick();
      const used = (where: Record<string, string>): number =>
        agent.total('negawatt_workload_cpu_seconds_total', where);
      expect(used({ workload: 'slurm/43/0' })).toBeCloseTo(63 * 30, 6);
      expect(used({ workload: 'slurm/42/0' })).toBeCloseTo(65 * 45, 6);
      expect(used({}), 'all that the host counted').toBeCloseTo(63 * 100 + 2 * 70, 6);
      await agent.run(300, { busy: 70, groups: rest, zones: BUSY_ZONES });
      expect(used({ workload: 'slurm/43/0' }), 'its final value').toBeCloseTo(63 * 30, 6);
      expect((await agent.metrics()).match(/workload="slurm\/43\/0"/g)?.length).toBeGreaterThan(0);
      for (const snapshot of agent.snapshots) {
        expectRowsAreHost(snapshot);
        expectRowsAreMeters(snapshot);
      }
    },
  );
});
