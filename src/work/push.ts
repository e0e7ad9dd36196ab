import { counted, plural } from '../model/counted.ts';
import type { WorkPair, WorkReading } from '../model/work.ts';
import type { Push } from './push-body.ts';
import { parsePush } from './push-body.ts';
import type { Refusal } from './push-guard.ts';
import { shown } from './text.ts';
import type { Way } from './way.ts';

/** Longest body of a push, bytes. */
export const LONGEST_PUSH = 64 * 1024;
/** Different pairs of workload and unit within a day. */
const MOST_PAIRS = 1000;
const DAY_MS = 86_400_000;
/** Totals of one pair that wait for a tick, each lower than the one before: more restarts than that in a tick are none. */
const MOST_FALLS = 4;
/** A pair that found no place is refused at once for so long, then tried anew; milliseconds. */
const REFUSED_FOR_MS = 60_000;

export type PushReply = { readonly ok: true; readonly accepted: number } | ({ readonly ok: false } & Refusal);

/** What applications on this host send by themselves. */
export interface PushWay extends Way {
  /** Takes a body that came in. Never throws. */
  accept(body: Buffer): PushReply;
  /** Something was taken that no tick has seen. */
  isWaiting(): boolean;
  /** Takes no more; what waits can still be handed over. */
  close(): void;
  /** Hears which pairs found no place at the last tick. */
  refuse(pairs: readonly WorkPair[]): void;
}

interface Waiting {
  readonly push: Push;
  added: number;
  readonly totals: number[];
}

const keyOf = ({ workload, unit }: Pick<Push, 'workload' | 'unit'>): string =>
  JSON.stringify([workload, unit]);

export const pushWay = (now: () => number = () => performance.now()): PushWay => {
  /** When each pair was sent last. */
  const known = new Map<string, number>();
  const waiting = new Map<string, Waiting>();
  const refused = new Map<string, number>();
  let isClosed = false;

  const isRefused = (key: string): boolean => {
    const since = refused.get(key);
    if (since === undefined) return false;
    if (now() - since < REFUSED_FOR_MS) return true;
    refused.delete(key);
    return false;
  };
  const refusal = (pushes: readonly Push[]): PushReply | undefined => {
    const fresh = new Set(pushes.map(keyOf).filter((key) => !known.has(key)));
    if (known.size + fresh.size > MOST_PAIRS) {
      for (const [key, at] of known) if (now() - at > DAY_MS) known.delete(key);
    }
    if (known.size + fresh.size > MOST_PAIRS) {
      return {
        ok: false,
        status: 409,
        reason: `more than ${MOST_PAIRS} different pairs of workload and unit were sent`,
      };
    }
    const full = pushes.find((push) => isRefused(keyOf(push)));
    return full === undefined
      ? undefined
      : {
          ok: false,
          status: 409,
          reason: `${shown(keyOf(full), 200)} is not counted: no place for another series is left`,
        };
  };
  const hold = (push: Push): void => {
    const key = keyOf(push);
    known.set(key, now());
    const held = waiting.get(key) ?? { push, added: 0, totals: [] };
    waiting.set(key, held);
    if ('added' in push) {
      held.added = Math.min(Number.MAX_SAFE_INTEGER, held.added + push.added);
      return;
    }
    const { totals } = held;
    const last = totals.at(-1);
    // Of totals that climb the last says all; each that falls must be seen.
    if (last !== undefined && (push.total >= last || totals.length >= MOST_FALLS)) totals.pop();
    totals.push(push.total);
  };
  return {
    detail: () =>
      known.size === 0
        ? 'nothing was pushed yet'
        : `${counted(known.size, 'counter')} ${plural(known.size, 'is', 'are')} pushed`,
    accept: (body) => {
      if (isClosed) return { ok: false, status: 503, reason: 'the agent is stopping: send it again later' };
      const parsed = parsePush(body);
      if (!parsed.ok) return { ok: false, status: 400, reason: parsed.reason };
      const no = refusal(parsed.pushes);
      if (no !== undefined) return no;
      for (const push of parsed.pushes) hold(push);
      return { ok: true, accepted: parsed.pushes.length };
    },
    isWaiting: () => waiting.size > 0,
    refuse: (pairs) => {
      for (const pair of pairs) refused.set(keyOf(pair), now());
      while (refused.size > MOST_PAIRS) refused.delete([...refused.keys()][0] ?? '');
    },
    take: () => {
      const taken = [...waiting.values()].flatMap(readingsOf);
      waiting.clear();
      return taken;
    },
    trouble: () => undefined,
    refresh: () => Promise.resolve(),
    close: () => {
      isClosed = true;
    },
  };
};

const readingsOf = ({ push: { workload, unit }, added, totals }: Waiting): readonly WorkReading[] => [
  ...(totals.length < 1 || added > 0 ? [{ workload, unit, added }] : []),
  ...totals.map((total) => ({ workload, unit, counter: `push ${keyOf({ workload, unit })}`, total })),
];
