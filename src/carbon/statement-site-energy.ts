import type { Booked } from '../model/hour-record.ts';
import type { Quality } from '../model/meter.ts';
import type { Tenancy } from '../model/tenancy.ts';
import type { GramsCO2e, KilowattHours } from '../units.ts';
import type { PueEntry, Span } from './statement-activity.ts';

/** Energy of a site that was booked by the hour, by one method and one factor. */
export interface BookedEnergy {
  readonly method: Booked['method'];
  /** As of `Booked`. */
  readonly factor: string;
  /** Starts of its hours, seconds since 1970 UTC. */
  readonly hours: readonly number[];
  readonly it: KilowattHours;
  readonly overhead: KilowattHours;
  readonly itGrams: GramsCO2e;
  readonly overheadGrams: GramsCO2e;
}

/** Energy of a site, a zone and a quality: as entered, or summed from the agent's hours. */
export interface SiteEnergy extends Span {
  readonly site: string;
  /** '' where the agent had none. */
  readonly zone: string;
  readonly quantity: KilowattHours;
  readonly of: 'it' | 'facility';
  readonly quality: Quality;
  readonly hosts?: number | undefined;
  /** Hours of the span that have data, for each of its hosts. */
  readonly hours: number;
  readonly tenancy: Tenancy;
  readonly pue?: PueEntry | undefined;
  readonly document: string;
  /** The part of it whose grams were booked by the hour; what is left takes the factor of the year. */
  readonly booked?: readonly BookedEnergy[] | undefined;
}
