import { HOST_WORKLOAD, isWork, type WorkOwner, type WorkPair, type WorkReading } from '../model/work.ts';
import type { Share, Workload } from '../model/workload.ts';
import { add, type Joules, joules, type Seconds, seconds } from '../units.ts';
import { countWork, type WorkMark } from './work-counter.ts';
import { ownerId } from './work-owner.ts';

/** Pairs of workload and unit with a series: half of what a host exports at most. */
export const MOST_PAIRS = 100;
/** A counter that was silent for a day starts anew. */
const FORGOTTEN = seconds(86_400);
/** More counters than the ways in can hand over together: the longest silent are let go. */
const MOST_MARKS = 20_000;

/** Work and energy of one pair over the ticks in which both were known: what a mean may be taken of. */
export interface PairState extends WorkPair {
  readonly heardAt: Seconds;
  readonly done: number;
  readonly energy: Joules;
}

export interface WorkState {
  readonly marks: ReadonlyMap<string, WorkMark>;
  readonly pairs: ReadonlyMap<string, PairState>;
}

export const initialWork: WorkState = { marks: new Map(), pairs: new Map() };

export interface WorkInput {
  readonly at: Seconds;
  readonly readings: readonly WorkReading[];
  /** Workloads that a selector may mean. */
  readonly workloads: () => Iterable<Workload>;
  /** Energy of the whole host in this tick, 0 where a slow meter is awaited; undefined where nothing meters it now. */
  readonly host: Joules | undefined;
  /** Energy by row in this tick, and the rows with series of their own. */
  readonly shares: readonly Share[];
  readonly isExported: (id: string) => boolean;
  /** How long a silent pair keeps its place where others want it. */
  readonly retention: Seconds;
}

export interface WorkDone extends WorkPair {
  readonly amount: number;
}

export interface MeasuredWork extends WorkPair {
  readonly key: string;
  readonly done: number;
  readonly energy: Joules;
}

export interface WorkStep {
  readonly state: WorkState;
  /** To be booked; 0 for a pair that was heard and did nothing. */
  readonly done: readonly WorkDone[];
  /** Pairs whose work and energy were both known in this tick, with both. */
  readonly measured: readonly MeasuredWork[];
  /** Pairs that found no place. */
  readonly refused: readonly WorkPair[];
  /** Counters that went back at this tick. */
  readonly fell: readonly (WorkPair & { readonly from: number; readonly to: number })[];
  /** Keys of pairs whose places were given to others: their series end. */
  readonly retired: ReadonlySet<string>;
}

export const pairKey = ({ workload, unit }: WorkPair): string => `${unit} ${workload}`;

/** Counts what the ways in handed over, and puts energy beside it. Pure. */
export const workStep = (before: WorkState | undefined, input: WorkInput): WorkStep => {
  const state = before ?? initialWork;
  const refused = new Map<string, WorkPair>();
  const retired = new Set<string>();
  const fell: WorkStep['fell'][number][] = [];
  if (input.readings.length === 0 && state.pairs.size === 0) {
    return { state, done: [], measured: [], refused: [], fell, retired };
  }
  const marks = new Map(input.readings.length === 0 ? [] : state.marks);
  const pairs = new Map(state.pairs);
  const amounts = new Map<string, WorkDone>();
  const idOf = resolver(input.workloads);
  for (const reading of input.readings) {
    const pair: WorkPair = { workload: idOf(reading.workload), unit: reading.unit };
    const key = pairKey(pair);
    if (!pairs.has(key) && !makeRoom(pairs, input, retired)) {
      refused.set(key, pair);
      continue;
    }
    const held = pairs.get(key) ?? { ...pair, done: 0, energy: joules(0) };
    pairs.set(key, { ...held, heardAt: input.at });
    const amount = counted(reading, marks, input.at, (from, to) => fell.push({ ...pair, from, to }));
    amounts.set(key, { ...pair, amount: (amounts.get(key)?.amount ?? 0) + amount });
    retired.delete(key);
  }
  const done = [...amounts.values()];
  const measured = withEnergy(pairs, state.pairs, done, input);
  return {
    // Copying thousands of marks at ticks that read none would cost more than all else here.
    state: { marks: input.readings.length === 0 ? state.marks : forgetting(marks, input.at), pairs },
    done,
    measured,
    refused: [...refused.values()],
    fell,
    retired,
  };
};

