import { type Facts, NO_FACTS, type WorkloadFacts } from '../model/facts.ts';
import type { Seconds } from '../units.ts';

/** Where one source of names leaves what it knows. */
export interface FactsDesk {
  /** Replaces what this source said before. What is not in it any more is kept for a while. */
  put(facts: Facts, at: Seconds): void;
  /** What all sources know together: the same map for as long as nothing in it changes. */
  all(at: Seconds): Facts;
}

/** How long a workload that is gone keeps its names, seconds: its last joules still need them, and its row is shown on. */
const KEPT = 600;
/** Workloads that one source may tell of, those that are gone included; a host runs some hundreds. */
export const MOST_FACTS = 8192;

interface Held {
  readonly facts: WorkloadFacts;
  /** Since when the source does not name it any more. */
  readonly goneAt?: Seconds;
}

/**
 * Brings together what several sources know of the same workloads. A desk that was opened later wins, field by field:
 * what an orchestrator says over what a runtime says.
 */
export const createFacts = (): { desk(): FactsDesk } => {
  const desks: Map<string, Held>[] = [];
  let merged = NO_FACTS;
  let changed = false;
  /** No entry is to be dropped before. */
  let dropAt = Number.POSITIVE_INFINITY;

  const all = (at: Seconds): Facts => {
    if (at >= dropAt) {
      dropAt = Number.POSITIVE_INFINITY;
      for (const held of desks) {
        for (const [key, { goneAt }] of held) {
          if (goneAt === undefined) continue;
          if (at - goneAt < KEPT) dropAt = Math.min(dropAt, goneAt + KEPT);
          else changed = held.delete(key) || changed;
        }
      }
    }
    if (changed) merged = merge(desks);
    changed = false;
    return merged;
  };

  return {
    desk: () => {
      const held = new Map<string, Held>();
      desks.push(held);
      return {
        put: (facts, at) => {
          for (const [key, { facts: known, goneAt }] of held) {
            if (goneAt !== undefined || facts.has(key)) continue;
            held.set(key, { facts: known, goneAt: at });
            dropAt = Math.min(dropAt, at + KEPT);
          }
          for (const [key, said] of facts) {
            const before = held.get(key);
            if (before === undefined && held.size >= MOST_FACTS && !makeRoom(held)) break;
            const same = before !== undefined && sameFacts(before.facts, said);
            held.set(key, { facts: same ? before.facts : said });
            changed ||= !same;
          }
        },
        all,
      };
    },
  };
};

/** Lets go of one workload that is gone. False where all are there. */
const makeRoom = (held: Map<string, Held>): boolean => {
  for (const [key, { goneAt }] of held) if (goneAt !== undefined) return held.delete(key);
  return false;
};

const merge = (desks: readonly ReadonlyMap<string, Held>[]): Facts => {
  const merged = new Map<string, WorkloadFacts>();
  for (const desk of desks) {
    for (const [key, { facts }] of desk) {
      const before = merged.get(key);
      merged.set(key, before === undefined ? facts : both(before, facts));
    }
  }
  return merged;
};

const both = (a: WorkloadFacts, b: WorkloadFacts): WorkloadFacts => ({
  ...a,
  ...b,
  labels: { ...a.labels, ...b.labels },
  ...(a.tags === undefined && b.tags === undefined ? {} : { tags: { ...a.tags, ...b.tags } }),
});

const sameFacts = (a: WorkloadFacts, b: WorkloadFacts): boolean =>
  a.reservedProcessors === b.reservedProcessors &&
  a.reservedGpus === b.reservedGpus &&
  sameTexts(a.labels, b.labels) &&
  sameTexts(a.tags ?? {}, b.tags ?? {});

const sameTexts = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean => {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
};
