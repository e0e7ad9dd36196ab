import type { RowUse } from '../../src/index.ts';
import { byClass } from './by-class.ts';
import type { Shown } from './shown.ts';
import { wattsOf } from './trend.ts';

export type Sort = 'watts' | 'processors' | 'gpu' | 'name';
type Kind = RowUse['kind'];

/** How the rows are looked at. */
export interface View {
  readonly sort: Sort;
  /** Undefined: all. */
  readonly kind: Kind | undefined;
  /** One row a class in place of one a workload. */
  readonly isByClass: boolean;
  /** Part of a name or class, in any case of letters; empty: all. */
  readonly filter: string;
  /** Keys are letters of the filter. */
  readonly isTyping: boolean;
  /** Rows that are scrolled past; may be beyond the end, which the layout mends. */
  readonly first: number;
}

export const START: View = {
  sort: 'watts',
  kind: undefined,
  isByClass: false,
  filter: '',
  isTyping: false,
  first: 0,
};

export const partOf = (row: RowUse, resource: string): number | undefined =>
  row.powerByResource?.find((one) => one.resource === resource)?.powerWatts;

const ORDER: Readonly<Record<Sort, (row: RowUse) => number | undefined>> = {
  watts: wattsOf,
  processors: (row) => row.processors,
  gpu: (row) => partOf(row, 'gpu') ?? row.gpus,
  name: () => undefined,
};

const MOST_LETTERS = 40;

const fits = ({ name, class: rowClass }: RowUse, filter: string): boolean =>
  `${name}\n${rowClass}`.toLowerCase().includes(filter.toLowerCase());

/** Workloads of the kind and the filter in view. */
export const chosen = ({ use }: Shown, { kind, filter }: View): readonly RowUse[] =>
  use.rows.filter((row) => (kind === undefined || row.kind === kind) && fits(row, filter));

/** Rows of the kind and the filter in view, in its order: largest first, what is not known last, then by name. */
export const rowsInView = (shown: Shown, view: View): readonly RowUse[] => {
  const order = ORDER[view.sort];
  const rows = chosen(shown, view);
  return (view.isByClass ? byClass(rows) : rows)
    .map((row) => ({ row, by: order(row) ?? -1 }))
    .sort((a, b) => b.by - a.by || compare(a.row.name, b.row.name))
    .map(({ row }) => row);
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const kindsOf = ({ use }: Shown): readonly Kind[] =>
  [...new Set(use.rows.map(({ kind }) => kind))].sort();

const sortsOf = ({ host }: Shown): readonly Sort[] =>
  host.gpus !== undefined || host.host.powerByResource.some(({ resource }) => resource === 'gpu')
    ? ['watts', 'processors', 'gpu', 'name']
    : ['watts', 'processors', 'name'];

/** The one after it; the first after the last, and where it is not in the list. */
const after = <T>(list: readonly T[], one: T): T | undefined => list[(list.indexOf(one) + 1) % list.length];

export interface Page {
  /** Rows that fit. */
  readonly page: number;
  /** Rows that there are. */
  readonly total: number;
  /** The first that is shown. */
  readonly first: number;
}

/** While the filter is typed: letters, until it is kept or given up. */
const type = (view: View, key: string): View => {
  switch (key) {
    case 'return':
    case 'enter':
      return { ...view, isTyping: false };
    case 'escape':
      return { ...view, isTyping: false, filter: '', first: 0 };
    case 'backspace':
      return { ...view, filter: [...view.filter].slice(0, -1).join(''), first: 0 };
    case 'space':
      return type(view, ' ');
    default:
      return [...key].length === 1 && view.filter.length < MOST_LETTERS
        ? { ...view, filter: view.filter + key, first: 0 }
        : view;
  }
};

/**
 * The view after a key; the same one where the key means nothing.
 *
 * @param key as node:readline names it; a sign without a name is itself.
 */
export const press = (view: View, key: string, shown: Shown | undefined, at: Page): View => {
  const to = (first: number): View => ({
    ...view,
    first: Math.max(0, Math.min(first, at.total - at.page)),
  });
  if (view.isTyping) return type(view, key);
  switch (key) {
    case '/':
      return shown === undefined ? view : { ...view, isTyping: true };
    case 'escape':
      return view.filter === '' ? view : { ...view, filter: '', first: 0 };
    case 'c':
      return shown === undefined ? view : { ...view, isByClass: !view.isByClass, first: 0 };
    case 's':
      return shown === undefined
        ? view
        : { ...view, sort: after(sortsOf(shown), view.sort) ?? 'watts', first: 0 };
    case 'k':
      return shown === undefined
        ? view
        : { ...view, kind: after([undefined, ...kindsOf(shown)], view.kind), first: 0 };
    case 'up':
      return to(at.first - 1);
    case 'down':
      return to(at.first + 1);
    case 'pageup':
      return to(at.first - at.page);
    case 'pagedown':
      return to(at.first + at.page);
    case 'home':
      return to(0);
    case 'end':
      return to(at.total);
    default:
      return view;
  }
};
