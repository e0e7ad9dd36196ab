import type { Seconds } from '../units.ts';
import type { Hierarchy } from './cgroup-find.ts';
import { type GroupNode, usageRead } from './cgroup-node.ts';
import { readFrom } from './reader.ts';

/** Groups that were all there at the last walk and are held open. */
export interface HeldGroups {
  readonly size: number;
  /**
   * Cumulative CPU time by position. Undefined where a group cannot be read as it was: a walk then tells why.
   *
   * @param above reads a group that has others below it; undefined where it cannot, or any of those came or went.
   */
  read(above: (position: number) => Seconds | undefined): Seconds[] | undefined;
  /** Has the groups know what was last read of them, before a walk. */
  giveBack(nodes: readonly GroupNode[], cpu: readonly Seconds[]): void;
}

/**
 * The descriptors of groups without children as one list of numbers: while nothing comes or goes, a tick goes through it
 * instead of through hundreds of objects, most of which the processor's caches have lost in the five seconds before.
 *
 * A descriptor stands for the same file until a walk: only a walk closes any, and the list is made anew after each.
 *
 * @returns undefined where a group is held by its path alone.
 */
export const heldGroups = (
  hierarchy: Hierarchy,
  nodes: readonly GroupNode[],
  size: number,
): HeldGroups | undefined => {
  const descriptors = new Int32Array(size);
  for (let at = 0; at < size; at++) {
    const node = nodes[at];
    if (node?.cpu === undefined) return undefined;
    const isLeaf = at > 0 && node.children.size === 0;
    if (isLeaf && !(node.usage.kept && node.directory.kept)) return undefined;
    descriptors[at] = isLeaf ? node.usage.descriptor : -1;
  }
  return {
    size,
    read: (above) => {
      const cpu: Seconds[] = [];
      try {
        for (let at = 0; at < size; at++) {
          const fd = descriptors[at] ?? -1;
          const own = fd < 0 ? above(at) : usageRead(hierarchy, readFrom(fd, hierarchy.mount));
          if (own === undefined || own < 0) return undefined;
          cpu.push(own);
        }
      } catch {
        // Removed since, or a reading that failed: the walk reads it again and says so.
        return undefined;
      }
      return cpu;
    },
    giveBack: (known, cpu) => {
      for (let at = 0; at < size; at++) {
        const node = known[at];
        const last = cpu[at];
        if (node !== undefined && last !== undefined) node.cpu = last;
      }
    },
  };
};
