import { type GramsCO2e, grams, kilowattHours, sum } from '../units.ts';
import type { SeriesTerms } from './comparable.ts';
import type { Line } from './statement.ts';
import type { PreviousYear } from './statement-activity.ts';
import type { ClosedYear } from './statement-input.ts';
import { TONNE } from './statement-scope1.ts';

/** The three totals that years and targets are compared by; undefined: not known. */
export type Subject = 'scope1' | 'scope2.location' | 'scope2.market';
export type Totals = Readonly<Record<Subject, GramsCO2e | undefined>>;

export const SUBJECT_NAMES: Readonly<Record<Subject, string>> = {
  scope1: 'Scope 1',
  'scope2.location': 'Scope 2, location-based',
  'scope2.market': 'Scope 2, market-based',
};

/** Lines that are the totals of Scope 1, one a set of gases. */
const isScope1Total = ({ id }: Line): boolean => /^scope1\.(co2|co2e-ar\d)$/.test(id);

/** Totals out of the lines of a statement. That of Scope 1 adds CO2 alone and CO2e, as any target over both does. */
export const totalsOf = (lines: readonly Line[]): Totals => {
  const of = (fits: (line: Line) => boolean): GramsCO2e | undefined => {
    const values = lines.flatMap((line) =>
      line.kind === 'figure' && fits(line) ? [grams(line.value * TONNE)] : [],
    );
    return values.length === 0 ? undefined : sum(values);
  };
  return {
    scope1: lines.some(
      ({ id, kind }) => kind === 'gap' && id.startsWith('scope1.') && id !== 'scope1.biogenic',
    )
      ? undefined
      : of(isScope1Total),
    'scope2.location': of(({ id }) => id === 'scope2.location'),
    'scope2.market': of(({ id }) => id === 'scope2.market'),
  };
};

/** What the total of Scope 2 by a method rests on. */
export const termsOf = (lines: readonly Line[], method: 'location' | 'market'): SeriesTerms => {
  const { basis, gases, gwp } = lines.find(({ id }) => id === `scope2.${method}`)?.terms ?? {};
  return { basis, gases, gwp };
};

/** A year that was closed here, as one to compare with. */
export const previousOf = ({ year, revision, lines }: ClosedYear): PreviousYear => {
  const totals = totalsOf(lines);
  const prefix = 'scope2.energy.';
  return {
    year,
    scope1: totals.scope1,
    location: totals['scope2.location'],
    market: totals['scope2.market'],
    terms: { location: termsOf(lines, 'location'), market: termsOf(lines, 'market') },
    energy: lines.flatMap((line) =>
      line.kind === 'figure' && line.id.startsWith(prefix)
        ? [{ zone: line.id.slice(prefix.length), quantity: kilowattHours(line.value) }]
        : [],
    ),
    document: `statement of ${year}, revision ${revision}`,
  };
};
