import * as z from 'zod/mini';
import type { GridProvider, GridSeries } from '../model/grid.ts';
import { seconds } from '../units.ts';
import { createExtra, createRound, type Foretold, required } from './asking.ts';
import { type Asked, parseForecast, parseHistory, parseLatest } from './electricity-maps-body.ts';
import { gridKind } from './kind.ts';
import { address, below, code, timeout } from './provider-options.ts';
import type { GridSecrets } from './secrets.ts';
import { readingsOf, splitAt } from './spans.ts';

/** Options of Electricity Maps, API v3. */
export const electricityMapsOptions = z.object({
  zone: code('zone as Electricity Maps names it, such as DE or US-CAL-CISO'),
  basis: z
    ._default(z.enum(['direct', 'lifecycle']), 'direct')
    .check(z.describe('direct: what the stacks emit; lifecycle: context alone, never in Scope 2')),
  forecast: z
    ._default(z.boolean(), true)
    .check(z.describe('whether the next 24 hours are asked for too; the free plan has none')),
  url: address('https://api.electricitymaps.com/'),
  timeout: timeout(),
});
export type ElectricityMapsOptions = z.infer<typeof electricityMapsOptions>;

const KEY_FIX =
  'Give the key of Electricity Maps; a new one starts to work only some time after it was made.';
const FIXES = {
  refused: KEY_FIX,
  unknown:
    'Correct the zone (https://api.electricitymaps.com/v3/zones lists them), or the url: old addresses of the interface are gone.',
};
/** Hours are told within minutes of their end and revised later. */
const PERIOD = seconds(900);

const seriesOf = ({ zone, basis }: Asked): GridSeries => ({
  provider: 'electricity-maps',
  zone,
  signal: 'average',
  basis,
  gases: 'CO2e',
  gwp: 'unstated',
  boundary: 'consumption',
  edition: '',
  source: `Electricity Maps API v3, carbon-intensity, ${basis}, flow-traced`,
  licence: 'commercial, terms of Electricity Maps; values are not redistributed',
  interval: seconds(3600),
});

/** Electricity Maps: hourly average of what a zone uses, imports traced to where they were generated. */
export const electricityMaps = (options: ElectricityMapsOptions, secrets: GridSecrets): GridProvider => {
  const { zone, basis } = options;
  const asked: Asked = { zone, basis };
  const series = seriesOf(asked);
  const forecast = createExtra('forecast');
  const history = createExtra('history');
  return {
    name: 'electricity-maps',
    label: `Electricity Maps, zone ${zone}, ${basis}`,
    period: PERIOD,
    ask: async (now, signal) => {
      const key = required(secrets.key, 'key of Electricity Maps', KEY_FIX);
      const round = createRound({ timeout: seconds(options.timeout), signal, accept: 'json' }, FIXES);
      const ask = async (what: string, more: Readonly<Record<string, string>> = {}): Promise<string> => {
        const query = { zone, emissionFactorType: basis, temporalGranularity: 'hourly', ...more };
        const url = below(options.url, `v3/carbon-intensity/${what}`, query);
        return round.body({ url, headers: { 'auth-token': key }, secrets: [key] });
      };
      const latest = parseLatest(await ask('latest'), asked);
      let past = latest;
      const revised = await history(now, async () => {
        // The latest hour stands in both; told once is enough.
        const rest = parseHistory(await ask('history'), asked).filter(({ from }) => from !== latest[0]?.from);
        past = [...rest, ...latest];
        return { notes: [] };
      });
      const foretell = async (): Promise<Foretold> => {
        const told = parseForecast(await ask('forecast', { horizonHours: '24' }), asked);
        const { readings, notes } = readingsOf(told.spans);
        const { future } = splitAt(now, readings);
        return future.length === 0
          ? { notes }
          : { forecast: { generatedAt: Math.min(told.generatedAt ?? now, now), readings: future }, notes };
      };
      const ahead = options.forecast ? await forecast(now, foretell) : { notes: [] };
      const { readings, notes } = readingsOf(past);
      return {
        series,
        readings: splitAt(now, readings).past,
        ...(ahead.forecast === undefined ? {} : { forecast: ahead.forecast }),
        notes: [...notes, ...revised.notes, ...ahead.notes, ...round.notes()],
      };
    },
  };
};

export const gridElectricityMaps = gridKind({
  name: 'electricity-maps',
  about:
    'Electricity Maps: hourly averages of most of the world, imports traced; the free plan has one zone and no forecast.',
  secret: 'key',
  options: electricityMapsOptions,
  create: electricityMaps,
});
