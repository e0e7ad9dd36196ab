import { type Bytes, type Seconds, seconds } from '../units.ts';
import type { Facts } from './facts.ts';
import type { GpuBoard, GpuReading } from './gpu.ts';
import type { GroupSample } from './group.ts';
import type { CpuTimes, MemoryUse } from './host.ts';
import type { Meter, Quality, Reading } from './meter.ts';
import type { ProcessPass } from './process.ts';
import type { WorkReading } from './work.ts';

/**
 * - `up`: read at this tick. - `absent`: the host has none, nothing to mend.
 * - `unreadable`: it is there and cannot be read: `fix` says what to do.
 * - `failing`: it was read before, or is there, and gives no answer now. - `off`: disabled by the operator.
 */
export type SourceState = 'up' | 'absent' | 'unreadable' | 'failing' | 'off';

export interface SourceStatus {
  readonly source: string;
  readonly state: SourceState;
  /** What was found, or why not. One line. */
  readonly why: string;
  /** Exact next step, or ''. */
  readonly fix: string;
  readonly quality?: Quality;
  /** Time that the last read took, this process's own CPU and waiting together. */
  readonly duration: Seconds;
  /** Of a kind that few hosts have, and this one had none so far: nothing that a series should tell. */
  readonly neverThere?: true;
}

/**
 * Between two ticks that are further apart nobody looked: the longest interval is a minute. What is only known of one
 * instant, as how busy a board is, holds for no longer.
 */
export const LONGEST_UNSEEN = seconds(120);

/** All that was read at one tick. Monotonic times only; `wall` stamps results and nothing else. */
export interface Sample {
  readonly at: Seconds;
  /** Milliseconds since 1970 UTC. */
  readonly wall: number;
  /** Random id of this boot; another id means that every hardware counter may have restarted. */
  readonly bootId: string;
  /** Time since boot with suspend included; it runs ahead of `at` by the time slept. */
  readonly uptime: Seconds;
  readonly meters: readonly Meter[];
  readonly readings: readonly Reading[];
  readonly sources: readonly SourceStatus[];
  readonly cpu?: CpuTimes;
  readonly memory?: MemoryUse;
  readonly gpuBoards?: readonly GpuBoard[];
  readonly gpus?: readonly GpuReading[];
  readonly groups?: GroupSample;
  readonly facts?: Facts;
  readonly processes?: ProcessPass;
  /** What counters of useful work said since the tick before. */
  readonly work?: readonly WorkReading[];
  /** Cumulative CPU time and resident memory of this agent. */
  readonly self?: { readonly cpu: Seconds; readonly memory: Bytes };
}
