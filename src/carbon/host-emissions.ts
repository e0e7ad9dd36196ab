import type { Factor } from '../model/factor.ts';
import {
  add,
  emissionsOf,
  type GramsCO2e,
  grams,
  type Joules,
  joules,
  type Ratio,
  ratio,
  scale,
} from '../units.ts';
import type { Piece } from './course.ts';
import { NO_OVERHEAD, operationalEmissions } from './emissions.ts';
import { uncovered } from './instruments.ts';
import { scopesOf, UPSTREAM_SCOPE } from './tenancy.ts';

/** Emissions of the host by one method, scope and factor. Those of one method add up; the two methods never do. */
export interface HostEmission {
  readonly method: Factor['method'];
  /** `2`, or `3.8` for Scope 3, category 8. */
  readonly scope: string;
  readonly part: 'operational' | 'transmission' | 'upstream';
  readonly gridZone: string;
  readonly factor: string;
  readonly grams: GramsCO2e;
  /** Of these grams, what the building adds: energy x (PUE - 1). */
  readonly overhead: GramsCO2e;
}

/**
 * What the host's IT energy of a span causes, piece by piece as factors changed. What lies outside of the power stations
 * (transmission, upstream) is Scope 3 and stands by the location-based method alone, once. Energy 0 gives lines of 0,
 * so that series are there before their first gram.
 */
export const hostEmissions = (energy: Joules, course: readonly Piece[]): HostEmission[] => {
  const sums = new Map<string, HostEmission>();
  const book = (line: HostEmission): void => {
    const key = [line.method, line.scope, line.part, line.gridZone, line.factor].join(' ');
    const held = sums.get(key);
    const added = {
      ...line,
      grams: addGrams(held?.grams, line.grams),
      overhead: addGrams(held?.overhead, line.overhead),
    };
    sums.set(key, added);
  };
  for (const piece of course) {
    const own = scale(energy, piece.share);
    for (const line of [...locationLines(own, piece), ...marketLines(own, piece), ...adderLines(own, piece)])
      book(line);
  }
  return [...sums.values()];
};

const addGrams = (before: GramsCO2e | undefined, more: GramsCO2e): GramsCO2e =>
  before === undefined ? more : add(before, more);

const locationLines = (energy: Joules, { carbon }: Piece): readonly HostEmission[] =>
  carbon.location === undefined ? [] : operational(energy, ratio(1), carbon.location, carbon, 'location');

const marketLines = (energy: Joules, { carbon }: Piece): readonly HostEmission[] => {
  const { covered = [], market } = carbon;
  const rest = uncovered(covered);
  // Without a factor for the rest the total would lack a part of the load: then there is none.
  if (market === undefined && rest > 0) return [];
  const open = market !== undefined && (rest > 0 || covered.length === 0);
  return [...covered, ...(open ? [{ share: rest, factor: market }] : [])].flatMap(({ share, factor }) =>
    operational(energy, share, factor, carbon, 'market'),
  );
};

const operational = (
  energy: Joules,
  share: Ratio,
  factor: Factor,
  { pue = NO_OVERHEAD, tenancy = 'owned', zone = '' }: Piece['carbon'],
  method: Factor['method'],
): readonly HostEmission[] => {
  const scopes = scopesOf(tenancy);
  const { it, overhead, total } = operationalEmissions(scale(energy, share), factor, pue);
  const line = (scope: string, grams: GramsCO2e, added: GramsCO2e): HostEmission => ({
    method,
    scope,
    part: 'operational',
    gridZone: zone,
    factor: factor.id,
    grams,
    overhead: added,
  });
  if (scopes.it === scopes.overhead) return [line(scopes.it, total, overhead)];
  return [line(scopes.it, it, grams(0)), ...(pue > 1 ? [line(scopes.overhead, overhead, overhead)] : [])];
};

const adderLines = (energy: Joules, { carbon }: Piece): readonly HostEmission[] => {
  const { adders = [], pue = NO_OVERHEAD, zone = '' } = carbon;
  return adders.map(({ part, perKWh, factor }) => ({
    method: 'location',
    scope: UPSTREAM_SCOPE,
    part,
    gridZone: zone,
    factor,
    grams: emissionsOf(scale(energy, pue), perKWh),
    overhead: emissionsOf(scale(energy, pue - 1), perKWh),
  }));
};

/** IT energy of a span for which no factor is held by a method: it is in no line, and never 0 g. Pure. */
export const uncoveredOf = (method: Factor['method'], energy: Joules, course: readonly Piece[]): Joules =>
  scale(
    energy,
    course.reduce((bare, { carbon, share }) => {
      const isBare =
        method === 'location'
          ? carbon.location === undefined
          : carbon.market === undefined && uncovered(carbon.covered ?? []) > 0;
      return isBare ? bare + share : bare;
    }, 0),
  );

/** Operational location-based grams per joule of IT energy over a course, by the id of the factor. Pure. */
export const intensitiesOf = (course: readonly Piece[]): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>();
  for (const { carbon, share } of course) {
    const { location, pue = NO_OVERHEAD } = carbon;
    if (location === undefined) continue;
    const perJoule = operationalEmissions(joules(1), location, pue).total;
    sums.set(location.id, (sums.get(location.id) ?? 0) + share * perJoule);
  }
  return sums;
};

/** That over all factors; undefined where no piece has one. */
export const intensityOf = (course: readonly Piece[]): number | undefined => {
  const all = [...intensitiesOf(course).values()];
  return all.length === 0 ? undefined : all.reduce((total, one) => total + one, 0);
};
