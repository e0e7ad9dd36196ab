/** A node of eight NVIDIA boards, from the driver's library to the text of a scrape: every joule where it was used. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ClassRule, glob } from '../../../src/attribution/classes.ts';
import type { EnginePolicy } from '../../../src/pipeline.ts';
import { type InProcessAgent, startAgent } from '../../fixtures/agent-in-process.ts';
import {
  energyBy,
  expectInstancesAreBoard,
  expectRowsAreHost,
  expectRowsAreMeters,
} from '../../fixtures/closure.ts';
import { readExposition } from '../../fixtures/exposition.ts';
import {
  BUSY_BOARDS,
  CONTAINERS,
  gpuNode,
  IDLE_BOARDS,
  MEMORY,
  PODS,
  UNIT,
} from '../../fixtures/gpu-node.ts';
import { knownNames } from '../../fixtures/known-names.ts';
import { noFakeNvml } from '../../fixtures/nvml/install.ts';
import { boardId } from '../../fixtures/nvml/simulated.ts';
import { BUSY, BUSY_ZONES, FLOOR, live, policy, QUIET, WITHOUT_BOARDS } from '../../fixtures/two-regimes.ts';

const NAMES = knownNames(
  Object.fromEntries(
    Object.values(CONTAINERS).map(({ id, pod }) => [
      `container ${id}`,
      { k8s_namespace_name: pod === PODS[0] ? 'train' : 'serve' },
    ]),
  ),
);
const RULES: readonly ClassRule[] = [
  { class: 'offline', namespace: [glob('train')] },
  { class: 'online', namespace: [glob('serve')] },
  { class: 'unmanaged', kind: [glob('unit')] },
];

const { trainer, logger, serving, batcher, notebook, debug } = CONTAINERS;
const unit = UNIT.slice(1);
const ROWS = [...Object.values(CONTAINERS).map(({ id }) => id), unit];
type Expected = Readonly<Record<string, number>>;

/** In the quiet minute the trainer and the unit use a processor each, the others a tenth. */
const QUIET_USE = {
  ...Object.fromEntries(Object.values(CONTAINERS).map(({ path }) => [path, 0.1])),
  [trainer.path]: 1,
  [UNIT]: 1,
};
const TENTH = QUIET * 50 * (0.1 / 4);
/** Dynamic energy of the processors: 50 W over 4 of them, then 280 W over 100. */
const CPU: Expected = {
  [trainer.id]: QUIET * 50 * (1 / 4) + BUSY * 280 * 0.4,
  [logger.id]: TENTH + BUSY * 280 * 0.02,
  [serving.id]: TENTH + BUSY * 280 * 0.1,
  [batcher.id]: TENTH + BUSY * 280 * 0.08,
  [notebook.id]: TENTH + BUSY * 280 * 0.06,
  [debug.id]: TENTH + BUSY * 280 * 0.04,
  [unit]: QUIET * 50 * (1 / 4) + BUSY * 280 * 0.05,
  other: QUIET * 50 * (1.5 / 4) + BUSY * 280 * 0.25,
};
/** Dynamic energy of the memory: 6 W, then 30 W, over 300 GiB of which 50 are the host's own. */
const PER_GIB = (QUIET * 6 + BUSY * 30) / 300;
const DRAM: Expected = {
  ...Object.fromEntries(
    Object.entries(CONTAINERS).map(([name, { id }]) => [
      id,
      MEMORY[name as keyof typeof CONTAINERS] * PER_GIB,
    ]),
  ),
  [unit]: MEMORY.unit * PER_GIB,
  other: 50 * PER_GIB,
};
/** Board by board, above the floor: 590 W x 4, 440, 240, 340 in six of seven slices, 240 in three of seven. */
const GPU: Expected = {
  [trainer.id]: BUSY * 4 * 590 * 0.95,
  [logger.id]: 0,
  [serving.id]: BUSY * 440 * (60 / 80),
  [batcher.id]: BUSY * (440 * (20 / 80) + 240 / 3),
  // All of three slices and three quarters of the memory of two.
  [notebook.id]: BUSY * (340 * (3 / 6 + (2 / 6) * (3 / 4)) + 240 / 3),
  [debug.id]: BUSY * (340 * (2 / 6) * (1 / 4) + 240 / 3),
  [unit]: BUSY * 240 * (30 / 60),
  // What ran beside the processes that are known, half of a board that was busy otherwise, an instance without any.
  other: BUSY * (4 * 590 * 0.05 + 240 / 2 + 340 / 6),
};
const STATIC = { cpu: 2 * FLOOR.package, memory: 2 * FLOOR.dram, gpu: 8 * FLOOR.board };
const HOST = WITHOUT_BOARDS + QUIET * 8 * 60 + BUSY * (4 * 650 + 500 + 300 + 400 + 300);

