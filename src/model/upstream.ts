import type { FactorCheck, FactorRow, Gases, YearKind } from './factor.ts';

/**
 * What a figure about the way to the site tells. `loss`: share of what is generated that is lost on the way, a `ratio`.
 * `transmission`: emissions of that. `upstream`: of fuel supply. `both`: of the two in one figure.
 */
export const UPSTREAM_PARTS = ['loss', 'transmission', 'upstream', 'both'] as const;
export type UpstreamPart = (typeof UPSTREAM_PARTS)[number];

/** A row of the table of losses and fuel supply: Scope 3, category 3, never Scope 2. */
export interface UpstreamRow {
  readonly zone: string;
  readonly name: string;
  readonly part: UpstreamPart;
  /** In `unit`: below 1, or per kWh used. */
  readonly value: number;
  readonly unit: 'ratio' | 'g/kWh';
  /** Absent with a ratio: it is applied to a factor that has them. */
  readonly gases?: Gases | undefined;
  readonly gwp?: FactorRow['gwp'] | undefined;
  readonly year: number;
  readonly yearKind: YearKind;
  readonly source: string;
  readonly licence: string;
  readonly citation: string;
  readonly check: FactorCheck;
  readonly note: string;
}
