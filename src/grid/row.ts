import type { core } from 'zod/mini';
import type { FactorRow } from '../model/factor.ts';
import { nearest } from '../model/nearest.ts';
import { gramsPerKWh } from '../units.ts';
import { ROW_KEYS, shippedRow, shown, type UserRow, userRow } from './row-schema.ts';

/** Who wrote a table: the project, or the operator. */
export type TableOrigin = 'table' | 'user';

export type RowResult =
  | { readonly ok: true; readonly row: FactorRow }
  /** One sentence each, beginning with the field. */
  | { readonly ok: false; readonly problems: readonly string[] };

const unknownKey = (key: string): string => {
  const [meant] = nearest(key, ROW_KEYS, 1);
  const hint = meant === undefined ? `the fields are ${ROW_KEYS.join(', ')}` : `did you mean ${meant}?`;
  return `${shown(key)} is no field of a factor row; ${hint}`;
};

const problemsOf = (error: core.$ZodError): readonly string[] =>
  error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map(unknownKey);
    const field = issue.path[0];
    if (field === undefined) return ['it is no mapping of fields such as zone: DE'];
    return [`${String(field)} ${issue.message}`];
  });

/** Gases and warming potentials are stated together: CO2 alone has none, CO2e cannot be without. */
const contradiction = ({ gases, gwp }: FactorRow): string | undefined =>
  (gases === 'CO2') === (gwp === 'none')
    ? undefined
    : `gwp is "${gwp}" beside gases "${gases}"; CO2 alone has gwp none, CO2e has AR4, AR5, AR6 or unstated`;

const complete = (raw: UserRow): FactorRow => ({
  name: raw.zone,
  level: 'unstated',
  gwp: raw.gases === 'CO2' ? 'none' : 'unstated',
  boundary: 'unstated',
  citation: '-',
  note: '-',
  ...raw,
  value: gramsPerKWh(raw.value),
  check: 'user',
});

const parsed = (raw: unknown, origin: TableOrigin): RowResult => {
  if (origin === 'user') {
    const result = userRow.safeParse(raw);
    if (!result.success) return { ok: false, problems: problemsOf(result.error) };
    return { ok: true, row: complete(result.data) };
  }
  const result = shippedRow.safeParse(raw);
  if (!result.success) return { ok: false, problems: problemsOf(result.error) };
  return { ok: true, row: { ...result.data, value: gramsPerKWh(result.data.value) } };
};

/** Checks one row of a parsed file and, if it is the user's, fills in what it may leave out. Never throws. */
export const parseRow = (raw: unknown, origin: TableOrigin): RowResult => {
  const result = parsed(raw, origin);
  const wrong = result.ok ? contradiction(result.row) : undefined;
  return wrong === undefined ? result : { ok: false, problems: [wrong] };
};
