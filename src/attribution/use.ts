import { type GroupSample, type GroupTree, positionsIn } from '../model/group.ts';
import type { Weight } from '../model/workload.ts';
import { type Seconds, seconds } from '../units.ts';
import { type Naming, NO_NAMING, named } from './classes.ts';
import { plainGroup } from './identity.ts';
import { ownersOf } from './owners.ts';
import { type Uses, withMore } from './uses.ts';

/** What is remembered of the groups between two readings. */
export interface GroupState {
  readonly at: Seconds;
  readonly tree: GroupTree;
  readonly cpu: readonly Seconds[];
  /** Use of each group in the last interval, processor seconds, and how long that was. */
  readonly used: readonly number[];
  readonly duration: Seconds;
}

/**
 * Whether a saved state is one: its lists are gone through by positions that stand in it, and a position which is none
 * would reach into what all lists share.
 */
export const isGroupState = (value: unknown): value is GroupState => {
  const { at, tree, cpu, used, duration } = Object(value) as Partial<GroupState>;
  const { ids, paths, parents, members } = Object(tree) as Partial<GroupTree>;
  const areNumbers = (list: unknown): boolean => Array.isArray(list) && list.every(Number.isFinite);
  const areOf = (type: string, list: unknown): boolean =>
    Array.isArray(list) && list.length === ids?.length && list.every((one) => typeof one === type);
  return (
    Number.isFinite(at) &&
    Number.isFinite(duration) &&
    areOf('string', ids) &&
    areOf('string', paths) &&
    areOf('boolean', members) &&
    areOf('number', parents) &&
    parents?.every((parent, position) => Number.isInteger(parent) && parent >= -1 && parent < position) ===
      true &&
    areNumbers(cpu) &&
    areNumbers(used)
  );
};

export interface GroupUse {
  readonly state: GroupState;
  /** Processor seconds by workload; all 0 at the first reading. */
  readonly uses: Uses;
  /** Row keys of the workloads whose group is there now. */
  readonly alive: ReadonlySet<string>;
}

/** The kernel counts nanoseconds: less is what subtraction left over, and makes no row. */
const LEAST_USE = 1e-9;

/** How the groups of a reading follow from those of the last one. */
interface Succession {
  /** Position of the group at the last reading; undefined for a newcomer. */
  readonly before: (at: number) => number | undefined;
  /** Positions at the last reading of groups that are gone, by the position of their parent now. */
  readonly gone: ReadonlyMap<number, readonly number[]>;
}

const UNCHANGED: Succession = { before: (at) => at, gone: new Map() };
const FIRST: Succession = { before: () => undefined, gone: new Map() };

const successionOf = (before: GroupTree | undefined, now: GroupTree): Succession => {
  if (before === undefined) return FIRST;
  if (before === now) return UNCHANGED;
  const earlier = positionsIn(before);
  const present = positionsIn(now);
  const gone = new Map<number, number[]>();
  for (const [at, id] of before.ids.entries()) {
    if (present.has(id)) continue;
    const parent = present.get(before.ids[before.parents[at] ?? -1] ?? '');
    if (parent === undefined) continue;
    const list = gone.get(parent);
    if (list === undefined) gone.set(parent, [at]);
    else list.push(at);
  }
  return { before: (at) => earlier.get(now.ids[at] ?? ''), gone };
};

/**
 * CPU time of each owner between two readings of the control groups. Pure.
 *
 * A group counts all that ran below it, dead processes too. So what its children do not explain was used by its own
 * processes, by children that are gone, or by children that came and went unseen:
 * a child known before gets it first, up to its last rate over the whole interval; own processes, if it has any, are
 * next; else it is booked to `ended` of this group. Nothing is inherited by the survivors.
 */
