import type { GroupReading, GroupSample } from '../model/group.ts';
import { rowKey, type Workload, type WorkloadUse } from '../model/workload.ts';
import { type Seconds, seconds } from '../units.ts';
import { endedWithin, ownerOf, plainGroup } from './identity.ts';

/** What is remembered of one group between two readings. */
export interface GroupMark {
  readonly path: string;
  readonly parent: string | undefined;
  readonly cpu: Seconds;
  /** Use in the last interval, processor seconds per second. */
  readonly rate: number;
}

export interface GroupState {
  readonly at: Seconds;
  readonly groups: ReadonlyMap<string, GroupMark>;
}

export interface GroupUse {
  readonly state: GroupState;
  /** CPU time by workload, each at most once; empty at the first reading. */
  readonly uses: readonly WorkloadUse[];
  /** Workloads whose group is there now. */
  readonly alive: ReadonlySet<string>;
}

/** The kernel counts nanoseconds: less is what subtraction left over, and makes no row. */
const LEAST_USE = 1e-9;

interface Node {
  readonly reading: GroupReading;
  readonly children: Node[];
  /** Children of the last reading that are gone now. */
  readonly gone: GroupMark[];
  used: number;
}

/**
 * CPU time of each owner between two readings of the control groups. Pure.
 *
 * A group counts all that ran below it, dead processes too. So what its children do not explain was used by its own
 * processes, by children that are gone, or by children that came and went unseen:
 * a child known before gets it first, up to its last rate over the whole interval; own processes, if it has any, are
 * next; else it is booked to `ended` of this group. Nothing is inherited by the survivors.
 */
export const groupUse = (before: GroupState | undefined, sample: GroupSample): GroupUse => {
  const nodes = new Map<string, Node>();
  let root: Node | undefined;
  for (const reading of sample.groups) {
    const node: Node = { reading, children: [], gone: [], used: 0 };
    nodes.set(reading.id, node);
    const parent = reading.parent === undefined ? undefined : nodes.get(reading.parent);
    if (parent === undefined) root ??= node;
    else parent.children.push(node);
  }
  if (before !== undefined) {
    for (const id of before.groups.keys()) {
      if (nodes.has(id)) continue;
      const mark = before.groups.get(id);
      if (mark?.parent !== undefined) nodes.get(mark.parent)?.gone.push(mark);
    }
  }
  const duration = before === undefined ? 0 : sample.at - before.at;
  const uses = new Map<string, { workload: Workload; cpu: number }>();
  const book = (workload: Workload, cpu: number): void => {
    if (cpu < LEAST_USE) return;
    const key = rowKey(workload);
    const held = uses.get(key);
    if (held === undefined) uses.set(key, { workload, cpu });
    else held.cpu += cpu;
  };
  const alive = new Set<string>();
  if (root !== undefined) {
    const known = before?.groups.get(root.reading.id);
    root.used = known === undefined ? 0 : Math.max(0, root.reading.cpu - known.cpu);
    walk(root, undefined, { before, duration, book, alive });
  }
  const groups = new Map<string, GroupMark>();
  for (const { reading, used } of nodes.values()) {
    const rate = duration > 0 ? used / duration : 0;
    groups.set(reading.id, { path: reading.path, parent: reading.parent, cpu: reading.cpu, rate });
  }
  return {
    state: { at: sample.at, groups },
    uses: [...uses.values()].map(({ workload, cpu }) => ({ workload, cpu: seconds(cpu) })),
    alive,
  };
};

interface Walk {
  readonly before: GroupState | undefined;
  readonly duration: number;
  readonly book: (workload: Workload, cpu: number) => void;
  readonly alive: Set<string>;
}

/** Kinds that own all below them: a container's inner groups are the container's. */
const ownsBelow = (owner: Workload | undefined): boolean =>
  owner !== undefined && (owner.kind === 'container' || owner.kind === 'vm' || owner.kind === 'job');

const walk = (node: Node, owner: Workload | undefined, context: Walk): void => {
  const { before, duration, book, alive } = context;
  const mine = ownsBelow(owner)
    ? owner
    : (ownerOf(node.reading.path) ?? (owner?.kind === 'unit' ? owner : undefined));
  const isRoot = node.reading.parent === undefined;
  if (mine !== undefined) alive.add(rowKey(mine));
  if (ownsBelow(mine) && mine !== undefined) {
    book(mine, node.used);
    return;
  }

  // Known children first, then the new ones, which cannot have used more than the parent has left.
  let left = node.used;
  const newcomers: Node[] = [];
  for (const child of node.children) {
    const known = before?.groups.get(child.reading.id);
    if (known === undefined) {
      newcomers.push(child);
      continue;
    }
    child.used = Math.max(0, child.reading.cpu - known.cpu);
    left -= child.used;
  }
  left = Math.max(0, left);
  if (before !== undefined && newcomers.length > 0) {
    const wanted = newcomers.reduce((total, child) => total + child.reading.cpu, 0);
    const granted = wanted > left ? left / wanted : 1;
    for (const child of newcomers) {
      child.used = child.reading.cpu * granted;
      left -= child.used;
    }
    left = Math.max(0, left);
  }
  for (const child of node.children) walk(child, mine, context);

  for (const mark of node.gone) {
    const last = Math.min(left, mark.rate * duration);
    const whose =
      mine?.kind === 'unit' ? (ownerOf(mark.path) ?? mine) : (ownerOf(mark.path) ?? plainGroup(mark.path));
    book(whose, last);
    left -= last;
  }
  if (isRoot) return; // The root's own processes and the kernel's work are what the host's busy time leaves: `other`.
  if (mine !== undefined) {
    book(mine, left);
  } else if (node.children.length === 0 || node.reading.members) {
    const plain = plainGroup(node.reading.path);
    if (node.children.length === 0 || left > 0) alive.add(rowKey(plain));
    book(plain, left);
  } else {
    book(endedWithin(node.reading.path), left);
  }
};
