import { describe, expect, it } from 'vitest';
import { heldGpus } from '../../../src/attribution/gpu-held.ts';
import { usedOf } from '../../../src/attribution/uses.ts';
import type { GpuInstance, GpuProcess, GpuReading } from '../../../src/model/gpu.ts';
import { bytes, ratio, seconds } from '../../../src/units.ts';
import { packGroups } from '../../fixtures/groups.ts';

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];
const group = (id: string, path: string, parent?: string) => ({
  id,
  path,
  cpu: seconds(0),
  members: true,
  ...(parent === undefined ? {} : { parent }),
});
const { tree } = packGroups(0, [
  group('1', '/'),
  group('2', '/docker', '1'),
  group('3', `/docker/${A}`, '2'),
  group('4', `/docker/${B}`, '2'),
]);
const process = (pid: number, id: string | undefined, more: Partial<GpuProcess> = {}): GpuProcess => ({
  pid,
  ...(id === undefined ? {} : { group: `/docker/${id}` }),
  ...more,
});
const held = (...boards: readonly Partial<GpuReading>[]): Record<string, number> => {
  const readings = boards.map((more, i): GpuReading => ({ meter: `GPU-${i}`, at: seconds(0), ...more }));
  const uses = heldGpus(
    readings.map((one) => [one]),
    tree,
  );
  return Object.fromEntries(usedOf(uses).map(({ workload, amount }) => [workload.id, amount]));
};

describe('a GPU is kept for', () => {
  it('whoever has a process on it, whole, busy or not', () => {
    const idle = { utilization: ratio(0) };
    expect(held({ processes: [process(1, A, idle)] }, { processes: [process(2, A)] })).toEqual({ [A]: 2 });
  });
  it('nobody where it has no process, or none whose group is known', () => {
    expect(held({ processes: [] }, {}, { processes: [process(1, undefined)] })).toEqual({});
    expect(held({ processes: [process(1, A, { utilization: ratio(0.4), left: true })] })).toEqual({});
  });
  it('several by the memory that they took, else alike', () => {
    const memory = (own: number) => ({ memory: bytes(own), utilization: ratio(0.9 / own) });
    expect(held({ processes: [process(1, A, memory(3)), process(2, B, memory(1))] })).toEqual({
      [A]: 0.75,
      [B]: 0.25,
    });
    expect(held({ processes: [process(1, A), process(2, B)] })).toEqual({ [A]: 0.5, [B]: 0.5 });
  });
  it('the holder of an instance by its slices', () => {
    const instance = (id: string, slices: number): GpuInstance => ({ id, kind: 'mig', profile: 'x', slices });
    expect(
      held({
        slices: 7,
        instances: [instance('m1', 3), instance('m2', 2)],
        processes: [process(1, A, { instance: 'm1' })],
      }),
    ).toEqual({ [A]: 3 / 7 });
  });
  it('whom an orchestrator says, whatever runs on it', () => {
    const facts = new Map([[`container ${B}`, { labels: {}, reservedGpus: 4 }]]);
    const uses = heldGpus([[{ meter: 'g', at: seconds(0), processes: [process(1, A)] }]], tree, {
      facts,
      rules: [],
    });
    expect(usedOf(uses).map(({ workload, amount }) => [workload.id, amount])).toEqual([
      [A, 1],
      [B, 4],
    ]);
  });
});
