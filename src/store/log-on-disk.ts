import { closeSync, fdatasync, openSync } from 'node:fs';

/**
 * Brings the write-ahead log of a database onto its disk, in a thread of the runtime: a commit alone outlives the process,
 * and a power cut takes what the kernel has not written yet, half a minute of it.
 */
export interface LogOnDisk {
  /** Something was committed. */
  changed(): void;
  /**
   * Resolves as soon as all that was committed before outlives a power cut, or after a second where the disk does not
   * answer; with the reason then, else undefined. Never rejects. Where a disk failed once (EIO), the kernel takes what it
   * could not write for written: what is well again holds for what is committed from then on.
   */
  settled(): Promise<string | undefined>;
  close(): void;
}

/** A scraper waits for it, Prometheus for 10 s in all. */
const PATIENCE_MS = 1000;

/** @param path of the log, which is there once something was committed. */
export const logOnDisk = (path: string, patience = PATIENCE_MS): LogOnDisk => {
  let file: number | undefined;
  let isChanged = false;
  let isHanging = false;
  let isClosed = false;
  let running: Promise<string | undefined> | undefined;
  const hanging = `the disk has not written it within ${patience / 1000} s`;

  const sync = async (): Promise<string | undefined> => {
    isChanged = false;
    try {
      file ??= openSync(path, 'r');
      const open = file;
      await new Promise<void>((resolve, reject) =>
        fdatasync(open, (error) => (error ? reject(error) : resolve())),
      );
      return undefined;
    } catch (cause) {
      isChanged = true;
      return cause instanceof Error ? cause.message : String(cause);
    }
  };
  const next = (): Promise<string | undefined> => {
    const before = running;
    const made = (async () => {
      const why = await before;
      return isChanged && !isClosed ? sync() : why;
    })().finally(() => {
      isHanging = false;
      if (running === made) running = undefined;
    });
    running = made;
    return made;
  };
  return {
    changed: () => {
      isChanged = true;
    },
    settled: async () => {
      // One that hangs is waited for once: those after it would pile up behind it.
      if (isHanging) return hanging;
      if (isClosed || (!isChanged && running === undefined)) return undefined;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<string>((resolve) => {
        timer = setTimeout(() => {
          isHanging = true;
          resolve(hanging);
        }, patience);
        timer.unref();
      });
      try {
        return await Promise.race([next(), late]);
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => {
      isClosed = true;
      // While a thread is at it the number must not become another file's.
      const open = file;
      file = undefined;
      if (open === undefined) return;
      if (running === undefined) closeSync(open);
      else void running.then(() => closeSync(open));
    },
  };
};
