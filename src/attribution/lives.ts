import type { EndedWorkload, PartialReason } from '../model/ended.ts';
import type { Quality } from '../model/meter.ts';
import { lessSure, SEVERAL } from '../model/usage.ts';
import { WORK_KINDS } from '../model/work.ts';
import { rowKey, type Share, type Weight, type Workload } from '../model/workload.ts';
import { add, type Seconds, seconds } from '../units.ts';
import {
  addGrams,
  begunLife,
  endedLife,
  type LifeGrams,
  lifeOf,
  mark,
  type OpenLife,
  type SavedLife,
  savedLife,
} from './life.ts';
import type { WorkDone } from './work.ts';

/** Lives as they outlive a restart. */
export interface Lives {
  /** When they were last seen, milliseconds since 1970 UTC. */
  readonly wall: number;
  /** The same since boot, with suspend; absent in a state of an earlier release. */
  readonly uptime?: Seconds;
  readonly lives: readonly SavedLife[];
}

/** Four times the most rows that may be configured: workloads that lost theirs and are there still. */
const MOST_LIVES = 400;

/** A clock that is slewed moves by less between two ticks, and spans of workloads are told by the second: no step. */
const LEAST_STEP_MS = 2000;

/** What one tick tells of workloads. */
export interface LivesTick {
  /** Milliseconds since 1970 UTC. */
  readonly wall: number;
  /** Time since boot, with suspend. */
  readonly uptime: Seconds;
  /** Rows with series of their own from now on; the same object while the choice holds. */
  readonly exported: ReadonlyMap<string, Workload>;
  /** What was booked at this tick, by row. */
  readonly shares: readonly Share[];
  readonly uses: readonly Weight[];
  readonly gpuSeconds: readonly Weight[];
  readonly work: readonly WorkDone[];
  /** Grams per joule; undefined where no factor holds. */
  readonly grams: LifeGrams;
  readonly quality: Quality | undefined;
  readonly source: string | undefined;
  /** Keys of the workloads that are there; undefined where that could not be read. The same object while it holds. */
  readonly alive: ReadonlySet<string> | undefined;
  /** Whether a workload was there before this tick. */
  readonly wasThere: (key: string) => boolean;
  /** Whether one that is there is another of the same name; absent where no group came or went. */
  readonly isSuccessor: ((key: string) => boolean) | undefined;
  /** Something of the time since the last tick is not known: no marks of groups, or a hole in the energy. */
  readonly gap: boolean;
  /** The tick before is so long ago that an end in between was not seen. */
  readonly unseen: boolean;
}

/** Sums of the workloads that have a row, from their first sight to their end. */
export interface LifeBook {
  /** Adds what a tick tells. Returns the workloads whose end was seen, each once. */
  add(tick: LivesTick): readonly EndedWorkload[];
  /** All at once: what was there belonged to another boot. */
  endAll(): readonly EndedWorkload[];
  kept(): Lives;
}

/**
 * Follows the workloads that have rows. What was used goes to the life at the tick it is booked to its row, so that a
 * life sums to what its series counted. The lives are added to in place: most ticks only make sums larger.
 *
 * @param saved as `kept` gave it; a life that the disk gave back damaged is left out.
 */
