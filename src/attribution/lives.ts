import {
  type EndedWorkload,
  PARTIAL_REASONS,
  type PartialReason,
  type WorkloadSums,
} from '../model/ended.ts';
import type { Quality } from '../model/meter.ts';
import { lessSure, SEVERAL } from '../model/usage.ts';
import { WORK_KINDS } from '../model/work.ts';
import { rowKey, type Share, type Weight, type Workload } from '../model/workload.ts';
import { add, grams, joules, seconds } from '../units.ts';
import type { WorkDone } from './work.ts';

/** What a workload that is there has used since it had a row. */
export interface Life extends WorkloadSums {
  readonly workload: Workload;
}

export interface Lives {
  /** When they were last seen, milliseconds since 1970 UTC. */
  readonly wall: number;
  /** By row key. */
  readonly byKey: ReadonlyMap<string, Life>;
}

export const NO_LIVES: Lives = { wall: 0, byKey: new Map() };

/** Four times the most rows that may be configured: workloads that lost theirs and are there still. */
const MOST_LIVES = 400;
/** A text of an owner is kept up to this length, and so many of them: a row stays below some KiB. */
const LONGEST_TEXT = 256;
const MOST_LABELS = 24;

export interface LivesInput {
  /** Milliseconds since 1970 UTC. */
  readonly wall: number;
  /** Rows with series of their own from now on. */
  readonly exported: ReadonlyMap<string, Workload>;
  /** What was booked at this tick, by row. */
  readonly shares: readonly Share[];
  readonly uses: readonly Weight[];
  readonly gpuSeconds: readonly Weight[];
  readonly work: readonly WorkDone[];
  /** Grams per joule; undefined where no factor holds. */
  readonly grams: { readonly location: number | undefined; readonly market: number | undefined };
  readonly quality: Quality | undefined;
  readonly source: string | undefined;
  /** Keys of the workloads that are there; undefined where that could not be read. */
  readonly alive: ReadonlySet<string> | undefined;
  /** Whether a workload was there before this tick. */
  readonly wasThere: (key: string) => boolean;
  /** Something of the time since the last tick is not known: no marks of groups, or a hole in the energy. */
  readonly gap: boolean;
  /** The tick before is so long ago that an end in between was not seen. */
  readonly unseen: boolean;
}

export interface LivesStep {
  readonly lives: Lives;
  readonly ended: readonly EndedWorkload[];
}

type Open = { -readonly [K in keyof Life]: Life[K] };

/**
 * Follows the workloads that have rows from their first sight to their end. Pure. What was used goes to the life at the
 * tick it is booked to its row, so that a life sums to what its series counted.
 */
export const livesStep = (before: Lives, input: LivesInput): LivesStep => {
  const { wall, exported, alive } = input;
  const next = new Map<string, Life>(before.byKey);
  const fresh = new Map<string, Open>();
  const open = (workload: Workload): Open => {
    const key = rowKey(workload);
    const held = fresh.get(key);
    if (held !== undefined) return held;
    const known = next.get(key);
    const life = known === undefined ? begun(workload, input) : withGap(known, input.gap);
    fresh.set(key, life);
    next.set(key, life);
    return life;
  };
  for (const row of exported.values()) if (hasOwner(row)) open(row).workload = row;
  for (const { workload, resource, part, energy } of input.shares) {
    if (!hasOwner(workload)) continue;
    const life = open(workload);
    if (part === 'static_share') life.staticShare = add(life.staticShare, energy);
    else life.dynamic = { ...life.dynamic, [resource]: add(life.dynamic[resource], energy) };
    const { location, market } = input.grams;
    if (location !== undefined) life.location = grams((life.location ?? 0) + energy * location);
    if (market !== undefined) life.market = grams((life.market ?? 0) + energy * market);
  }
  for (const { workload, amount } of input.uses)
    if (hasOwner(workload)) open(workload).cpu = add(open(workload).cpu, seconds(amount));
  for (const { workload, amount } of input.gpuSeconds)
    if (hasOwner(workload)) open(workload).gpu = add(open(workload).gpu, seconds(amount));
  bookWork(next, fresh, input.work);
  for (const life of fresh.values()) {
    const { quality, source } = input;
    const worst = lessSure(life.quality, quality);
    if (worst !== undefined) life.quality = worst;
    if (source !== undefined)
      life.source = life.source === undefined || life.source === source ? source : SEVERAL;
  }
  const ended: EndedWorkload[] = [];
  for (const [key, life] of next) {
    if (alive !== undefined && !alive.has(key)) {
      next.delete(key);
      // One that came and went between two ticks was seen at this one alone.
      ended.push(endedOf(life, Math.max(before.wall, life.start), input.unseen ? 'end_unseen' : undefined));
    } else if (!exported.has(key) && !life.partial.includes('in_other'))
      next.set(key, marked(life, 'in_other'));
  }
  return {
    lives: { wall, byKey: bounded(next, exported, (life) => ended.push(endedOf(life, wall))) },
    ended,
  };
};

/** All lives at once: what was there belonged to another boot. */
export const endAll = ({ wall, byKey }: Lives): readonly EndedWorkload[] =>
  [...byKey.values()].map((life) => endedOf(life, wall, 'end_unseen'));

const begun = (workload: Workload, { wall, wasThere }: LivesInput): Open => ({
  workload,
  start: wall,
  dynamic: { cpu: joules(0), memory: joules(0), gpu: joules(0), other: joules(0) },
  staticShare: joules(0),
  cpu: seconds(0),
  gpu: seconds(0),
  work: new Map(),
  partial: wasThere(rowKey(workload)) ? ['began_before'] : [],
});

const withGap = (life: Life, gap: boolean): Open => (gap ? marked(life, 'gap') : { ...life });

const marked = (life: Life, reason: PartialReason): Open => ({
  ...life,
  partial: life.partial.includes(reason)
    ? life.partial
    : PARTIAL_REASONS.filter((one) => one === reason || life.partial.includes(one)),
});

const bookWork = (lives: Map<string, Life>, fresh: Map<string, Open>, work: readonly WorkDone[]): void => {
  if (work.length === 0) return;
  for (const [key, held] of lives) {
    const own = work.filter(({ workload }) => workload === held.workload.id);
    if (own.length === 0) continue;
    const life = fresh.get(key) ?? { ...held };
    const sums = new Map(life.work);
    for (const { unit, amount } of own) sums.set(unit, (sums.get(unit) ?? 0) + amount);
    life.work = sums;
    fresh.set(key, life);
    lives.set(key, life);
  }
};

const hasOwner = ({ kind }: Workload): boolean => (WORK_KINDS as readonly string[]).includes(kind);

/** Lives without a row are forgotten, oldest first, as if they had ended: their workloads go on in `other`. */
const bounded = (
  lives: Map<string, Life>,
  exported: ReadonlyMap<string, Workload>,
  forget: (life: Life) => void,
): ReadonlyMap<string, Life> => {
  for (const [key, life] of lives) {
    if (lives.size <= MOST_LIVES) break;
    if (exported.has(key)) continue;
    lives.delete(key);
    forget(life);
  }
  return lives;
};

const endedOf = (life: Life, end: number, reason?: PartialReason): EndedWorkload => {
  const { workload, ...sums } = reason === undefined ? life : marked(life, reason);
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
