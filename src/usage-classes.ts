import type { AttributionStep } from './attribution/attribute.ts';
import { positionsOf } from './attribution/uses.ts';
import type { WorkDone } from './attribution/work.ts';
import { IDLE_CLASS } from './model/usage.ts';
import { WORK_KINDS } from './model/work.ts';
import type { Workload } from './model/workload.ts';
import { add, type Joules, joules, type Seconds, seconds } from './units.ts';

/** What workloads of a class used at one tick. */
export interface ClassUse {
  cpuBusy?: Seconds;
  gpuBusy?: Seconds;
  /** Pieces by unit. */
  work?: Map<string, number>;
}

const classOf = (workload: Workload): string => (workload.kind === 'idle' ? IDLE_CLASS : workload.class);

export const energyByClass = ({ shares }: AttributionStep): ReadonlyMap<string, Joules> => {
  const sums = new Map<string, Joules>();
  for (const { workload, energy } of shares) {
    const name = classOf(workload);
    sums.set(name, add(sums.get(name) ?? joules(0), energy));
  }
  return sums;
};

/** Work of a workload that is not known any more is in none of them. */
export const useByClass = (
  attributed: AttributionStep,
  work: readonly WorkDone[],
): ReadonlyMap<string, ClassUse> => {
  const sums = new Map<string, ClassUse>();
  const sumOf = (name: string): ClassUse => {
    const held = sums.get(name) ?? {};
    sums.set(name, held);
    return held;
  };
  for (const { workload, amount } of attributed.uses) {
    const held = sumOf(classOf(workload));
    held.cpuBusy = add(held.cpuBusy ?? seconds(0), seconds(amount));
  }
  for (const { workload, amount } of attributed.gpuSeconds) {
    const held = sumOf(classOf(workload));
    held.gpuBusy = add(held.gpuBusy ?? seconds(0), seconds(amount));
  }
  for (const { workload, unit, amount } of work) {
    const owner = ownerOf(attributed, workload);
    if (owner === undefined) continue;
    const held = sumOf(owner.class);
    held.work ??= new Map();
    held.work.set(unit, (held.work.get(unit) ?? 0) + amount);
  }
  return sums;
};

/** By an id that tells no kind: a search among all workloads would cost each piece of work what their number is. */
const ownerOf = ({ state: { top } }: AttributionStep, id: string): Workload | undefined => {
  const { roster } = top.standings;
  const positions = positionsOf(roster);
  for (const kind of WORK_KINDS) {
    const key = `${kind} ${id}`;
    const owner = top.exported.get(key) ?? roster[positions.get(key) ?? -1];
    if (owner !== undefined) return owner;
  }
  return undefined;
};
