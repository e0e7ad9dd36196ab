import type { FactorRow, YearKind } from '../model/factor.ts';

/** How the year of a row lies to the year reported on. `stale`: more than `STALE_AFTER` years off, either way. */
export type Vintage = 'same' | 'earlier' | 'later' | 'stale';

/** Years apart after which a factor is still used but listed as stale (carbon reference, section 6). */
export const STALE_AFTER = 4;

/** Series preferred when a zone has several: the year of generation first, the year of printing last. */
const PREFERENCE: readonly YearKind[] = ['data', 'fiscal', 'compliance', 'edition'];

type Dated = Pick<FactorRow, 'year' | 'yearKind'>;

const vintageOf = (row: Dated, year: number): Vintage => {
  if (Math.abs(row.year - year) > STALE_AFTER) return 'stale';
  if (row.year === year) return 'same';
  return row.year < year ? 'earlier' : 'later';
};

/** Later years of a list first; the list itself stays as it is. */
const newestFirst = <R extends Dated>(rows: readonly R[]): readonly R[] =>
  [...rows].sort((a, b) => b.year - a.year);

/**
 * The row in force for a year: the row of that year, else the latest earlier one, else the earliest later one; never
 * a mean of two. An edition of 2025 and data of 2025 are two things, so all is chosen inside one series of one year
 * kind, and that is `data` if the zone has it.
 */
export const inForce = <R extends Dated>(
  rows: readonly R[],
  year: number,
): { readonly row: R; readonly vintage: Vintage } | undefined => {
  const kind = PREFERENCE.find((wanted) => rows.some((row) => row.yearKind === wanted));
  const series = newestFirst(rows.filter((row) => row.yearKind === kind));
  const row = series.find((one) => one.year <= year) ?? series.at(-1);
  return row === undefined ? undefined : { row, vintage: vintageOf(row, year) };
};
