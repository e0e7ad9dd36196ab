import { ownerOf } from '../attribution/identity.ts';
import type { GroupTree } from '../model/group.ts';
import { rowKey, type Workload } from '../model/workload.ts';

/** A workload that a path alone does not name well. */
export interface Nameless {
  /** `rowKey` of the workload: what its facts go by. */
  readonly key: string;
  readonly workload: Workload;
  /** Path of its topmost control group. */
  readonly path: string;
}

const known = new WeakMap<GroupTree, readonly Nameless[]>();

/**
 * The containers, jobs and virtual machines of a tree, each once, without those inside another one: they have no row of
 * their own. Worked out once for as long as no group comes or goes.
 */
export const namelessIn = (tree: GroupTree): readonly Nameless[] => {
  const held = known.get(tree);
  if (held !== undefined) return held;
  const inside: boolean[] = [];
  const made = new Map<string, Nameless>();
  for (const [at, path] of tree.paths.entries()) {
    const within = inside[tree.parents[at] ?? -1] === true;
    const workload = within ? undefined : ownerOf(path);
    const whole = workload !== undefined && workload.kind !== 'unit';
    inside.push(within || whole);
    if (!whole) continue;
    const key = rowKey(workload);
    if (!made.has(key)) made.set(key, { key, workload, path });
  }
  const list = [...made.values()];
  known.set(tree, list);
  return list;
};

/** Runtime that a path tells of; '' for none. */
export const runtimeOf = ({ labels }: Workload): string => labels.container_runtime_name ?? '';

/** Row key of a container with a 64-digit id. */
export const containerKey = (id: string): string => `container ${id}`;
