import type { RowUse } from '../../src/index.ts';
import { cut, padEnd, padStart, textWidth } from '../text-width.ts';
import type { Column } from './columns.ts';

const GAP = '  ';
/** The last column is a name: it gets this much, or what the longest needs, before a column is given up for it. */
const NAME_WIDTH = 24;
/** No other column takes more than this. */
const WIDEST = 32;

export interface Table {
  readonly head: string;
  readonly rows: readonly string[];
}

/** The rows as lines of at most `width` columns. @param sized all rows that column widths go by: they do not jump while scrolling. */
export const tableOf = (
  columns: readonly Column[],
  rows: readonly RowUse[],
  width: number,
  sized: readonly RowUse[] = rows,
): Table => {
  const measured = columns.map((column, index) => ({
    column,
    width: Math.min(
      index === columns.length - 1 ? Number.POSITIVE_INFINITY : WIDEST,
      sized.reduce((most, row) => Math.max(most, textWidth(column.cell(row))), textWidth(column.title)),
    ),
  }));
  const kept = fitting(measured, width);
  const line = (text: (column: Column) => string): string =>
    cut(
      kept
        .map((one, index) => {
          const content = cut(text(one.column), index === kept.length - 1 ? width : one.width);
          if (index === kept.length - 1) return content;
          return one.column.side === 'right' ? padStart(content, one.width) : padEnd(content, one.width);
        })
        .join(GAP),
      width,
    );
  return {
    head: line(({ title }) => title),
    rows: rows.map((row) => line(({ cell }) => cell(row))),
  };
};

interface Measured {
  readonly column: Column;
  readonly width: number;
}

/** Without those columns that there is no room for. */
const fitting = (measured: readonly Measured[], width: number): readonly Measured[] => {
  const taken = measured.reduce(
    (sum, one, index) =>
      sum + (index === measured.length - 1 ? Math.min(one.width, NAME_WIDTH) : one.width + GAP.length),
    0,
  );
  const worst = Math.max(...measured.map(({ column }) => column.rank));
  if (taken <= width || worst === 0) return measured;
  const last = measured.findLastIndex(({ column }) => column.rank === worst);
  return fitting(
    measured.filter((_, index) => index !== last),
    width,
  );
};