export const openLives = (saved?: Lives): LifeBook => {
  const lives = new Map<string, OpenLife>();
  for (const one of saved?.lives ?? []) {
    const life = lifeOf(one);
    if (life !== undefined) lives.set(rowKey(life.workload), life);
  }
  let wall = saved?.wall ?? 0;
  let uptime = saved?.uptime;
  let before: Pick<LivesTick, 'exported' | 'alive' | 'quality' | 'source'> | undefined;

  const begin = (workload: Workload, tick: LivesTick, partial?: PartialReason): OpenLife => {
    const life = begunLife(workload, tick.wall);
    if (partial !== undefined) mark(life, partial);
    rate(life, tick);
    lives.set(rowKey(workload), life);
    return life;
  };
  const toLife = (workload: Workload, tick: LivesTick): OpenLife | undefined => {
    const held = lives.get(rowKey(workload));
    if (held !== undefined || !hasOwner(workload)) return held;
    return begin(workload, tick, tick.wasThere(rowKey(workload)) ? 'began_before' : undefined);
  };
  /** A clock that is set moves the past of the living with it: a span of years since 1970 is none. */
  const followClock = (tick: LivesTick): void => {
    if (uptime === undefined || lives.size === 0) return;
    const step = tick.wall - wall - (tick.uptime - uptime) * 1000;
    if (Math.abs(step) < LEAST_STEP_MS) return;
    wall = Math.max(0, wall + step);
    for (const life of lives.values()) life.start = Math.max(0, life.start + step);
  };
  const endHere = (ended: EndedWorkload[], key: string, life: OpenLife, unseen: boolean): void => {
    lives.delete(key);
    // One that came and went between two ticks was seen at this one alone.
    ended.push(endedLife(life, Math.max(wall, life.start), unseen ? 'end_unseen' : undefined));
  };
  /** Ends those whose name another one has taken, before anything of this tick is added to them. */
  const succeed = (tick: LivesTick, ended: EndedWorkload[]): void => {
    if (tick.isSuccessor === undefined) return;
    for (const [key, life] of [...lives]) {
      if (!tick.isSuccessor(key)) continue;
      endHere(ended, key, life, tick.unseen);
      // What was used since the last tick may be of either: over a long time that is much.
      begin(life.workload, tick, tick.unseen ? 'began_before' : undefined);
    }
  };
  const book = (tick: LivesTick): void => {
    for (const { workload, resource, part, energy } of tick.shares) {
      const life = toLife(workload, tick);
      if (life === undefined) continue;
      addGrams(life, energy, tick.grams);
      if (part === 'static_share') life.staticShare = add(life.staticShare, energy);
      else life.dynamic[resource] = add(life.dynamic[resource], energy);
    }
    for (const { workload, amount } of tick.uses) {
      const life = toLife(workload, tick);
      if (life !== undefined) life.cpu = add(life.cpu, seconds(amount));
    }
    for (const { workload, amount } of tick.gpuSeconds) {
      const life = toLife(workload, tick);
      if (life !== undefined) life.gpu = add(life.gpu, seconds(amount));
    }
    for (const { workload, unit, amount } of tick.work) {
      const life = withId(lives, workload);
      life?.work.set(unit, (life.work.get(unit) ?? 0) + amount);
    }
  };
  /** Only another choice of rows, or of the host's meter, has anything to note. */
  const follow = (tick: LivesTick): void => {
    const { exported, quality, source } = tick;
    if (exported === before?.exported && quality === before.quality && source === before.source) return;
    for (const row of exported.values()) {
      const life = toLife(row, tick);
      if (life === undefined) continue;
      life.workload = row;
      rate(life, tick);
    }
  };
  const endGone = ({ exported, alive, unseen }: LivesTick, ended: EndedWorkload[]): void => {
    if (exported === before?.exported && alive === before.alive) return;
    for (const [key, life] of [...lives]) {
      if (alive !== undefined && !alive.has(key)) endHere(ended, key, life, unseen);
      else if (!exported.has(key)) mark(life, 'in_other');
    }
  };
  /** Lives without a row are forgotten, oldest first, as if they had ended: their workloads go on in `other`. */
  const bound = ({ exported }: LivesTick, ended: EndedWorkload[]): void => {
    for (const [key, life] of lives) {
      if (lives.size <= MOST_LIVES) return;
      if (exported.has(key)) continue;
      lives.delete(key);
      ended.push(endedLife(life, wall));
    }
  };

  return {
    add: (tick) => {
      const ended: EndedWorkload[] = [];
      followClock(tick);
      succeed(tick, ended);
      if (tick.gap)
        for (const life of lives.values()) if (tick.exported.has(rowKey(life.workload))) mark(life, 'gap');
      follow(tick);
      book(tick);
      endGone(tick, ended);
      wall = tick.wall;
      uptime = tick.uptime;
      bound(tick, ended);
      const { exported, alive, quality, source } = tick;
      before = { exported, alive, quality, source };
      return ended;
    },
    endAll: () => {
      const ended = [...lives.values()].map((life) => endedLife(life, wall, 'end_unseen'));
      lives.clear();
      return ended;
    },
    kept: () => ({
      wall,
      ...(uptime === undefined ? {} : { uptime }),
      lives: [...lives.values()].map(savedLife),
    }),
  };
};

/** Notes how sure the host's energy is and where it comes from. */
const rate = (life: OpenLife, { quality, source }: LivesTick): void => {
  const worst = lessSure(life.quality, quality);
  if (worst !== undefined) life.quality = worst;
  if (source !== undefined)
    life.source = life.source === undefined || life.source === source ? source : SEVERAL;
};

const hasOwner = ({ kind }: Workload): boolean => (WORK_KINDS as readonly string[]).includes(kind);

/** By an id that tells no kind. */
const withId = (lives: ReadonlyMap<string, OpenLife>, id: string): OpenLife | undefined => {
  for (const kind of WORK_KINDS) {
    const life = lives.get(`${kind} ${id}`);
    if (life !== undefined) return life;
  }
  return undefined;
};