describe.skipIf(noFakeNvml !== '')(
  `a node of eight boards${noFakeNvml && ` (skipped: ${noFakeNvml})`}`,
  () => {
    let agent: InProcessAgent;
    let dispose: () => void;
    const begin = async (by: Partial<EnginePolicy>): Promise<void> => {
      const { host, gpus } = gpuNode();
      dispose = () => host.dispose();
      agent = await startAgent(host, { gpus, policy: by, more: [NAMES] });
    };
    beforeEach(() => begin(policy(RULES)));
    afterEach(async () => {
      await agent.close();
      dispose();
    });
    const run = (): Promise<void> =>
      live(
        agent,
        { busy: 4, groups: QUIET_USE, gpus: IDLE_BOARDS },
        {
          busy: 100,
          groups: {
            [trainer.path]: 40,
            [logger.path]: 2,
            [serving.path]: 10,
            [batcher.path]: 8,
            [notebook.path]: 6,
            [debug.path]: 4,
            [UNIT]: 5,
          },
          gpus: BUSY_BOARDS,
        },
      );

    test('puts every joule on the row that used it, and all sums close at every tick', async () => {
      await run();
      const energy = (workload: string, resource: string, part = 'dynamic'): number =>
        agent.total('negawatt_workload_energy_joules_total', { workload, resource, part });
      for (const [resource, expected] of Object.entries({ cpu: CPU, memory: DRAM, gpu: GPU })) {
        for (const row of ROWS)
          expect(energy(row, resource), `${resource} of ${row}`).toBeCloseTo(expected[row]!, 6);
        expect(energy('other', resource), `${resource} of other`).toBeCloseTo(expected.other!, 6);
        expect(energy('idle', resource, 'static_share')).toBeCloseTo(
          STATIC[resource as keyof typeof STATIC] * (QUIET + BUSY),
          6,
        );
      }
      expect(agent.total('hw_host_energy_joules_total')).toBeCloseTo(HOST, 6);
      expect(agent.total('negawatt_workload_energy_joules_total')).toBeCloseTo(HOST, 6);
      for (const snapshot of agent.snapshots) {
        expectRowsAreHost(snapshot);
        expectRowsAreMeters(snapshot);
        for (const board of [6, 7]) expectInstancesAreBoard(snapshot, boardId(board));
      }
      // What the driver counted, board by board: 60 W x 60 s, then each its own.
      for (const board of [0, 1, 2, 3, 4, 5, 6, 7])
        expect(agent.total('hw_energy_joules_total', { hw_id: boardId(board) })).toBeCloseTo(
          QUIET * 60 + BUSY * BUSY_BOARDS[board]!.watts,
          6,
        );
    });

    test('sums of pods, namespaces and classes are those of their containers, and together the host', async () => {
      await run();
      const last = agent.snapshots.at(-1)!;
      const of = (row: string): number => CPU[row]! + DRAM[row]! + GPU[row]!;
      const info = last.points.filter(({ metric }) => metric === 'negawatt_workload_info');
      const labelOf = (name: string, workload: string | undefined): string =>
        info.find(({ labels }) => labels.workload === workload)?.labels[name] ?? '';
      const byPod = energyBy(last, ({ workload }) => labelOf('k8s_pod_uid', workload));
      expect(byPod[PODS[0]]).toBeCloseTo(of(trainer.id) + of(logger.id), 6);
      expect(byPod[PODS[1]]).toBeCloseTo(of(serving.id) + of(batcher.id), 6);
      expect(byPod[PODS[2]]).toBeCloseTo(of(notebook.id) + of(debug.id), 6);
      const byNamespace = energyBy(last, ({ workload }) => labelOf('k8s_namespace_name', workload));
      expect(byNamespace.train).toBeCloseTo(byPod[PODS[0]]!, 6);
      expect(byNamespace.serve).toBeCloseTo(byPod[PODS[1]]! + byPod[PODS[2]]!, 6);
      const byClass = energyBy(last, (labels) => labels.class!);
      expect(byClass.offline).toBeCloseTo(byNamespace.train!, 6);
      expect(byClass.online).toBeCloseTo(byNamespace.serve!, 6);
      expect(byClass.unmanaged).toBeCloseTo(of(unit), 6);
      expect(Object.values(byClass).reduce((sum, value) => sum + value, 0)).toBeCloseTo(HOST, 6);
    });

    test('counts how long boards were busy, and whose they were', async () => {
      await run();
      const busy = (board: number): number =>
        agent.total('negawatt_gpu_busy_seconds_total', { hw_id: boardId(board) });
      expect(busy(0)).toBeCloseTo(BUSY, 6);
      expect(busy(4)).toBeCloseTo(BUSY * 0.8, 6);
      expect(busy(7), 'a divided board does not tell').toBe(0);
      const used = (workload: string): number =>
        agent.total('negawatt_workload_gpu_seconds_total', { workload });
      expect(used(trainer.id)).toBeCloseTo(BUSY * 4 * 0.95, 6);
      expect(used(serving.id)).toBeCloseTo(BUSY * 0.6, 6);
      expect(used(batcher.id)).toBeCloseTo(BUSY * (0.2 + 1 / 7), 6);
      expect(used(notebook.id)).toBeCloseTo(BUSY * (3 / 7 + (2 / 7) * (3 / 4) + 1 / 7), 6);
      const allocated = agent.total('negawatt_gpu_memory_byte_seconds_total', {
        hw_id: boardId(7),
        state: 'allocated',
      });
      expect(allocated).toBeCloseTo((QUIET + BUSY) * 3 * 9984 * 2 ** 20, 0);
    });

    test('few rows go to who uses the boards, not to who has more processors', async () => {
      await agent.close();
      dispose();
      await begin(policy(RULES, { top: 2 }));
      await agent.run(BUSY, {
        zones: BUSY_ZONES,
        busy: 100,
        groups: { [trainer.path]: 1, [serving.path]: 1, [logger.path]: 60, [UNIT]: 30 },
        gpus: BUSY_BOARDS,
      });
      expect([...agent.snapshots.at(-1)!.view.attributed.state.top.exported.keys()].sort()).toEqual([
        `container ${trainer.id}`,
        `container ${notebook.id}`,
      ]);
      for (const snapshot of agent.snapshots) expectRowsAreMeters(snapshot);
    });

    test('is the golden text', async () => {
      await run();
      const body = await agent.metrics();
      const text = readExposition(body);
      expect(text.value('hw_host_energy_joules_total')).toBeCloseTo(HOST, 6);
      expect(text.value(`hw_power_watts{hw_id="${boardId(4)}",hw_type="gpu"}`)).toBeCloseTo(500, 6);
      expect(text.sum('negawatt_workload_energy_joules_total')).toBeCloseTo(HOST, 6);
      await expect(body).toMatchFileSnapshot('../../golden/gpu-node.prom');
    });
  },
);
