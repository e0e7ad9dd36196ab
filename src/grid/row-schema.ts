import * as z from 'zod/mini';
import { FACTOR_RANGE } from '../carbon/guard.ts';
import { YEAR_KINDS } from '../model/factor.ts';

/** A value from a file as a message can show it: short, on one line. */
export const shown = (value: unknown): string => {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'a mapping' : String(value);
};

const say =
  (expected: string) =>
  (issue: { readonly input?: unknown }): string =>
    issue.input === undefined
      ? `is missing; it is ${expected}`
      : `is ${shown(issue.input)}; it must be ${expected}`;

const text = (expected: string) => {
  const error = say(expected);
  return z
    .string({ error })
    .check(z.regex(/\S/, { error }), z.maxLength(500, { error: 'is longer than 500 letters' }));
};

const oneOf = <const T extends readonly string[]>(values: T, of = '') =>
  z.literal(values, { error: say(`one of ${values.join(', ')}${of}`) });

const number = (least: number, most: number, expected: string) => {
  const error = say(expected);
  return z.number({ error }).check(z.gte(least, { error }), z.lte(most, { error }));
};

const ZONE = 'a zone code of capitals, digits and - : _ such as DE, CN-GD or EGRID:CAMX';
const VALUE = `a finite number from ${FACTOR_RANGE.least} to ${FACTOR_RANGE.most} (g CO2e per kWh)`;
const YEAR = 'a whole year from 1990 to 2100';
const CHECKS = ['primary', 'cross-checked', 'needs-check', 'recomputed', 'computed'] as const;

/** What a row cannot do without, whoever wrote it. */
const essential = {
  zone: z.string({ error: say(ZONE) }).check(z.regex(/^[A-Z0-9][A-Z0-9:_-]{1,39}$/, { error: say(ZONE) })),
  value: number(FACTOR_RANGE.least, FACTOR_RANGE.most, VALUE),
  basis: oneOf(['direct', 'lifecycle', 'residual', 'marginal', 'contract']),
  gases: oneOf(['CO2', 'CO2e']),
  year: number(1990, 2100, YEAR).check(z.multipleOf(1, { error: say(YEAR) })),
  yearKind: oneOf(YEAR_KINDS, ': what `year` is the year of'),
  source: text('the document and its publisher'),
  licence: text('the licence or permission under which the figure is used'),
};

const name = text('a name for people');
const level = text('country, subnational, grid-region or a word of your own');
const gwp = oneOf(['none', 'unstated', 'SAR', 'TAR', 'AR4', 'AR5', 'AR6']);
const boundary = text('production, consumption or unstated');
const citation = text('where the figure was read');
const note = text('a remark, or -');

/** A row of the project's own tables: every field is there. */
export const shippedRow = z.strictObject({
  ...essential,
  name,
  level,
  gwp,
  boundary,
  citation,
  check: oneOf(CHECKS),
  note,
});

/** A row of the operator's file: what only describes the figure may be left out. */
export const userRow = z.strictObject({
  ...essential,
  name: z.exactOptional(name),
  level: z.exactOptional(level),
  gwp: z.exactOptional(gwp),
  boundary: z.exactOptional(boundary),
  citation: z.exactOptional(citation),
  // Accepted so that a row can be copied from a shipped table; it is marked as the user's all the same.
  check: z.exactOptional(oneOf([...CHECKS, 'user'])),
  note: z.exactOptional(note),
});

export type UserRow = z.infer<typeof userRow>;
/** All field names, for the hint beside an unknown one. */
export const ROW_KEYS: readonly string[] = Object.keys(shippedRow.shape);
