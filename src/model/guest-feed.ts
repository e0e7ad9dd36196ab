import type { Quality } from './meter.ts';
import type { Workload } from './workload.ts';

/** Format of what a host hands on to a guest, in its folder and over HTTP. */
export const GUEST_FORMAT = 'negawatt-guest-1';

/**
 * Where the counter of a guest wraps to 0, in microjoules: the largest whole number that a double holds, 2502 kWh, so
 * that no reader rounds it.
 */
export const GUEST_RANGE = 9_007_199_254_740_991n;

/** Energy of one guest, as the host counts it. A counter: it goes on over restarts of the host's agent. */
export interface GuestFeed {
  /** Name of the guest's folder and the last part of its address. */
  readonly id: string;
  /** The row that is handed on. */
  readonly workload: Workload;
  readonly microjoules: bigint;
  /** `estimated` where the host itself only estimates; else `derived`: a share of what meters told. */
  readonly quality: Exclude<Quality, 'measured'>;
  /** Where the host's total comes from, such as `components`. */
  readonly source: string;
  readonly host: string;
  /** Milliseconds since 1970 UTC, the host's clock. */
  readonly updated: number;
  /** Seconds between two updates. */
  readonly interval: number;
}

/** Files of a guest's folder, from it. The first three are a powercap zone to whatever reads such trees. */
export const GUEST_FILES = {
  name: 'class/powercap/intel-rapl:0/name',
  range: 'class/powercap/intel-rapl:0/max_energy_range_uj',
  energy: 'class/powercap/intel-rapl:0/energy_uj',
  source: 'source',
  updated: 'updated',
} as const;
