import * as z from 'zod/mini';
import { oneLine } from '../model/foreign-text.ts';
import type { GridProvider, GridSeries } from '../model/grid.ts';
import { seconds } from '../units.ts';
import { createExtra, createRound, type Foretold } from './asking.ts';
import { parseEmissions, parseForecasts } from './carbon-aware-sdk-body.ts';
import { gridKind } from './kind.ts';
import { below, code, ownAddress, timeout } from './provider-options.ts';
import { unexpected } from './read-body.ts';
import { readingsOf, splitAt } from './spans.ts';

/** Options of a Carbon Aware SDK WebAPI (Green Software Foundation) that the operator runs. */
export const carbonAwareSdkOptions = z.object({
  url: ownAddress('address of the WebAPI, such as http://127.0.0.1:8080'),
  location: code('location as the SDK knows it, such as eastus or northeurope'),
  // Its answers do not say any of these: they depend on the data source behind it.
  signal: z.enum(['average', 'marginal']).check(z.describe('what the data source behind it gives')),
  basis: z
    .optional(z.enum(['direct', 'lifecycle']))
    .check(z.describe('what an average counts; Electricity Maps gives lifecycle unless told')),
  gases: z
    .enum(['CO2', 'CO2e'])
    .check(z.describe('what the data source counts: WattTime CO2, Electricity Maps CO2e')),
  data_source: z
    .string()
    .check(z.regex(/^[\x20-\x7e]{1,100}$/), z.describe('the data source behind it, for the record')),
  interval: z
    .number()
    .check(
      z.gte(60),
      z.lte(86_400),
      z.describe('seconds that a value holds where the answer does not say it'),
    ),
  forecast: z._default(z.boolean(), true).check(z.describe('whether its forecast is asked for too')),
  timeout: timeout(),
});
export type CarbonAwareSdkOptions = z.infer<typeof carbonAwareSdkOptions>;

/** What is wrong with options beyond their single keys: what they must be instead. */
export const carbonAwareSdkFlaw = ({ signal, basis }: CarbonAwareSdkOptions): string | undefined =>
  (signal === 'average') === (basis !== undefined)
    ? undefined
    : 'basis: direct or lifecycle beside signal: average, and none beside signal: marginal';

const DAY = 86_400_000;
const FIXES = {
  unknown: 'Correct url and location: /locations of the WebAPI lists what it knows.',
  refused: 'See the configuration of the SDK: its data source refuses the key or the location.',
};

const seriesOf = (options: CarbonAwareSdkOptions): GridSeries => ({
  provider: 'carbon-aware-sdk',
  zone: options.location,
  signal: options.signal,
  basis: options.basis ?? 'marginal',
  gases: options.gases,
  gwp: options.gases === 'CO2' ? 'none' : 'unstated',
  boundary: 'unstated',
  edition: '',
  source: `Carbon Aware SDK WebAPI over ${options.data_source}`,
  licence: `that of its data source, ${options.data_source}`,
  interval: seconds(options.interval),
});

/** A Carbon Aware SDK: one face over several data sources, which it does not name in its answers. */
export const carbonAwareSdk = (options: CarbonAwareSdkOptions): GridProvider => {
  const { location } = options;
  const series = seriesOf(options);
  const extra = createExtra('forecast');
  return {
    name: 'carbon-aware-sdk',
    label: `Carbon Aware SDK, location ${location}, ${options.signal}`,
    period: seconds(Math.max(300, Math.min(3600, options.interval))),
    ask: async (now, signal) => {
      const round = createRound({ timeout: seconds(options.timeout), signal, accept: 'json' }, FIXES);
      const ask = async (path: string, query: Readonly<Record<string, string>>): Promise<string> => {
        const url = below(options.url, `emissions/${path}`, { location, ...query });
        return round.body({ url });
      };
      const [time, toTime] = [now - DAY, now].map((one) => new Date(one).toISOString());
      const told = parseEmissions(
        await ask('bylocation', { time: time ?? '', toTime: toTime ?? '' }),
        options.interval * 1000,
      );
      const foretell = async (): Promise<Foretold> => {
        const { generatedAt, mapped, spans } = parseForecasts(await ask('forecasts/current', {}));
        if (told.mapped !== undefined && mapped !== undefined && mapped !== told.mapped) {
          throw unexpected(`is for ${oneLine(mapped)}, the readings are for ${oneLine(told.mapped)}`);
        }
        const { readings, notes } = readingsOf(spans, options.signal);
        const { future } = splitAt(now, readings);
        return future.length === 0
          ? { notes }
          : { forecast: { generatedAt: Math.min(generatedAt, now), readings: future }, notes };
      };
      const ahead = options.forecast ? await extra(now, foretell) : { notes: [] };
      const { readings, notes } = readingsOf(told.spans, options.signal);
      const { mapped } = told;
      const place =
        mapped === undefined
          ? [`no data for ${location} in the last day`]
          : mapped === location
            ? []
            : [`${location} is answered with the grid ${oneLine(mapped)}`];
      return {
        series,
        readings: splitAt(now, readings).past,
        ...(ahead.forecast === undefined ? {} : { forecast: ahead.forecast }),
        notes: [...place, ...notes, ...ahead.notes, ...round.notes()],
      };
    },
  };
};

export const gridCarbonAwareSdk = gridKind({
  name: 'carbon-aware-sdk',
  about: 'A Carbon Aware SDK WebAPI of your own, over the data source that you name.',
  secret: 'none',
  options: carbonAwareSdkOptions,
  flaw: carbonAwareSdkFlaw,
  rule: 'basis exactly where signal is average',
  create: carbonAwareSdk,
});
