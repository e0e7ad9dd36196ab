import type { CarbonInForce } from '../carbon/in-force.ts';
import { cueOf } from '../carbon/site.ts';
import type { SiteJson } from './host-json.ts';
import type { PointIndex } from './points.ts';

/** What the operator told of the site and what follows for this host; undefined where nothing was told. */
export const siteJson = (carbon: CarbonInForce, points: PointIndex): SiteJson | undefined => {
  const { pue, price, wue, erf, location } = carbon;
  const cost = points.all('negawatt_energy_cost_total');
  if (pue === undefined && price === undefined && wue === undefined && erf === undefined && cost.length === 0)
    return undefined;
  return {
    ...(pue === undefined ? {} : { pue }),
    // Without a PUE nothing is known of the site, and CUE is a figure of the site.
    ...(pue === undefined || location === undefined
      ? {}
      : { cueKgPerKwh: cueOf(location.row.value, pue), cueGases: location.row.gases }),
    ...(wue === undefined
      ? {}
      : { wueLitresPerKwh: wue, waterLitres: points.sum('negawatt_site_water_litres_total') }),
    ...(erf === undefined ? {} : { erf }),
    ...(price === undefined ? {} : { price: { currency: price.currency, perKwh: price.perKWh } }),
    ...(cost.length === 0
      ? {}
      : { cost: cost.map(({ labels, value }) => ({ currency: labels.currency ?? '', amount: value })) }),
  };
};
