import type { RowUse } from '../../src/index.ts';

/** Watts at the last looks, oldest first; absent where it was not known. */
export type Trend = readonly (number | undefined)[];

export interface Trends {
  readonly host: Trend;
  readonly rows: ReadonlyMap<string, Trend>;
}

export const NO_TRENDS: Trends = { host: [], rows: new Map() };

/** Five minutes at the usual interval. */
const LOOKS = 60;

export const wattsOf = ({ dynamicWatts, staticShareWatts }: RowUse): number | undefined =>
  dynamicWatts === undefined && staticShareWatts === undefined
    ? undefined
    : (dynamicWatts ?? 0) + (staticShareWatts ?? 0);

export const rowKey = ({ workload, kind, class: rowClass }: RowUse): string =>
  JSON.stringify([workload, kind, rowClass]);

/** With one look more; rows that are gone are forgotten. */
export const trendsAfter = (
  { host, rows: before }: Trends,
  power: number | undefined,
  rows: readonly RowUse[],
): Trends => ({
  host: [...host, power].slice(-LOOKS),
  rows: new Map(
    rows.map((row) => {
      const key = rowKey(row);
      return [key, [...(before.get(key) ?? []), wattsOf(row)].slice(-LOOKS)];
    }),
  ),
});

/** Of rows that are shown as one: the last look of each is of the same time. */
export const sumOf = (trends: readonly Trend[]): Trend => {
  const length = Math.max(0, ...trends.map((one) => one.length));
  return Array.from({ length }, (_, index) => {
    const known = trends.flatMap((one) => one[one.length - length + index] ?? []);
    return known.length === 0 ? undefined : known.reduce((sum, one) => sum + one, 0);
  });
};

/** Eighths of a block (Unicode 2581 to 2588). */
const BLOCKS = [...'\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588'];

/** The newest `width` looks, from 0 to the largest of them; a blank where nothing was known. */
export const spark = (trend: Trend, width: number): string => {
  const shown = trend.slice(-width);
  const most = Math.max(0, ...shown.map((one) => one ?? 0));
  return shown
    .map((one) => {
      if (one === undefined) return ' ';
      const eighths = most === 0 ? 0 : Math.round((one / most) * BLOCKS.length) - 1;
      return BLOCKS[Math.max(0, eighths)];
    })
    .join('');
};

/** Whether the terminal shows such signs (POSIX: LC_ALL, else LC_CTYPE, else LANG). */
export const drawsBlocks = ({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean =>
  /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
