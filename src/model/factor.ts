import type { GramsPerKWh } from '../units.ts';

/** What a factor counts; two bases are never added, averaged or compared (carbon reference, section 1). */
export type FactorBasis = 'direct' | 'lifecycle' | 'residual' | 'marginal' | 'contract';
export type Gases = 'CO2' | 'CO2e';
/** Which year `year` is: of generation, of publication, of compliance, or the one a fiscal year ends in. */
export const YEAR_KINDS = ['data', 'edition', 'compliance', 'fiscal'] as const;
export type YearKind = (typeof YEAR_KINDS)[number];
/** How the figure was verified when the table was compiled. */
export type FactorCheck = 'primary' | 'cross-checked' | 'needs-check' | 'recomputed' | 'computed';

/** One row of a factor table. A figure without any of these fields is not used. */
export interface FactorRow {
  /** ISO 3166-1 alpha-2, ISO 3166-2, `EGRID:<subregion>`, `CN-GRID:<region>` or `EU27`. */
  readonly zone: string;
  readonly name: string;
  readonly level: string;
  readonly value: GramsPerKWh;
  readonly basis: FactorBasis;
  readonly gases: Gases;
  /** Assessment report of the warming potentials; `none` for CO2 alone, `unstated` if the document was not read. */
  readonly gwp: string;
  readonly boundary: string;
  readonly year: number;
  readonly yearKind: YearKind;
  readonly source: string;
  readonly licence: string;
  readonly citation: string;
  readonly check: FactorCheck | 'user' | 'live';
  readonly note: string;
}

/**
 * How well the factor in force fits what was asked: a table's row of the year asked for (`official`) or of another one,
 * the operator's own, a live reading by its age, or a stand-in that says for what.
 */
export type FactorStatus =
  | 'official'
  | 'earlier'
  | 'later'
  | 'stale'
  | 'user'
  | 'live'
  | 'live_stale'
  | 'live_degraded'
  | 'annual_fallback'
  | 'country_fallback'
  | 'residual_unavailable';

/** A factor in force for one accounting method, with all that a figure must carry. */
export interface Factor {
  /** `<zone>/<basis>/<year>`, with the status behind it where one basis stands in for another: a series of its own. */
  readonly id: string;
  readonly method: 'location' | 'market';
  readonly row: FactorRow;
  readonly status: FactorStatus;
  readonly provider: string;
  /** End of the time that a live reading tells of, milliseconds since 1970 UTC; what is of a whole year has none. */
  readonly readTo?: number;
}
