import type { Factor } from '../model/factor.ts';
import { type Booked, bookedFactorText, bookedKey, type HourRecord } from '../model/hour-record.ts';
import { grams, type Joules, joules, ratio, scale, sum, toKilowattHours } from '../units.ts';
import { NO_OVERHEAD } from './emissions.ts';
import { hostEmissions } from './host-emissions.ts';
import type { CarbonInForce } from './in-force.ts';
import { uncovered } from './instruments.ts';

/** Grams of one factor per joule of the host, and the share of its energy that they are of. */
interface Rate extends Pick<Booked, 'method' | 'factor'> {
  readonly share: number;
  readonly grams: number;
  readonly overhead: number;
}

const rates = new WeakMap<CarbonInForce, readonly Rate[]>();

/** As `hostEmissions` books them; a scope is not kept: the statement has one boundary for its year. */
const ratesOf = (carbon: CarbonInForce): readonly Rate[] => {
  const held = rates.get(carbon);
  if (held !== undefined) return held;
  const lines = hostEmissions(joules(1), [{ carbon, share: ratio(1) }]).filter(
    ({ part }) => part === 'operational',
  );
  const { location, market, covered = [] } = carbon;
  const used: readonly (readonly [Factor['method'], Factor, number])[] = [
    ...(location === undefined ? [] : [['location', location, 1] as const]),
    ...covered.map(({ factor, share }) => ['market', factor, share] as const),
    ...(market === undefined ? [] : [['market', market, uncovered(covered)] as const]),
  ];
  const made = used.flatMap(([method, factor, share]): readonly Rate[] => {
    const own = lines.filter((line) => line.method === method && line.factor === factor.id);
    if (own.length === 0) return [];
    return [
      {
        ...{ method, factor: bookedFactorText(factor), share },
        grams: sum(own.map((line) => line.grams)),
        overhead: sum(own.map((line) => line.overhead)),
      },
    ];
  });
  rates.set(carbon, made);
  return made;
};

/** What is kept of a host's IT energy that was drawn under one set of factors. Pure. */
export const recordOf = (energy: Joules, carbon: CarbonInForce): HourRecord => {
  const { pue, price } = carbon;
  const added = (pue ?? NO_OVERHEAD) - 1;
  const booked = (carbon.example ? [] : ratesOf(carbon)).map(
    ({ method, factor, share, grams: perJoule, overhead }): readonly [string, Booked] => [
      bookedKey({ method, factor }),
      {
        ...{ method, factor },
        energy: scale(energy, share),
        overhead: scale(energy, share * added),
        grams: grams(energy * perJoule),
        overheadGrams: grams(energy * overhead),
      },
    ],
  );
  const site = scale(energy, 1 + added);
  return {
    overhead: scale(energy, added),
    withoutPue: pue === undefined ? energy : joules(0),
    booked: new Map(booked),
    paid: new Map(
      price === undefined
        ? []
        : [[price.currency, { amount: toKilowattHours(site) * price.perKWh, energy: site }]],
    ),
  };
};
