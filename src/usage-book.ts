import { addUsage, HOUR, MINUTE, type Usage, usageKey } from './model/usage.ts';

/** Rows that no save was confirmed for. */
export interface UsageBook {
  /** Adds a tick's rows; those by minute to the row of their hour as well. */
  add(rows: readonly Usage[]): void;
  /** All rows, of minutes and of hours. */
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
  const minutes = new Map<string, Usage>();
  const hours = new Map<string, Usage>();
  const lost = { minutes: 0, details: 0, hosts: 0, joules: 0 };
  const put = (rows: Map<string, Usage>, row: Usage): void => {
    const key = usageKey(row);
    const held = rows.get(key);
    rows.set(key, held === undefined ? row : addUsage(held, row));
  };
  const bound = (): void => {
    for (const key of minutes.keys()) {
      if (minutes.size <= limits.minutes) break;
      minutes.delete(key);
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
      for (const row of rows) {
        if (row.period === MINUTE) put(minutes, withoutDetails(row));
        put(hours, row.period === HOUR ? row : { ...row, period: HOUR, start: hourOf(row.start) });
      }
      bound();
    },
    rows: () => [...minutes.values(), ...hours.values()],
    lost: () => [
      ...(lost.minutes === 0
        ? []
        : [
            `${lost.minutes} rows of minutes were let go while nothing could be kept; their hours are complete`,
          ]),
      ...(lost.details === 0
        ? []
        : [
            `${lost.details} rows of parts and classes by the hour were let go; the host's hours are complete`,
          ]),
      ...(lost.hosts === 0
        ? []
        : [
            `${lost.hosts} hours of the host were let go, ${Math.round(lost.joules)} J: counters hold them still`,
          ]),
    ],
    clear: () => {
      minutes.clear();
      hours.clear();
      Object.assign(lost, { minutes: 0, details: 0, hosts: 0, joules: 0 });
    },
  };
};

/** Records and scores are kept by the hour alone. */
const withoutDetails = (row: Usage): Usage =>
  row.record === undefined && row.scores === undefined
    ? row
    : { ...row, record: undefined, scores: undefined };

const hourOf = (start: number): number => start - (start % HOUR);
