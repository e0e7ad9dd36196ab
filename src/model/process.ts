import type { Seconds } from '../units.ts';

/** One process as `/proc/PID/stat` shows it. Identity is pid + start time within one boot. */
export interface ProcessReading {
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly startTicks: number;
  /** Executable name as the kernel keeps it (15 bytes); never the command line. */
  readonly name: string;
  /** Cumulative user + system time of all its threads, exited ones included; children not. */
  readonly cpu: Seconds;
}

/** A finished pass over all processes; `from` and `to` are the first and last read of the pass. */
export interface ProcessPass {
  readonly from: Seconds;
  readonly to: Seconds;
  readonly processes: readonly ProcessReading[];
  /** Processes that could not be read or lay beyond the limit. */
  readonly missed: number;
}
