import { type Lives, openLives } from './attribution/lives.ts';
import type { ProcessUse } from './attribution/process-use.ts';
import { NO_STANDINGS } from './attribution/top.ts';
import { isGroupState } from './attribution/use.ts';
import { isOfGridZone } from './carbon/example.ts';
import type { CarbonAt } from './carbon/in-force.ts';
import {
  book,
  close,
  emptyLedger,
  fromPersisted,
  type Ledger,
  LONGEST_EXPOSURE,
  toPersisted,
} from './ledger.ts';
import { decode, encode } from './model/codec.ts';
import type { EndedWorkload } from './model/ended.ts';
import type { Sample } from './model/sample.ts';
import type { PersistedState } from './model/state.ts';
import { checkUsage, type Usage } from './model/usage.ts';
import { type EnginePolicy, type EngineState, initialEngine, tick } from './pipeline.ts';
import { type Resumed, resumed } from './resumed.ts';
import {
  initialPowers,
  nextPowers,
  type Powers,
  type Setting,
  type Snapshot,
  snapshotOf,
} from './snapshot.ts';
import { type Seconds, seconds } from './units.ts';
import { openUsageBook } from './usage-book.ts';

/** Format of the engine's part of the saved state; another one is not restored, counters are. */
const STATE_VERSION = 3;

/** Held at the starting value for so long when no scraper has shown its interval yet. */
const DEFAULT_EXPOSURE = seconds(30);

/** What the saved state holds for the engine beside the counters. */
export interface SavedEngine extends EngineState {
  /** Absent in a state of a release that followed none. */
  readonly lives?: Lives;
}

/** Most ended workloads that wait for a disk: some hundred KiB. */
const MOST_ENDED = 1000;

export interface Kept {
  readonly state: PersistedState;
  readonly usage: readonly Usage[];
  readonly ended: readonly EndedWorkload[];
  /** What was let go while nothing could be kept, one line each, for the log. */
  readonly lost: readonly string[];
}

export interface Engine {
  /** Books one sample. The result is the agent's new face; the one before stays valid. */
  step(sample: Sample, carbonAt: CarbonAt): Snapshot;
  /** Tells the longest time between two scrapes, which new series are held for. */
  observeScrapeInterval(longest: Seconds): void;
  /**
   * Everything that outlives a restart, and the rows of the history that no save was confirmed for.
   *
   * @param orderly at the end of a run: with the marks of every group, so that work done until the next start finds its
   *   owners. Without them it is booked to `other`: after a kill, energy is complete and its owners are not.
   */
  persist(orderly?: boolean): Kept;
  /** Rows of the history that no save was confirmed for: what the store has not yet. */
  unsaved(): readonly Usage[];
  /** What `persist` last gave was kept. */
  confirmPersisted(): void;
}

/**
 * The one holder of mutable state between ticks.
 *
 * @param saved of an earlier run: counters always go on; raw counter values only in the same boot and format.
 * @param setting and policy are asked at each tick, so that a change takes effect at the next.
 * @param onResumed is told once, after a restart, what became of the energy used meanwhile.
 */
export const createEngine = (
  setting: () => Setting,
  policy: () => EnginePolicy,
  saved?: PersistedState,
  onResumed: (told: Resumed) => void = () => {},
): Engine & { readonly warnings: readonly string[] } => {
  const warnings: string[] = [];
  const restored = restoreLedger(saved, warnings);
  let ledger = restored;
  const kept = restoreState(saved, warnings);
  let state: EngineState | undefined;
  let lives = openLives();
  if (kept !== undefined) {
    const { lives: held, ...rest } = kept;
    state = rest;
    lives = openLives(held);
  }
  /** Whether anything in it comes from the disk: then a tick that fails may be its fault. */
  let isRestored = state !== undefined;
  let powers: Powers = initialPowers;
  let number = -1;
  let exposure: Seconds = DEFAULT_EXPOSURE;
  /** Counters born until then were shown with their value: a longer exposure, known later, hides none of them again. */
  let shownUpTo = seconds(Number.NEGATIVE_INFINITY);
  const usage = openUsageBook();
  let ended: EndedWorkload[] = [];
  let endedLost = 0;
  let isExample = false;
  let last: Sample | undefined;
  let processes: ProcessUse | undefined;
  // Until what became of the energy of the time in between is known.
  let resuming = saved !== undefined && saved.savedAt > 0 ? { saved, held: state } : undefined;
  let first: Sample | undefined;

  return {
    warnings,
    step: (sample, carbonAt) => {
      const from = (known: EngineState) => {
        const result = tick(known, sample, carbonAt, policy());
        const booked = book(ledger, result.bookings, sample.at);
        result.usage.forEach(checkUsage);
        return { result, booked: close(booked, result.retires) };
      };
      let before = state ?? initialEngine(sample.bootId);
      const attempt = (): ReturnType<typeof from> => {
        try {
          return from(before);
        } catch (cause) {
          if (!isRestored) throw cause;
          isRestored = false;
          resuming = undefined;
          warnings.push(
            `saved state is damaged (${String(cause)}): counters go on, energy used since it was saved is not recovered`,
          );
          before = initialEngine(sample.bootId);
          return from(before);
        }
      };
      const { result, booked } = attempt();
      const isBooted = state !== undefined && state.bootId !== sample.bootId;
      state = result.state;
      first ??= sample;
      if (resuming !== undefined) {
        const told = resumed({
          saved: resuming.saved,
          restored: resuming.held !== undefined,
          owners: resuming.held?.attribution.groups !== undefined,
          first,
          bookedUntil: before.metering.host.bookedUntil,
          host: result.view.metered.host,
        });
        if (told !== undefined) {
          resuming = undefined;
          onResumed(told);
        }
      }
      ledger = booked;
      usage.add(result.usage);
      const gone = [...(isBooted ? lives.endAll() : []), ...lives.add(result.lived)];
      if (gone.length > 0) {
        ended = [...ended, ...gone];
        endedLost += Math.max(0, ended.length - MOST_ENDED);
        ended = ended.slice(-MOST_ENDED);
      }
      powers = nextPowers(powers, result.view);
      isExample = result.view.carbon.example;
      last = sample;
      const pass = result.view.processes;
      if (pass !== undefined && pass.window > 0) processes = pass;
      number += 1;
      shownUpTo = seconds(Math.max(shownUpTo, sample.at - exposure));
      return snapshotOf(number, ledger, powers, result.view, setting(), shownUpTo, processes);
    },
    observeScrapeInterval: (longest) => {
      exposure = seconds(Math.min(LONGEST_EXPOSURE, longest * 1.5));
    },
    unsaved: () => usage.rows(),
    confirmPersisted: () => {
      usage.clear();
      ended = [];
      endedLost = 0;
    },
    persist: (orderly = true) => {
      const current = isExample ? withoutScores(state) : state;
      const resumable = orderly
        ? toResume(current, policy().processMetrics)
        : withoutOwners(toResume(current, false));
      const engine: SavedEngine | undefined = resumable && { ...resumable, lives: lives.kept() };
      return {
        usage: usage.rows(),
        ended,
        lost: [
          ...usage.lost(),
          ...(endedLost === 0
            ? []
            : [`${endedLost} ended workloads were let go while nothing could be kept`]),
        ],
        state: {
          bootId: last?.bootId ?? '',
          savedAt: last?.at ?? seconds(0),
          wall: last?.wall ?? 0,
          counters: toPersisted(isExample ? withoutGrams(ledger) : ledger),
          engine: encode(engine),
          version: STATE_VERSION,
        },
      };
    },
  };
};

