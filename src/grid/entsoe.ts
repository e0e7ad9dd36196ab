import * as z from 'zod/mini';
import type { GridProvider, GridSeries } from '../model/grid.ts';
import { type GramsPerKWh, gramsPerKWh, type Seconds, seconds } from '../units.ts';
import { createRound, required } from './asking.ts';
import { parseGeneration } from './entsoe-document.ts';
import { FACTOR_SOURCE, FACTORS } from './entsoe-factors.ts';
import { intensityOf } from './entsoe-intensity.ts';
import { gridKind } from './kind.ts';
import { address, below, timeout } from './provider-options.ts';
import type { GridSecrets } from './secrets.ts';
import { readingsOf, splitAt } from './spans.ts';

/** Options of the Transparency Platform of ENTSO-E. */
export const entsoeOptions = z.object({
  domain: z
    .string()
    .check(
      z.regex(/^\d\d[A-Z][A-Z0-9-]{13}$/),
      z.describe('bidding zone by its EIC code, such as 10YFR-RTE------C for France'),
    ),
  factors: z
    ._default(z.record(z.string().check(z.regex(/^B\d\d$/)), z.number().check(z.gte(0), z.lte(2000))), {})
    .check(
      z.describe(
        'direct CO2 in g/kWh by production type, where you have better ones or there is none: lignite (B02), waste (B17)',
      ),
    ),
  factors_document: z
    .optional(z.string().check(z.regex(/^[\x20-\x7e]{1,200}$/)))
    .check(z.describe('the document that states these factors, and its publisher')),
  url: address('https://web-api.tp.entsoe.eu/'),
  timeout: timeout(),
});
export type EntsoeOptions = z.infer<typeof entsoeOptions>;

/** What is wrong with options beyond their single keys: what they must be instead. */
export const entsoeFlaw = ({ factors, factors_document }: EntsoeOptions): string | undefined =>
  Object.keys(factors).length > 0 === (factors_document !== undefined)
    ? undefined
    : 'factors and the factors_document that states them, or neither';

const KEY_FIX =
  'Give the security token of your account at transparency.entsoe.eu; it is free and comes on request.';
const [DAY, HOUR] = [86_400_000, 3_600_000];
/** Whoever asks more than 400 times a minute is shut out for ten (ENTSO-E API guide, restrictions). */
const BAN: Seconds = seconds(600);

/** `202611231200`, UTC. */
const compact = (instant: number): string => new Date(instant).toISOString().slice(0, 16).replace(/\D/g, '');

/** Other factors make another series. */
const editionOf = ({ factors }: EntsoeOptions): string =>
  [
    'neso-2017',
    ...Object.entries(factors)
      .map(([type, value]) => `${type}=${value}`)
      .sort(),
  ].join(' ');

const seriesOf = (options: EntsoeOptions, interval: Seconds): GridSeries => ({
  provider: 'entsoe',
  zone: options.domain,
  signal: 'average',
  basis: 'direct',
  gases: 'CO2',
  gwp: 'none',
  boundary: 'production',
  edition: editionOf(options),
  source:
    `derived: generation per type (ENTSO-E Transparency Platform, A75) x factors of ${FACTOR_SOURCE}` +
    (options.factors_document === undefined ? '' : `, and of ${options.factors_document}`),
  licence: 'free re-use with attribution, terms of the ENTSO-E Transparency Platform; factors CC BY 4.0',
  interval,
});

/** Europe by bidding zones: no intensity is published there, so it is computed from what each type generates. */
export const entsoe = (options: EntsoeOptions, secrets: GridSecrets): GridProvider => {
  const { domain } = options;
  const own = Object.entries(options.factors).map(([type, value]) => [type, gramsPerKWh(value)] as const);
  const factors: ReadonlyMap<string, GramsPerKWh> = new Map([...FACTORS, ...own]);
  return {
    name: 'entsoe',
    label: `ENTSO-E, bidding zone ${domain}, derived`,
    period: seconds(900),
    ask: async (now, signal) => {
      const key = required(secrets.key, 'security token of ENTSO-E', KEY_FIX);
      const url = below(options.url, 'api', {
        securityToken: key,
        documentType: 'A75',
        processType: 'A16',
        in_Domain: domain,
        periodStart: compact(Math.floor((now - DAY) / HOUR) * HOUR),
        periodEnd: compact(Math.ceil(now / HOUR) * HOUR),
      });
      const common = { timeout: seconds(options.timeout), signal, accept: 'xml' } as const;
      const round = createRound(common, { refused: KEY_FIX }, BAN);
      const document = parseGeneration(await round.body({ url, secrets: [key] }), domain);
      const { spans, notes } = intensityOf(document, factors);
      const { readings, notes: left } = readingsOf(spans);
      const none = document.reason === '' ? [] : [`no data for ${domain}: ${document.reason}`];
      return {
        series: seriesOf(options, seconds(document.step / 1000)),
        readings: splitAt(now, readings).past,
        notes: [...none, ...notes, ...left, ...round.notes()],
      };
    },
  };
};

export const gridEntsoe = gridKind({
  name: 'entsoe',
  about:
    'Europe by bidding zones, computed from the generation that ENTSO-E publishes; free, the token comes on request.',
  secret: 'key',
  options: entsoeOptions,
  flaw: entsoeFlaw,
  rule: 'factors and factors_document together',
  create: entsoe,
});
