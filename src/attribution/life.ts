import {
  type EndedWorkload,
  PARTIAL_REASONS,
  type PartialReason,
  type WorkloadSums,
} from '../model/ended.ts';
import type { Quality } from '../model/meter.ts';
import { QUALITIES } from '../model/usage.ts';
import { WORK_KINDS } from '../model/work.ts';
import type { Workload, WorkloadKind } from '../model/workload.ts';
import { add, grams as gramsOf, type Joules, joules, seconds } from '../units.ts';

/** What a workload that is there has used since it had a row. */
export interface Life extends WorkloadSums {
  readonly workload: Workload;
}

/** A life to be added to; whoever holds it is the only one that does. */
export type OpenLife = { -readonly [K in keyof Omit<Life, 'dynamic' | 'work'>]: Life[K] } & {
  readonly dynamic: { -readonly [K in keyof Life['dynamic']]: Joules };
  readonly work: Map<string, number>;
};

/** Grams per joule, as `carbon/per-joule.ts` gives them. */
export interface LifeGrams {
  readonly location: number | undefined;
  readonly market: number | undefined;
  /** A factor held for a part of the time alone. */
  readonly inPart: boolean;
}

/** A text of an owner is kept up to this length, and so many of them: a row stays below some KiB. */
const LONGEST_TEXT = 256;
const MOST_LABELS = 24;

/** @param wall milliseconds since 1970 UTC. */
export const begunLife = (workload: Workload, wall: number): OpenLife => ({
  workload,
  start: wall,
  dynamic: { cpu: joules(0), memory: joules(0), gpu: joules(0), other: joules(0) },
  staticShare: joules(0),
  cpu: seconds(0),
  gpu: seconds(0),
  work: new Map(),
  partial: [],
});

export const mark = (life: OpenLife, reason: PartialReason): void => {
  if (!life.partial.includes(reason))
    life.partial = PARTIAL_REASONS.filter((one) => one === reason || life.partial.includes(one));
};

/** Puts the grams of more energy beside those that are there; before the energy itself is added. */
export const addGrams = (life: OpenLife, energy: Joules, { location, market, inPart }: LifeGrams): void => {
  if (inPart || isBare(life, life.location, location) || isBare(life, life.market, market))
    mark(life, 'without_factor');
  if (location !== undefined) life.location = gramsOf((life.location ?? 0) + energy * location);
  if (market !== undefined) life.market = gramsOf((life.market ?? 0) + energy * market);
};

/** Whether a part of the energy, held and now, has a factor and a part has none. */
const isBare = (life: Life, held: number | undefined, now: number | undefined): boolean =>
  now === undefined ? held !== undefined : held === undefined && energyOf(life) > 0;

const energyOf = ({ dynamic: { cpu, memory, gpu, other }, staticShare }: Life): Joules =>
  add(add(add(cpu, memory), add(gpu, other)), staticShare);

/**
 * A life as the saved state holds it: who it is, the wall clock at its start, and its sums. A list, for hundreds of them
 * are saved before each scrape, and the names of their fields would be most of that.
 */
export type SavedLife = readonly [
  owner: readonly [kind: string, id: string, ofClass: string, labels: Workload['labels']],
  start: number,
  dynamic: readonly [cpu: number, memory: number, gpu: number, other: number],
  staticShare: number,
  grams: readonly [location: number | null, market: number | null],
  cpu: number,
  gpu: number,
  work: readonly (readonly [unit: string, amount: number])[],
  quality: Quality | null,
  source: string | null,
  partial: readonly string[],
];

export const savedLife = (life: Life): SavedLife => {
  const { kind, id, class: ofClass, labels } = life.workload;
  const { cpu, memory, gpu, other } = life.dynamic;
  return [
    [kind, id, ofClass, labels],
    life.start,
    [cpu, memory, gpu, other],
    life.staticShare,
    [life.location ?? null, life.market ?? null],
    life.cpu,
    life.gpu,
    [...life.work],
    life.quality ?? null,
    life.source ?? null,
    life.partial,
  ];
};

/** Undefined where it is none, as a damaged disk may give back: it would make each save of its end fail. */
export const lifeOf = (saved: SavedLife): OpenLife | undefined => {
  try {
    const [
      [kind, id, ofClass, labels],
      start,
      dynamic,
      staticShare,
      grams,
      cpu,
      gpu,
      work,
      quality,
      source,
      partial,
    ] = saved;
    const texts = [kind, id, ofClass, ...Object.values(labels), ...work.map(([unit]) => unit), source ?? ''];
    const known = grams.filter((one) => one !== null);
    const amounts = [start, ...dynamic, staticShare, ...known, cpu, gpu, ...work.map(([, amount]) => amount)];
    const isWhole =
      (WORK_KINDS as readonly string[]).includes(kind) &&
      dynamic.length === 4 &&
      grams.length === 2 &&
      texts.every((text) => typeof text === 'string') &&
      amounts.every((amount) => Number.isFinite(amount) && amount >= 0);
    if (!isWhole) return undefined;
    const life = begunLife({ kind: kind as WorkloadKind, id, class: ofClass, labels }, start);
    [life.dynamic.cpu, life.dynamic.memory, life.dynamic.gpu, life.dynamic.other] = dynamic as Sums;
    life.staticShare = joules(staticShare);
    if (grams[0] !== null) life.location = gramsOf(grams[0]);
    if (grams[1] !== null) life.market = gramsOf(grams[1]);
    life.cpu = seconds(cpu);
    life.gpu = seconds(gpu);
    for (const [unit, amount] of work) life.work.set(unit, amount);
    if (quality !== null && QUALITIES.includes(quality)) life.quality = quality;
    if (source !== null) life.source = source;
    life.partial = PARTIAL_REASONS.filter((one) => partial.includes(one));
    return life;
  } catch {
    // A list is missing where one is taken apart.
    return undefined;
  }
};

type Sums = readonly [Joules, Joules, Joules, Joules];

/** The row of a life that is over. @param end milliseconds since 1970 UTC. */
export const endedLife = (life: OpenLife, end: number, reason?: PartialReason): EndedWorkload => {
  if (reason !== undefined) mark(life, reason);
  const { workload, ...sums } = life;
  const { name = workload.id, ...labels } = workload.labels;
  return {
    ...sums,
    end,
    id: workload.id,
    kind: workload.kind,
    class: workload.class,
    name: name.slice(0, LONGEST_TEXT),
    labels: Object.fromEntries(
      Object.entries(labels)
        .slice(0, MOST_LABELS)
        .map(([label, value]) => [label, value.slice(0, LONGEST_TEXT)]),
    ),
  };
};
