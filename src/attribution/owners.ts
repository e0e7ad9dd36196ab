import type { GroupTree } from '../model/group.ts';
import { rowKey, type Workload } from '../model/workload.ts';
import { type Naming, NO_NAMING, named } from './classes.ts';
import { endedWithin, forgetGone, ownerOf, plainGroup } from './identity.ts';

/** Who is behind each group of a tree: worked out once for as long as no group comes or goes. */
export interface Owners {
  readonly children: readonly (readonly number[])[];
  /** Workload that owns the group, by its own path or by that of a group above it. */
  readonly mine: readonly (Workload | undefined)[];
  /** Whether the owner has all below the group too, as a container has its inner groups. */
  readonly whole: readonly boolean[];
  /** Whether a group above it is whole: it is read and not counted again. */
  readonly inside: readonly boolean[];
  readonly roster: readonly Workload[];
  /** Position in the tree of the group that each workload of the roster is known by: the topmost that is its own. */
  readonly groups: readonly number[];
  /** Position in the roster of who gets what the children do not explain; -1 for nobody: the root, and groups inside. */
  readonly target: readonly number[];
  /** Row keys of the workloads that exist. */
  readonly alive: ReadonlySet<string>;
}

const NONE: readonly number[] = [];
const known = new WeakMap<GroupTree, { readonly naming: Naming; readonly owners: Owners }>();

export const ownersOf = (tree: GroupTree, naming: Naming = NO_NAMING): Owners => {
  const held = known.get(tree);
  if (held?.naming === naming) return held.owners;
  const owners = findOwners(tree, naming);
  known.set(tree, { naming, owners });
  return owners;
};

/** Kinds that own all below them: a container's inner groups are the container's. */
const ownsBelow = (owner: Workload | undefined): boolean =>
  owner !== undefined && (owner.kind === 'container' || owner.kind === 'vm' || owner.kind === 'job');

const findOwners = (tree: GroupTree, naming: Naming): Owners => {
  forgetGone();
  const children: number[][] = [];
  const mine: (Workload | undefined)[] = [];
  const whole: boolean[] = [];
  const inside: boolean[] = [];
  const target: number[] = [];
  const roster: Workload[] = [];
  const groups: number[] = [];
  const alive = new Set<string>();
  const places = new Map<string, number>();
  const placeOf = (workload: Workload, at: number): number => {
    const key = rowKey(workload);
    const held = places.get(key);
    if (held !== undefined) return held;
    places.set(key, roster.length);
    groups.push(at);
    return roster.push(named(workload, tree.paths[at] ?? '', naming)) - 1;
  };
  for (const [at, parent] of tree.parents.entries()) {
    children.push([]);
    children[parent]?.push(at);
  }
  for (const [at, path] of tree.paths.entries()) {
    const parent = tree.parents[at] ?? -1;
    const above = mine[parent];
    const within = whole[parent] === true || inside[parent] === true;
    const owner = within ? above : (ownerOf(path) ?? (above?.kind === 'unit' ? above : undefined));
    mine.push(owner);
    inside.push(within);
    whole.push(!within && ownsBelow(owner));
    if (within || parent < 0) {
      target.push(-1);
      continue;
    }
    const taker = owner ?? (tree.members[at] === true ? plainGroup(path) : endedWithin(path));
    if (taker.kind !== 'ended') alive.add(rowKey(taker));
    target.push(placeOf(taker, at));
  }
  return {
    children: children.map((list) => (list.length === 0 ? NONE : list)),
    mine,
    whole,
    inside,
    roster,
    groups,
    target,
    alive,
  };
};
