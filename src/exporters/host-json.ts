import type { EnergyPerWork } from '../attribution/energy-per-work.ts';
import type { EmbodiedItem } from '../carbon/embodied-step.ts';
import type { FactorBasis, FactorStatus, Gases, YearKind } from '../model/factor.ts';
import type { Quality } from '../model/meter.ts';
import type { SourceState } from '../model/sample.ts';
import type { Part, Resource, WorkloadKind } from '../model/workload.ts';
import type {
  Bytes,
  Celsius,
  GramsCO2e,
  GramsPerKWh,
  Hertz,
  Joules,
  KilowattHours,
  Ratio,
  Seconds,
  Watts,
} from '../units.ts';

/**
 * The host at one tick as `/api/v1/snapshot` gives it: a public contract. Fields may be added; `format` grows when one
 * changes its meaning. Units end the names. A field that is missing is not known: absent is not zero. Energy, time and
 * grams are cumulative since counting began, over restarts of the agent; powers are means over the last span.
 */
export interface HostJson {
  /** `EXAMPLE ZONE DE` while CO2e rests on an example: then no gram below is this host's. */
  readonly example?: string;
  readonly format: 1;
  /** Ticks since the agent started. */
  readonly tick: number;
  /** When the sample was taken; ISO 8601, UTC. */
  readonly time: string;
  /** Time that the last tick covers; 0 at the first. */
  readonly intervalSeconds: Seconds;
  /** New counters are still held at 0, so that every scraper meets them there before their first joule. */
  readonly settling: boolean;
  readonly host: HostFigures;
  readonly components: readonly ComponentJson[];
  /** Boards whose driver tells more than their power; absent where there are none. */
  readonly gpus?: readonly GpuJson[];
  readonly emissions: { readonly location: EmissionsJson; readonly market: EmissionsJson };
  /** Of making the hardware, beside Scope 2 and never in it; absent where it is switched off. */
  readonly embodied?: EmbodiedJson;
  /** Absent where nothing was told of the site. */
  readonly site?: SiteJson;
  /** Largest dynamic energy first; the reserved rows idle, other and ended among them. */
  readonly workloads: readonly WorkloadJson[];
  /** CPU time by process since the pass before; absent until two passes have finished. No energy: that is opt-in. */
  readonly processes?: ProcessesJson;
  readonly sources: readonly SourceJson[];
  readonly agent: AgentJson;
}

/** The building that the host stands in, as far as its operator told. */
export interface SiteJson {
  readonly pue?: Ratio;
  /** Carbon usage effectiveness now: kg of the site per kWh of IT energy, location-based. */
  readonly cueKgPerKwh?: number;
  readonly cueGases?: Gases;
  readonly wueLitresPerKwh?: number;
  /** Water for this host's energy since a WUE is known. */
  readonly waterLitres?: number;
  readonly erf?: Ratio;
  /** In force now. */
  readonly price?: { readonly currency: string; readonly perKwh: number };
  /** Of this host's energy since a tariff is known, PUE included. */
  readonly cost?: readonly { readonly currency: string; readonly amount: number }[];
}

export interface HostFigures {
  readonly name: string;
  readonly cpuModel?: string;
  readonly cores?: number;
  readonly memoryBytes?: Bytes;
  readonly hypervisor?: string;
  /** Static labels of the configuration. */
  readonly labels: Readonly<Record<string, string>>;
  readonly powerWatts?: Watts;
  /** That power by the resources that rows share, each a mean over its own last span; none where no source tells. */
  readonly powerByResource: readonly { readonly resource: Resource; readonly powerWatts: Watts }[];
  readonly energyJoules: Joules;
  readonly energyKwh: KilowattHours;
  /** What the host draws when idle: its floor over time. */
  readonly staticJoules: Joules;
  readonly staticKwh: KilowattHours;
  readonly dynamicJoules: Joules;
  readonly dynamicKwh: KilowattHours;
  /** Where the total comes from now, such as `platform`, `components` or `model`; absent where nothing meters it. */
  readonly source?: string;
  readonly quality?: Quality;
  /** True where the figure is a guest's, counted and passed through by its host. */
  readonly passedThrough?: boolean;
  /** False where board, fans and supply are left out. */
  readonly complete?: boolean;
  /** Half-width of the error band as a share of the value; for an estimate only, and an assumption unless calibrated. */
  readonly errorBand?: Ratio;
  /** The load curve behind an estimate, where its figures were published, and whether a meter confirmed them. */
  readonly curve?: { readonly name: string; readonly citation: string; readonly calibrated: boolean };
  /** Time that the agent watched, and how much of it no source covered. */
  readonly watchedSeconds: Seconds;
  readonly unmeteredSeconds: Seconds;
  /** Busy share of all processors in the last interval. */
  readonly busy?: Ratio;
  /** Over the time in which work and energy were both known; absent where they never were. */
  readonly energyPerWork?: readonly EnergyPerWork[];
  /** For each unit that work of the whole host is counted in. */
  readonly sci?: readonly SciJson[];
}

