import * as z from 'zod/mini';
import type { GridProvider, GridSeries } from '../model/grid.ts';
import { type Seconds, seconds } from '../units.ts';
import { createRound, required } from './asking.ts';
import { gridKind } from './kind.ts';
import { address, below, code, timeout } from './provider-options.ts';
import type { GridSecrets } from './secrets.ts';
import { parseEvents, RATES, type Rate } from './singularity-body.ts';
import { readingsOf, splitAt } from './spans.ts';

/** Options of Singularity, API v1, for regions of the United States. */
export const singularityOptions = z.object({
  region: code('region as Singularity names it, such as CAISO or ISONE'),
  rate: z
    .enum(RATES)
    .check(
      z.describe(
        'generated: average of what is generated there; consumed: with imports; marginal: for scheduling alone',
      ),
    ),
  url: address('https://api.singularity.energy/'),
  timeout: timeout(),
});
export type SingularityOptions = z.infer<typeof singularityOptions>;

const KEY_FIX = 'Give the key of Singularity, and see whether your plan has the region.';
const FIXES = { refused: KEY_FIX, unknown: 'Correct the region, or the url.' };
/** Large regions are an hour late, small ones a day: a window of two days holds a day of both. */
const WINDOW = 2 * 86_400_000;
/** Two days in steps of five minutes are 576 rows. */
const PAGE = '1000';

const LABELS = {
  generated: { signal: 'average', basis: 'direct', boundary: 'production' },
  consumed: { signal: 'average', basis: 'direct', boundary: 'consumption' },
  marginal: { signal: 'marginal', basis: 'marginal', boundary: 'unstated' },
} as const satisfies Readonly<Record<Rate, Pick<GridSeries, 'signal' | 'basis' | 'boundary'>>>;

const seriesOf = ({ region, rate }: SingularityOptions, interval: Seconds): GridSeries => ({
  provider: 'singularity',
  zone: region,
  ...LABELS[rate],
  gases: 'CO2',
  gwp: 'none',
  edition: '',
  source: `Singularity API v1, carbon_intensity, ${rate}_rate`,
  licence: 'commercial, terms of Singularity Energy; values are not redistributed',
  interval,
});

/** Singularity: carbon intensity of a region of the United States, one of three rates, an hour to a day late. */
export const singularity = (options: SingularityOptions, secrets: GridSecrets): GridProvider => ({
  name: 'singularity',
  label: `Singularity, region ${options.region}, ${options.rate}`,
  period: seconds(900),
  ask: async (now, signal) => {
    const key = required(secrets.key, 'key of Singularity', KEY_FIX);
    const [start, end] = [now - WINDOW, now].map((one) => `${new Date(one).toISOString().slice(0, 19)}Z`);
    const url = below(options.url, 'v1/region_events/search', {
      region: options.region,
      event_type: 'carbon_intensity',
      start: start ?? '',
      end: end ?? '',
      per_page: PAGE,
      page: '1',
    });
    // It answers nobody without a User-Agent; the client sends one with each request.
    const headers = { 'x-api-key': key };
    const round = createRound({ timeout: seconds(options.timeout), signal, accept: 'json' }, FIXES);
    const body = await round.body({ url, headers, secrets: [key] });
    const { spans, interval, isCut } = parseEvents(body, options);
    const { readings, notes } = readingsOf(spans, LABELS[options.rate].signal);
    const none = `no data for region ${options.region} in the last two days: see whether it is one of Singularity's`;
    return {
      series: seriesOf(options, interval),
      readings: splitAt(now, readings).past,
      notes: [
        ...(spans.length === 0 ? [none] : []),
        ...(isCut ? ['only the first page was read'] : []),
        ...notes,
        ...round.notes(),
      ],
    };
  },
});

export const gridSingularity = gridKind({
  name: 'singularity',
  about: 'Singularity: regions of the United States, generated, consumed or marginal rate; commercial.',
  secret: 'key',
  options: singularityOptions,
  create: singularity,
});
