import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { absent, found } from '../model/found.ts';
import type { Source } from '../model/source.ts';
import { SourceError } from '../model/source-error.ts';
import { seconds } from '../units.ts';
import { findHierarchies } from './cgroup-find.ts';
import type { FactsDesk } from './facts.ts';
import { readBounded } from './names-file.ts';
import type { Nameless } from './names-groups.ts';
import { processesIn } from './names-processes.ts';
import { type Answer, NameRounds } from './names-rounds.ts';
import { factsOfSteps, jobIn, type SlurmJob } from './names-slurm-job.ts';
import type { GroupHierarchy } from './process-group.ts';

/** An environment is at most a quarter of the limit of the stack: 2 MiB by default (execve(2)). */
const LARGEST = 2 * 2 ** 20;
/** A step may begin with processes that dropped their environment. */
const MOST_PROCESSES = 8;
/** A step that is known is not asked again; only how many steps a job has is counted anew. */
const INTERVAL = seconds(30);
/** Group of slurmstepd itself beside those of the step's tasks (Slurm, cgroup/v2 plugin). */
const OWN = ['slurm'];
/** `slurm` below a v1 controller; `slurmstepd.scope` below the system's slice: with several slurmd their names are in both. */
const GROUPS = /^slurm(?:_[^/]+)?$|^(?:[^/]+_)?slurmstepd\.scope$/;

/**
 * Names of jobs, from the environment of their processes: who may not look at it has their numbers from the paths of
 * their control groups. What it holds is the claim of whoever runs the job.
 */
export const slurmSource = (hierarchy: GroupHierarchy, desk: FactsDesk): Source => ({
  name: 'slurm',
  summary: 'names, accounts and allocations of Slurm jobs, from the environment of their processes',
  rare: true,
  open: async ({ sysfs, procfs }, clock) => {
    const trees = findHierarchies(sysfs, hierarchy);
    const mounts = trees.found ? trees.value.map(({ mount }) => mount) : [];
    const folders = mounts.flatMap((mount) => [mount, join(mount, 'system.slice')]);
    const names = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
    if (!names.flat().some((name) => GROUPS.test(name))) return absent('no control groups of Slurm');
    return found(
      new NameRounds({
        clock,
        desk,
        what: 'steps of jobs',
        knows: ({ labels }) => labels.slurm_job_id !== undefined,
        interval: INTERVAL,
        ask: stepsIn(procfs, mounts),
      }),
    );
  },
});

/** Looks at one process of each step, once. */
const stepsIn = (procfs: string, mounts: readonly string[]) => {
  const known = new Map<string, SlurmJob>();
  return async (nameless: readonly Nameless[], signal: AbortSignal): Promise<Answer> => {
    const there = new Set(nameless.map(({ key }) => key));
    for (const key of known.keys()) if (!there.has(key)) known.delete(key);
    let trouble: SourceError | undefined;
    for (const { key, workload, path } of nameless) {
      if (known.has(key) || signal.aborted) continue;
      try {
        const groups = mounts.map((mount) => join(mount, path));
        const job = await jobBehind(procfs, groups, workload.labels.slurm_job_id ?? '');
        if (job !== undefined) known.set(key, job);
      } catch (cause) {
        if (!(cause instanceof SourceError)) throw cause;
        trouble ??= cause;
      }
    }
    const steps = nameless.flatMap(({ key, workload }) => {
      const job = known.get(key);
      return job === undefined ? [] : [{ key, step: workload.labels.slurm_step_id ?? '', job }];
    });
    return { facts: factsOfSteps(steps), ...(trouble === undefined ? {} : { trouble }) };
  };
};

/** Undefined where no process tells; rejects with SourceError where none may be looked at. */
const jobBehind = async (
  procfs: string,
  groups: readonly string[],
  id: string,
): Promise<SlurmJob | undefined> => {
  let refused: SourceError | undefined;
  for (const group of groups) {
    for (const pid of await processesIn(group, MOST_PROCESSES, OWN)) {
      try {
        const job = jobIn(await readBounded(join(procfs, pid, 'environ'), LARGEST, FIX));
        // A process may have got its environment from another job.
        if (job?.id === id) return job;
      } catch (cause) {
        if (!(cause instanceof SourceError)) throw cause;
        if (cause.kind !== 'gone') refused ??= cause;
      }
    }
  }
  if (refused !== undefined) throw refused;
  return undefined;
};

const FIX =
  'Run negawatt as root, or with AmbientCapabilities=CAP_SYS_PTRACE CAP_DAC_READ_SEARCH; ' +
  'with --no-source.slurm jobs go by their numbers.';
