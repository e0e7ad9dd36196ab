import type { Remark } from '../model/estimate.ts';
import type { MeasurePlan, Registration } from '../model/measure.ts';
import { additionsText, type PlanEngine, planText, readPlanText } from './plan-canonical.ts';
import { shownInstant } from './utc-instant.ts';

/** A plan as it stood at one time. Entries of a measure are only ever added, in order of time. */
export interface PlanEntry {
  /** When it was recorded, seconds since 1970 UTC. */
  readonly at: number;
  /** Hash of the text, in hexadecimal. */
  readonly sha256: string;
  /** As `planText` gives it. */
  readonly plan: string;
  /** As `additionsText` gives it. */
  readonly additions: readonly string[];
}

/** SHA-256 of a text, in hexadecimal. */
export type Hash = (text: string) => string;

export const entryOf = (plan: MeasurePlan, engine: PlanEngine, at: number, hash: Hash): PlanEntry => {
  const text = planText(plan, engine);
  return { at, sha256: hash(text), plan: text, additions: additionsText(plan) };
};

/** Whether an entry says something that the last one does not. */
export const isNews = (entries: readonly PlanEntry[], entry: PlanEntry): boolean => {
  const last = entries.at(-1);
  return last?.sha256 !== entry.sha256 || last.additions.join('\n') !== entry.additions.join('\n');
};

/**
 * The entry that is frozen: the first one whose own start had passed before another took its place, or by `now`. It stays
 * the same whatever is written later, other starts included. Undefined before the start.
 */
export const frozenEntry = (entries: readonly PlanEntry[], now: number): PlanEntry | undefined =>
  entries.find(({ plan }, index) => {
    const start = readPlanText(plan)?.plan.start ?? Number.POSITIVE_INFINITY;
    return start <= (entries[index + 1]?.at ?? now);
  });

/**
 * Hosts of the scope and of the control as they were frozen, where the plan still chooses them by the same words: hosts
 * that join or leave later change no plan.
 */
export const frozenHosts = (
  entry: PlanEntry | undefined,
  { selector, controlSelector }: Pick<MeasurePlan, 'selector' | 'controlSelector'>,
): { readonly hosts?: readonly string[]; readonly control?: readonly string[] } => {
  const held = entry === undefined ? undefined : readPlanText(entry.plan)?.plan;
  if (held === undefined) return {};
  const isSame = (a: unknown, b: unknown): boolean => words(a) === words(b);
  return {
    ...(isSame(held.selector, selector) ? { hosts: held.hosts } : {}),
    ...(isSame(held.controlSelector, controlSelector) ? { control: held.control } : {}),
  };
};

/** A selector as one text, whatever the order of its keys. */
const words = (selector: unknown): string => {
  const { hosts, match } = (selector ?? {}) as MeasurePlan['selector'];
  return JSON.stringify([[...(hosts ?? [])].sort(), Object.entries(match ?? {}).sort()]);
};

/** What a reader has to know of how a plan was registered. */
export interface Registered {
  readonly registration: Registration;
  /** not-recorded: nobody kept the plan; open: before its start; in-time: kept before it; late: first kept after it. */
  readonly standing: 'not-recorded' | 'open' | 'in-time' | 'late';
  readonly frozen: PlanEntry | undefined;
  /** What was changed of what must not be; empty: nothing. */
  readonly changes: readonly Remark[];
}

/** Plan keys of which the text differs, as an operator knows them. */
const changedKeys = (before: string, after: string): readonly string[] => {
  const keysOf = (text: string) => (JSON.parse(text) as { plan: Record<string, unknown> }).plan;
  const [a, b] = [keysOf(before), keysOf(after)];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]),
  );
};

/**
 * Holds a plan against what was recorded of it. Hashes are of the engine version that froze it, so that a newer release
 * is no edit. A recorded addition that is gone or reads otherwise makes another hash: it may be added to, not changed.
 */
export const registrationOf = (
  entries: readonly PlanEntry[],
  plan: MeasurePlan,
  engine: PlanEngine,
  now: number,
  hash: Hash,
): Registered => {
  const frozen = frozenEntry(entries, now);
  const version = (frozen && readPlanText(frozen.plan)?.engine.version) ?? engine.version;
  const text = planText(plan, { ...engine, version });
  const additions = new Set(additionsText(plan));
  const recorded = frozen === undefined ? [] : entries.slice(entries.indexOf(frozen));
  const gone = [...new Set(recorded.flatMap((entry) => entry.additions))].filter(
    (one) => !additions.has(one),
  );
  const hashNow = hash(gone.length === 0 ? text : [text, ...gone.map((one) => `without ${one}`)].join('\n'));
  if (frozen === undefined) {
    const registration = { hashAtStart: undefined, frozenAt: undefined, hashNow };
    return { registration, standing: entries.length === 0 ? 'not-recorded' : 'open', frozen, changes: [] };
  }
  const start = readPlanText(frozen.plan)?.plan.start ?? Number.NaN;
  const changes: Remark[] = gone.map((one) => ({
    flag: 'addition_changed',
    text: `What was recorded is gone or reads otherwise: ${one}.`,
    remedy: 'Put it back as it was; write what has to be corrected as an item of its own.',
  }));
  if (hash(text) !== frozen.sha256)
    changes.unshift({
      flag: 'plan_changed',
      text: `The plan was changed after its start of ${shownInstant(start)}: ${changedKeys(frozen.plan, text).join(', ') || 'queries'}.`,
      remedy: 'Put it back, or begin another measure with a start that is still to come.',
    });
  return {
    registration: { hashAtStart: frozen.sha256, frozenAt: frozen.at, hashNow },
    standing: frozen.at <= start ? 'in-time' : 'late',
    frozen,
    changes,
  };
};
