import type { Factor } from '../model/factor.ts';
import {
  aboutFactor,
  type Booked,
  type BookedAdder,
  type BookedUpstream,
  bookedFactorText,
  bookedKey,
  type HourRecord,
  upstreamKey,
} from '../model/hour-record.ts';
import { emissionsOf, grams, type Joules, joules, ratio, scale, sum, toKilowattHours } from '../units.ts';
import { upstreamId } from './adders.ts';
import { NO_OVERHEAD } from './emissions.ts';
import { hostEmissions } from './host-emissions.ts';
import type { Adder, CarbonInForce } from './in-force.ts';
import { uncovered } from './instruments.ts';

/** Grams of one factor per joule of the host, and the share of its energy that they are of. */
interface Rate extends Pick<Booked, 'method' | 'factor'> {
  readonly share: number;
  readonly grams: number;
  readonly overhead: number;
}

const rates = new WeakMap<CarbonInForce, readonly Rate[]>();

/** As `hostEmissions` books them; in place of their scopes the tenancy is kept, which gives them. */
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

/** A figure of losses or fuel supply as a record keeps it. */
const adderText = (zone: string, { part, perKWh, share, official }: Adder): string => {
  const at = share === undefined ? {} : { at: aboutFactor(share.of) };
  const stated: BookedAdder =
    share === undefined
      ? { id: `${zone}/${part}/user`, value: perKWh, unit: 'g/kWh' }
      : { id: `${zone}/loss/user`, value: share.loss, unit: 'ratio', ...at };
  if (official === undefined) return JSON.stringify(stated);
  const { row, status } = official;
  return JSON.stringify({ id: upstreamId(row), row, status, ...at } satisfies BookedAdder);
};

type AdderRate = Pick<BookedUpstream, 'part' | 'factor'> & { readonly grams: number };

const adderRates = new WeakMap<CarbonInForce, readonly AdderRate[]>();

/** Grams of Scope 3.3 per joule that the site draws. */
const adderRatesOf = (carbon: CarbonInForce): readonly AdderRate[] => {
  const held = adderRates.get(carbon);
  if (held !== undefined) return held;
  const { zone = '', adders = [] } = carbon;
  const made = adders.map(
    (adder): AdderRate => ({
      part: adder.part,
      factor: adderText(zone, adder),
      grams: emissionsOf(joules(1), adder.perKWh),
    }),
  );
  adderRates.set(carbon, made);
  return made;
};

/** What is kept of a host's IT energy that was drawn under one set of factors. Pure. */
export const recordOf = (energy: Joules, carbon: CarbonInForce): HourRecord => {
  const { pue, price, tenancy = 'owned' } = carbon;
  const added = (pue ?? NO_OVERHEAD) - 1;
  const booked = (carbon.example ? [] : ratesOf(carbon)).map(
    ({ method, factor, share, grams: perJoule, overhead }): readonly [string, Booked] => [
      bookedKey({ method, factor, tenancy }),
      {
        ...{ method, factor, tenancy },
        energy: scale(energy, share),
        overhead: scale(energy, share * added),
        grams: grams(energy * perJoule),
        overheadGrams: grams(energy * overhead),
      },
    ],
  );
  const site = scale(energy, 1 + added);
  const own = { overhead: scale(energy, added), withoutPue: pue === undefined ? energy : joules(0) };
  const upstream = (carbon.example ? [] : adderRatesOf(carbon)).map(
    ({ part, factor, grams: perJoule }): readonly [string, BookedUpstream] => [
      upstreamKey({ part, factor }),
      { ...{ part, factor, energy, overhead: own.overhead }, grams: grams(site * perJoule) },
    ],
  );
  return {
    ...own,
    booked: new Map(booked),
    held: new Map([[tenancy, { energy, ...own }]]),
    upstream: new Map(upstream),
    paid: new Map(
      price === undefined
        ? []
        : [[price.currency, { amount: toKilowattHours(site) * price.perKWh, energy: site }]],
    ),
  };
};
