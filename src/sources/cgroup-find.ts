import { existsSync, readdirSync } from 'node:fs';
import { absent, type Found, found } from '../model/found.ts';

export type CgroupVersion = 'v1' | 'v2';

/** One mounted tree of control groups that counts CPU time. */
export interface Hierarchy {
  readonly version: CgroupVersion;
  /** Directory of its root. */
  readonly mount: string;
}

/** Names under which distributions mount the v1 controller; one may be a link to another. */
const V1_MOUNTS = ['cpuacct', 'cpu,cpuacct', 'cpuacct,cpu'];

/** Groups below and with the root of a tree, breadth first, counted up to `most`. Unreadable directories count as 1. */
export const countGroups = (mount: string, most: number): number => {
  const directories: Buffer[] = [Buffer.from(mount)];
  for (const directory of directories) {
    if (directories.length >= most) return most;
    try {
      for (const entry of readdirSync(directory, { withFileTypes: true, encoding: 'buffer' })) {
        if (entry.isDirectory()) directories.push(Buffer.concat([directory, Buffer.from('/'), entry.name]));
      }
    } catch {
      // Removed since its parent was listed, or closed to us: its processes show in the parent.
    }
  }
  return Math.min(directories.length, most);
};

/**
 * The trees below a host's /sys/fs/cgroup, v1 before v2. Both only on a hybrid host (cgroups(7)): v1 controllers with
 * a v2 tree at `unified`. A root that holds `cgroup.controllers` is v2 and excludes everything else.
 */
export const findHierarchies = (
  sysfs: string,
  wanted: 'auto' | CgroupVersion,
): Found<readonly [Hierarchy, ...Hierarchy[]]> => {
  const base = `${sysfs}/fs/cgroup`;
  if (!existsSync(base)) {
    return absent(`no control groups: ${base} does not exist`, "Give the host's sysfs with --path.sysfs.");
  }
  const v1 = V1_MOUNTS.map((name) => `${base}/${name}`).find((mount) => existsSync(`${mount}/cpuacct.usage`));
  const v2 = [base, `${base}/unified`].find((mount) => existsSync(`${mount}/cgroup.controllers`));
  const trees: Hierarchy[] = [];
  if (wanted !== 'v2' && v1 !== undefined && v2 !== base) trees.push({ version: 'v1', mount: v1 });
  if (wanted !== 'v1' && v2 !== undefined) trees.push({ version: 'v2', mount: v2 });
  const [first, ...rest] = trees;
  if (first !== undefined) return found([first, ...rest]);
  const sought = {
    auto: 'neither cgroup.controllers (v2) nor a cpuacct mount (v1)',
    v1: 'no cpuacct mount (v1)',
    v2: 'no cgroup.controllers (v2)',
  }[wanted];
  return absent(
    `${sought} below ${base}`,
    wanted === 'auto' ? 'Mount the control groups there.' : 'Set hierarchy: auto for the cgroup source.',
  );
};
