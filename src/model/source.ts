import type { Seconds } from '../units.ts';
import type { Facts } from './facts.ts';
import type { Found } from './found.ts';
import type { GpuBoard, GpuReading } from './gpu.ts';
import type { GroupSample } from './group.ts';
import type { CpuTimes, MemoryUse } from './host.ts';
import type { Meter, Quality, Reading } from './meter.ts';
import type { ProcessPass } from './process.ts';
import type { WorkReading } from './work.ts';

/** Roots that every path is taken below; nothing else of the host's file system is read. */
export interface HostPaths {
  readonly procfs: string;
  readonly sysfs: string;
  readonly rootfs: string;
}

/** Clocks, passed in so that a test can hold them. */
export interface Clock {
  /** CLOCK_MONOTONIC. */
  monotonic(): Seconds;
  /** Milliseconds since 1970 UTC. */
  wall(): number;
}

/** What sources write into during one tick; the sampler makes a Sample of it. */
export interface SampleDraft {
  readonly meters: Meter[];
  readonly readings: Reading[];
  cpu?: CpuTimes;
  memory?: MemoryUse;
  /** Boards and what they said since the last tick; sources add to the lists. */
  gpuBoards?: GpuBoard[];
  gpus?: GpuReading[];
  groups?: GroupSample;
  /** What is known of workloads by now, from all sources of names: each puts the same map here. */
  facts?: Facts;
  processes?: ProcessPass;
  work?: WorkReading[];
}

/** An opened source. Holds descriptors until closed. */
export interface OpenSource {
  /** What was found, in one line: `2 packages, 2 dram`. May change while open. */
  readonly detail: string;
  readonly quality?: Quality;
  /**
   * Adds what can be read now. Never blocks on a slow device: such a source reads on its own clock and hands over
   * what has arrived. Throws SourceError; what was added before the throw stands.
   */
  read(draft: SampleDraft): void;
  close(): void;
}

/** A kind of reading that a host may offer; one file each in `sources/`. */
export interface Source {
  /** Name in `--no-source.NAME`, in metrics and in `doctor`. */
  readonly name: string;
  /** One line for `doctor` and the docs: what it reads. */
  readonly summary: string;
  /** Looks for it below the host's paths. Never throws; absence has a reason and a fix. */
  open(paths: HostPaths, clock: Clock): Promise<Found<OpenSource>>;
}
