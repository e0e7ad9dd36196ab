import type { FactorRow } from './factor.ts';
import type { UpstreamRow } from './upstream.ts';

/**
 * Rows of the shipped tables that were used for a reporting year, by `ZONE YEAR`. A later edition of the tables does not
 * change a year that has begun: before and after would be counted with different factors.
 */
export type FactorPins = ReadonlyMap<string, readonly FactorRow[]>;

/** The same of rows about the way to the site, losses and fuel supply; an empty list: the tables held none then. */
export type AdderPins = ReadonlyMap<string, readonly UpstreamRow[]>;

export const pinKey = (zone: string, year: number): string => `${zone} ${year}`;
