import type { Factor, FactorStatus } from '../model/factor.ts';
import type { Tenancy } from '../model/tenancy.ts';
import type { UpstreamRow } from '../model/upstream.ts';
import type { GramsPerKWh, Ratio } from '../units.ts';
import type { Pue } from './emissions.ts';
import type { Price } from './tariff.ts';

/** A part of the load that a contract or certificates cover. */
export interface Covered {
  /** Of the load, from 0 to 1; the shares of one instant sum to 1 at most. */
  readonly share: Ratio;
  readonly factor: Factor;
}

/** What a kWh causes outside of the power stations: Scope 3, category 3, never Scope 2. */
export interface Adder {
  readonly part: 'transmission' | 'upstream';
  /** Per kWh drawn by the site, PUE included by whoever applies it. */
  readonly perKWh: GramsPerKWh;
  /** Id of the factor that it was worked out with, or of its own. */
  readonly factor: string;
  /** Losses as a share of what is generated: they count at the factor of the grid. */
  readonly share?: { readonly loss: number; readonly of: Factor };
  /** Where it comes from the tables, and how its year fits. */
  readonly official?: { readonly row: UpstreamRow; readonly status: FactorStatus };
}

/** Factors that hold at one instant. Without a zone energy is booked and CO2e is not. */
export interface CarbonInForce {
  readonly zone: string | undefined;
  readonly location: Factor | undefined;
  /** Of what `covered` leaves. */
  readonly market: Factor | undefined;
  readonly covered?: readonly Covered[];
  readonly adders?: readonly Adder[];
  /** Absent: the operator owns the site, all of it is Scope 2. */
  readonly tenancy?: Tenancy;
  /** Absent: the operator did not say; then no overhead is counted. */
  readonly pue: Pue | undefined;
  /** Of a kWh that the site draws; absent: the operator named none. */
  readonly price?: Price;
  /** Litres of water per kWh of IT energy (WUE, ISO/IEC 30134-9), as the operator states it. */
  readonly wue?: number;
  /** Energy reuse factor (ERF, ISO/IEC 30134-6), from 0 to 1: told, and applied to nothing. */
  readonly erf?: Ratio;
  /** The zone is an example: its grams are shown and go nowhere else. */
  readonly example: boolean;
  /** Milliseconds since 1970 UTC from which another answer may hold; absent: this one holds for good. */
  readonly until?: number;
  /** Why a factor is missing and what to do, one line each. */
  readonly problems: readonly { readonly reason: string; readonly fix: string }[];
}

/** Factors in force by time, milliseconds since 1970 UTC. */
export type CarbonAt = (wall: number) => CarbonInForce;