/** The owner of each selector, looked for once a tick. */
const resolver = (workloads: WorkInput['workloads']): ((owner: WorkOwner) => string) => {
  const ids = new Map<string, string>();
  return (owner) => {
    if (typeof owner === 'string') return ownerId(owner, []);
    const key = `${owner.kind ?? ''} ${owner.name}`;
    const id = ids.get(key) ?? ownerId(owner, workloads());
    ids.set(key, id);
    return id;
  };
};

const counted = (
  reading: WorkReading,
  marks: Map<string, WorkMark>,
  at: Seconds,
  onFall: (from: number, to: number) => void,
): number => {
  if ('added' in reading) return isWork(reading.added) ? reading.added : 0;
  const { counter, total } = reading;
  if (!isWork(total)) return 0;
  const before = marks.get(counter);
  const { mark, amount, fell } = countWork(before, total, at);
  marks.set(counter, mark);
  if (fell === true) onFall(before?.total ?? 0, total);
  return amount;
};

/** Monotonic time begins anew with a boot: what was heard before it counts as heard now. */
const silentFor = (heardAt: Seconds, at: Seconds): number => Math.max(0, at - heardAt);

/** Whether there is a place for one more pair; the longest silent one gives way once its retention is over. */
const makeRoom = (pairs: Map<string, PairState>, { at, retention }: WorkInput, retired: Set<string>) => {
  if (pairs.size < MOST_PAIRS) return true;
  let oldest: string | undefined;
  let longest: number = retention;
  for (const [key, { heardAt }] of pairs) {
    const silent = silentFor(heardAt, at);
    if (silent > longest) [oldest, longest] = [key, silent];
  }
  if (oldest === undefined) return false;
  pairs.delete(oldest);
  retired.add(oldest);
  return true;
};

/**
 * Adds the tick's work and energy to pairs that were there before it. A pair that comes at this tick did its work in
 * time whose energy was not put beside it; a row that is folded into `other` has no energy of its own.
 */
const withEnergy = (
  pairs: Map<string, PairState>,
  before: WorkState['pairs'],
  done: readonly WorkDone[],
  input: WorkInput,
): readonly MeasuredWork[] => {
  if (input.host === undefined) return [];
  const measured: MeasuredWork[] = [];
  const amounts = new Map(done.map((one) => [pairKey(one), one.amount]));
  const byRow = new Map<string, number>();
  for (const { workload, energy } of input.shares) {
    if (!hasOwner(workload)) continue;
    byRow.set(workload.id, (byRow.get(workload.id) ?? 0) + energy);
  }
  for (const [key, pair] of pairs) {
    if (!before.has(key)) continue;
    const isHost = pair.workload === HOST_WORKLOAD;
    if (!isHost && !input.isExported(pair.workload)) continue;
    const energy = isHost ? input.host : joules(byRow.get(pair.workload) ?? 0);
    const amount = amounts.get(key) ?? 0;
    pairs.set(key, { ...pair, done: pair.done + amount, energy: add(pair.energy, energy) });
    measured.push({ key, workload: pair.workload, unit: pair.unit, done: amount, energy });
  }
  return measured;
};

const hasOwner = ({ kind }: Workload): boolean => kind !== 'idle' && kind !== 'other' && kind !== 'ended';

const forgetting = (marks: Map<string, WorkMark>, at: Seconds): ReadonlyMap<string, WorkMark> => {
  for (const [counter, { seenAt }] of marks) if (silentFor(seenAt, at) > FORGOTTEN) marks.delete(counter);
  if (marks.size <= MOST_MARKS) return marks;
  const bySilence = [...marks].sort(([, a], [, b]) => silentFor(b.seenAt, at) - silentFor(a.seenAt, at));
  return new Map(bySilence.slice(marks.size - MOST_MARKS));
};
