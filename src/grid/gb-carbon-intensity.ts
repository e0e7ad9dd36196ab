import * as z from 'zod/mini';
import type { GridProvider, GridSeries } from '../model/grid.ts';
import { seconds } from '../units.ts';
import { createExtra, createRound, type Foretold } from './asking.ts';
import { HALF_HOUR, type Place, parseHalfHours } from './gb-carbon-intensity-body.ts';
import { toMinute } from './instant.ts';
import { gridKind } from './kind.ts';
import { address, below, timeout } from './provider-options.ts';
import { readingsOf, splitAt } from './spans.ts';

/** Outward part of a postcode (BS 7666-0), in capitals; those of Northern Ireland begin with BT. */
const OUTCODE = /^(?!BT)[A-Z]{1,2}\d[A-Z\d]?$/;

/** Options of the Carbon Intensity API of the National Energy System Operator. */
export const gbCarbonIntensityOptions = z.object({
  region: z.optional(z.int().check(z.gte(1), z.lte(17))).check(z.describe('number of a region, 1 to 17')),
  postcode: z
    .optional(z.string().check(z.regex(OUTCODE)))
    .check(z.describe('first half of a postcode, such as RG10, instead of a region; not Northern Ireland')),
  forecast: z._default(z.boolean(), true).check(z.describe('whether the next 24 hours are asked for too')),
  url: address('https://api.carbonintensity.org.uk/'),
  timeout: timeout(),
});
export type GbCarbonIntensityOptions = z.infer<typeof gbCarbonIntensityOptions>;

/** What is wrong with options beyond their single keys: what they must be instead. */
export const gbCarbonIntensityFlaw = ({ region, postcode }: GbCarbonIntensityOptions): string | undefined =>
  region === undefined || postcode === undefined ? undefined : 'a region or a postcode, not both';

const FIXES = { unknown: 'Correct the region (1 to 17) or the postcode, first half alone.' };
/** What this series is not (carbon reference, section 7). */
const NOTE =
  'CO2 alone, with imports and losses of the network: neither a Scope 2 factor nor a lifecycle one. Not Northern Ireland.';

/** `GB`, `GB:13` for a region, `GB:EC1A` for a postcode. */
const zoneOf = ({ region, postcode }: Place): string =>
  ['GB', region ?? postcode].filter((part) => part !== undefined).join(':');

const labelOf = ({ region, postcode }: Place): string =>
  region === undefined ? (postcode === undefined ? 'national' : `postcode ${postcode}`) : `region ${region}`;

const seriesOf = (place: Place): GridSeries => ({
  provider: 'gb-carbon-intensity',
  zone: zoneOf(place),
  signal: 'average',
  basis: 'direct',
  gases: 'CO2',
  gwp: 'none',
  boundary: 'consumption',
  notForInventory:
    'it counts CO2 alone, with imports and the losses of the grid inside: it is no factor of Scope 2, which takes the official one of the year',
  edition: '',
  source: 'NESO Carbon Intensity API (carbonintensity.org.uk)',
  licence: 'CC BY 4.0 (National Energy System Operator)',
  interval: seconds(1800),
});

/** Great Britain by half hours, whole or a region; regions are forecast only. */
export const gbCarbonIntensity = (options: GbCarbonIntensityOptions): GridProvider => {
  const { region, postcode } = options;
  const place: Place = { region, postcode };
  const isNational = region === undefined && postcode === undefined;
  const where = region === undefined ? `postcode/${postcode}` : `regionid/${region}`;
  const extra = createExtra('forecast');
  return {
    name: 'gb-carbon-intensity',
    label: `GB Carbon Intensity (NESO), ${labelOf(place)}`,
    period: seconds(1800),
    ask: async (now, signal) => {
      const round = createRound({ timeout: seconds(options.timeout), signal, accept: 'json' }, FIXES);
      const halfHours = async (path: string) =>
        parseHalfHours(await round.body({ url: below(options.url, path) }), place);
      // An answer for a range holds the half hours that end in it: the running one needs its end.
      const end = toMinute(Math.ceil((now + 1) / HALF_HOUR) * HALF_HOUR);
      const past = await halfHours(isNational ? `intensity/${end}/pt24h` : `regional/${where}`);
      const foretell = async (): Promise<Foretold> => {
        const ahead = `intensity/${toMinute(now)}/fw24h`;
        const spans = await halfHours(isNational ? ahead : `regional/${ahead}/${where}`);
        const { readings, notes } = readingsOf(spans);
        const { future } = splitAt(now, readings);
        return future.length === 0 ? { notes } : { forecast: { generatedAt: now, readings: future }, notes };
      };
      const ahead = options.forecast ? await extra(now, foretell) : { notes: [] };
      const { readings, notes } = readingsOf(past);
      return {
        series: seriesOf(place),
        readings: splitAt(now, readings).past,
        ...(ahead.forecast === undefined ? {} : { forecast: ahead.forecast }),
        notes: [NOTE, ...notes, ...ahead.notes, ...round.notes()],
      };
    },
  };
};

export const gridGbCarbonIntensity = gridKind({
  name: 'gb-carbon-intensity',
  about: 'Great Britain by half hours, whole or a region, with forecast, from NESO; free, without a key.',
  secret: 'none',
  options: gbCarbonIntensityOptions,
  flaw: gbCarbonIntensityFlaw,
  rule: 'region or postcode, not both; neither is all of Great Britain',
  create: gbCarbonIntensity,
});
