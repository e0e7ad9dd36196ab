import type { Design } from './least-squares.ts';
import type { ScopeSeries } from './series.ts';

/**
 * One term of the baseline model E = b0 H + b1 W + ...: its column is a quantity of each interval, its coefficient is
 * joules for one of it. Every column grows with the host time that is known, so that an interval of which a part is
 * missing is a smaller one, and no other.
 */
export type Term =
  /** Host-seconds demanded; its coefficient is the idle power of a host, W. */
  | { readonly kind: 'host' }
  /** Units of work. */
  | { readonly kind: 'work'; readonly at: number; readonly unit: string }
  /**
   * Units of work up to `rate` units per host-second: most devices wake with the first work, so that it takes more than
   * what comes after it. With it the coefficient of the work is that of a unit beyond the knee.
   */
  | { readonly kind: 'waking'; readonly at: number; readonly unit: string; readonly rate: number }
  /** Host-seconds times what a driver is above `threshold`, in its own unit (degrees of an inlet). */
  | { readonly kind: 'above'; readonly at: number; readonly driver: string; readonly threshold: number };

/** The terms of a model: those that it always has, and those that must earn their place. */
export interface ModelForm {
  readonly always: readonly Term[];
  readonly optional: readonly Term[];
}

const word = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '_');

/** Name of a term as it stands in names of coefficients. */
export const nameOf = (term: Term): string => {
  if (term.kind === 'host') return 'host_second';
  if (term.kind === 'above') return `driver_${word(term.driver)}`;
  return `${term.kind}_${word(term.unit)}`;
};

/** Name of the coefficient of a term with its unit. */
export const coefficientName = (term: Term): string => {
  if (term.kind === 'host') return 'coefficient_host_second_watts';
  if (term.kind === 'above') return `coefficient_driver_watts_${word(term.driver)}`;
  return `coefficient_${term.kind}_joules_per_${term.unit}`;
};

/** The quantity of a term in one interval; NaN where the series does not know it. */
export const quantityOf = (term: Term, series: ScopeSeries, row: number): number => {
  const hosts = series.demanded[row] ?? Number.NaN;
  if (term.kind === 'host') return hosts;
  if (term.kind === 'above')
    return hosts * Math.max(0, (series.drivers[term.at]?.[row] ?? Number.NaN) - term.threshold);
  const work = series.work[term.at]?.[row] ?? Number.NaN;
  return term.kind === 'work' ? work : Math.min(work, term.rate * hosts);
};

/** Rows of a series that may be used. */
export const usableRows = (series: ScopeSeries): readonly number[] => {
  const rows: number[] = [];
  for (let row = 0; row < series.length; row += 1) if (series.usable[row] === 1) rows.push(row);
  return rows;
};

/** Columns of the terms over some rows of a series. */
export const designOf = (series: ScopeSeries, terms: readonly Term[], rows: readonly number[]): Design => ({
  names: terms.map(nameOf),
  columns: terms.map((term) => over(rows, (row) => quantityOf(term, series, row))),
});

/** Energy over some rows of a series, J. */
export const energyOver = (series: ScopeSeries, rows: readonly number[]): Float64Array =>
  over(rows, (row) => series.energy[row] ?? Number.NaN);

/** A value for each row; `Float64Array.from` goes through an iterator, which takes five times as long. */
const over = (rows: readonly number[], of: (row: number) => number): Float64Array => {
  const values = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += 1) values[at] = of(rows[at] ?? 0);
  return values;
};

/** Units of work per host-second; NaN where either is not known or no host time was demanded. */
export const rateOf = (series: ScopeSeries, at: number, row: number): number => {
  const hosts = series.demanded[row] ?? Number.NaN;
  return hosts > 0 ? (series.work[at]?.[row] ?? Number.NaN) / hosts : Number.NaN;
};

/**
 * Whether coefficients, in the order of the terms, may be of a host: idle power not below 0, and more work never for
 * less energy, neither below nor beyond a knee.
 */
export const isPhysical = (terms: readonly Term[], coefficients: ArrayLike<number>): boolean =>
  terms.every((term, index) => {
    const value = coefficients[index] ?? Number.NaN;
    if (term.kind === 'host') return value >= 0;
    if (term.kind === 'work') return value > 0;
    if (term.kind === 'above') return Number.isFinite(value);
    const of = terms.findIndex((other) => other.kind === 'work' && other.at === term.at);
    return value + (coefficients[of] ?? Number.NaN) > 0;
  });
