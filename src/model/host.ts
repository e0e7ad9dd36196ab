import type { Bytes, Ratio, Seconds } from '../units.ts';

/** Modes of CPU time with their OpenTelemetry `cpu.mode` names; `guest` is already inside `user`. */
export type CpuMode = 'user' | 'nice' | 'system' | 'idle' | 'iowait' | 'interrupt' | 'softirq' | 'steal';

/** Cumulative CPU time since boot, all processors together (proc(5), /proc/stat). */
export interface CpuTimes {
  readonly at: Seconds;
  readonly processors: number;
  readonly modes: Readonly<Record<CpuMode, Seconds>>;
}

export interface MemoryUse {
  readonly total: Bytes;
  readonly available: Bytes;
  /** In use by processes and backed by no file (AnonPages); absent where the kernel does not tell. */
  readonly anonymous?: Bytes;
}

/** Disks of a host, partitions and what is put together from disks left out. */
export interface Disks {
  readonly rotating: number;
  readonly solid: number;
}

/** What the host is made of, read once. Fields are absent where the host does not tell. */
export interface Inventory {
  readonly hostName: string;
  readonly cpuModel?: string;
  readonly cpuVendor?: string;
  /** cpuid family, model and stepping, decimal. On Arm the model is the part number and there is no family. */
  readonly cpuFamily?: number;
  readonly cpuModelNumber?: number;
  readonly cpuStepping?: number;
  readonly sockets?: number;
  readonly cores?: number;
  /** Hardware threads that the operating system schedules on. */
  readonly threads?: number;
  readonly memory?: Bytes;
  /** Whole disks by kind; absent where the kernel does not list any. */
  readonly disks?: Disks;
  /** Maker and product as the firmware states them. */
  readonly product?: string;
  /** Operating system with its release. */
  readonly system?: string;
  /** Set where the host is a guest: the hypervisor's name, or `unknown`. */
  readonly hypervisor?: string;
  /** Share of a physical host that this guest holds, where the operator told it. */
  readonly guestShare?: Ratio;
}
