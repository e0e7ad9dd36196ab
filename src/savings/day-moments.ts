import { quantityOf, type Term } from './model-terms.ts';
import type { ScopeSeries } from './series.ts';

/**
 * Each column is kept as its distance from a fixed multiple of the host time, x - c H, and so is the energy. The fit is
 * the same in exact arithmetic; in doubles the sums of squares no longer drown what tells the columns apart.
 */
export interface Basis {
  /** c by term; 0 for the first, which is the host time itself. */
  readonly columns: Float64Array;
  readonly energy: number;
}

/**
 * Sums over the usable intervals of each day of a series: with them the model is fitted to any window of whole days
 * without going through its hours again. Row-major where an item has several numbers.
 */
export interface DayMoments {
  readonly terms: readonly Term[];
  readonly days: number;
  /** Start of the first day, seconds since 1970 UTC, and its length in intervals. */
  readonly from: number;
  readonly perDay: number;
  readonly basis: Basis;
  /** Usable intervals. */
  readonly rows: Float64Array;
  /** Sums of x, x y, x x' and of y and y y, of the distances. */
  readonly x: Float64Array;
  readonly xy: Float64Array;
  readonly xx: Float64Array;
  readonly y: Float64Array;
  readonly yy: Float64Array;
  /** Host-seconds, and J as metered. */
  readonly hosts: Float64Array;
  readonly energy: Float64Array;
}

export const DAY = 86_400;

/** Intervals that a basis is taken from: it only has to be near. */
const BASIS_ROWS = 1000;

/** Slopes of each column and of the energy on the host time, over usable intervals spread evenly. */
export const basisOf = (series: ScopeSeries, terms: readonly Term[]): Basis => {
  const columns = new Float64Array(terms.length);
  const every = Math.max(1, Math.floor(series.length / BASIS_ROWS));
  let [hosts, energy] = [0, 0];
  for (let row = 0; row < series.length; row += every) {
    if (series.usable[row] !== 1) continue;
    const h = series.demanded[row] ?? 0;
    hosts += h * h;
    energy += h * (series.energy[row] ?? 0);
    terms.forEach((term, at) => {
      if (at > 0) columns[at] = (columns[at] ?? 0) + h * quantityOf(term, series, row);
    });
  }
  return hosts > 0
    ? { columns: columns.map((sum) => sum / hosts), energy: energy / hosts }
    : { columns: columns.fill(0), energy: 0 };
};

/**
 * Moments of whole days. `from: 'end'`: days are counted back from the end of the series, and what is left over at its
 * beginning is not used; `'start'`: forward, and the last day may be short. The first term must be the host time.
 */
export const dayMoments = (
  series: ScopeSeries,
  terms: readonly Term[],
  basis: Basis,
  counted: 'start' | 'end',
): DayMoments => {
  const p = terms.length;
  const perDay = Math.max(1, Math.round(DAY / series.step));
  const days = counted === 'end' ? Math.floor(series.length / perDay) : Math.ceil(series.length / perDay);
  const first = counted === 'end' ? series.length - days * perDay : 0;
  const made: DayMoments = {
    terms,
    days,
    from: series.from + first * series.step,
    perDay,
    basis,
    rows: new Float64Array(days),
    x: new Float64Array(days * p),
    xy: new Float64Array(days * p),
    xx: new Float64Array(days * p * p),
    y: new Float64Array(days),
    yy: new Float64Array(days),
    hosts: new Float64Array(days),
    energy: new Float64Array(days),
  };
  const quantities = new Float64Array(p);
  for (let row = first; row < series.length; row += 1)
    if (series.usable[row] === 1) book(made, series, row, row - first, quantities);
  return made;
};

const book = (to: DayMoments, series: ScopeSeries, row: number, slot: number, x: Float64Array): void => {
  const p = to.terms.length;
  const day = Math.floor(slot / to.perDay);
  const hosts = series.demanded[row] ?? 0;
  const energy = series.energy[row] ?? 0;
  const y = energy - to.basis.energy * hosts;
  for (let at = 0; at < p; at += 1) {
    const term = to.terms[at] ?? { kind: 'host' };
    x[at] = quantityOf(term, series, row) - (to.basis.columns[at] ?? 0) * hosts;
  }
  to.rows[day] = (to.rows[day] ?? 0) + 1;
  to.hosts[day] = (to.hosts[day] ?? 0) + hosts;
  to.energy[day] = (to.energy[day] ?? 0) + energy;
  to.y[day] = (to.y[day] ?? 0) + y;
  to.yy[day] = (to.yy[day] ?? 0) + y * y;
  for (let a = 0; a < p; a += 1) {
    const xa = x[a] ?? 0;
    to.x[day * p + a] = (to.x[day * p + a] ?? 0) + xa;
    to.xy[day * p + a] = (to.xy[day * p + a] ?? 0) + xa * y;
    for (let b = 0; b < p; b += 1) {
      const cell = (day * p + a) * p + b;
      to.xx[cell] = (to.xx[cell] ?? 0) + xa * (x[b] ?? 0);
    }
  }
};
