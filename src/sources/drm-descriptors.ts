import { opendirSync, readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { DrmCard } from './drm-cards.ts';
import { errnoOf } from './failure.ts';

/** Descriptors looked at in one process: one that has more would leave none for the others. */
const MOST_OF_ONE = 1024;
/** GPU files that are looked for at most. */
const MOST_FILES = 4096;
/** Looking at descriptors without a rest, in ms: short beside a scrape. */
const SLICE = 15;

/** A GPU file that a process holds open. */
export interface GpuFile {
  readonly pid: number;
  /** Its `/proc/PID/fdinfo/FD`. */
  readonly file: string;
  readonly card: DrmCard;
}

export interface GpuFiles {
  readonly held: readonly GpuFile[];
  /** Processes whose descriptors may not be listed. */
  readonly hidden: number;
  /** A limit was reached: others were not looked at. */
  readonly cut: boolean;
}

/**
 * Looks at the descriptors of all processes for those that lead to a GPU: links alone, which asks no driver.
 *
 * @param cards by name below /dev/dri. @param first processes that are looked at first: a limit cuts off others.
 * @param most descriptors in all. Rejects where procfs cannot be listed.
 */
export const findGpuFiles = async (
  procfs: string,
  cards: ReadonlyMap<string, DrmCard>,
  first: ReadonlySet<number>,
  most: number,
  rest: () => Promise<void>,
): Promise<GpuFiles> => {
  const pids = readdirSync(procfs)
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number)
    .sort((a, b) => Number(first.has(b)) - Number(first.has(a)) || a - b);
  const held: GpuFile[] = [];
  let hidden = 0;
  let left = most;
  let until = performance.now() + SLICE;
  for (const pid of pids) {
    if (left <= 0 || held.length >= MOST_FILES) break;
    try {
      left -= lookInto(`${procfs}/${pid}`, Math.min(left, MOST_OF_ONE), (fd, node) => {
        const card = cards.get(node);
        if (card !== undefined) held.push({ pid, card, file: `${procfs}/${pid}/fdinfo/${fd}` });
      });
    } catch (cause) {
      if (['EACCES', 'EPERM'].includes(errnoOf(cause))) hidden += 1;
    }
    if (performance.now() < until) continue;
    await rest();
    until = performance.now() + SLICE;
  }
  return { held, hidden, cut: left <= 0 || held.length >= MOST_FILES };
};

/** Tells each descriptor that leads below /dev/dri; returns how many were looked at. */
const lookInto = (process: string, most: number, tell: (fd: string, node: string) => void): number => {
  const directory = opendirSync(`${process}/fd`, { bufferSize: 64 });
  let count = 0;
  try {
    for (let entry = directory.readSync(); entry !== null && count < most; entry = directory.readSync()) {
      count += 1;
      const target = linkOf(`${process}/fd/${entry.name}`);
      if (target?.startsWith('/dev/dri/')) tell(entry.name, basename(target));
    }
  } finally {
    directory.closeSync();
  }
  return count;
};

const linkOf = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
};
