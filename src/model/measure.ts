import type { Ratio, Watts } from '../units.ts';
import type { HostSelector, NamedQuery, TimeWindow, WorkTerm } from './history.ts';

/** What an energy-saving measure does; decides which drivers are bad controls and which design is preferred. */
export const MEASURE_KINDS = [
  'colocation',
  'timeshare',
  'autoscale',
  'gpu-share',
  'pooling',
  'elastic-training',
  'training-eff',
  'db',
  'consolidation',
  'carbon-shift',
  'hw-refresh',
  'other',
] as const;
export type MeasureKind = (typeof MEASURE_KINDS)[number];

/** What energy is counted within. */
export const BOUNDARIES = ['host', 'gpu', 'rack', 'facility'] as const;
export type Boundary = (typeof BOUNDARIES)[number];

/** On and off in turns, drawn at random before the start. */
export interface SwitchbackSchedule {
  readonly design: 'switchback';
  /** Seconds: length of a block. */
  readonly block: number;
  /** Seconds at the start of each block that are left out. */
  readonly washout: number;
  readonly seed: string;
}

/** Hosts drawn at random into two pools before the start. */
export interface PoolSchedule {
  readonly design: 'ab';
  readonly seed: string;
  /** Hosts with the measure; the rest of the scope are without it. Drawn when the plan is frozen. */
  readonly treated: readonly string[];
}

export interface Guard extends NamedQuery {
  /** Largest change for the worse that still counts as the same service, 0.05 is 5 %. */
  readonly maxDegradation: Ratio;
}

/** A dated, evidenced change that is none of the measure's doing. */
export interface NonRoutineEvent {
  /** Seconds since 1970 UTC. */
  readonly at: number;
  readonly until?: number;
  readonly what: string;
  readonly hosts: readonly string[];
  /** Change of power by the event, of all its hosts together; it is taken out of the comparison. */
  readonly deltaWatts: Watts;
  readonly uncertaintyWatts: Watts;
  readonly evidence: string;
}

/** Power of a host that is switched off: told by its BMC or PDU, or stipulated with a source. */
export type ResidualPower =
  | { readonly measured: true }
  | { readonly measured: false; readonly watts: Watts; readonly source: string };

/**
 * The plan of an energy-saving measure after its defaults were filled in and its selectors were expanded into lists of
 * hosts: what is hashed at the start and frozen from then on. Instants in seconds since 1970 UTC.
 */
export interface MeasurePlan {
  readonly name: string;
  readonly kind: MeasureKind;
  readonly selector: HostSelector;
  /** Frozen list, sorted. */
  readonly hosts: readonly string[];
  readonly controlSelector: HostSelector | undefined;
  /** Untouched hosts, sorted; empty: none. */
  readonly control: readonly string[];
  readonly baseline: TimeWindow;
  /** First instant with the measure in force. What lies between baseline and start is left out. */
  readonly start: number;
  /** Share of the scope that had the measure from each instant on, where it came by and by; ends at 1. */
  readonly ramp: readonly (readonly [at: number, share: Ratio])[];
  readonly schedule: SwitchbackSchedule | PoolSchedule | undefined;
  readonly work: readonly WorkTerm[];
  readonly drivers: readonly NamedQuery[];
  readonly guards: readonly Guard[];
  readonly boundary: Boundary;
  /** Option of the IPMVP. */
  readonly option: 'A' | 'B' | 'C' | 'D';
  readonly residual: ResidualPower;
  /** Dates at which verdicts are given, ascending. */
  readonly reportAt: readonly number[];
  /** Seconds; length of an interval. */
  readonly step: number;
  readonly nonRoutine: readonly NonRoutineEvent[];
  readonly overlaps: readonly string[];
  /** Guards that may be worse without refusing VERIFIED, with the reason that the plan gives. */
  readonly overrides: Readonly<Record<string, string>>;
  /** Why the measure was given up; its results stay listed. */
  readonly withdrawn: string | undefined;
}

/** When and how a plan was fixed. */
export interface Registration {
  /** SHA-256 of the canonical form as it was when the plan was frozen; undefined: never frozen. */
  readonly hashAtStart: string | undefined;
  /** When that was, seconds since 1970 UTC. */
  readonly frozenAt: number | undefined;
  /** Hash of the plan as it is now. */
  readonly hashNow: string;
}
