import type { Factor } from '../model/factor.ts';
import { type GramsPerKWh, gramsPerKWh, type Ratio } from '../units.ts';
import type { Adder } from './in-force.ts';

/** What the operator says of the way from the power station to the site. */
export interface UpstreamOptions {
  /** Share of what is generated that is lost on the way, below 1. */
  readonly loss?: Ratio | undefined;
  /** Emissions of fuel supply per kWh used: well to tank, losses of that included. */
  readonly upstream?: GramsPerKWh | undefined;
}

/**
 * Scope 3, category 3, of a kWh at a location-based factor per kWh generated: of each kWh that arrives, loss / (1 - loss)
 * more was generated (carbon reference, section 3). A factor per kWh consumed has the losses inside: then there is none.
 */
export const addersOf = (
  { loss, upstream }: UpstreamOptions,
  zone: string,
  location: Factor | undefined,
): readonly Adder[] => {
  const adders: Adder[] = [];
  if (loss !== undefined && location !== undefined && location.row.boundary !== 'consumption') {
    const perKWh = gramsPerKWh((location.row.value * loss) / (1 - loss));
    adders.push({ part: 'transmission', perKWh, factor: location.id });
  }
  if (upstream !== undefined)
    adders.push({ part: 'upstream', perKWh: upstream, factor: `${zone}/upstream/user` });
  return adders;
};
