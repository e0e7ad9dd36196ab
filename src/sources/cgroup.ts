import { counted } from '../model/counted.ts';
import { found } from '../model/found.ts';
import type { OpenSource, Source } from '../model/source.ts';
import { TreeChoice } from './cgroup-choice.ts';
import { findHierarchies } from './cgroup-find.ts';
import type { CgroupOptions } from './cgroup-options.ts';
import { CgroupTree } from './cgroup-tree.ts';
import { absentAfter } from './failure.ts';

/** Seconds between two looks at which tree of a hybrid host is in use. */
const CHOICE_INTERVAL = 60;

const describe = (tree: CgroupTree, hybrid: boolean): string => {
  const parts = [
    `${tree.hierarchy.version}${hybrid ? ' of a hybrid host' : ''}, ${counted(tree.size, 'group')}`,
  ];
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
    const choice = hybrid ? new TreeChoice(trees.value, most) : undefined;
    let tree: CgroupTree;
    try {
      tree = new CgroupTree(choice?.first() ?? trees.value[0], most, paths);
    } catch (cause) {
      return absentAfter(cause, 'Mount the control groups of the host there.');
    }
    let chosenAt = clock.monotonic();
    /** Changes to the other tree of a hybrid host where that has become the one in use. */
    const choose = (): void => {
      const better = choice?.next(tree.hierarchy) ?? tree.hierarchy;
      if (better === tree.hierarchy) return;
      try {
        const next = new CgroupTree(better, most, paths);
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
