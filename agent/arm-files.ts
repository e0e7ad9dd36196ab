import { unlink } from 'node:fs/promises';
import type { MeasureArm } from '../src/index.ts';
import type { Logger } from './log.ts';

/** Files that say the arm of on/off tests, a word each: `on`, `off` or `over`. */
export interface ArmFiles {
  /** Writes those of which the arm is another one than was written last. Does not wait, never throws. */
  write(arms: readonly MeasureArm[]): void;
  /** @param keep paths that another run goes on with. */
  remove(keep?: ReadonlySet<string | undefined>): Promise<void>;
}

interface ArmFilesInput {
  /** By measure. */
  readonly paths: ReadonlyMap<string, string>;
  readonly replaceFile: (path: string, text: string, mode?: number) => Promise<void>;
  readonly log: Logger;
}

/** Whoever places work has another user than the agent, and the arm is no secret. */
const FOR_ALL = 0o644;
const LAST_MS = 1_000;

export const openArmFiles = ({ paths, replaceFile, log }: ArmFilesInput): ArmFiles => {
  const written = new Map<string, string>();
  const failing = new Set<string>();
  let writing = Promise.resolve();
  let isClosed = false;

  const writeOne = async (path: string, measure: string, arm: string): Promise<void> => {
    if (isClosed || written.get(path) === arm) return;
    try {
      await replaceFile(path, `${arm}\n`, FOR_ALL);
      written.set(path, arm);
      if (failing.delete(path)) log.info({ measure }, `${path} is written again`);
    } catch (error) {
      // The word that stands there may be the wrong one by now.
      written.delete(path);
      if (failing.has(path)) return;
      failing.add(path);
      const why = error instanceof Error ? error.message : String(error);
      const fix = 'make its directory, writable for the agent, or name another arm_file';
      log.error({ measure, fix }, `${path} cannot be written (${why}): who follows it does not know the arm`);
    }
  };

  return {
    write: (arms) => {
      if (paths.size === 0) return;
      writing = arms.reduce((before, { measure, arm }) => {
        const path = paths.get(measure);
        return path === undefined ? before : before.then(() => writeOne(path, measure, arm));
      }, writing);
    },
    remove: async (keep = new Set<string | undefined>()) => {
      isClosed = true;
      // A directory that hangs must not hold the end.
      const late = new Promise<void>((resolve) => setTimeout(resolve, LAST_MS).unref());
      const removed = writing.then(() =>
        Promise.all(
          [...written.keys()].filter((path) => !keep.has(path)).map((path) => unlink(path).catch(() => {})),
        ),
      );
      await Promise.race([removed, late]);
    },
  };
};
