import type { Found } from '../model/found.ts';
import { emissionsOf, fromKilowattHours, type GramsCO2e, type GramsPerKWh, subtract, sum } from '../units.ts';
import { notComparable } from './comparable.ts';
import { type Block, figureLine, gapLine, type Line, wordsLine } from './statement.ts';
import type { PreviousYear } from './statement-activity.ts';
import { TONNE } from './statement-scope1.ts';
import { SUBJECT_NAMES, type Subject, type Totals } from './statement-totals.ts';
import { number, together } from './statement-words.ts';

/** Location-based emissions of a kWh in a zone, of this year. */
type FactorOf = (zone: string) => Found<GramsPerKWh>;

/** Block 11: this year against others, with both operands, and the grid's own change apart. */
export const yearsBlock = (
  previous: readonly PreviousYear[],
  totals: Totals,
  terms: Required<NonNullable<PreviousYear['terms']>>,
  factorOf: FactorOf,
): Block => ({
  number: 11,
  title: 'Year over year',
  lines:
    previous.length === 0
      ? [wordsLine('years', 'Other years', 'none entered and none closed here')]
      : [...previous].sort((a, b) => b.year - a.year).flatMap((one) => against(one, totals, terms, factorOf)),
});

const FIELDS = { scope1: 'scope1', 'scope2.location': 'location', 'scope2.market': 'market' } as const;

const against = (
  before: PreviousYear,
  totals: Totals,
  terms: Required<NonNullable<PreviousYear['terms']>>,
  factorOf: FactorOf,
): readonly Line[] => {
  const refused = {
    scope1: notComparable(before.terms?.scope1 ?? {}, terms.scope1 ?? {}),
    'scope2.location': notComparable(before.terms?.location ?? {}, terms.location ?? {}),
    // By its nature it rests on several bases, one more when certificates are bought.
    'scope2.market': notComparable(
      { ...before.terms?.market, basis: undefined },
      { ...terms.market, basis: undefined },
    ),
  };
  const subjects = Object.keys(FIELDS) as readonly Subject[];
  return [
    ...subjects.flatMap((subject) => {
      const then = before[FIELDS[subject]];
      return then === undefined ? [] : [changeLine(subject, before, then, totals[subject], refused[subject])];
    }),
    ...(refused['scope2.location'] === undefined
      ? gridLines(before, totals['scope2.location'], factorOf)
      : []),
  ];
};

const changeLine = (
  subject: Subject,
  { year, document }: PreviousYear,
  then: GramsCO2e,
  now: GramsCO2e | undefined,
  refused: string | undefined,
): Line => {
  const [id, label] = [`years.${year}.${subject}`, `${SUBJECT_NAMES[subject]}, change since ${year}`];
  if (now === undefined)
    return gapLine(
      id,
      label,
      '%',
      'this year has no whole figure for it: a part has no factor, or hours are not covered',
    );
  if (refused !== undefined) return gapLine(id, label, '%', `${refused}; ${document}`);
  const operands = `${tonnes(now)} / ${tonnes(then)} - 1, a difference of ${tonnes(subtract(now, then))}; ${document}`;
  if (!(then > 0)) return gapLine(id, label, '%', `no share of 0: ${operands}`);
  return figureLine(id, label, (now / then - 1) * 100, '%', operands);
};

const tonnes = (value: GramsCO2e): string => `${number(value / TONNE, 3)} t`;

/**
 * Both years at this year's factors, so that a grid that got cleaner is no saving of the entity's: total change = change
 * of energy at this year's factors + change of factors at last year's energy.
 */
const gridLines = (before: PreviousYear, now: GramsCO2e | undefined, factorOf: FactorOf): readonly Line[] => {
  const { year, location, energy = [] } = before;
  if (location === undefined || now === undefined) return [];
  const id = `years.${year}.grid`;
  const label = `of which change of factors since ${year}: the grid, an edition or a restatement`;
  if (energy.length === 0)
    return [
      gapLine(
        id,
        label,
        't',
        `the energy of ${year} by zone is not entered: how much of the change is one of factors is not known`,
      ),
    ];
  const factors = energy.map(({ zone, quantity }) => ({ zone, quantity, factor: factorOf(zone) }));
  const bare = factors.filter(({ factor }) => !factor.found).map(({ zone }) => zone);
  if (bare.length > 0) return [gapLine(id, label, 't', `no factor is held for ${bare.join(', ')}`)];
  const atThese = sum(
    factors.flatMap(({ quantity, factor }) =>
      factor.found ? [emissionsOf(fromKilowattHours(quantity), factor.value)] : [],
    ),
  );
  return [
    figureLine(
      `years.${year}.energy`,
      `of which change of energy since ${year}, at this year's factors`,
      subtract(now, atThese) / TONNE,
      't',
      `${tonnes(now)} - ${tonnes(atThese)} (energy of ${year} at this year's factors)`,
    ),
    figureLine(
      id,
      label,
      subtract(atThese, location) / TONNE,
      't',
      `${tonnes(atThese)} - ${together(location / TONNE, 't')}; no saving of the entity's`,
    ),
  ];
};
