import type { FactorCheck, Gases, YearKind } from './factor.ts';

/** What a fuel or a refrigerant emits per unit, as its table states it. A figure without any of these fields is not used. */
export interface SupplyRow {
  /** `diesel`, `natural-gas-gross`, `R-134a`. */
  readonly id: string;
  readonly name: string;
  /** Whose convention it is: `GB`, `US`, `CN`, `IPCC`; `world` for a refrigerant. */
  readonly region: string;
  /** In `unit`: kg of emissions per kg, L, Nm3, kWh or GJ; from 0. */
  readonly value: number;
  readonly unit: SupplyUnit;
  /** `direct`: burnt here, Scope 1. `upstream`: well to tank, Scope 3. `gwp100`: kg CO2e a kg that escapes. */
  readonly basis: 'direct' | 'upstream' | 'gwp100';
  readonly gases: Gases;
  /** Assessment report of the warming potentials; `none` for CO2 alone. */
  readonly gwp: string;
  readonly year: number;
  readonly yearKind: YearKind;
  readonly source: string;
  readonly licence: string;
  readonly citation: string;
  readonly check: FactorCheck;
  readonly note: string;
}

export const SUPPLY_UNITS = ['kg/kg', 'kg/L', 'kg/Nm3', 'kg/kWh', 'kg/GJ'] as const;
export type SupplyUnit = (typeof SUPPLY_UNITS)[number];
