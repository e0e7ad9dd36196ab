import type { Quality } from './meter.ts';

/** Half-open span of time, seconds since 1970 UTC; both ends are whole multiples of the step of what is asked. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/**
 * Which hosts: those named and, of all others, those of which every label has this value. Neither: every host that the
 * engine knows.
 */
export interface HostSelector {
  readonly hosts?: readonly string[];
  readonly match?: Readonly<Record<string, string>>;
}

export interface HostEntry {
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Known from an archive alone: which labels it had is not known. */
  readonly isForgotten?: boolean;
}

/** One kind of useful work of the scope. */
export interface WorkTerm {
  readonly unit: string;
  /**
   * Engines with a query language: gives the units of work done in one step, evaluated at its end. Without it: what
   * negawatt counted in that unit (`negawatt_work_total`), the `work` column of a CSV.
   */
  readonly query?: string;
  /** Work of one class of workloads alone, of what negawatt counted. */
  readonly workloadClass?: string;
}

/** Something else that is asked for by name: a driver (inlet temperature) or a guard (p99 latency). */
export interface NamedQuery {
  readonly name: string;
  /** Query of the engine, mean over a step, evaluated at its end; in a CSV the name of the column. */
  readonly query: string;
}

export interface HistoryRequest {
  readonly window: TimeWindow;
  /** Seconds; divides a day. 3600 by default everywhere. */
  readonly step: number;
  /** Frozen list of hosts; a host without data comes back as one whose every interval is unknown. */
  readonly hosts: readonly string[];
  readonly work: readonly WorkTerm[];
  readonly drivers: readonly NamedQuery[];
  readonly guards: readonly NamedQuery[];
}

/**
 * One host over a chunk, an item for each interval. NaN is "not known", never 0. Energy is the difference of a counter
 * over the interval, in joules; where only a part of the interval was covered it is the energy of that part.
 */
export interface HostHistory {
  readonly host: string;
  /** J. */
  readonly energy: Float64Array;
  /** Share of the interval that the energy is of, 0 to 1; 0 where it is not known. */
  readonly coverage: Float64Array;
  /** Seconds that the host was powered on; NaN: not known, 0: known to be off (told by a meter or an API, never silence). */
  readonly poweredOn: Float64Array;
  /** Mean utilisation, 0 to 1. */
  readonly cpu: Float64Array;
  readonly gpu: Float64Array;
  /** Units of work by term, where work is counted for each host; empty where it is counted for the scope alone. */
  readonly work: readonly Float64Array[];
  /** The least sure of what the energy was made of within the chunk; undefined where there is none. */
  readonly quality: Quality | undefined;
  /** What counted the energy (source and method), such as `rapl`; several joined by `+`, sorted. Empty: not known. */
  readonly meter: string;
  /** Hash of what must not change (model, sockets, memory, GPUs, firmware, power cap); '' where it is not known. */
  readonly inventory: string;
}

/** Where emission factors are from, and what they are: an average, or what one more kWh would emit. */
export interface FactorOrigin {
  readonly provider: string;
  readonly signal: 'average' | 'marginal';
  /** What they count, and what their years are of; absent: not known. */
  readonly basis?: string | undefined;
  readonly gases?: string | undefined;
  readonly edition?: string | undefined;
}

/** Two origins with the same text are one. */
export const originKey = ({ signal, provider, basis = '', gases = '', edition = '' }: FactorOrigin): string =>
  [provider, signal, basis, gases, edition].join('\n');

/** All hosts over some intervals: at most a day of them. */
export interface HistoryChunk {
  /** Start of the first interval, seconds since 1970 UTC. */
  readonly from: number;
  readonly step: number;
  readonly length: number;
  /** In the order of the request. */
  readonly hosts: readonly HostHistory[];
  /** Of the whole scope, by term, in the order of the request; the sum over hosts where it is counted for each. */
  readonly work: readonly Float64Array[];
  readonly drivers: readonly Float64Array[];
  readonly guards: readonly Float64Array[];
  /** Location-based average factor, gCO2e/kWh, weighted by the energy of the hosts; all NaN where none was kept. */
  readonly grid: Float64Array;
  /** Where those factors are from; absent or empty: not known. */
  readonly factors?: readonly FactorOrigin[] | undefined;
  /** Facility energy over IT energy; all NaN where it is not known. */
  readonly pue: Float64Array;
}

/** What is told of an engine in every report, so that a reader can ask it again. */
export interface HistoryAbout {
  readonly engine: 'local' | 'csv' | 'prometheus';
  /** File, directory or address, without secrets. */
  readonly where: string;
  /** Preset by which series were read, such as `negawatt` or `kepler`; of a file its SHA-256. */
  readonly method: string;
  /** Texts of the queries that are asked, by what they give; empty for files. */
  readonly queries: Readonly<Record<string, string>>;
  /** Units of work that it counts for certain: a file says so in its header. Absent: ask for a unit to know. */
  readonly units?: readonly string[] | undefined;
  /** File of the archive in which stands what the engine has forgotten; absent: none has anything of it. */
  readonly archive?: string;
}

/**
 * Where the past is read. Reads only; every function may throw HistoryError. `read` gives chunks in order of time, each
 * at most a day, without holes: what is missing is unknown within them.
 */
export interface HistoryEngine {
  readonly about: HistoryAbout;
  /** Hosts with data in the window, sorted by name. */
  list(selector: HostSelector, window: TimeWindow, signal?: AbortSignal): Promise<readonly HostEntry[]>;
  read(request: HistoryRequest, signal?: AbortSignal): AsyncIterable<HistoryChunk>;
  /** Earliest and latest instant with energy of these hosts; undefined where there is none. */
  span(selector: HostSelector, signal?: AbortSignal): Promise<TimeWindow | undefined>;
  close(): Promise<void>;
}

/** What was kept of a past: the request that it answers, and the SHA-256 of each of its files. */
export interface PastIndex {
  readonly request: HistoryRequest;
  readonly files: Readonly<Record<string, string>>;
}

/** The past could not be read, or must not be believed: what, where, and what to do next. */
export class HistoryError extends Error {
  /** The operator's next step, in one sentence. */
  readonly fix: string;

  constructor(message: string, fix: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HistoryError';
    this.fix = fix;
  }
}
