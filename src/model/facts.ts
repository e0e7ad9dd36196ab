import type { Workload } from './workload.ts';

/**
 * What an orchestrator or a runtime knows of a workload beyond its control group. By row key (`rowKey`); the same map
 * for as long as nothing in it changes.
 */
export interface WorkloadFacts {
  /** Details for `negawatt_workload_info`, such as k8s_pod_name; they win over what the path tells. */
  readonly labels: Workload['labels'];
  /** Labels that the workload's owner gave it, for class rules alone: they are never exported by themselves. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Processors that are kept for it (requests of Kubernetes, the allocation of a job). */
  readonly reservedProcessors?: number;
  /** GPUs that are kept for it. */
  readonly reservedGpus?: number;
}

export type Facts = ReadonlyMap<string, WorkloadFacts>;
export const NO_FACTS: Facts = new Map();
