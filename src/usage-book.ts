import { counted, plural } from './model/counted.ts';
import {
  addToUsage,
  copyUsage,
  HOUR,
  MINUTE,
  type Period,
  type Usage,
  type UsageSums,
  usageKey,
} from './model/usage.ts';

/** Rows that no save was confirmed for, added to in place. */
export interface UsageBook {
  /** Adds a tick's rows. */
  add(rows: readonly Usage[]): void;
  /** All rows: those of minutes, and those of hours, which hold the sums of their minutes. */
  rows(): readonly Usage[];
  /** What was let go because nothing could be kept, one line each, for the log. */
  lost(): readonly string[];
  /** What `rows` last gave was kept. */
  clear(): void;
}

/**
 * Most rows that wait for a disk, some 2 MB. A minute of a host with 8 GPUs and 3 classes has some 20: that is over an
 * hour by the minute, and over a week by the hour; of the host alone it is five months.
 */
const MOST_MINUTES = 1_500;
const MOST_HOURS = 4_000;

/**
 * Where nothing can be kept for long, memory stays bounded: minutes are let go first, their hours hold their sums; then
 * the oldest rows of parts and classes, whose sum the host's row has; the host's own rows last.
 */
export const openUsageBook = (limits = { minutes: MOST_MINUTES, hours: MOST_HOURS }): UsageBook => {
  const minutes = new Map<string, UsageSums>();
  /** What no minute holds: spans longer than an hour, and minutes that were let go. The rest is summed when asked for. */
  const hours = new Map<string, UsageSums>();
  const lost = { minutes: 0, details: 0, hosts: 0, joules: 0 };
  /** Rows that the tick before added to: the next one mostly has the same, in the same order. */
  let latest: UsageSums[] = [];
  const put = (row: Usage, guess: UsageSums | undefined): UsageSums => {
    if (guess !== undefined && isSameRow(guess, row)) {
      addToUsage(guess, row);
      return guess;
    }
    return putInto(row.period === MINUTE ? minutes : hours, row);
  };
  const bound = (): void => {
    if (minutes.size <= limits.minutes && hours.size <= limits.hours) return;
    latest = [];
    for (const [key, row] of minutes) {
      if (minutes.size <= limits.minutes) break;
      minutes.delete(key);
      putInto(hours, row, HOUR);
      lost.minutes += 1;
    }
    if (hours.size <= limits.hours) return;
    // Some at a time: the search is not made anew for each row.
    const target = Math.floor(limits.hours * 0.95);
    for (const isDetail of [true, false]) {
      for (const [key, { scope, energy }] of hours) {
        if (hours.size <= target) return;
        if ((scope !== 'host') !== isDetail) continue;
        hours.delete(key);
        if (isDetail) lost.details += 1;
        else {
          lost.hosts += 1;
          lost.joules += energy;
        }
      }
    }
  };
  return {
    add: (rows) => {
      for (const [i, row] of rows.entries()) latest[i] = put(row, latest[i]);
      bound();
    },
    rows: () => {
      const whole = new Map<string, UsageSums>();
      for (const row of hours.values()) putInto(whole, row);
      for (const row of minutes.values()) putInto(whole, row, HOUR);
      return [...[...minutes.values()].map(withoutDetails), ...whole.values()];
    },
    lost: () => [
      ...(lost.minutes === 0
        ? []
        : [
            `${counted(lost.minutes, 'row')} of minutes ${plural(lost.minutes, 'was', 'were')} let go while nothing could be kept; their hours are complete`,
          ]),
      ...(lost.details === 0
        ? []
        : [
            `${counted(lost.details, 'row')} of parts and classes by the hour ${plural(lost.details, 'was', 'were')} let go; the host's hours are complete`,
          ]),
      ...(lost.hosts === 0
        ? []
        : [
            `${counted(lost.hosts, 'hour')} of the host ${plural(lost.hosts, 'was', 'were')} let go, ${Math.round(lost.joules)} J: counters hold them still`,
          ]),
    ],
    clear: () => {
      latest = [];
      minutes.clear();
      hours.clear();
      Object.assign(lost, { minutes: 0, details: 0, hosts: 0, joules: 0 });
    },
  };
};

/** Records and scores are kept by the hour alone. */
const withoutDetails = (row: Usage): Usage => ({ ...copyUsage(row), record: undefined, scores: undefined });

/** Adds a row to one of its place and time, the place and time of its hour where that is asked. */
const putInto = (rows: Map<string, UsageSums>, row: Usage, period: Period = row.period): UsageSums => {
  const start = Math.floor(row.start / period) * period;
  const key = usageKey(row, period, start);
  const held = rows.get(key);
  if (held !== undefined) {
    addToUsage(held, row);
    return held;
  }
  const own = copyUsage({ ...row, period, start });
  rows.set(key, own);
  return own;
};

const isSameRow = (a: Usage, b: Usage): boolean =>
  a.start === b.start &&
  a.name === b.name &&
  a.scope === b.scope &&
  a.period === b.period &&
  a.gridZone === b.gridZone;
