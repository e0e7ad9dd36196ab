import type { Joules } from '../units.ts';
import type { Booked, BookedUpstream, Held, Paid, Score } from './hour-record.ts';
import type { HourlyEnergy } from './state.ts';
import type { Tenancy } from './tenancy.ts';

/** An hour of the host with how it was booked, as far as that was kept. */
export interface HourOfRecord extends HourlyEnergy {
  /** Energy x (PUE - 1) as booked, and IT energy for which no PUE was known; absent: not kept. */
  readonly pue?: { readonly overhead: Joules; readonly without: Joules };
  /** Grams by method and factor. Energy that none of a method is of had no factor, or its grams were not kept. */
  readonly booked?: readonly Booked[];
  /** Energy by tenancy; absent: not kept. */
  readonly held?: readonly (Held & { readonly tenancy: Tenancy })[];
  /** Grams of Scope 3.3 by part and figure. Energy that none of a part is of had no figure, or it was not kept. */
  readonly upstream?: readonly BookedUpstream[];
  readonly paid?: readonly (Paid & { readonly currency: string })[];
  /** By the tariff that is configured now, for what was not booked: the mean of the hour. */
  readonly price?: { readonly currency: string; readonly perKWh: number };
}

/** Work of one hour in one unit, of the whole host or of a class, with its scores as far as they were known. */
export interface WorkOfRecord {
  readonly hour: number;
  readonly gridZone: string;
  readonly scope: 'host' | 'class';
  /** The class; empty for the host. */
  readonly name: string;
  readonly unit: string;
  readonly amount: number;
  readonly scores: readonly Score[];
}
