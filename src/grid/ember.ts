import * as z from 'zod/mini';
import { oneLine } from '../model/foreign-text.ts';
import type { GridProvider, GridSeries } from '../model/grid.ts';
import { gramsPerKWh, seconds } from '../units.ts';
import { createRound, required } from './asking.ts';
import { gridKind } from './kind.ts';
import { address, below, timeout } from './provider-options.ts';
import { readBody, unexpected } from './read-body.ts';
import type { GridSecrets } from './secrets.ts';
import { readingsOf, type Span, splitAt } from './spans.ts';

/** Options of the API of Ember. */
export const emberOptions = z.object({
  entity_code: z
    .string()
    .check(z.regex(/^[A-Z]{3}$/), z.describe('country by three letters (ISO 3166-1 alpha-3), such as FRA')),
  resolution: z
    ._default(z.enum(['monthly', 'yearly']), 'monthly')
    .check(z.describe('monthly or yearly means')),
  url: address('https://api.ember-energy.org/'),
  timeout: timeout(),
});
export type EmberOptions = z.infer<typeof emberOptions>;
type Resolution = EmberOptions['resolution'];

const table = z.object({
  data: z.array(
    z.object({
      // Aggregates such as the world have none.
      entity_code: z.nullish(z.string()),
      date: z.string(),
      emissions_intensity_gco2_per_kwh: z.nullish(z.number()),
    }),
  ),
});

const DATES = { monthly: /^(\d{4})-(\d\d)(?:-01)?$/, yearly: /^(\d{4})(?:-01-01)?$/ } as const;

/** First and last instant of a year or a month, UTC. @throws GridError */
const spanOfDate = (date: string, resolution: Resolution): Pick<Span, 'from' | 'to'> => {
  const [, year, month = '01'] = DATES[resolution].exec(date) ?? [];
  const [y, m] = [Number(year), Number(month)];
  if (!(y >= 1900 && y <= 2200 && m >= 1 && m <= 12))
    throw unexpected(`has no ${resolution} date: ${oneLine(date)}`);
  return { from: Date.UTC(y, m - 1), to: resolution === 'yearly' ? Date.UTC(y + 1, 0) : Date.UTC(y, m) };
};

/** Means of one country; rows of aggregates, which have no code, are left out. @throws GridError */
export const parseMeans = (
  body: string,
  { entity_code, resolution }: Pick<EmberOptions, 'entity_code' | 'resolution'>,
): readonly Span[] => {
  const rows = readBody(table, body).data.filter((row) => typeof row.entity_code === 'string');
  const own = rows.filter((row) => row.entity_code === entity_code);
  if (own.length === 0 && rows[0] !== undefined) {
    throw unexpected(`is for ${oneLine(rows[0].entity_code ?? '')}; asked for was ${entity_code}`);
  }
  return own.map(({ date, emissions_intensity_gco2_per_kwh: value }) => ({
    ...spanOfDate(date, resolution),
    value: value === null || value === undefined ? undefined : gramsPerKWh(value),
    estimated: false,
  }));
};

const KEY_FIX = 'Give the key of Ember: it is free, at ember-energy.org/data/api.';
const NOTE = 'Lifecycle emissions of what a country generates: context, never Scope 2.';
/** The newest mean of a country may be two years old. */
const YEARS = { monthly: 2, yearly: 5 } as const;

const seriesOf = ({ entity_code, resolution }: EmberOptions): GridSeries => ({
  provider: 'ember',
  zone: entity_code,
  signal: 'average',
  basis: 'lifecycle',
  gases: 'CO2e',
  gwp: 'unstated',
  boundary: 'production',
  edition: '',
  source: `Ember API v1, carbon-intensity, ${resolution}`,
  licence: 'CC BY 4.0 (Ember)',
  // Mean month and mean year of the Gregorian calendar: 146,097 days in 400 years.
  interval: seconds(resolution === 'yearly' ? 31_556_952 : 2_629_746),
});

/** Ember: lifecycle intensity of a country by month or year. Its key stands in the address, which nobody is shown. */
export const ember = (options: EmberOptions, secrets: GridSecrets): GridProvider => {
  const { entity_code, resolution } = options;
  return {
    name: 'ember',
    label: `Ember, ${entity_code}, ${resolution}, lifecycle`,
    period: seconds(86_400),
    ask: async (now, signal) => {
      const key = required(secrets.key, 'key of Ember', KEY_FIX);
      const first = new Date(now).getUTCFullYear() - YEARS[resolution];
      const url = below(options.url, `v1/carbon-intensity/${resolution}`, {
        entity_code,
        start_date: resolution === 'yearly' ? String(first) : `${first}-01`,
        is_aggregate_entity: 'false',
        api_key: key,
      });
      const common = { timeout: seconds(options.timeout), signal, accept: 'json' } as const;
      const round = createRound(common, { refused: KEY_FIX });
      const body = await round.body({ url, secrets: [key] });
      const { readings, notes } = readingsOf(parseMeans(body, options));
      const { past } = splitAt(now, readings);
      const none =
        past.length === 0 ? [`Ember has no ${resolution} value for ${entity_code} since ${first}`] : [];
      return {
        series: seriesOf(options),
        readings: past,
        notes: [NOTE, ...none, ...notes, ...round.notes()],
      };
    },
  };
};

export const gridEmber = gridKind({
  name: 'ember',
  about: 'Ember: lifecycle intensity of countries by month or year, as context; free, with a key.',
  secret: 'key',
  options: emberOptions,
  create: ember,
});
