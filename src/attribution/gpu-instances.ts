import type { GpuInstance, GpuReading } from '../model/gpu.ts';
import type { Part } from '../model/workload.ts';
import { type Joules, joules, scale, sum } from '../units.ts';

/**
 * How much of a board each instance was, in parts of the board: slices x activity where every instance tells its
 * activity, else slices. Instances have no energy meter of their own (power reference 2.10).
 */
export const instanceWeights = (instances: readonly GpuInstance[], slices: number): readonly number[] => {
  const active = instances.every(({ utilization }) => utilization !== undefined);
  return instances.map(
    ({ slices: own, utilization }) => (own / Math.max(slices, 1)) * (active ? (utilization ?? 0) : 1),
  );
};

/** Slices of the whole board: as the driver says, and never fewer than are handed out. */
export const slicesOf = ({ slices = 0, instances = [] }: GpuReading): number =>
  Math.max(
    slices,
    instances.reduce((total, one) => total + one.slices, 0),
  );

export interface InstanceEnergy {
  /** Id of the instance, or `unallocated` for what none of them has. */
  readonly instance: string;
  readonly profile: string;
  readonly part: Part;
  readonly energy: Joules;
}

/**
 * Energy of a divided board by instance. Pure. Law: the instances and `unallocated` sum to the board's energy.
 *
 * Dynamic energy goes by slices and activity in proportion, so that the instances share all of it; the floor by slices,
 * and slices that nobody has keep their part of it. Empty for a board that is not divided.
 */
export const instanceEnergy = (
  board: { readonly fixed: Joules; readonly dynamic: Joules },
  reading: GpuReading | undefined,
): readonly InstanceEnergy[] => {
  const instances = reading?.instances ?? [];
  if (reading === undefined || instances.length === 0) return [];
  const slices = slicesOf(reading);
  const weights = instanceWeights(instances, slices);
  const whole = weights.reduce((total, weight) => total + weight, 0);
  const parts = instances.flatMap(({ id, profile, slices: own }, i): InstanceEnergy[] => {
    const share = whole > 0 ? (weights[i] ?? 0) / whole : 0;
    return [
      { instance: id, profile, part: 'dynamic', energy: scale(board.dynamic, share) },
      { instance: id, profile, part: 'static_share', energy: scale(board.fixed, own / Math.max(slices, 1)) },
    ];
  });
  const left = (part: Part, total: Joules): InstanceEnergy => ({
    instance: 'unallocated',
    profile: '',
    part,
    // By subtraction, so that rounding cannot open the sum.
    energy: joules(
      Math.max(0, total - sum(parts.filter((one) => one.part === part).map(({ energy }) => energy))),
    ),
  });
  return [...parts, left('dynamic', board.dynamic), left('static_share', board.fixed)];
};
