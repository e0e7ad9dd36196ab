import type { GpuBoard, GpuReading } from '../model/gpu.ts';
import type { Meter, Reading } from '../model/meter.ts';
import type { GroupHierarchy } from './process-group.ts';

/** What the thread that reads the driver is told at its start. */
export interface NvmlSetup {
  readonly library: string;
  /** Seconds between two rounds. */
  readonly interval: number;
  readonly procfs: string;
  readonly hierarchy: GroupHierarchy;
}

/** A board that answers, and the meter of its energy. */
export interface NvmlBoard {
  readonly board: GpuBoard;
  readonly meter: Meter;
}

/** A board that does not answer, or not as it should. */
export interface NvmlFailure {
  /** `GPU 3 (GPU-...)`: its index, and its identity where that was read. */
  readonly board: string;
  readonly why: string;
  readonly fix: string;
  /** Id of its meter if the board as a whole is out of reach. */
  readonly lost?: string;
}

/** What the thread hands over. */
export type NvmlMessage =
  | {
      readonly kind: 'boards';
      readonly boards: readonly NvmlBoard[];
      /** Boards that the driver lists and that cannot be described. */
      readonly failures: readonly NvmlFailure[];
    }
  | {
      readonly kind: 'round';
      readonly readings: readonly Reading[];
      readonly gpus: readonly GpuReading[];
      readonly failures: readonly NvmlFailure[];
    }
  /** Nothing can be read: the library or the driver as a whole refuses. */
  | { readonly kind: 'failed'; readonly why: string; readonly fix: string };

/** What the thread and its owner share without messages: 64-bit words. */
export const SHARED = {
  words: 3,
  /** Monotonic time in ns at which the driver last answered all that it was asked. */
  answered: 0,
  /** Messages that nobody took yet. */
  waiting: 1,
  /** 1 while a call to the driver may be under way. */
  calling: 2,
} as const;