export const groupUse = (
  before: GroupState | undefined,
  sample: GroupSample,
  naming: Naming = NO_NAMING,
): GroupUse => {
  const { tree, cpu } = sample;
  const owners = ownersOf(tree, naming);
  const succession = successionOf(before?.tree, tree);
  const duration = seconds(before === undefined ? 0 : sample.at - before.at);
  const used: number[] = new Array(tree.ids.length).fill(0);
  const taken: number[] = new Array(owners.roster.length).fill(0);
  const more: Weight[] = [];
  const book = (target: number, amount: number): void => {
    if (amount >= LEAST_USE) taken[target] = (taken[target] ?? 0) + amount;
  };
  const isSame = succession === UNCHANGED;
  const earlier = before?.cpu ?? [];
  const useOf = (at: number): number | undefined => {
    const held = isSame ? at : succession.before(at);
    if (held === undefined) return undefined;
    const own = (cpu[at] ?? 0) - (earlier[held] ?? 0);
    return own > 0 ? own : 0;
  };
  if (tree.ids.length > 0) used[0] = useOf(0) ?? 0;
  // Parents stand before their children: what a group used is known when its turn comes.
  for (let at = 0; at < owners.children.length; at++) {
    if (owners.inside[at] === true) continue;
    const target = owners.target[at] ?? -1;
    if (owners.whole[at] === true) {
      book(target, used[at] ?? 0);
      continue;
    }
    let left = used[at] ?? 0;
    let newcomers: number[] | undefined;
    const children = owners.children[at] ?? [];
    for (let i = 0; i < children.length; i++) {
      const child = children[i] ?? -1;
      const own = useOf(child);
      if (own === undefined) {
        newcomers ??= [];
        newcomers.push(child);
        continue;
      }
      used[child] = own;
      left -= own;
    }
    left = Math.max(0, left);
    if (before !== undefined && newcomers !== undefined) left = grant(newcomers, left, cpu, used);
    const lost = succession.gone.get(at);
    if (lost !== undefined && before !== undefined)
      left = giveBack(lost, left, { before, duration, naming, more });
    // The root's own processes and the kernel's work are what the host's busy time leaves: `other`.
    if (target >= 0) book(target, left);
  }
  return {
    state: { at: sample.at, tree, cpu, used, duration },
    uses: withMore({ roster: owners.roster, amounts: taken }, more),
    alive: owners.alive,
  };
};

/** New groups cannot have used more than their parent has left. Returns what is left after them. */
const grant = (
  newcomers: readonly number[],
  left: number,
  cpu: readonly number[],
  used: number[],
): number => {
  const wanted = newcomers.reduce((total, child) => total + (cpu[child] ?? 0), 0);
  const granted = wanted > left ? left / wanted : 1;
  let rest = left;
  for (const child of newcomers) {
    used[child] = (cpu[child] ?? 0) * granted;
    rest -= used[child] ?? 0;
  }
  return Math.max(0, rest);
};

/**
 * The last use of groups that are gone goes to their owners, up to their last rate. Returns what is left after them.
 *
 * A group that is gone with groups below it, as a job with its steps or a pod with its containers, was used by those
 * first, and by itself for the rest.
 */
const giveBack = (
  gone: readonly number[],
  left: number,
  context: {
    readonly before: GroupState;
    readonly duration: Seconds;
    readonly naming: Naming;
    readonly more: Weight[];
  },
): number => {
  const { before, duration, naming, more } = context;
  const { children, whole, mine } = ownersOf(before.tree, naming);
  const longer = before.duration > 0 ? duration / before.duration : 0;
  const heirs: Weight[] = [];
  const visit = (at: number): void => {
    let own = before.used[at] ?? 0;
    for (const child of whole[at] === true ? [] : (children[at] ?? [])) {
      visit(child);
      own -= before.used[child] ?? 0;
    }
    const path = before.tree.paths[at] ?? '';
    const workload = named(mine[at] ?? plainGroup(path), path, naming);
    if (own > 0) heirs.push({ workload, amount: own * longer });
  };
  for (const at of gone) visit(at);
  const wanted = heirs.reduce((total, { amount }) => total + amount, 0);
  const granted = wanted > left ? left / wanted : 1;
  for (const { workload, amount } of heirs)
    if (amount * granted >= LEAST_USE) more.push({ workload, amount: amount * granted });
  return Math.max(0, left - wanted * granted);
};
