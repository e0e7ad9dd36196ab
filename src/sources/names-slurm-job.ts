import type { WorkloadFacts } from '../model/facts.ts';
import { asText, present } from './names-json.ts';

/** What a process of a step tells of its job. */
export interface SlurmJob {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Processors that the job has on this node. */
  readonly processors?: number;
  /** GPUs that the step has on this node; the batch step has all of the job's. */
  readonly gpus?: number;
}

/** Variables that are looked at (sbatch(1) and srun(1), output environment variables); all others are dropped at once. */
const WANTED = new Set([
  'SLURM_JOB_ID',
  'SLURM_JOB_NAME',
  'SLURM_JOB_ACCOUNT',
  'SLURM_JOB_USER',
  'SLURM_JOB_PARTITION',
  'SLURM_JOB_CPUS_PER_NODE',
  'SLURM_GPUS_ON_NODE',
]);
/** More than the largest hosts have: the text is that of whoever runs the process. */
const MOST_PROCESSORS = 8192;
const MOST_GPUS = 64;

/** Job of a process from its environment (proc_pid_environ(5)); undefined where it is none of Slurm's. */
export const jobIn = (environment: string): SlurmJob | undefined => {
  const said = new Map<string, string>();
  for (const entry of environment.split('\0')) {
    const at = entry.indexOf('=');
    const name = entry.slice(0, Math.max(at, 0));
    if (WANTED.has(name)) said.set(name, entry.slice(at + 1));
  }
  const id = said.get('SLURM_JOB_ID');
  if (id === undefined) return undefined;
  const processors = countIn(said.get('SLURM_JOB_CPUS_PER_NODE'), MOST_PROCESSORS);
  const gpus = countIn(said.get('SLURM_GPUS_ON_NODE'), MOST_GPUS);
  return {
    id,
    labels: present({
      slurm_job_name: asText(said.get('SLURM_JOB_NAME')),
      slurm_job_account: asText(said.get('SLURM_JOB_ACCOUNT')),
      slurm_job_user: asText(said.get('SLURM_JOB_USER')),
      slurm_job_partition: asText(said.get('SLURM_JOB_PARTITION')),
    }),
    ...(processors === undefined ? {} : { processors }),
    ...(gpus === undefined ? {} : { gpus }),
  };
};

/** `16` or `16(x4)`: the same on all nodes. `72(x2),36` does not tell which node is this one: unknown, and not 0. */
const countIn = (text: string | undefined, most: number): number | undefined => {
  const count = Number(/^(\d{1,6})(?:\(x\d+\))?$/.exec(text ?? '')?.[1] ?? Number.NaN);
  return count > 0 && count <= most ? count : undefined;
};

/** A step whose job is known. */
export interface KnownStep {
  readonly key: string;
  readonly step: string;
  readonly job: SlurmJob;
}

/**
 * Facts of the steps of a node by row key. Pure. What is kept for a job is kept for its steps in equal parts: each has a
 * row, and together they must not keep more than the job does.
 */
export const factsOfSteps = (steps: readonly KnownStep[]): ReadonlyMap<string, WorkloadFacts> => {
  const byJob = new Map<string, KnownStep[]>();
  for (const step of steps) byJob.set(step.job.id, [...(byJob.get(step.job.id) ?? []), step]);
  const facts = new Map<string, WorkloadFacts>();
  for (const together of byJob.values()) {
    const each = (kept: (job: SlurmJob) => number | undefined): number | undefined => {
      const said = together.flatMap(({ job }) => kept(job) ?? []);
      return said.length === 0 ? undefined : Math.max(...said) / together.length;
    };
    const processors = each((job) => job.processors);
    const gpus = each((job) => job.gpus);
    for (const { key, step, job } of together) {
      const { slurm_job_name: name } = job.labels;
      facts.set(key, {
        labels: { ...job.labels, ...present({ name: name === undefined ? undefined : `${name}/${step}` }) },
        ...(processors === undefined ? {} : { reservedProcessors: processors }),
        ...(gpus === undefined ? {} : { reservedGpus: gpus }),
      });
    }
  }
  return facts;
};
