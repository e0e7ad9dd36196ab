import type { Factor } from '../model/factor.ts';
import { absent, type Found, found } from '../model/found.ts';
import { add, emissionsOf, type GramsCO2e, type Joules, type Ratio, ratio, scale } from '../units.ts';

declare const checked: unique symbol;
/** Power usage effectiveness (ISO/IEC 30134-2) that was checked: finite and at least 1. */
export type Pue = Ratio & { readonly [checked]: true };

/** For a site whose meter or bill already contains the overhead, and for one that states none. */
export const NO_OVERHEAD = ratio(1) as Pue;

/** Checks a PUE. Facility energy contains IT energy, so nothing below 1 exists; an unknown PUE is no number at all. */
export const pueOf = (value: number): Found<Pue> =>
  Number.isFinite(value) && value >= 1
    ? found(ratio(value) as Pue)
    : absent(
        `a PUE of ${value} cannot be: it is facility energy over IT energy, so at least 1`,
        'set the PUE to the annual facility kWh divided by the annual IT kWh of the site, or to 1 if the meter already counts the overhead',
      );

/** Operational emissions of one span: overhead is a line of its own, and it + overhead = total. */
export interface Emissions {
  readonly it: GramsCO2e;
  readonly overhead: GramsCO2e;
  readonly total: GramsCO2e;
}

/**
 * Emissions of IT energy at one factor. The PUE is applied here, once, and only to energy measured at the IT
 * equipment: never to energy that a bill already grossed up.
 */
export const operationalEmissions = (energy: Joules, factor: Factor, pue: Pue): Emissions => {
  const it = emissionsOf(energy, factor.row.value);
  const overhead = scale(it, pue - 1);
  return { it, overhead, total: add(it, overhead) };
};
