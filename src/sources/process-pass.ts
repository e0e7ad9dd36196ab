import { readdirSync } from 'node:fs';
import type { ProcessPass, ProcessReading } from '../model/process.ts';
import type { Clock } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { add, type Seconds } from '../units.ts';
import { DescriptorBudget } from './descriptors.ts';
import { failedRead } from './failure.ts';
import { ProcessFiles } from './process-files.ts';
import { parseProcess } from './process-stat.ts';
import { landing } from './reader.ts';

/** Processes between two looks at the clock: about 0.5 ms of reading. */
const BATCH = 32;
/** The largest number of processes that a pass reads unless told otherwise. */
export const PROCESS_LIMIT = 32_768;

/** A pass under way. */
export interface PassWalk {
  /** Reads on for `most` at most. Returns the pass once the last process was read. Throws SourceError. */
  advance(most: Seconds): ProcessPass | undefined;
  readonly listed: number;
  /** Whether process 1 was listed: it is not where procfs is mounted with `hidepid`. */
  readonly whole: boolean;
}

/** For a pass of its own, after which nothing is read again. */
const NONE_KEPT = new DescriptorBudget(0);

const PID = /^[1-9]\d*$/;

/** Lists the processes once; those that start later belong to the next pass. Throws SourceError. */
export const startPass = (
  procfs: string,
  clock: Clock,
  limit = PROCESS_LIMIT,
  files = new ProcessFiles(procfs, NONE_KEPT),
): PassWalk => {
  const from = clock.monotonic();
  let pids: number[];
  try {
    // The oldest first: which ones a limit leaves out then changes least between two passes.
    pids = readdirSync(procfs)
      .filter((name) => PID.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  } catch (cause) {
    throw failedRead(procfs, cause);
  }
  files.keep(pids);
  const last = Math.min(pids.length, limit);
  const processes: ProcessReading[] = [];
  let missed = pids.length - last;
  let next = 0;
  const readNext = (): void => {
    try {
      const length = files.read(pids[next++] ?? 0);
      const process = parseProcess(landing.bytes, length);
      if (process === undefined) missed++;
      else processes.push(process);
    } catch (cause) {
      // One that ended since the listing was not missed: it is no process any more.
      if (!(cause instanceof SourceError && cause.kind === 'gone')) missed++;
    }
  };
  return {
    listed: pids.length,
    whole: pids[0] === 1,
    advance: (most) => {
      const until = add(clock.monotonic(), most);
      do {
        for (const stop = Math.min(next + BATCH, last); next < stop; ) readNext();
      } while (next < last && clock.monotonic() < until);
      if (next < last) return undefined;
      if (processes.length === 0 && missed > 0)
        throw new SourceError('fatal', `none of ${missed} processes below ${procfs} can be read`, {
          fix: 'Run negawatt as root, or mount procfs without hidepid.',
        });
      return { from, to: clock.monotonic(), processes, missed };
    },
  };
};

/** One whole pass at once, for commands that run once. Throws SourceError. */
export const readAllProcesses = (procfs: string, clock: Clock, limit = PROCESS_LIMIT): ProcessPass => {
  const walk = startPass(procfs, clock, limit);
  for (;;) {
    const pass = walk.advance(Number.POSITIVE_INFINITY as Seconds);
    if (pass !== undefined) return pass;
  }
};
