import type { FactorRow } from './factor.ts';

/**
 * Rows of the shipped tables that were used for a reporting year, by `ZONE YEAR`. A later edition of the tables does not
 * change a year that has begun: before and after would be counted with different factors.
 */
export type FactorPins = ReadonlyMap<string, readonly FactorRow[]>;

export const pinKey = (zone: string, year: number): string => `${zone} ${year}`;
