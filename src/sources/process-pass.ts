import { type Dir, opendirSync, readdirSync } from 'node:fs';
import type { ProcessPass, ProcessReading } from '../model/process.ts';
import type { Clock } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { add, type Seconds } from '../units.ts';
import { DescriptorBudget } from './descriptors.ts';
import { failedRead } from './failure.ts';
import { ProcessFiles } from './process-files.ts';

/** Processes between two looks at the clock: about 0.5 ms of reading. */
const BATCH = 32;
/** Entries of the listing between two looks at the clock, and fetched from the kernel at once: about 0.3 ms. */
const ENTRIES = 512;
/** Where the pass before listed no more, the listing is taken at once, for half the price: about 2 ms. */
const AT_ONCE = 4096;
/** The largest number of processes that a pass reads unless told otherwise. */
export const PROCESS_LIMIT = 32_768;

/** A pass under way: the processes are listed, then read. */
export interface PassWalk {
  /** Goes on for `most` at most. Returns the pass once the last process was read. Throws SourceError. */
  advance(most: Seconds): ProcessPass | undefined;
  /** Lists to the end. Throws SourceError. */
  list(): void;
  /** Ends it before its time. */
  close(): void;
  /** Processes listed so far. */
  readonly listed: number;
  /** Whether process 1 was listed: it is not where procfs is mounted with `hidepid`. */
  readonly whole: boolean;
}

/** For a pass of its own, after which nothing is read again. */
const NONE_KEPT = new DescriptorBudget(0);

const PID = /^[1-9]\d*$/;

/** Begins a pass. Processes that start after their place in the listing belong to the next one. Throws SourceError. */
export const startPass = (
  procfs: string,
  clock: Clock,
  limit = PROCESS_LIMIT,
  files = new ProcessFiles(procfs, NONE_KEPT),
): PassWalk => {
  const from = clock.monotonic();
  const listing = new Listing(procfs, files.size > 0 && files.size <= AT_ONCE);
  const processes: ProcessReading[] = [];
  let missed = 0;
  let next = 0;
  const readNext = (): void => {
    try {
      const process = files.read(listing.pids[next++] ?? 0);
      if (process === undefined) missed++;
      else processes.push(process);
    } catch (cause) {
      // One that ended since the listing was not missed: it is no process any more.
      if (!(cause instanceof SourceError && cause.kind === 'gone')) missed++;
    }
  };
  const finish = (): ProcessPass => {
    files.endPass();
    missed += listing.pids.length - next;
    if (processes.length === 0 && missed > 0)
      throw new SourceError('fatal', `none of ${missed} processes below ${procfs} can be read`, {
        fix: 'Run negawatt as root, or mount procfs without hidepid.',
      });
    return { from, to: clock.monotonic(), processes, missed };
  };
  return {
    get listed() {
      return listing.pids.length;
    },
    get whole() {
      return listing.whole;
    },
    list: () => {
      while (!listing.complete) listing.more();
    },
    close: () => listing.close(),
    advance: (most) => {
      const until = add(clock.monotonic(), most);
      while (!listing.complete) {
        listing.more();
        if (!listing.complete && clock.monotonic() >= until) return undefined;
      }
      const last = Math.min(listing.pids.length, limit);
      do {
        for (const stop = Math.min(next + BATCH, last); next < stop; ) readNext();
      } while (next < last && clock.monotonic() < until);
      return next < last ? undefined : finish();
    },
  };
};

/** The pids below a procfs, listed piece by piece: thousands at once would hold the agent for too long. */
class Listing {
  /** In the order of the listing until it is complete, then ascending. */
  pids: number[] = [];
  complete = false;
  readonly #procfs: string;
  readonly #directory: Dir | undefined;

  /**
   * Throws SourceError.
   *
   * @param few whether few enough are expected to be listed at once.
   */
  constructor(procfs: string, few: boolean) {
    this.#procfs = procfs;
    try {
      this.#directory = few ? undefined : opendirSync(procfs, { bufferSize: ENTRIES });
    } catch (cause) {
      throw failedRead(procfs, cause);
    }
  }

  get whole(): boolean {
    return this.pids.includes(1);
  }

  /** Lists a piece. Throws SourceError. */
  more(): void {
    if (this.#directory === undefined) {
      this.#allAtOnce();
      return;
    }
    try {
      for (let i = 0; i < ENTRIES; i++) {
        const entry = this.#directory.readSync();
        if (entry === null) {
          this.#end(this.pids);
          return;
        }
        if (PID.test(entry.name)) this.pids.push(Number(entry.name));
      }
    } catch (cause) {
      this.close();
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw failedRead(this.#procfs, cause);
      this.#allAtOnce();
    }
  }

  /**
   * The kernel gives no type for a process that ends while it is listed; Node then asks for its state, fails, and has
   * lost what it read behind it. Without types it asks for nothing: all of them are one piece, but whole.
   */
  #allAtOnce(): void {
    try {
      this.#end(
        readdirSync(this.#procfs)
          .filter((name) => PID.test(name))
          .map(Number),
      );
    } catch (again) {
      throw failedRead(this.#procfs, again);
    }
  }

  /** The oldest first: which ones a limit leaves out then changes least between two passes. */
  #end(pids: readonly number[]): void {
    this.close();
    this.pids = Array.from(Uint32Array.from(pids).sort());
  }

  close(): void {
    if (this.complete) return;
    this.complete = true;
    try {
      this.#directory?.closeSync();
    } catch {
      // It failed before: there is nothing left to free.
    }
  }
}

/** One whole pass at once, for commands that run once. Throws SourceError. */
export const readAllProcesses = (procfs: string, clock: Clock, limit = PROCESS_LIMIT): ProcessPass => {
  const walk = startPass(procfs, clock, limit);
  for (;;) {
    const pass = walk.advance(Number.POSITIVE_INFINITY as Seconds);
    if (pass !== undefined) return pass;
  }
};
