import { isPlausible } from '../carbon/guard.ts';
import type { FactorRow } from '../model/factor.ts';

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
