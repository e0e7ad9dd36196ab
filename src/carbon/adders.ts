import type { Factor } from '../model/factor.ts';
import { UPSTREAM_PARTS, type UpstreamPart, type UpstreamRow } from '../model/upstream.ts';
import { type GramsPerKWh, gramsPerKWh, type Ratio } from '../units.ts';
import type { Adder } from './in-force.ts';
import { inForce } from './vintage.ts';

/** What is known of the way from the power station to the site. */
export interface UpstreamOptions {
  /** Share of what is generated that is lost on the way, below 1; as the operator states it. */
  readonly loss?: Ratio | undefined;
  /** Emissions of fuel supply per kWh used: well to tank, losses of that included; as the operator states it. */
  readonly upstream?: GramsPerKWh | undefined;
  /** Rows of the tables, where the operator chose them for what he does not state himself. */
  readonly official?: readonly UpstreamRow[] | undefined;
}

type Official = NonNullable<Adder['official']>;

/** `GB/transmission/2026`; one figure for both parts has the two in its name. */
export const upstreamId = ({ zone, part, year }: UpstreamRow): string =>
  [zone, part === 'both' ? 'transmission+upstream' : part, year].join('/');

/**
 * Scope 3, category 3, of a kWh at a location-based factor per kWh generated: of each kWh that arrives, loss / (1 - loss)
 * more was generated (carbon reference, section 3). A factor per kWh consumed has the losses inside: then there is none.
 *
 * @param year that is reported on; of the tables the row of that year, as with factors.
 */
export const addersOf = (
  { loss, upstream, official = [] }: UpstreamOptions,
  zone: string,
  location: Factor | undefined,
  year = 0,
): readonly Adder[] => {
  const hasLossesInside = location?.row.boundary === 'consumption';
  const row = (part: UpstreamPart): Official | undefined => {
    const chosen = inForce(
      official.filter((one) => one.zone === zone && one.part === part),
      year,
    );
    return chosen && { row: chosen.row, status: chosen.vintage === 'same' ? 'official' : chosen.vintage };
  };
  const stated = (one: Official, part: Adder['part']): Adder => ({
    part,
    perKWh: gramsPerKWh(one.row.value),
    factor: upstreamId(one.row),
    official: one,
  });
  const lost = (share: number, from?: Official): readonly Adder[] => {
    if (location === undefined) return [];
    const perKWh = gramsPerKWh((location.row.value * share) / (1 - share));
    return [
      {
        part: 'transmission',
        perKWh,
        factor: location.id,
        share: { loss: share, of: location },
        ...(from === undefined ? {} : { official: from }),
      },
    ];
  };
  const both = row('both');
  // One figure for the two stands where neither is stated: taken beside one of them it would count that twice.
  if (both !== undefined && loss === undefined && upstream === undefined && !hasLossesInside)
    return [stated(both, 'upstream')];
  const adders: Adder[] = [];
  if (!hasLossesInside) {
    const [direct, share] = [row('transmission'), row('loss')];
    if (loss !== undefined) adders.push(...lost(loss));
    else if (direct !== undefined) adders.push(stated(direct, 'transmission'));
    else if (share !== undefined) adders.push(...lost(share.row.value, share));
  }
  const supply = row('upstream');
  if (upstream !== undefined)
    adders.push({ part: 'upstream', perKWh: upstream, factor: `${zone}/upstream/user` });
  else if (supply !== undefined) adders.push(stated(supply, 'upstream'));
  return adders;
};

/** Of the rows of one zone those that a year takes, one a part. */
export const officialOf = (rows: readonly UpstreamRow[], year: number): readonly UpstreamRow[] =>
  UPSTREAM_PARTS.flatMap((part) => {
    const chosen = inForce(
      rows.filter((row) => row.part === part),
      year,
    );
    return chosen === undefined ? [] : [chosen.row];
  });

/** Whether the tables hold anything about the way to a zone. */
export const hasOfficial = (official: readonly UpstreamRow[], zone: string): boolean =>
  official.some((row) => row.zone === zone);
