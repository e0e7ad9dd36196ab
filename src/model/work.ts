import type { WorkloadKind } from './workload.ts';

/** The whole host as the owner of work: the value of the `workload` label. */
export const HOST_WORKLOAD = 'host';

/** Kinds of workloads that work can be counted for: those with an owner. */
export const WORK_KINDS = ['container', 'vm', 'job', 'unit', 'cgroup'] as const satisfies WorkloadKind[];

/** A workload by what people call it; see `attribution/work-owner.ts` for what a name is compared with. */
export interface WorkSelector {
  readonly name: string;
  readonly kind?: (typeof WORK_KINDS)[number];
}

/** Whose work it is: the id of a workload, taken as given, or a selector. `host` is the whole host. */
export type WorkOwner = string | WorkSelector;

/** What the unit of work may be called: `requests`, `training_samples`. */
export const WORK_UNIT = /^[a-z][a-z0-9_]{0,31}$/;

/** Above this a number of pieces is not exact any more (IEEE 754 double, 2^53); no counter of work comes near. */
export const MOST_WORK = Number.MAX_SAFE_INTEGER;

/** Pieces of work that a counter may show: from 0, finite, exact. */
export const isWork = (value: number): boolean => value >= 0 && value <= MOST_WORK;

/** What one counter of useful work said. */
export type WorkReading = {
  readonly workload: WorkOwner;
  readonly unit: string;
} & (
  | {
      /** Identity of the counter, the same over restarts of the agent. */
      readonly counter: string;
      /** Cumulative, since the counter's own start. */
      readonly total: number;
    }
  /** Done since whoever counts it last told. */
  | { readonly added: number }
);

/** Work of one workload in one unit. */
export interface WorkPair {
  readonly workload: string;
  readonly unit: string;
}
