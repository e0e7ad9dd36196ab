import type { AttributionStep } from './attribution/attribute.ts';
import { positionsOf } from './attribution/uses.ts';
import type { WorkDone } from './attribution/work.ts';
import type { Piece } from './carbon/course.ts';
import type { SciSum } from './carbon/sci.ts';
import { addScores, bookedFactorText, type Score, scoreKey } from './model/hour-record.ts';
import { IDLE_CLASS } from './model/usage.ts';
import { HOST_WORKLOAD, WORK_KINDS } from './model/work.ts';
import type { Workload } from './model/workload.ts';
import { add, type Joules, joules, type Seconds, seconds } from './units.ts';

/** What workloads of a class used at one tick. */
export interface ClassUse {
  cpuBusy?: Seconds;
  gpuBusy?: Seconds;
  /** Pieces by unit. */
  work?: Map<string, number>;
  scores?: ReadonlyMap<string, Score>;
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
  scores: Scores,
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
  for (const [name, scored] of scores.classes) sumOf(name).scores = scored;
  return sums;
};

export interface Scores {
  readonly host?: ReadonlyMap<string, Score> | undefined;
  readonly classes: ReadonlyMap<string, ReadonlyMap<string, Score>>;
}

/** Scores of work of the whole host, and those of workloads added up by class. */
export const scoresBy = (
  attributed: AttributionStep,
  course: readonly Piece[],
  scores: readonly SciSum[] = [],
): Scores => {
  // A tick has scores under one factor alone.
  const factor = course.at(-1)?.carbon.location;
  if (scores.length === 0 || factor === undefined) return { classes: new Map() };
  let host: ReadonlyMap<string, Score> | undefined;
  const classes = new Map<string, ReadonlyMap<string, Score>>();
  for (const { workload, unit, energy, operational, embodied, done } of scores) {
    const score: Score = { unit, factor: bookedFactorText(factor), energy, operational, embodied, done };
    const own = new Map([[scoreKey(score), score]]);
    if (workload === HOST_WORKLOAD) {
      host = addScores(host, own);
      continue;
    }
    const owner = ownerOf(attributed, workload);
    if (owner !== undefined) classes.set(owner.class, addScores(classes.get(owner.class), own) ?? own);
  }
  return { host, classes };
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
