import type { HostPaths } from '../../src/model/source.ts';

/** Something that keeps the first board busy. */
export interface Load {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Where the cases run: a host with a real driver, or one with a stand-in. */
export interface GpuWorld {
  readonly paths: HostPaths;
  /** Starts a process that computes on the first board; resolves when it does. */
  load(): Promise<Load>;
  /** Seconds until power and means have settled after a change of load. */
  readonly settle: number;
  /** Seconds over which a mean is taken. */
  readonly span: number;
  /** Whether the driver's numbers of processes are known to be those of `paths.procfs`; in a container they may not. */
  readonly seesProcesses: boolean;
  dispose(): void;
}