/** One of the disjoint metered parts of the host. */
export interface ComponentJson {
  readonly id: string;
  readonly type: string;
  readonly label: string;
  readonly source: string;
  readonly quality: Quality;
  readonly powerWatts?: Watts;
  readonly energyJoules: Joules;
  readonly energyKwh: KilowattHours;
  readonly floor?: { readonly watts: Watts; readonly method: string };
}

/** A GPU as its driver told it last. What the driver does not tell is absent. */
export interface GpuJson {
  /** Label of its series; the same as `id` of its component. */
  readonly hwId: string;
  readonly vendor?: string;
  readonly model?: string;
  readonly driver?: string;
  readonly pciAddress?: string;
  readonly powerWatts?: Watts;
  readonly powerLimitWatts?: Watts;
  /** Share of the last sample period in which any kernel ran: occupancy in time, no measure of power. */
  readonly utilization?: Ratio;
  readonly memoryUsedBytes?: Bytes;
  readonly memoryTotalBytes?: Bytes;
  readonly temperatureCelsius?: Celsius;
  readonly clockHertz?: Hertz;
  readonly memoryClockHertz?: Hertz;
  /** Why its clocks are held down now; empty: they are not. */
  readonly throttled?: readonly string[];
  /** How many processes hold it. */
  readonly processes?: number;
  readonly instances?: readonly GpuInstanceJson[];
}

/** A part of a board that is handed out by itself. */
export interface GpuInstanceJson {
  readonly id: string;
  readonly kind: string;
  readonly profile: string;
  readonly slices: number;
  /** Share of its own slices that was busy. */
  readonly utilization?: Ratio;
  readonly memoryUsedBytes?: Bytes;
  readonly memoryTotalBytes?: Bytes;
}

/** Emissions by one accounting method; the two are never added and never netted. */
export type EmissionsJson = { readonly series: readonly EmissionSeriesJson[] } & (
  | {
      readonly available: true;
      /** Energy x factor x PUE: the operational part of `series`. */
      readonly grams: GramsCO2e;
      /** What is caused outside of the power stations, Scope 3 category 3, beside `grams`; absent where none is counted. */
      readonly outsideGrams?: GramsCO2e;
      /** What of `grams` the building's overhead made at the PUE of the time; 0 where no PUE was told. */
      readonly overheadGrams: GramsCO2e;
      readonly pue?: Ratio;
      /** Market-based: of the load that `covered` leaves. */
      readonly factor: FactorJson;
      /** Shares of the load that instruments cover now. */
      readonly covered?: readonly { readonly share: Ratio; readonly factor: FactorJson }[];
    }
  | { readonly available: false; readonly reason: string; readonly fix: string }
);

export interface EmissionSeriesJson {
  readonly scope: string;
  readonly part: string;
  readonly gridZone: string;
  readonly factor: string;
  readonly grams: GramsCO2e;
}

export interface FactorJson {
  readonly id: string;
  readonly gramsPerKwh: GramsPerKWh;
  readonly basis: FactorBasis;
  readonly gases: Gases;
  readonly gwp: string;
  readonly year: number;
  readonly yearKind: YearKind;
  /** Zone of the factor; a residual mix is published for the whole market that the host's zone lies in. */
  readonly zone: string;
  readonly zoneName: string;
  /** How well it fits: `residual_unavailable` means that the location-based factor stands in. */
  readonly status: FactorStatus;
  readonly provider: string;
  /** Of a live reading: seconds since the end of the time it tells of, 0 within it. A factor of a year has none. */
  readonly ageSeconds?: Seconds;
  readonly source: string;
  readonly licence: string;
  readonly citation: string;
}

