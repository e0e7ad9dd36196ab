import type { Joules } from '../units.ts';

/** Who is behind a row. The last three are reserved: they have no owner. */
export type WorkloadKind = 'container' | 'vm' | 'job' | 'unit' | 'cgroup' | 'idle' | 'other' | 'ended';

export type Resource = 'cpu' | 'memory' | 'gpu' | 'other';
/** `dynamic`: caused by use. `static_share`: a share of the idle floor by the stated policy. */
export type Part = 'dynamic' | 'static_share';

/** A row of the partition: every joule is booked to exactly one. */
export interface Workload {
  /** Stable id, at most 128 bytes. */
  readonly id: string;
  readonly kind: WorkloadKind;
  readonly class: string;
  /** Details for `negawatt_workload_info`: name, container id, systemd unit, k8s fields. */
  readonly labels: Readonly<Record<string, string>>;
}

const keys = new WeakMap<Workload, string>();

/** Identity of a workload as a key, made once for each object: a tick asks for it many times. */
export const rowKey = (workload: Workload): string => {
  const held = keys.get(workload);
  if (held !== undefined) return held;
  const key = `${workload.kind} ${workload.id}`;
  keys.set(workload, key);
  return key;
};

/** What a share goes by: an amount of anything that workloads have different amounts of. */
export interface Weight {
  readonly workload: Workload;
  readonly amount: number;
}

/** Energy of one row, resource and part in an interval. */
export interface Share {
  readonly workload: Workload;
  readonly resource: Resource;
  readonly part: Part;
  readonly energy: Joules;
}

/** Class of every workload that no rule names. */
export const UNCLASSIFIED = 'unclassified';
export const IDLE: Workload = { id: 'idle', kind: 'idle', class: UNCLASSIFIED, labels: {} };
const others = new Map<string, Workload>();
/** The remainder of a class: one object for each, as classes are few and workloads that fold into them many. */
export const other = (workloadClass: string = UNCLASSIFIED): Workload => {
  const held = others.get(workloadClass);
  if (held !== undefined) return held;
  const made: Workload = { id: 'other', kind: 'other', class: workloadClass, labels: {} };
  others.set(workloadClass, made);
  return made;
};
