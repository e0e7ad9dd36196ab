import type { GridState } from '../model/grid-state.ts';
import type { GridCache } from './cache.ts';
import { type GridEntry, type GridEvent, GridSlot } from './slot.ts';
import type { Timetable } from './timetable.ts';

/** Calls `run` at each time of the table. @returns stops it. */
export type Schedule = (table: Timetable, name: string, run: () => Promise<void>) => Promise<() => void>;

export interface GridRefreshOptions {
  readonly entries: readonly GridEntry[];
  /** Name of this host: spreads a fleet over a tenth of the period, always alike. */
  readonly host: string;
  /** Milliseconds since 1970 UTC; `Date.now` unless told. */
  readonly wall?: () => number;
  /** Where last good answers outlive a restart. */
  readonly cache?: GridCache;
  /** node-cron, in UTC, unless told. */
  readonly schedule?: Schedule;
  /** What the log shows; each thing once, when it changes. */
  readonly onEvent?: (event: GridEvent) => void;
}

/** Asks providers on their own periods. Holds timers until closed. */
export interface GridRefresh {
  /** What is known now, in the order of the entries. Synchronous, asks nobody. */
  latest(): readonly GridState[];
  /** Takes what the cache holds, then asks as planned, the first time within seconds. Never rejects. */
  start(): Promise<void>;
  /** Asks all now, whatever was planned; resolves when all have answered or failed. Never rejects. */
  ask(): Promise<void>;
  close(): void;
}

export const createGridRefresh = (options: GridRefreshOptions): GridRefresh => {
  const { entries, host, cache, wall = Date.now, schedule = onCron, onEvent = () => {} } = options;
  const slots = entries.map((entry) => new GridSlot({ ...entry, host, wall, cache, onEvent }));
  const stops: (() => void)[] = [];
  let closed = false;
  let restored: Promise<void> | undefined;
  const restore = (): Promise<void> => {
    restored ??= Promise.all(slots.map((slot) => slot.restore())).then(async () => {
      await cache?.tidy(
        slots.map(({ id }) => id),
        wall(),
      );
    });
    return restored;
  };
  return {
    latest: () => slots.map((slot) => slot.state(wall())),
    start: async () => {
      await restore();
      for (const slot of slots) {
        if (closed) return;
        const first = slot.firstDelay();
        if (first !== undefined) slot.after(first);
        const stop = await schedule(slot.timetable, slot.id, () => slot.due());
        // Closed while the scheduler was loaded.
        if (closed) stop();
        else stops.push(stop);
      }
    },
    ask: async () => {
      await restore();
      await Promise.all(slots.map((slot) => slot.ask()));
    },
    close: () => {
      closed = true;
      for (const stop of stops) stop();
      for (const slot of slots) slot.close();
    },
  };
};

/** Its own log would say each late or doubled run; the slot tells what matters. */
const silent = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };

const onCron: Schedule = async ({ expression }, name, run) => {
  const { schedule } = await import('node-cron');
  const task = schedule(expression, run, {
    name,
    timezone: 'UTC',
    noOverlap: true,
    unref: true,
    logger: silent,
  });
  return () => {
    void task.destroy();
  };
};