/** Embodied emissions (CO2e), amortised over the lifetime by calendar time since counting began. */
export interface EmbodiedJson {
  /** Sum of `byPart`. */
  readonly grams: GramsCO2e;
  readonly byPart: readonly { readonly part: 'host' | 'gpu'; readonly grams: GramsCO2e }[];
  readonly lifetimeYears: number;
  /** False before the purchase and after the lifetime, where a purchase is set: then nothing accrues. */
  readonly inService: boolean;
  /** The figures behind it; GPUs apart, but for those that the host's figure includes. */
  readonly items: readonly (Omit<EmbodiedItem, 'grams'> & { readonly kgEach: number })[];
  /** What no row reserved; with the rows' shares it sums to 1. `gpuShare` is absent without GPUs. */
  readonly unallocated: { readonly hostShare: Ratio; readonly gpuShare?: Ratio };
  /** Why the host itself has no figure, and what to do. */
  readonly missing?: { readonly reason: string; readonly fix: string };
}

/** Hardware that is kept for a row now: processors of the host, and its GPUs. */
export interface WorkloadEmbodiedJson {
  readonly hostShare: Ratio;
  readonly gpuShare?: Ratio;
  /** Its part of the pace at which embodied emissions accrue. */
  readonly gramsPerHour: GramsCO2e;
}

/** Software Carbon Intensity (ISO/IEC 21031) of one unit of work, `(E x I + M) / R`, or why there is none. */
export type SciJson =
  | {
      readonly available: true;
      /** R: what is counted. */
      readonly unit: string;
      readonly gramsPerUnit: GramsCO2e;
      /** Over how much work. */
      readonly workDone: number;
      /** E, of the IT equipment. */
      readonly energyKwh: KilowattHours;
      /** E x I, overhead of the site included where a PUE is set. */
      readonly operationalGrams: GramsCO2e;
      /** M. */
      readonly embodiedGrams: GramsCO2e;
      /** I: never market-based, without offsets. `gramsPerKwh` is operational grams over energy, overhead included. */
      readonly intensity: {
        readonly kind: 'location-based average';
        readonly gramsPerKwh?: GramsPerKWh;
        readonly gases: Gases;
        readonly factor: string;
      };
      readonly lifetimeYears: number;
      readonly boundary: string;
    }
  | { readonly available: false; readonly unit?: string; readonly reason: string; readonly fix: string };

export interface ProcessesJson {
  /** Time between the two passes. */
  readonly windowSeconds: Seconds;
  /** Share of the host's busy time that living processes account for: what tools that walk /proc can see at best. */
  readonly seenRatio: Ratio;
  readonly largest: readonly { readonly pid: number; readonly name: string; readonly cpuSeconds: Seconds }[];
}

export interface WorkloadJson {
  readonly workload: string;
  readonly kind: WorkloadKind;
  readonly class: string;
  /** For people; the id where nothing better is known. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** It is gone, and shown until every scraper has seen its last value. */
  readonly ended: boolean;
  /** New: its counters are held at 0, or below what is booked, until every scraper has met them. */
  readonly settling: boolean;
  readonly energyJoules: Joules;
  readonly energyKwh: KilowattHours;
  readonly dynamicJoules: Joules;
  readonly staticShareJoules: Joules;
  /** Its dynamic energy over that of all rows; absent while that is 0. */
  readonly dynamicShare?: Ratio;
  readonly energy: readonly { readonly resource: Resource; readonly part: Part; readonly joules: Joules }[];
  readonly cpuSeconds?: Seconds;
  /** Use of GPUs, in seconds of a whole board; absent where it never had one. */
  readonly gpuSeconds?: Seconds;
  /** Location-based; absent without a factor. */
  readonly grams?: GramsCO2e;
  /** Over the time in which its work and its energy were both known; absent where they never were. */
  readonly energyPerWork?: readonly EnergyPerWork[];
  /** Absent where nothing is reserved for it. */
  readonly embodied?: WorkloadEmbodiedJson;
  /** For each unit that its work is counted in. */
  readonly sci?: readonly SciJson[];
}

export interface SourceJson {
  readonly name: string;
  readonly state: SourceState;
  readonly why: string;
  readonly fix: string;
  readonly quality?: Quality;
  readonly durationSeconds: Seconds;
}

export interface AgentJson {
  readonly version: string;
  readonly nodeVersion: string;
  readonly methodVersion: string;
  readonly configSha256: string;
  readonly startedAt: string;
  readonly cpuSeconds?: Seconds;
  readonly residentBytes?: Bytes;
  readonly energyJoules: Joules;
}
