import type { GpuProcess, GpuReading } from '../model/gpu.ts';
import type { GroupTree } from '../model/group.ts';
import { type Naming, NO_NAMING } from './classes.ts';
import { instanceWeights, slicesOf } from './gpu-instances.ts';
import { type Owners, ownersOf } from './owners.ts';
import type { Uses } from './uses.ts';

/** Use of one board in an interval: seconds of the whole board, by workload and all together. */
export interface GpuUse {
  readonly whole: number;
  readonly uses: Uses;
}

const places = new WeakMap<GroupTree, ReadonlyMap<string, number>>();
const placesIn = (tree: GroupTree): ReadonlyMap<string, number> => {
  const known = places.get(tree);
  if (known !== undefined) return known;
  const made = new Map(tree.paths.map((path, at) => [path, at]));
  places.set(tree, made);
  return made;
};

/** Position in the roster of the workload that a group belongs to; -1 for none. */
export const ownerAt = (tree: GroupTree, owners: Owners, path: string): number => {
  const known = placesIn(tree);
  // A group that came since the tree was read belongs to what it is in.
  let rest = path;
  while (rest !== '' && !known.has(rest)) rest = rest.slice(0, Math.max(0, rest.lastIndexOf('/')));
  let at = known.get(rest) ?? -1;
  while (at >= 0 && owners.inside[at] === true) at = tree.parents[at] ?? -1;
  return at < 0 ? -1 : (owners.target[at] ?? -1);
};

/** Weights of the processes on a board or an instance of it: shares of its time, 0..1, that need not sum to 1. */
const weightsOf = (processes: readonly GpuProcess[]): readonly number[] => {
  if (processes.some(({ utilization }) => utilization !== undefined)) {
    return processes.map(({ utilization }) => utilization ?? 0);
  }
  // Without a figure of activity, memory is the nearest that is known, and without that each counts alike.
  const memory = processes.reduce((total, process) => total + (process.memory ?? 0), 0);
  return processes.map((process) => (memory > 0 ? (process.memory ?? 0) / memory : 1 / processes.length));
};

/**
 * Whose a board was in an interval, from its readings in it. Pure. Nothing where the driver does not tell which
 * processes there were: that energy is `other`, never a guess by processor time.
 *
 * A process counts by its share of the multiprocessors, else by memory, else alike. On a divided board each instance
 * counts by its slices and activity, and its processes share what it is.
 */
export const gpuUse = (
  readings: readonly GpuReading[],
  duration: number,
  tree: GroupTree,
  naming: Naming = NO_NAMING,
): GpuUse => {
  const owners = ownersOf(tree, naming);
  const amounts: number[] = new Array(owners.roster.length).fill(0);
  let whole = 0;
  const told = readings.filter(({ processes }) => processes !== undefined);
  const each = told.length === 0 ? 0 : duration / told.length;
  const give = (processes: readonly GpuProcess[], share: number): void => {
    const weights = weightsOf(processes);
    const scale =
      share /
      Math.max(
        1,
        weights.reduce((total, weight) => total + weight, 0),
      );
    for (const [i, { group }] of processes.entries()) {
      const at = group === undefined ? -1 : ownerAt(tree, owners, group);
      if (at >= 0) amounts[at] = (amounts[at] ?? 0) + (weights[i] ?? 0) * scale * each;
    }
  };
  for (const reading of told) {
    const { processes = [], instances, utilization } = reading;
    if (instances !== undefined && instances.length > 0) {
      const parts = instanceWeights(instances, slicesOf(reading));
      for (const [i, { id }] of instances.entries()) {
        give(
          processes.filter(({ instance }) => instance === id),
          parts[i] ?? 0,
        );
      }
      whole += each * parts.reduce((total, part) => total + part, 0);
      continue;
    }
    give(processes, 1);
    const active = processes.some((process) => process.utilization !== undefined);
    whole += each * (active ? (utilization ?? 0) : processes.length > 0 ? 1 : 0);
  }
  return { whole, uses: { roster: owners.roster, amounts } };
};
