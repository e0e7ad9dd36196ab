import type { Seconds } from '../units.ts';

/**
 * The control groups of a host without their readings, as lists of one length: the root first, parents before their
 * children. The same object for as long as no group comes or goes, so that whatever follows from it is worked out once.
 */
export interface GroupTree {
  /** Inodes of the directories, with the tree: a restarted unit reuses the path, never the inode. */
  readonly ids: readonly string[];
  /** Paths below the mount, `/` for the root. Bytes that are not UTF-8 are replaced. */
  readonly paths: readonly string[];
  /** Positions of the parents; -1 for the root. */
  readonly parents: readonly number[];
  /** Whether processes sit directly in it; true for every group without children. */
  readonly members: readonly boolean[];
}

/** What all groups had used at one instant, by their positions in the tree. */
export interface GroupSample {
  readonly at: Seconds;
  readonly tree: GroupTree;
  /** Cumulative CPU time, all descendants included, dead processes too. */
  readonly cpu: readonly Seconds[];
  /** Resident anonymous memory in bytes, descendants included; there only where something goes by it. */
  readonly memory?: readonly number[];
  /** Processors that the group may use at most, by quota; 0 without a limit. The same list while nothing changes. */
  readonly processors?: readonly number[];
}

const positions = new WeakMap<GroupTree, ReadonlyMap<string, number>>();

/** Position of each group by its id. */
export const positionsIn = (tree: GroupTree): ReadonlyMap<string, number> => {
  const known = positions.get(tree);
  if (known !== undefined) return known;
  const made = new Map(tree.ids.map((id, at) => [id, at]));
  positions.set(tree, made);
  return made;
};
