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

/**
 * Totals out of the lines of a statement. That of Scope 1 adds CO2 alone and CO2e, as any target over both does. A total
 * that lacks a part (energy without a factor, hours that are not covered) is none: compared with a whole one, what is
 * missing would pass for a reduction.
 */
export const totalsOf = (lines: readonly Line[]): Totals => {
  const of = (fits: (line: Line) => boolean): GramsCO2e | undefined => {
    const values = lines.flatMap((line) =>
      line.kind === 'figure' && fits(line) ? [grams(line.value * TONNE)] : [],
    );
    return values.length === 0 ? undefined : sum(values);
  };
  const isGap = (fits: (id: string) => boolean): boolean =>
    lines.some(({ id, kind }) => kind === 'gap' && fits(id));
  const scope2 = (method: 'location' | 'market'): GramsCO2e | undefined =>
    isGap((id) => id === 'coverage.hours.missing' || id.startsWith(`scope2.${method}.`))
      ? undefined
      : of(({ id }) => id === `scope2.${method}`);
  return {
    scope1: lines.some(
      ({ id, kind }) => kind === 'gap' && id.startsWith('scope1.') && id !== 'scope1.biogenic',
    )
      ? undefined
      : of(isScope1Total),
    'scope2.location': scope2('location'),
    'scope2.market': scope2('market'),
  };
};

/** Warming potentials of Scope 1: the same leak is another figure with another report. */
export const potentialsOf = (lines: readonly Line[]): SeriesTerms => {
  const line = lines.find(({ id }) => id === 'boundary.gwp');
  return { gwp: line?.kind === 'words' ? /^[A-Z0-9]+/.exec(line.words)?.[0] : undefined };
};

/** What the total of Scope 2 by a method rests on. */
export const termsOf = (lines: readonly Line[], method: 'location' | 'market'): SeriesTerms => {
  const { basis, gases, gwp, signal } = lines.find(({ id }) => id === `scope2.${method}`)?.terms ?? {};
  const own = lines.filter(
    ({ id, terms }) => id.startsWith(`scope2.${method}.`) && terms?.zone !== undefined,
  );
  const editions = own.flatMap(({ terms: { zone = '', edition } = {} }) =>
    edition === undefined ? [] : [[zone, edition]],
  );
  return {
    ...{ basis, gases, gwp, signal },
    editions: Object.fromEntries(editions),
    series: seriesOf(own),
  };
};

/** Part of a zone's emissions below which a series is left aside: until a provider first answers, the table books. */
const MINOR = 0.01;

/** Where the factors of a zone come from: live series by the hour, or tables by the year. */
const seriesOf = (lines: readonly Line[]): Readonly<Record<string, string>> => {
  const byZone = new Map<string, Map<string, number>>();
  for (const line of lines) {
    const { zone = '', factor, series = 'factors of the year' } = line.terms ?? {};
    // Instruments are no factor of the grid.
    if (factor === undefined || line.kind !== 'figure') continue;
    const sums = byZone.get(zone) ?? new Map<string, number>();
    byZone.set(zone, sums.set(series, (sums.get(series) ?? 0) + line.value));
  }
  return Object.fromEntries(
    [...byZone].map(([zone, sums]) => {
      const all = [...sums.values()].reduce((total, value) => total + value, 0);
      const main = [...sums].filter(([, value]) => value >= MINOR * all).map(([name]) => name);
      return [zone, main.sort().join(' and ')];
    }),
  );
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
    terms: {
      scope1: potentialsOf(lines),
      location: termsOf(lines, 'location'),
      market: termsOf(lines, 'market'),
    },
    energy: lines.flatMap((line) =>
      line.kind === 'figure' && line.id.startsWith(prefix)
        ? [{ zone: line.id.slice(prefix.length), quantity: kilowattHours(line.value) }]
        : [],
    ),
    document: `statement of ${year}, revision ${revision}`,
  };
};
