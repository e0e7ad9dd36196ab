import { cut, padEnd, textWidth } from '../text-width.ts';
import { RESERVED } from './by-class.ts';
import { columnsOf } from './columns.ts';
import { type HeaderLine, headerOf } from './header.ts';
import { tableOf } from './rows.ts';
import type { Shown } from './shown.ts';
import { type Page, rowsInView, type View } from './view.ts';
import { safe } from './words.ts';

export interface Screen {
  /** Undefined before the first snapshot. */
  readonly shown: Shown | undefined;
  readonly view: View;
  /** Where the snapshots come from, in words. */
  readonly from: string;
  /** Why there is no newer snapshot. */
  readonly problem: string | undefined;
  /** Draw the last looks with block elements; without: no trend. */
  readonly blocks?: boolean;
}

export interface Size {
  readonly width: number;
  /** Undefined: as many lines as it takes, and no line of keys. */
  readonly height: number | undefined;
}

export type Tone = HeaderLine['tone'] | 'head' | 'reserved' | 'keys';

export interface Line {
  readonly text: string;
  readonly tone: Tone;
}

/** The host's facts take no more than this part of the screen, unless rows are few, and leave room for so many rows. */
const MOST_OF_HEIGHT = 0.5;
const LEAST_ROWS = 3;
/** Lines around the rows: a blank one, the head of the table, the keys. */
const AROUND = 3;

/** The screen as lines that fit into `size`, and which rows those are. Pure. */
export const layout = (
  { shown, view, from, problem, blocks = false }: Screen,
  { width, height }: Size,
): { readonly lines: readonly Line[] } & Page => {
  const clipped = (lines: readonly Line[]): readonly Line[] =>
    lines.slice(0, height).map(({ text, tone }) => ({ text: cut(text, width), tone }));
  if (shown === undefined) {
    const text = problem === undefined ? 'the first sample is being taken' : safe(problem);
    return {
      lines: clipped([{ text: `${safe(from)}: ${text}`, tone: 'plain' }]),
      page: 0,
      total: 0,
      first: 0,
    };
  }
  const rows = rowsInView(shown, view);
  const headerAs = (isPacked: boolean): readonly HeaderLine[] =>
    headerOf(shown, from, problem, width, blocks, isPacked);
  const whole = headerAs(false);
  const room = height === undefined ? whole.length : roomIn(height, shown.use.rows.length);
  const header = whole.length <= room ? whole : beginning(headerAs(true), room);
  const page = height === undefined ? rows.length : Math.max(1, height - AROUND - header.length);
  const first = Math.max(0, Math.min(view.first, rows.length - page));
  const seen = rows.slice(first, first + page);
  const table = tableOf(columnsOf(shown, view, blocks), seen, width, rows);
  const body = seen.map(
    ({ kind }, index): Line => ({
      text: table.rows[index] ?? '',
      tone: RESERVED.has(kind) ? 'reserved' : 'plain',
    }),
  );
  const lines: readonly Line[] = [
    ...header,
    { text: '', tone: 'plain' },
    { text: height === undefined ? table.head : padEnd(table.head, width), tone: 'head' },
    ...(body.length === 0 ? [{ text: nothing(view), tone: 'reserved' as const }] : body),
  ];
  if (height === undefined) return { lines: clipped(lines), page, total: rows.length, first };
  const filler = Array.from({ length: Math.max(0, height - 1 - lines.length) }, (): Line => EMPTY);
  const keys: Line = { text: keysText(view, { page, total: rows.length, first }, width), tone: 'keys' };
  return {
    lines: [...clipped([...lines, ...filler]).slice(0, height - 1), keys],
    page,
    total: rows.length,
    first,
  };
};

/** Lines for the host's facts. @param rows that there are, whatever is filtered: what they leave empty is the facts'. */
const roomIn = (height: number, rows: number): number => {
  const most = Math.max(Math.ceil(height * MOST_OF_HEIGHT), height - AROUND - rows);
  return Math.max(1, Math.min(most, height - AROUND - LEAST_ROWS));
};

const beginning = (whole: readonly HeaderLine[], most: number): readonly HeaderLine[] => {
  if (whole.length <= most || most < 3) return whole.slice(0, most);
  const left = whole.length - most + 1;
  return [
    ...whole.slice(0, most - 1),
    { text: `and ${left} ${left === 1 ? 'line' : 'lines'} more on a higher screen`, tone: 'plain' },
  ];
};

const EMPTY: Line = { text: '', tone: 'plain' };

const nothing = ({ kind, filter }: View): string => {
  if (filter !== '') return `no row with "${safe(filter)}" in its name or class now`;
  return kind === undefined
    ? 'no row yet: the first one comes with the second sample'
    : `no row of kind ${safe(kind)} now`;
};

const keysText = (view: View, { page, total, first }: Page, width: number): string => {
  const { sort, kind, filter, isTyping, isByClass } = view;
  const from = total === 0 ? 0 : first + 1;
  const state = `${from}-${Math.min(total, first + page)} of ${total}`;
  if (isTyping) return cut(`/ filter: ${safe(filter)}_  Enter keeps it, Esc ends it  ${state}`, width);
  const of = safe(kind ?? 'all');
  const only = filter === '' ? '/ filter' : `/ filter: ${safe(filter)}`;
  const also = `c ${isByClass ? 'workloads' : 'classes'}  ${only}`;
  const forms = [
    `q quit  s sort: ${sort}  k kind: ${of}  ${also}  arrows, PgUp, PgDn scroll  ${state}`,
    `q quit  s sort: ${sort}  k kind: ${of}  ${also}  ${state}`,
    `q quit  s ${sort}  k ${of}  c /${filter === '' ? '' : ` ${safe(filter)}`}  ${state}`,
  ];
  return cut(forms.find((form) => textWidth(form) <= width) ?? forms.at(-1) ?? '', width);
};