/**
 * Without series of their own, processes have nothing to go on with: thousands of them need not be written. Nor need
 * the window that meters are compared over, which is full again in minutes.
 */
const toResume = (state: EngineState | undefined, processes: boolean): EngineState | undefined => {
  if (state === undefined) return undefined;
  const { drift: _drift, boards: _boards, ...metering } = state.metering;
  if (processes) return { ...state, metering };
  const { processes: _, ...kept } = state;
  return { ...kept, metering };
};

/** Without the marks of groups, which are most of the state: small enough to be kept before every scrape. */
const withoutOwners = (state: EngineState | undefined): EngineState | undefined => {
  if (state === undefined) return undefined;
  const { groups: _, ...attribution } = state.attribution;
  return { ...state, attribution: { ...attribution, top: { ...attribution.top, standings: NO_STANDINGS } } };
};

/** Grams of an example zone are nobody's emissions: they are shown and never kept. */
const withoutGrams = (ledger: Ledger): Ledger => close(ledger, ({ metric }) => isOfGridZone(metric));

/** Nor is a score that was made with them. */
const withoutScores = (state: EngineState | undefined): EngineState | undefined => {
  if (state === undefined) return undefined;
  const { sci: _, ...kept } = state;
  return kept;
};

const restoreLedger = (saved: PersistedState | undefined, warnings: string[]): Ledger => {
  if (saved === undefined) return emptyLedger;
  const { ledger, unknown } = fromPersisted(saved.counters);
  if (unknown.length > 0) {
    warnings.push(
      `${unknown.length} saved counters are not known to this version and were left out, first: ${unknown[0]}`,
    );
  }
  return ledger;
};

const restoreState = (saved: PersistedState | undefined, warnings: string[]): SavedEngine | undefined => {
  if (saved === undefined) return undefined;
  if (saved.version !== STATE_VERSION) {
    warnings.push(
      `saved state has format ${saved.version}, this version reads ${STATE_VERSION}: counters go on, energy used while the agent was down is not recovered`,
    );
    return undefined;
  }
  try {
    const state = decode(saved.engine);
    if (isEngineState(state)) return state;
    warnings.push(
      'saved state is incomplete: counters go on, energy used while the agent was down is not recovered',
    );
  } catch (cause) {
    warnings.push(
      `saved state cannot be read (${String(cause)}): counters go on, energy used while the agent was down is not recovered`,
    );
  }
  return undefined;
};

/** The parts that a tick relies on; the version number stands for the rest. */
const isEngineState = (value: unknown): value is SavedEngine => {
  if (typeof value !== 'object' || value === null) return false;
  const { bootId, metering, attribution, processRows, window, boards, work, embodied, sci, lives, factors } =
    value as Partial<SavedEngine>;
  return (
    typeof bootId === 'string' &&
    typeof metering === 'object' &&
    metering?.meters?.counters instanceof Map &&
    typeof metering.host === 'object' &&
    attribution?.top?.exported instanceof Map &&
    Array.isArray(attribution.top.standings?.roster) &&
    attribution.pending instanceof Map &&
    (attribution.groups === undefined || isGroupState(attribution.groups)) &&
    processRows instanceof Map &&
    typeof window === 'object' &&
    (boards === undefined || boards instanceof Map) &&
    (work === undefined || (work.marks instanceof Map && work.pairs instanceof Map)) &&
    (embodied === undefined || embodied.gpus instanceof Map) &&
    (sci === undefined || sci.pairs instanceof Map) &&
    (lives === undefined || Array.isArray(lives.lives)) &&
    (factors === undefined || factors instanceof Map)
  );
};
