import {
  type Bytes,
  type Celsius,
  type Hertz,
  type Ratio,
  type Seconds,
  seconds,
  type Watts,
} from '../units.ts';

/**
 * One GPU board, described once when its source is opened. Its energy is a `Meter` of the domain `gpu` (or `module`)
 * with the same id.
 */
export interface GpuBoard {
  /** Id of the board's meter: the `hw_id` label. Made of what stays the same over boots (UUID, else PCI address). */
  readonly meter: string;
  readonly vendor: 'nvidia' | 'amd' | 'intel';
  /** Product name as the driver says it. */
  readonly model: string;
  /** Version of the driver. */
  readonly driver?: string;
  /** PCI address, `0000:41:00.0`. */
  readonly pciAddress?: string;
  /** Power limit in force. */
  readonly powerLimit?: Watts;
}

/** A process that uses a GPU, seen from the host. */
export interface GpuProcess {
  readonly pid: number;
  /** Path of its control group below the mount that the cgroup source reads; absent where it cannot be told. */
  readonly group?: string;
  /** Mean share of the GPU's multiprocessors since the last reading, 0..1; absent where the driver does not tell. */
  readonly utilization?: Ratio;
  /** Device memory that it holds. */
  readonly memory?: Bytes;
  /** Instance that it runs on. */
  readonly instance?: string;
  /** It is no more on the board and was at the reading before: told once, for what it used until it left. */
  readonly left?: boolean;
}

/** A part of a board that is handed out by itself. It has no energy meter of its own: it shares the board's. */
export interface GpuInstance {
  /** Unique on the host. */
  readonly id: string;
  readonly kind: 'mig' | 'vgpu' | 'partition';
  /** Profile, `1g.10gb`. */
  readonly profile: string;
  /** Compute slices of the board that it holds; `GpuReading.slices` is the whole. 1 for a vGPU: they take turns. */
  readonly slices: number;
  /** Share of its own slices that was busy since the last reading; absent where the driver does not tell. */
  readonly utilization?: Ratio;
  readonly memoryUsed?: Bytes;
  readonly memoryTotal?: Bytes;
}

/** A board that was not read for so long is not known any more: twice the longest time between two reads of one (60 s). */
export const BOARD_PATIENCE = seconds(120);

/** What one board said at one instant, beside its energy. Absent is not zero: a field is there only if it was read. */
export interface GpuReading {
  /** Id of the board's meter. */
  readonly meter: string;
  /** Monotonic time of the reading. */
  readonly at: Seconds;
  /**
   * Share of the time since the last reading in which any kernel ran, 0..1: occupancy in time, no measure of power. Where
   * the driver keeps no samples it is that of the device's last sample period alone.
   */
  readonly utilization?: Ratio;
  /** Power as the driver says it, a mean over 1 s where it has one; for display: energy comes from the meter. */
  readonly power?: Watts;
  readonly memoryUsed?: Bytes;
  readonly memoryTotal?: Bytes;
  /** What driver and firmware keep for themselves, where that is told apart; else it is part of what is used. */
  readonly memoryReserved?: Bytes;
  /** Memory promised to processes and instances, where the driver tells it apart from what is used. */
  readonly memoryAllocated?: Bytes;
  readonly temperature?: Celsius;
  readonly clock?: Hertz;
  readonly memoryClock?: Hertz;
  /** Why the clocks are held down now; an empty list: they are not. */
  readonly throttled?: readonly string[];
  /** Compute slices of the whole board where it is divided. */
  readonly slices?: number;
  readonly instances?: readonly GpuInstance[];
  readonly processes?: readonly GpuProcess[];
}
