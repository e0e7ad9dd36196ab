import { closeSync, openSync, readSync } from 'node:fs';
import { SourceError } from '../model/source-error.ts';
import { fromMicroseconds, fromNanoseconds, type Seconds } from '../units.ts';
import { afterKey, unsignedAt } from './bytes.ts';
import type { Hierarchy } from './cgroup-find.ts';
import { KeptDirectory } from './directory.ts';
import { errnoOf } from './failure.ts';
import { KeptFile, landing } from './reader.ts';
import { printable } from './text.ts';

const SLASH = Buffer.from('/');
const USAGE = Buffer.from('usage_usec ');
const USER = Buffer.from('user_usec ');
const SYSTEM = Buffer.from('system_usec ');

/** One group that is known: what is held open for it and what was last seen of it. */
export interface GroupNode {
  readonly directory: KeptDirectory;
  readonly usage: KeptFile;
  readonly id: string;
  readonly path: string;
  /** Raw name, one character a byte. */
  readonly name: string;
  /** By name; `NO_CHILDREN` of a group without any, which most are. */
  children: Map<string, GroupNode>;
  /** Spreads what is done every few ticks over the ticks. */
  readonly turn: number;
  /** Children that the limit left out. */
  untaken: number;
  /** Children that are there and cannot be opened. */
  unopened: number;
  /** Last readings of removed children, summed; seconds. */
  removed: number;
  /** Last reading; absent before the first. */
  cpu: Seconds | undefined;
  members: boolean;
}

/** One for all, never added to: what a tick asks of each group is then at hand, and not in memory it has not touched since. */
export const NO_CHILDREN: Map<string, GroupNode> = new Map();

const fileIn = (directory: Buffer, name: string): Buffer =>
  Buffer.concat([directory, SLASH, Buffer.from(name)]);

/** The file with the CPU time of the group at a directory. */
export const usageFile = (tree: Hierarchy, directory: Buffer): Buffer =>
  fileIn(directory, tree.version === 'v1' ? 'cpuacct.usage' : 'cpu.stat');

/** The same of what was read into `landing`; -1 where it is something else. */
export const usageRead = (tree: Hierarchy, length: number): Seconds => {
  const { bytes } = landing;
  if (tree.version === 'v1') return fromNanoseconds(unsignedAt(bytes, 0, length));
  const at = afterKey(bytes, length, USAGE);
  return fromMicroseconds(at < 0 ? -1 : unsignedAt(bytes, at, length));
};

/** Cumulative CPU time of a group other than the root, with all its descendants. Throws SourceError. */
export const groupUsage = (tree: Hierarchy, file: KeptFile): Seconds =>
  tree.version === 'v1' ? fromNanoseconds(file.readUnsigned()) : fromMicroseconds(file.readKey(USAGE));

/** Opens one group. Throws SourceError: `gone` if it went meanwhile. */
export const openNode = (
  tree: Hierarchy,
  parent: GroupNode | undefined,
  name: Buffer,
  turn: number,
): GroupNode => {
  const where =
    parent === undefined ? Buffer.from(tree.mount) : Buffer.concat([parent.directory.path, SLASH, name]);
  // The usage before the identity: if another group took the path in between, the first read of the usage fails.
  const usage = new KeptFile(usageFile(tree, where));
  try {
    if (parent !== undefined) usage.open();
    const directory = new KeptDirectory(where);
    const above = parent === undefined || parent.path === '/' ? '' : parent.path;
    return {
      directory,
      usage,
      // Each tree numbers its groups from 1: of a hybrid host that changes its tree none may pass for one of the other.
      id: tree.version === 'v1' ? `v1-${directory.id}` : directory.id,
      path: parent === undefined ? '/' : printable(`${above}/${printable(name)}`),
      name: name.toString('latin1'),
      children: NO_CHILDREN,
      turn,
      untaken: 0,
      unopened: 0,
      removed: 0,
      cpu: undefined,
      members: true,
    };
  } catch (cause) {
    usage.close();
    throw cause;
  }
};

/** Closes a group and all below it. */
export const closeNode = (node: GroupNode): void => {
  for (const child of node.children.values()) closeNode(child);
  node.children = NO_CHILDREN;
  node.usage.close();
  node.directory.close();
};

/** Cumulative CPU time of a group with all its descendants. Throws SourceError. */
export const readUsage = (tree: Hierarchy, node: GroupNode): Seconds => {
  // Without descriptors the path alone leads to the group: make sure that it is still the same one.
  if (!(node.usage.kept && node.directory.kept) && node.directory.removed()) {
    throw new SourceError('gone', `group ${node.path} was removed`);
  }
  if (tree.version === 'v1' || node.path !== '/') return groupUsage(tree, node.usage);
  // The usage of the root holds stolen time, and guest time twice, in most kernels; its two parts do not.
  return fromMicroseconds(node.usage.readKey(USER) + node.usage.readKey(SYSTEM));
};

const oneByte = Buffer.alloc(1);
/** Whether a list of numbers has a first one; the kernel need not write the others. */
const holds = (path: Buffer): boolean => {
  const fd = openSync(path, 'r');
  try {
    return readSync(fd, oneByte, 0, 1, null) === 1 && unsignedAt(oneByte, 0, 1) >= 0;
  } finally {
    closeSync(fd);
  }
};

/** Whether processes, or threads in a threaded group (cgroups(7)), sit directly in it; false where it cannot be told. */
export const hasMembers = (node: GroupNode): boolean => {
  try {
    return holds(fileIn(node.directory.path, 'cgroup.procs'));
  } catch (cause) {
    if (errnoOf(cause) !== 'EOPNOTSUPP') return false;
  }
  try {
    return holds(fileIn(node.directory.path, 'cgroup.threads'));
  } catch {
    return false;
  }
};
