import type { FactorRow } from '../../../src/model/factor.ts';
import { type GramsPerKWh, gramsPerKWh } from '../../../src/units.ts';

/** A complete row of a table; tests name only what they are about. */
export const row = (
  part: Partial<Omit<FactorRow, 'value'>> & { value?: number | GramsPerKWh } = {},
): FactorRow => ({
  zone: 'DE',
  name: 'Germany',
  level: 'country',
  basis: 'direct',
  gases: 'CO2e',
  gwp: 'AR5',
  boundary: 'production',
  year: 2023,
  yearKind: 'data',
  source: 'a publication',
  licence: 'CC BY 4.0',
  citation: 'page 3',
  check: 'primary',
  note: '-',
  ...part,
  value: gramsPerKWh(part.value ?? 329),
});
