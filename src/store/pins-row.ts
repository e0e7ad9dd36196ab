import { isPlausible } from '../carbon/guard.ts';
import type { FactorRow } from '../model/factor.ts';
import { UPSTREAM_PARTS, type UpstreamRow } from '../model/upstream.ts';

const TEXTS = [
  'zone',
  'name',
  'level',
  'basis',
  'gases',
  'gwp',
  'boundary',
  'yearKind',
  'source',
  'licence',
] as const;

/** Whether a value that was read back is a factor row: somebody may have edited the file. */
export const isPlausibleRow = (value: unknown): value is FactorRow => {
  if (typeof value !== 'object' || value === null) return false;
  const row = value as Readonly<Record<string, unknown>>;
  return (
    TEXTS.every((key) => typeof row[key] === 'string') &&
    typeof row.value === 'number' &&
    isPlausible(row.value) &&
    Number.isInteger(row.year)
  );
};

const UPSTREAM_TEXTS = ['zone', 'name', 'yearKind', 'source', 'licence'] as const;

/** Likewise a row of losses or fuel supply. A share is below 1, as each of what is generated that arrives. */
export const isPlausibleUpstream = (value: unknown): value is UpstreamRow => {
  if (typeof value !== 'object' || value === null) return false;
  const row = value as Readonly<Record<string, unknown>>;
  const amount = typeof row.value === 'number' ? row.value : Number.NaN;
  return (
    UPSTREAM_TEXTS.every((key) => typeof row[key] === 'string') &&
    UPSTREAM_PARTS.some((part) => part === row.part) &&
    Number.isInteger(row.year) &&
    (row.part === 'loss'
      ? row.unit === 'ratio' && amount >= 0 && amount < 1
      : row.unit === 'g/kWh' && isPlausible(amount))
  );
};
