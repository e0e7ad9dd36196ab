import * as z from 'zod/mini';
import { oneLine } from '../model/foreign-text.ts';
import { type GridAnswer, GridError, type GridProvider } from '../model/grid.ts';
import { seconds } from '../units.ts';
import { authorities } from './authorities.ts';
import { askGrid, parseJson } from './client.ts';
import { gridKind } from './kind.ts';
import { below, code, ownAddress, timeout } from './provider-options.ts';
import { readSeries, seriesSchema } from './series-schema.ts';
import { GRID_FORMAT } from './serve.ts';
import { skewNotes } from './skew.ts';

const MOST_SERIES = 64;

/** Options of another agent that asks the providers for many. */
export const negawattOptions = z.object({
  url: ownAddress('address of the other agent, such as https://negawatt.example:10202'),
  zone: code('zone as the other agent names it'),
  signal: z
    ._default(z.enum(['average', 'marginal']), 'average')
    .check(z.describe('average, or marginal: for scheduling and in no total')),
  provider: z
    .optional(z.string().check(z.regex(/^[a-z][a-z0-9-]{0,63}$/)))
    .check(z.describe('provider that stated the values, where the other agent has several of the zone')),
  basis: z
    .optional(z.enum(['direct', 'lifecycle', 'marginal']))
    .check(z.describe('basis, where the other agent has several of the zone')),
  period: z
    ._default(z.number().check(z.gte(30), z.lte(86_400)), 300)
    .check(z.describe('seconds between two questions')),
  ca_file: z
    .optional(z.string().check(z.minLength(1), z.maxLength(4096)))
    .check(z.describe('PEM file of the authorities to trust for an address of your own')),
  timeout: timeout(),
});
export type NegawattOptions = z.output<typeof negawattOptions>;

const document = z.object({
  format: z.number(),
  unanswered: z.number(),
  // Each is checked by itself: one that this version does not understand must not hide the others.
  series: z.array(z.unknown()).check(z.maxLength(MOST_SERIES)),
});
const heading = z.object({ zone: z.string(), signal: z.string(), provider: z.string(), basis: z.string() });

const isWanted = (one: unknown, { zone, signal, provider, basis }: NegawattOptions): boolean => {
  const { success, data } = heading.safeParse(one);
  if (!success || data.zone !== zone || data.signal !== signal) return false;
  return (
    (provider === undefined || data.provider === provider) && (basis === undefined || data.basis === basis)
  );
};

/** Reads the document of another agent. @throws GridError (failed, unknown) */
export const readDocument = (body: string, options: NegawattOptions): GridAnswer => {
  const raw = parseJson(body);
  const read = document.safeParse(raw);
  if (!read.success) throw new GridError('failed', 'the answer is no document of grid data', { fix: WHERE });
  const { format, unanswered, series } = read.data;
  if (format !== GRID_FORMAT) {
    throw new GridError(
      'failed',
      `the other agent speaks format ${oneLine(String(format), 20)} of grid data, not 1`,
      {
        fix: 'Run the same version of negawatt on both hosts.',
      },
    );
  }
  const wanted = series.filter((one) => isWanted(one, options));
  if (wanted.length === 0) throw missing(options, series, unanswered);
  if (wanted.length > 1) {
    throw new GridError('unknown', `the other agent has ${wanted.length} series of zone ${options.zone}`, {
      fix: 'Say which with provider or basis in grid.providers.',
    });
  }
  const one = seriesSchema.safeParse(wanted[0]);
  if (!one.success) {
    const where = one.error.issues[0]?.path.join('.') ?? '';
    throw new GridError(
      'failed',
      `the series of the other agent has another form, at ${oneLine(where, 60)}`,
      {
        fix: 'Run the same version of negawatt on both hosts.',
      },
    );
  }
  const { fetchedAt: _, ...answer } = readSeries(one.data);
  return { ...answer, notes: [] };
};

const WHERE = 'Name the agent alone, without a path: the document is at /api/v1/grid of it.';

const missing = (
  { zone, signal }: NegawattOptions,
  series: readonly unknown[],
  unanswered: number,
): GridError => {
  const what = `no ${signal} series of zone ${zone}`;
  if (unanswered > 0)
    return new GridError('failed', `the other agent has ${what} yet: it still waits for an answer`);
  const known = series.flatMap((one) => {
    const { success, data } = heading.safeParse(one);
    return success ? [`${data.zone} (${data.signal}, ${data.basis}, ${data.provider})`] : [];
  });
  return new GridError('unknown', `the other agent has ${what}`, {
    fix: oneLine(`Correct grid.providers here or there; it has ${known.join(', ') || 'none'}.`, 300),
  });
};

const create = (options: NegawattOptions, { key }: { readonly key?: string | undefined }): GridProvider => {
  const url = below(options.url, 'api/v1/grid');
  return {
    name: 'negawatt',
    label: `negawatt at ${url.host}, zone ${options.zone}`,
    period: seconds(options.period),
    ask: async (now, signal) => {
      const headers: Record<string, string> = key === undefined ? {} : { Authorization: `Bearer ${key}` };
      const ca = options.ca_file === undefined ? {} : { ca: await authorities(options.ca_file) };
      const common = { timeout: seconds(options.timeout), signal, accept: 'json', ...ca } as const;
      const response = await askGrid({ url, headers, ...common, secrets: key === undefined ? [] : [key] });
      const { readings, ...answer } = readDocument(response.body, options);
      return { ...answer, readings: readings.filter(({ from }) => from <= now), notes: skewNotes(response) };
    },
  };
};

export const gridNegawatt = gridKind({
  name: 'negawatt',
  about: 'Another agent of yours, which asks the provider once for many hosts.',
  secret: 'key',
  options: negawattOptions,
  create,
});
