import { HOST_WORKLOAD, type WorkOwner, type WorkSelector } from '../model/work.ts';
import type { Workload } from '../model/workload.ts';

/** Labels that hold what people call a workload. */
const NAMES = ['name', 'systemd_unit', 'k8s_pod_name', 'slurm_job_id'] as const;

const fits = ({ name, kind }: WorkSelector, { kind: own, labels }: Workload): boolean =>
  own !== 'ended' && (kind === undefined || kind === own) && NAMES.some((label) => labels[label] === name);

/**
 * Id of the workload that an owner means. An id is taken as given, known or not. A selector that fits exactly one
 * workload gives its id; one that fits none, or several, is kept under the name that it asks for.
 */
export const ownerId = (owner: WorkOwner, workloads: Iterable<Workload>): string => {
  if (typeof owner === 'string') return owner === '' ? HOST_WORKLOAD : owner;
  const ids = new Set<string>();
  for (const workload of workloads) if (fits(owner, workload)) ids.add(workload.id);
  const [only] = ids;
  return only !== undefined && ids.size === 1 ? only : owner.name;
};
