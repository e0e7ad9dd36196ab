import type { Joules, Ratio, Seconds, Watts } from '../units.ts';

/** Where a figure comes from: a meter, arithmetic on meters alone, or a model. */
export type Quality = 'measured' | 'derived' | 'estimated';

/**
 * The part of the host whose energy a meter counts. `energy/containment.ts` says which contains which.
 *
 * - `wall`, `platform_in`: before the supply's losses. `platform`: whole host, side not stated. `platform_out`: after them.
 * - `psys`: platform as the processor's vendor sees it, checked before use.
 * - `package`, `core`, `uncore`, `dram`: RAPL domains. `gpu`: a board. `module`: processor and GPU as one part.
 * - `unknown`: exported for diagnosis, never summed.
 */
export type DomainKind =
  | 'wall'
  | 'platform_in'
  | 'platform'
  | 'platform_out'
  | 'psys'
  | 'package'
  | 'core'
  | 'uncore'
  | 'dram'
  | 'gpu'
  | 'module'
  | 'unknown';

/** One point of a load curve: busy share of capacity (0..1) and power. */
export interface LoadPoint {
  readonly load: Ratio;
  readonly power: Watts;
}

/** Power against load, linear between points, ascending by load, first point at 0 and last at 1. */
export interface LoadCurve {
  readonly name: string;
  /** Where the figures were published, or `calibrated on this host`. */
  readonly citation: string;
  readonly points: readonly LoadPoint[];
  /** Half-width of the error band as a share of the value; an assumption unless calibrated. */
  readonly errorBand: Ratio;
  /** The band is what a calibration against a meter left over, no assumption. */
  readonly calibrated?: true;
}

/** How readings of a meter become joules. */
export type MeterReads =
  /** A cumulative count in microjoules. `range`: where it wraps to 0; absent: any decrease is a reset. */
  | { readonly as: 'energy'; readonly range?: Joules }
  /** Power at an instant or a short mean; integrated by trapezoid over the readings' own times. */
  | { readonly as: 'power' }
  /** No reading at all: a load curve driven by the host's busy share. */
  | { readonly as: 'curve'; readonly curve: LoadCurve };

/** One metered thing, described once when its source is opened. */
export interface Meter {
  /** Stable across boots and unique on the host; the `hw_id` label. */
  readonly id: string;
  /** Name of the source that reads it. */
  readonly source: string;
  readonly domain: DomainKind;
  /** For people; not unique. */
  readonly label: string;
  readonly reads: MeterReads;
  readonly quality: Quality;
  /** Socket of a package and of what is inside or beside it. */
  readonly socket?: number;
  /**
   * Id of the meter that already counts this one's energy; or its domain and socket, `module-0`, where another source
   * reads it, if one does.
   */
  readonly within?: string;
  /**
   * Domains of which any meter of another source goes before this one: it counts what they count and cannot tell which
   * of theirs it is. Shown beside them, then, and never added to them.
   */
  readonly yieldsTo?: readonly DomainKind[];
  /** Id of a meter of the same source that counts the same thing in another way: of the two one is taken. */
  readonly repeats?: string;
  /** PCI address of the device, `0000:41:00.0`: meters of one kind and device meter the same silicon. */
  readonly device?: string;
  /** What its energy is multiplied by, stated by the operator after a comparison; absent: as it is read. */
  readonly factor?: Ratio;
  /** Above this a reading is a fault, not a load: dropped and counted, never clipped. */
  readonly ceiling: Watts;
  /** How often the device refreshes; 0 for a register that is always current. */
  readonly interval: Seconds;
  /** Floor taken before one is learnt, with its origin. */
  readonly floor?: { readonly power: Watts; readonly origin: string };
}

/** A reading of one meter at one instant of monotonic time. */
export type Reading =
  | {
      readonly meter: string;
      readonly at: Seconds;
      readonly microjoules: bigint;
      /** The device says that it began to count anew since the last reading: nothing follows from the two. */
      readonly restarted?: boolean;
    }
  | { readonly meter: string; readonly at: Seconds; readonly microwatts: bigint };
