import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readBounded } from './names-file.ts';

/** A step has a group for each task, of which one will do. */
const MOST_FOLDERS = 64;
/** cgroup.procs has a line of at most 8 bytes for each process. */
const LARGEST = 2 ** 20;

/**
 * Some processes of a control group and of those below it, nearest first; none where it is gone.
 *
 * @param skip names of groups below that are left out.
 */
export const processesIn = async (
  group: string,
  most: number,
  skip: readonly string[] = [],
): Promise<readonly string[]> => {
  const folders = [group];
  const found: string[] = [];
  for (const folder of folders) {
    const listed = await readBounded(join(folder, 'cgroup.procs'), LARGEST).catch(() => '');
    // 0 stands for a process of another PID namespace (cgroups(7)).
    found.push(...listed.split('\n').filter((line) => /^[1-9]\d*$/.test(line)));
    if (found.length >= most) break;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (folders.length >= MOST_FOLDERS) break;
      if (entry.isDirectory() && !skip.includes(entry.name)) folders.push(join(folder, entry.name));
    }
  }
  return found.slice(0, most);
};
