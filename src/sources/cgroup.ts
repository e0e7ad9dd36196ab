import * as z from 'zod/mini';
import { found } from '../model/found.ts';
import type { OpenSource, Source } from '../model/source.ts';
import { countGroups, findHierarchies, type Hierarchy } from './cgroup-find.ts';
import { CgroupTree } from './cgroup-tree.ts';
import { absentAfter } from './failure.ts';

export const cgroupOptions = z.object({
  hierarchy: z
    ._default(z.enum(['auto', 'v1', 'v2']), 'auto')
    .check(
      z.describe(
        'Which control groups to read. auto: v2 where it is mounted alone; on a hybrid host the tree with more groups.',
      ),
    ),
  max_groups: z
    ._default(z.int().check(z.minimum(1), z.maximum(65_536)), 4096)
    .check(z.describe('Groups read at most; the CPU time of others stays part of their nearest ancestor.')),
});
export type CgroupOptions = z.infer<typeof cgroupOptions>;

/** Seconds between two looks at which tree of a hybrid host has more groups. */
const CHOICE_INTERVAL = 60;
/** The other tree must have this much more to be taken: a change makes every group a new one. */
const CHANGE_AT = 1.25;

/** The tree with more groups; the first, v1, if they have as many. */
const richest = (trees: readonly [Hierarchy, ...Hierarchy[]], most: number): Hierarchy => {
  let [best] = trees;
  if (trees.length === 1) return best;
  let groups = 0;
  for (const tree of trees) {
    const counted = countGroups(tree.mount, most);
    if (counted <= groups) continue;
    groups = counted;
    best = tree;
  }
  return best;
};

const describe = (tree: CgroupTree, hybrid: boolean): string => {
  const parts = [`${tree.hierarchy.version}${hybrid ? ' of a hybrid host' : ''}, ${tree.size} groups`];
  const { untaken, failed } = tree;
  if (untaken > 0) parts.push(`${untaken} and all below them counted in their ancestors (max_groups)`);
  if (failed > 0) parts.push(`${failed} could not be read`);
  return parts.join('; ');
};

/** CPU time of every control group, from cpu.stat (v2) or cpuacct.usage (v1). */
export const cgroupSource = (options: CgroupOptions): Source => ({
  name: 'cgroup',
  summary: 'CPU time of control groups, from /sys/fs/cgroup (v1, v2 and hybrid)',
  open: async (paths, clock) => {
    const most = options.max_groups;
    const trees = findHierarchies(paths.sysfs, options.hierarchy);
    if (!trees.found) return trees;
    const hybrid = trees.value.length > 1;
    let tree: CgroupTree;
    try {
      tree = new CgroupTree(richest(trees.value, most), most, paths.sysfs);
    } catch (cause) {
      return absentAfter(cause, 'Mount the control groups of the host there.');
    }
    let chosenAt = clock.monotonic();
    /** Changes to the other tree of a hybrid host where that has become the one in use. */
    const choose = (): void => {
      const other = trees.value.find(({ mount }) => mount !== tree.hierarchy.mount);
      if (other === undefined || countGroups(other.mount, most) <= tree.size * CHANGE_AT) return;
      try {
        const next = new CgroupTree(other, most, paths.sysfs);
        tree.close();
        tree = next;
      } catch {
        // It cannot be read: the tree in use still can.
      }
    };
    return found<OpenSource>({
      get detail() {
        return describe(tree, hybrid);
      },
      read: (draft) => {
        const at = clock.monotonic();
        if (hybrid && at - chosenAt >= CHOICE_INTERVAL) {
          chosenAt = at;
          choose();
        }
        const wantsMemory = draft.meters.some(({ domain }) => domain === 'dram');
        draft.groups = tree.read(at, wantsMemory);
      },
      close: () => tree.close(),
    });
  },
});
