import { type GroupTree, positionsIn } from '../model/group.ts';
import type { Naming } from './classes.ts';
import { type Owners, ownersOf } from './owners.ts';
import { positionsOf } from './uses.ts';

/** Inode of the group that a workload is known by. */
const groupOf = (tree: GroupTree, { roster, groups }: Owners, key: string): string | undefined => {
  const place = positionsOf(roster).get(key);
  return place === undefined ? undefined : tree.ids[groups[place] ?? -1];
};

/**
 * Tells of a row key whether another workload has taken the name since the reading before, as a unit that is restarted
 * does: it has a group that was not there, and the group that it had is gone. Undefined where that cannot be: no group
 * came or went, or another tree is read, in which every group is a new one.
 */
export const successorsBetween = (
  before: GroupTree | undefined,
  now: GroupTree | undefined,
  naming: Naming,
): ((key: string) => boolean) | undefined => {
  if (before === undefined || now === undefined || before === now || before.ids[0] !== now.ids[0])
    return undefined;
  const earlier = ownersOf(before, naming);
  const owners = ownersOf(now, naming);
  return (key) => {
    const [held, taken] = [groupOf(before, earlier, key), groupOf(now, owners, key)];
    if (held === undefined || taken === undefined || held === taken) return false;
    return !positionsIn(now).has(held) && !positionsIn(before).has(taken);
  };
};
