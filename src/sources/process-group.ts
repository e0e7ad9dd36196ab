import { readSmall } from './reader.ts';

/**
 * Path of a process's control group below the mount of the hierarchy that counts CPU time (cgroups(7)): that of the
 * `cpuacct` controller on v1 and hybrid hosts, else the `0::` line of v2. Undefined where the process has ended, may
 * not be looked at, or lies outside of this control group namespace.
 */
export const groupOf = (procfs: string, pid: number): string | undefined => {
  let lines: readonly string[];
  try {
    lines = readSmall(`${procfs}/${pid}/cgroup`).split('\n');
  } catch {
    return undefined;
  }
  const pathOf = (line: string): string => line.split(':').slice(2).join(':');
  const v1 = lines.find((line) => line.split(':')[1]?.split(',').includes('cpuacct'));
  const line = v1 ?? lines.find((one) => one.startsWith('0::'));
  const path = line === undefined ? '' : pathOf(line).replace(/ \(deleted\)$/, '');
  return path.startsWith('/') && !path.startsWith('/..') ? path : undefined;
};
