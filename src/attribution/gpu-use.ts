import type { GpuProcess, GpuReading } from '../model/gpu.ts';
import type { GroupTree } from '../model/group.ts';
import { type Naming, NO_NAMING } from './classes.ts';
import { instanceWeights, slicesOf } from './gpu-instances.ts';
import { type Owners, ownersOf } from './owners.ts';
import type { Uses } from './uses.ts';

/** Use of one board in an interval, by workload and all together. */
export interface GpuUse {
  /** What the board's dynamic energy goes by: time of the board, weighed by activity. */
  readonly whole: number;
  readonly uses: Uses;
  /** Seconds of the whole board in which each workload computed: less than its use where it only kept the board awake. */
  readonly seconds: Uses;
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

interface Weights {
  /** Shares of the time of a board or of an instance of it, 0..1, that need not sum to 1. */
  readonly energy: readonly number[];
  /** The part of these in which it computed. */
  readonly computing: number;
  /** Whether the driver tells how active each process was, and one of them was. */
  readonly active: boolean;
}

/** @param utilization of the board, where it is known. */
const weightsOf = (processes: readonly GpuProcess[], utilization: number | undefined): Weights => {
  const told = processes.some((process) => process.utilization !== undefined);
  const energy = processes.map((process) => process.utilization ?? 0);
  if (told && (energy.some((weight) => weight > 0) || (utilization ?? 0) > 0)) {
    return { energy, computing: 1, active: true };
  }
  // Without a figure of activity, memory is the nearest that is known, and without that each counts alike. So it is for
  // processes that compute nothing: that they are there keeps the clocks up (an H100 with its clocks up draws 129 W
  // without any work, and 73 W a few seconds after the last process has left; recorded, driver 580).
  const memory = processes.reduce((total, process) => total + (process.memory ?? 0), 0);
  return {
    energy: processes.map((process) => (memory > 0 ? (process.memory ?? 0) / memory : 1 / processes.length)),
    computing: told ? 0 : (utilization ?? 1),
    active: false,
  };
};

/**
 * Whose a board was in an interval, from its readings in it. Pure. Nothing where the driver does not tell which
 * processes there were: that energy is `other`, never a guess by processor time.
 *
 * A process counts by its share of the multiprocessors; where none computed or the driver tells no shares, by memory,
 * else alike. On a divided board each instance counts by its slices and activity, and its processes share what it is.
 */
export const gpuUse = (
  readings: readonly GpuReading[],
  duration: number,
  tree: GroupTree,
  naming: Naming = NO_NAMING,
): GpuUse => {
  const owners = ownersOf(tree, naming);
  const amounts: number[] = new Array(owners.roster.length).fill(0);
  const computed: number[] = new Array(owners.roster.length).fill(0);
  let whole = 0;
  const told = readings.filter(({ processes }) => processes !== undefined);
  const each = told.length === 0 ? 0 : duration / told.length;
  const give = (
    processes: readonly GpuProcess[],
    share: number,
    utilization: number | undefined,
  ): boolean => {
    const { energy, computing, active } = weightsOf(processes, utilization);
    const sum = energy.reduce((total, weight) => total + weight, 0);
    const scale = share / Math.max(1, sum);
    for (const [i, { group }] of processes.entries()) {
      const at = group === undefined ? -1 : ownerAt(tree, owners, group);
      if (at < 0) continue;
      const use = (energy[i] ?? 0) * scale * each;
      amounts[at] = (amounts[at] ?? 0) + use;
      computed[at] = (computed[at] ?? 0) + use * computing;
    }
    return active;
  };
  for (const reading of told) {
    const { processes = [], instances, utilization } = reading;
    if (instances !== undefined && instances.length > 0) {
      const parts = instanceWeights(instances, slicesOf(reading));
      for (const [i, { id, utilization: own }] of instances.entries()) {
        give(
          processes.filter(({ instance }) => instance === id),
          parts[i] ?? 0,
          // Its activity is in its part already.
          own === undefined ? undefined : 1,
        );
      }
      whole += each * parts.reduce((total, part) => total + part, 0);
      continue;
    }
    const active = give(processes, 1, utilization);
    whole += each * (active ? (utilization ?? 0) : processes.length > 0 ? 1 : 0);
  }
  return {
    whole,
    uses: { roster: owners.roster, amounts },
    seconds: { roster: owners.roster, amounts: computed },
  };
};
