import { counted, plural } from '../model/counted.ts';
import { oneLine } from '../model/foreign-text.ts';
import { type GridAnswer, GridError, type GridReading, type GridSeries } from '../model/grid.ts';
import { instantOf } from './instant.ts';
import { splitAt } from './spans.ts';
import { type IntensityUnit, isUnit, toGramsPerKWh } from './statement.ts';

/** A row of somebody's list, before it is believed. */
export interface LooseRow {
  readonly from: unknown;
  readonly to?: unknown;
  readonly value: unknown;
  readonly unit?: unknown;
  readonly estimated?: unknown;
}

/** Milliseconds in a count of seconds or milliseconds since 1970: told apart by their size. */
const countOf = (value: number): number | undefined => {
  if (!Number.isFinite(value) || value <= 0) return undefined;
  return value < 1e11 ? value * 1000 : value;
};

/** Furthest time that a Date can hold (ECMA-262, 21.4.1.1). */
const LAST = 8.64e15;

/** A time as ISO 8601 with its offset, or as a count since 1970. Undefined where it is neither. */
export const timeOf = (value: unknown): number | undefined => {
  const time =
    typeof value === 'string'
      ? (instantOf(value.trim()) ?? (/^\d{9,14}$/.test(value) ? countOf(Number(value)) : undefined))
      : value instanceof Date
        ? value.getTime()
        : countOf(Number(typeof value === 'number' ? value : Number.NaN));
  return time !== undefined && Math.abs(time) < LAST ? time : undefined;
};

/** A number, or the text of one; undefined for null, an empty text and words such as `N/A`. */
const numberOf = (value: unknown): number | undefined => {
  const number =
    typeof value === 'string' && /^\s*-?[\d.]+(e[+-]?\d+)?\s*$/i.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
};

export interface RowRules {
  readonly unit: IntensityUnit;
  /** Whether a time without an end says where the span ends instead of where it begins. */
  readonly timeIs?: 'start' | 'end';
}

const spanOf = (row: LooseRow, interval: number, timeIs: 'start' | 'end'): [number, number] | undefined => {
  const time = timeOf(row.from);
  if (time === undefined) return undefined;
  if (row.to !== undefined && row.to !== null && row.to !== '') {
    const to = timeOf(row.to);
    return to === undefined || to <= time ? undefined : [time, to];
  }
  return timeIs === 'end' ? [time - interval, time] : [time, time + interval];
};

export interface Rows {
  readonly readings: readonly GridReading[];
  readonly notes: readonly string[];
}

/**
 * Rows as readings: in order of time, the last one told of a time counts, and one ends where the next begins. Rows
 * without a value are gaps. @throws GridError (failed) where no row can be read although there are some, or a row is in
 * a unit that nothing converts.
 */
export const readRows = (rows: readonly LooseRow[], series: GridSeries, rules: RowRules): Rows => {
  const interval = series.interval * 1000;
  const byTime = new Map<number, GridReading>();
  let timeless = 0;
  let empty = 0;
  for (const row of rows) {
    const span = spanOf(row, interval, rules.timeIs ?? 'start');
    const number = numberOf(row.value);
    if (span === undefined) timeless += 1;
    else if (number === undefined) empty += 1;
    else {
      const [from, to] = span;
      const value = toGramsPerKWh(number, unitOf(row.unit, rules.unit));
      byTime.set(from, { from, to, value, estimated: isTrue(row.estimated) });
    }
  }
  if (timeless > 0 && timeless === rows.length) {
    const [first] = rows;
    throw new GridError('failed', `no time can be read, the first is ${shown(first?.from)}`, {
      fix: 'A time is ISO 8601 with Z or an offset to UTC, or a count of seconds or milliseconds since 1970.',
    });
  }
  const sorted = [...byTime.values()].sort((a, b) => a.from - b.from);
  const readings = sorted.map((one, index) => ({
    ...one,
    to: Math.min(one.to, sorted[index + 1]?.from ?? one.to),
  }));
  return {
    readings,
    notes: [
      ...(timeless > 0
        ? [
            `${counted(timeless, 'row')} without a time that can be told in UTC ${plural(timeless, 'was', 'were')} left out`,
          ]
        : []),
      ...(empty > 0
        ? [`${counted(empty, 'row')} without a number ${plural(empty, 'is a gap', 'are gaps')}`]
        : []),
    ],
  };
};

/** An answer of rows: what lies ahead is the forecast, made at `foretoldAt`. */
export const answerOf = (
  series: GridSeries,
  { readings, notes }: Rows,
  now: number,
  foretoldAt: number = now,
): GridAnswer => {
  const { past, future } = splitAt(now, readings);
  return {
    series,
    readings: past,
    ...(future.length === 0
      ? {}
      : { forecast: { generatedAt: Math.min(foretoldAt, now), readings: future } }),
    notes,
  };
};

const isTrue = (value: unknown): boolean =>
  value === true || value === 'true' || value === 1 || value === '1';

const unitOf = (told: unknown, fallback: IntensityUnit): IntensityUnit => {
  if (told === undefined || told === null || told === '') return fallback;
  if (typeof told === 'string' && isUnit(told)) return told;
  throw new GridError('failed', `a row is in ${shown(told)}, which nothing here converts`, {
    fix: 'The units are g/kWh, kg/MWh and lb/MWh.',
  });
};

export const shown = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(oneLine(value, 40));
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'a mapping' : oneLine(String(value), 40);
};
