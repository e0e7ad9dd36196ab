import type { Facts, WorkloadFacts } from '../model/facts.ts';
import type { GroupTree } from '../model/group.ts';
import type { WorkSelector } from '../model/work.ts';
import { containerId, podSuffix, uuid } from './names.ts';
import type { LabRole, LabWorkload } from './roles.ts';

/** Seconds after which another job takes the place of one. */
const JOB_LENGTH = 6 * 3600;

/** Control groups of a host as they are at one time, with what orchestrators say of them. */
export interface LabGroups {
  readonly tree: GroupTree;
  readonly facts: Facts;
  /** By group: the workloads in it, whose use it counts. */
  readonly inside: readonly (readonly number[])[];
  /** Path of each workload, and of a job the name that it has now. */
  readonly paths: readonly string[];
  readonly owners: readonly WorkSelector[];
}

interface Placed {
  readonly path: string;
  readonly owner: WorkSelector;
  readonly fact?: readonly [string, WorkloadFacts];
}

const podOf = (host: string, { name, namespace = 'default', requests, boards }: LabWorkload): Placed => {
  const seed = `${host} ${name}`;
  const uid = uuid(seed);
  const id = containerId(seed);
  const pod = `${name}-${podSuffix(seed)}`;
  const slice = `kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice`;
  return {
    path: `/kubepods.slice/kubepods-burstable.slice/${slice}/cri-containerd-${id}.scope`,
    owner: { name: pod },
    fact: [
      `container ${id}`,
      {
        tags: { app: name },
        labels: {
          k8s_namespace_name: namespace,
          k8s_pod_name: pod,
          k8s_pod_uid: uid,
          name: pod,
          k8s_container_name: name,
          container_runtime_name: 'containerd',
        },
        ...(requests === undefined ? {} : { reservedProcessors: requests }),
        ...(boards === undefined ? {} : { reservedGpus: boards.length }),
      },
    ],
  };
};

const jobOf = (place: number, { requests }: LabWorkload, turn: number): Placed => {
  const job = String((turn % 100_000) * 10 + place);
  return {
    path: `/system.slice/slurmstepd.scope/job_${job}/step_0`,
    owner: { name: job },
    fact: [
      `job slurm/${job}/0`,
      {
        labels: { name: `${job}.0`, slurm_job_id: job, slurm_step_id: '0' },
        ...(requests === undefined ? {} : { reservedProcessors: requests }),
      },
    ],
  };
};

const placed = (host: string, workload: LabWorkload, place: number, turn: number): Placed => {
  if (workload.as === 'pod') return podOf(host, workload);
  if (workload.as === 'job') return jobOf(place, workload, turn);
  return { path: `/system.slice/${workload.name}`, owner: { name: workload.name } };
};

const above = (path: string): readonly string[] => {
  const parts = path.split('/').slice(1);
  return ['/', ...parts.map((_, at) => `/${parts.slice(0, at + 1).join('/')}`)];
};

const made = (host: string, { workloads }: LabRole, turn: number): LabGroups => {
  const all = workloads.map((workload, place) => placed(host, workload, place, turn));
  const paths = [...new Set(all.flatMap(({ path }) => above(path)))].sort();
  const at = new Map(paths.map((path, index) => [path, index]));
  const parentOf = (path: string): number =>
    path === '/' ? -1 : (at.get(path.slice(0, path.lastIndexOf('/')) || '/') ?? 0);
  const leaves = new Set(all.map(({ path }) => path));
  return {
    tree: {
      // Inodes: a group of a later job is another one, whatever its path.
      ids: paths.map((path) => `${path} ${leaves.has(path) ? turn : 0}`),
      paths,
      parents: paths.map(parentOf),
      members: paths.map((path) => leaves.has(path)),
    },
    facts: new Map(all.flatMap(({ fact }) => (fact === undefined ? [] : [fact]))),
    inside: paths.map((path) => all.flatMap((one, place) => (above(one.path).includes(path) ? [place] : []))),
    paths: all.map(({ path }) => path),
    owners: all.map(({ owner }) => owner),
  };
};

/** Groups by time: the same object for as long as no job ends. @param host name, which ids are made from. */
export const createGroups = (host: string, role: LabRole): ((at: number) => LabGroups) => {
  const hasJobs = role.workloads.some(({ as }) => as === 'job');
  let held: { readonly turn: number; readonly groups: LabGroups } | undefined;
  return (at) => {
    const turn = hasJobs ? Math.floor(at / JOB_LENGTH) : 0;
    if (held?.turn !== turn) held = { turn, groups: made(host, role, turn) };
    return held.groups;
  };
};
