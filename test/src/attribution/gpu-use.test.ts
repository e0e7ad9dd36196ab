import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instanceEnergy } from '../../../src/attribution/gpu-instances.ts';
import { gpuUse } from '../../../src/attribution/gpu-use.ts';
import { usedOf } from '../../../src/attribution/uses.ts';
import type { GpuInstance, GpuProcess, GpuReading } from '../../../src/model/gpu.ts';
import { bytes, joules, ratio, seconds } from '../../../src/units.ts';
import { packGroups } from '../../fixtures/groups.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
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
  group('4', `/docker/${A}/inner`, '3'),
  group('5', `/docker/${B}`, '2'),
]);

const reading = (more: Partial<GpuReading>): GpuReading => ({ meter: 'GPU-0', at: seconds(0), ...more });
const process = (pid: number, path: string | undefined, more: Partial<GpuProcess> = {}): GpuProcess => ({
  pid,
  ...(path === undefined ? {} : { group: path }),
  ...more,
});
const split = (one: GpuReading): { readonly whole: number; readonly by: Record<string, number> } => {
  const { whole, uses } = gpuUse([one], 10, tree);
  return { whole, by: Object.fromEntries(usedOf(uses).map(({ workload, amount }) => [workload.id, amount])) };
};

describe('whose a GPU was', () => {
  it('goes by the share of its multiprocessors, inner groups and new ones to the container that holds them', () => {
    expect(
      split(
        reading({
          utilization: ratio(0.8),
          processes: [
            process(1, `/docker/${A}/inner`, { utilization: ratio(0.3) }),
            process(2, `/docker/${A}/just/born`, { utilization: ratio(0.1) }),
            process(3, `/docker/${B}`, { utilization: ratio(0.2) }),
            process(4, undefined, { utilization: ratio(0.1) }),
          ],
        }),
      ),
    ).toEqual({ whole: 8, by: { [A]: 4, [B]: 2 } });
  });

  it('goes by memory where the driver tells no share, and alike where it tells neither', () => {
    const memory = (own: number) => ({ memory: bytes(own) });
    expect(
      split(
        reading({
          processes: [process(1, `/docker/${A}`, memory(3)), process(2, `/docker/${B}`, memory(1))],
        }),
      ),
    ).toEqual({ whole: 10, by: { [A]: 7.5, [B]: 2.5 } });
    expect(split(reading({ processes: [process(1, `/docker/${A}`), process(2, `/docker/${B}`)] }))).toEqual({
      whole: 10,
      by: { [A]: 5, [B]: 5 },
    });
  });

  it('is not known where the driver does not tell which processes there are', () => {
    expect(split(reading({ utilization: ratio(1) }))).toEqual({ whole: 0, by: {} });
  });

  it('goes by slices and activity on a divided board, within an instance by its processes', () => {
    const instances: GpuInstance[] = [
      { id: 'x', kind: 'mig', profile: '3g', slices: 3, utilization: ratio(1) },
      { id: 'y', kind: 'mig', profile: '1g', slices: 1, utilization: ratio(0.5) },
    ];
    const processes = [
      process(1, `/docker/${A}`, { instance: 'x' }),
      process(2, `/docker/${B}`, { instance: 'x' }),
      process(3, `/docker/${B}`, { instance: 'y' }),
    ];
    const { whole, by } = split(reading({ slices: 7, instances, processes }));
    expect(whole).toBeCloseTo((10 * 3.5) / 7, 12);
    expect(by[A]).toBeCloseTo((10 * 1.5) / 7, 12);
    expect(by[B]).toBeCloseTo((10 * 2) / 7, 12);
  });
});

describe('instances of a board', () => {
  const instance = (id: string, slices: number, activity?: number): GpuInstance => ({
    id,
    kind: 'mig',
    profile: `${slices}g`,
    slices,
    ...(activity === undefined ? {} : { utilization: ratio(activity) }),
  });

  it('a board at 300 W with 3 of 7 slices in use is 300 W once, not once for each instance', () => {
    const parts = instanceEnergy(
      { fixed: joules(70), dynamic: joules(230) },
      reading({ slices: 7, instances: [instance('a', 1), instance('b', 1), instance('c', 1)] }),
    );
    expect(parts.reduce((total, { energy }) => total + energy, 0)).toBeCloseTo(300, 9);
    const of = (id: string): number =>
      parts.filter((part) => part.instance === id).reduce((total, { energy }) => total + energy, 0);
    expect(of('a')).toBeCloseTo(230 / 3 + 10, 9);
    expect(of('unallocated')).toBeCloseTo(40, 9);
  });

  it('their energy and what nobody has sum to that of the board, whatever they did', () => {
    const instances = fc.array(
      fc.record({
        slices: fc.integer({ min: 1, max: 4 }),
        activity: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      }),
      { minLength: 1, maxLength: 7 },
    );
    const energy = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(
        instances,
        energy,
        energy,
        fc.integer({ min: 0, max: 8 }),
        (list, fixed, dynamic, slices) => {
          const made = list.map(({ slices: own, activity }, i) =>
            instance(`i${i}`, own, activity ?? undefined),
          );
          const parts = instanceEnergy(
            { fixed: joules(fixed), dynamic: joules(dynamic) },
            reading({ slices, instances: made }),
          );
          const total = parts.reduce((sum, part) => sum + part.energy, 0);
          expect(Math.abs(total - fixed - dynamic)).toBeLessThanOrEqual(1e-9 * Math.max(1, fixed + dynamic));
          for (const part of parts) expect(part.energy).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
