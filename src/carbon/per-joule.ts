import { SEVERAL } from '../model/usage.ts';
import { joules, ratio, sum } from '../units.ts';
import type { Piece } from './course.ts';
import { hostEmissions } from './host-emissions.ts';
import type { CarbonInForce } from './in-force.ts';

/** Operational grams per joule by both methods, and the factors behind them; undefined where there is none. */
export interface PerJoule {
  readonly location?: number;
  readonly market?: number;
  /** Their ids, or that several hold. */
  readonly locationFactor?: string;
  readonly marketFactor?: string;
}

const NONE: PerJoule = {};
const known = new WeakMap<CarbonInForce, PerJoule>();

/** What holds at one instant; nothing of an example zone. */
export const perJouleOf = (carbon: CarbonInForce): PerJoule => {
  if (carbon.example) return NONE;
  const held = known.get(carbon);
  if (held !== undefined) return held;
  const lines = hostEmissions(joules(1), [{ carbon, share: ratio(1) }]).filter(
    ({ part }) => part === 'operational',
  );
  const of = (method: 'location' | 'market'): { readonly value?: number; readonly factor?: string } => {
    const own = lines.filter((line) => line.method === method);
    const [first] = own;
    if (first === undefined) return {};
    const isOne = own.every(({ factor }) => factor === first.factor);
    return { value: sum(own.map((line) => line.grams)), factor: isOne ? first.factor : SEVERAL };
  };
  const [location, market] = [of('location'), of('market')];
  const made: PerJoule = {
    ...(location.value === undefined ? {} : { location: location.value }),
    ...(market.value === undefined ? {} : { market: market.value }),
    ...(location.factor === undefined ? {} : { locationFactor: location.factor }),
    ...(market.factor === undefined ? {} : { marketFactor: market.factor }),
  };
  known.set(carbon, made);
  return made;
};

export interface GramsPerJoule {
  readonly location: number | undefined;
  readonly market: number | undefined;
  /** A factor of either method held for a part of the time alone: the grams are of that part. */
  readonly inPart: boolean;
}

/** Grams per joule over a course, by both methods; nothing of an example zone. */
export const gramsPerJoule = (course: readonly Piece[]): GramsPerJoule => {
  const of = (method: 'location' | 'market') => {
    let total: number | undefined;
    let bare = false;
    for (const { carbon, share } of course) {
      const own = perJouleOf(carbon)[method];
      if (own === undefined) bare = true;
      else total = (total ?? 0) + share * own;
    }
    return { total, inPart: bare && total !== undefined };
  };
  const [location, market] = [of('location'), of('market')];
  return {
    location: location.total,
    market: market.total,
    inPart: location.inPart || market.inPart,
  };
};
