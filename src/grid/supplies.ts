import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { YEAR_KINDS } from '../model/factor.ts';
import { SUPPLY_UNITS, type SupplyRow } from '../model/supply.ts';
import { FactorTableError } from './table-error.ts';

/** Tables of what is burnt and what leaks, beside the grid's; below `config/factors`. */
export const SUPPLY_TABLES = ['fuel.json', 'refrigerants.json'] as const;

/**
 * Above this a row is in another unit or mistyped: the strongest gas of the tables, SF6, has 24,300 (AR6, table 7.SM.7).
 */
const MOST = 30_000;

const text = z.string().check(z.minLength(1), z.maxLength(500));
const row = z.strictObject({
  id: text,
  name: text,
  region: text,
  value: z.number().check(z.gte(0), z.lte(MOST)),
  unit: z.enum(SUPPLY_UNITS),
  basis: z.enum(['direct', 'upstream', 'gwp100']),
  gases: z.enum(['CO2', 'CO2e']),
  gwp: z.enum(['none', 'AR4', 'AR5', 'AR6']),
  year: z.int().check(z.gte(1990), z.lte(2100)),
  yearKind: z.enum(YEAR_KINDS),
  source: text,
  licence: text,
  citation: text,
  check: z.enum(['primary', 'cross-checked', 'needs-check', 'recomputed', 'computed']),
  note: text,
});
const rows = z.array(row);

const read = async (path: string): Promise<readonly SupplyRow[]> => {
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new FactorTableError([`${path}: cannot be read (${String(error)}); install negawatt anew`], error);
  }
  const checked = rows.safeParse(raw);
  if (checked.success) return checked.data;
  throw new FactorTableError(
    checked.error.issues.map(({ path: [index, field], message }) => {
      const at = typeof index === 'number' ? `row ${index + 1}, ` : '';
      return `${path}: ${at}${String(field ?? 'the file')}: ${message}`;
    }),
  );
};

/** Reads the tables of fuels and refrigerants. Throws FactorTableError with every row that is wrong; nothing else. */
export const loadSupplies = async (directory: string): Promise<readonly SupplyRow[]> =>
  (await Promise.all(SUPPLY_TABLES.map((name) => read(join(directory, name))))).flat();
