import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { FACTOR_RANGE } from '../carbon/guard.ts';
import { YEAR_KINDS } from '../model/factor.ts';
import { UPSTREAM_PARTS, type UpstreamRow } from '../model/upstream.ts';
import { FactorTableError } from './table-error.ts';

/** Table of losses and fuel supply by zone; below `config/factors`. */
export const UPSTREAM_TABLE = 'grid-upstream.json';

/** No public grid loses as much: a larger share is a percentage written as a ratio. */
const MOST_LOSS = 0.5;

const text = z.string().check(z.minLength(1), z.maxLength(500));
const common = {
  zone: text,
  name: text,
  year: z.int().check(z.gte(1990), z.lte(2100)),
  yearKind: z.enum(YEAR_KINDS),
  source: text,
  licence: text,
  citation: text,
  check: z.enum(['primary', 'cross-checked', 'needs-check', 'recomputed', 'computed']),
  note: text,
};
const row = z.discriminatedUnion('unit', [
  z.strictObject({
    ...common,
    part: z.literal('loss'),
    unit: z.literal('ratio'),
    value: z.number().check(z.gte(0), z.lte(MOST_LOSS)),
  }),
  z.strictObject({
    ...common,
    part: z.enum(UPSTREAM_PARTS.filter((part) => part !== 'loss')),
    unit: z.literal('g/kWh'),
    value: z.number().check(z.gte(FACTOR_RANGE.least), z.lte(FACTOR_RANGE.most)),
    gases: z.enum(['CO2', 'CO2e']),
    gwp: z.enum(['none', 'unstated', 'AR4', 'AR5', 'AR6']),
  }),
]);
const rows = z.array(row);

/** Reads the table of losses and fuel supply. Throws FactorTableError with every row that is wrong; nothing else. */
export const loadUpstreams = async (directory: string): Promise<readonly UpstreamRow[]> => {
  const path = join(directory, UPSTREAM_TABLE);
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
