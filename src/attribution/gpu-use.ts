import type { GpuProcess, GpuReading } from '../model/gpu.ts';
import type { GroupTree } from '../model/group.ts';
import { LONGEST_UNSEEN } from '../model/sample.ts';
import type { Weight, Workload } from '../model/workload.ts';
import type { Seconds } from '../units.ts';
import { type Naming, NO_NAMING } from './classes.ts';
import { instanceWeights, slicesOf } from './gpu-instances.ts';
import { type Owners, ownersOf } from './owners.ts';
import { type Uses, withMore } from './uses.ts';

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

/** Workloads behind the groups that readings name, by path. */
export type GroupOwners = ReadonlyMap<string, Workload>;
const NO_OWNERS: GroupOwners = new Map();

/** Who is behind the groups that these readings name, those as before that the tree does not hold any more. */
export const groupOwners = (
  before: GroupOwners = NO_OWNERS,
  readings: readonly GpuReading[],
  tree: GroupTree,
  naming: Naming,
): GroupOwners => {
  const owners = ownersOf(tree, naming);
  const next = new Map<string, Workload>();
  for (const { processes = [] } of readings) {
    for (const { group } of processes) {
      if (group === undefined || next.has(group)) continue;
      const workload = placesIn(tree).has(group)
        ? owners.roster[ownerAt(tree, owners, group)]
        : before.get(group);
      if (workload !== undefined) next.set(group, workload);
    }
  }
  return next;
};

/** What is known of a board beside the readings of an interval. */
export interface GpuContext {
  /** When the reading before them was; undefined where there was none. */
  readonly before?: Seconds | undefined;
  /** Whether they are of this interval, or those of an earlier one that hold until the next. */
  readonly isFresh?: boolean;
  /** Workloads of groups that the tree may not hold any more. */
  readonly gone?: GroupOwners | undefined;
}

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
  { before, isFresh = true, gone = NO_OWNERS }: GpuContext = {},
): GpuUse => {
  const owners = ownersOf(tree, naming);
  const amounts: number[] = new Array(owners.roster.length).fill(0);
  const computed: number[] = new Array(owners.roster.length).fill(0);
  const amountsGone: Weight[] = [];
  const computedGone: Weight[] = [];
  let whole = 0;
  const told = readings.filter(({ processes }) => processes !== undefined);
  const each = told.length === 0 ? 0 : duration / told.length;
  /** Time that the reading at hand stands for: that since the one before, whenever the tick was. */
  let span = 0;
  const give = (
    processes: readonly GpuProcess[],
    share: number,
    utilization: number | undefined,
  ): boolean => {
    const { energy, computing, active } = weightsOf(processes, utilization);
    const sum = energy.reduce((total, weight) => total + weight, 0);
    const scale = share / Math.max(1, sum);
    for (const [i, { group }] of processes.entries()) {
      if (group === undefined) continue;
      const part = (energy[i] ?? 0) * scale;
      const left = placesIn(tree).has(group) ? undefined : gone.get(group);
      if (left !== undefined) {
        amountsGone.push({ workload: left, amount: part * each });
        computedGone.push({ workload: left, amount: part * computing * span });
        continue;
      }
      const at = ownerAt(tree, owners, group);
      if (at < 0) continue;
      amounts[at] = (amounts[at] ?? 0) + part * each;
      computed[at] = (computed[at] ?? 0) + part * computing * span;
    }
    return active;
  };
  let last = before;
  for (const reading of told) {
    const { processes = [], instances, utilization, at } = reading;
    const since = last === undefined ? each : at - last;
    span = isFresh && since <= LONGEST_UNSEEN ? Math.max(0, since) : 0;
    last = at;
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
    uses: withMore({ roster: owners.roster, amounts }, amountsGone),
    seconds: withMore({ roster: owners.roster, amounts: computed }, computedGone),
  };
};
