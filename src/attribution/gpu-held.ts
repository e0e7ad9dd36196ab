import type { GpuProcess, GpuReading } from '../model/gpu.ts';
import type { GroupTree } from '../model/group.ts';
import { rowKey } from '../model/workload.ts';
import { type Naming, NO_NAMING } from './classes.ts';
import { slicesOf } from './gpu-instances.ts';
import { ownerAt } from './gpu-use.ts';
import { ownersOf } from './owners.ts';
import type { Uses } from './uses.ts';

/**
 * GPUs that are kept for each workload, in boards: what its orchestrator says, else what it holds. Pure.
 *
 * Whoever has a process on a board holds it, busy or not; several hold it by the device memory that they took, else
 * alike. Of a divided board an instance is held by its slices. A board without a process is nobody's.
 */
export const heldGpus = (
  boards: Iterable<readonly GpuReading[]>,
  tree: GroupTree,
  naming: Naming = NO_NAMING,
): Uses => {
  const owners = ownersOf(tree, naming);
  const amounts: number[] = new Array(owners.roster.length).fill(0);
  const give = (processes: readonly GpuProcess[], share: number): void => {
    const memory = processes.reduce((total, process) => total + (process.memory ?? 0), 0);
    for (const { group, memory: own = 0 } of processes) {
      const at = group === undefined ? -1 : ownerAt(tree, owners, group);
      const part = memory > 0 ? own / memory : 1 / processes.length;
      if (at >= 0) amounts[at] = (amounts[at] ?? 0) + share * part;
    }
  };
  for (const readings of boards) {
    const last = readings.findLast(({ processes }) => processes !== undefined);
    if (last === undefined) continue;
    const { processes: told = [], instances = [] } = last;
    const processes = told.filter(({ left }) => left !== true);
    if (instances.length === 0) give(processes, 1);
    const slices = Math.max(1, slicesOf(last));
    for (const { id, slices: own } of instances) {
      give(
        processes.filter(({ instance }) => instance === id),
        own / slices,
      );
    }
  }
  for (const [at, workload] of owners.roster.entries()) {
    const said = naming.facts.get(rowKey(workload))?.reservedGpus;
    if (said !== undefined) amounts[at] = said;
  }
  return { roster: owners.roster, amounts };
};
