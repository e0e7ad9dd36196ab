import * as z from 'zod/mini';
import { oneLine } from '../model/foreign-text.ts';
import { GridError, type GridProvider, type GridSeries } from '../model/grid.ts';
import { gramsPerKWh, seconds } from '../units.ts';
import { createRound } from './asking.ts';
import { parseJson } from './client.ts';
import { gridKind } from './kind.ts';
import { address, below, timeout } from './provider-options.ts';
import { instant, readValue } from './read-body.ts';
import { readingsOf, type Span, splitAt } from './spans.ts';

/** Options of RTE eCO2mix, France, on the platform of ODRE. */
export const rteOptions = z.object({
  url: address('https://odre.opendatasoft.com/'),
  timeout: timeout(),
});
export type RteOptions = z.infer<typeof rteOptions>;

const PATH = 'api/explore/v2.1/catalog/datasets/eco2mix-national-tr/records';
const QUARTER = 900_000;
/** A day of quarters of an hour. The interface gives 100 rows at most (Opendatasoft Explore API v2.1, `limit`). */
const ROWS = 96;

const table = z.object({
  results: z.array(z.object({ taux_co2: z.nullish(z.number()), date_heure: z.string() })),
});
/** Two shapes of errors in one interface; `errorcode` without an underscore comes from its front, for too many questions. */
const trouble = z.union([
  z.object({ errorcode: z.number(), error: z.string() }),
  z.object({ error_code: z.string(), message: z.string() }),
]);
const TOO_MANY = 10005;

/** Quarters of an hour of France. @throws GridError */
export const parseQuarters = (body: string): readonly Span[] => {
  const answer = parseJson(body);
  const error = trouble.safeParse(answer);
  if (error.success) {
    const { data } = error;
    const isBusy = 'errorcode' in data && data.errorcode === TOO_MANY;
    const said = 'errorcode' in data ? data.error : `${data.error_code}: ${data.message}`;
    throw new GridError(isBusy ? 'busy' : 'failed', `eCO2mix answers ${oneLine(said)}`);
  }
  return readValue(table, answer).results.map(({ taux_co2, date_heure }) => {
    const from = instant(date_heure);
    return {
      from,
      to: from + QUARTER,
      // Rows of the rest of the day stand there without a value.
      value: taux_co2 === null || taux_co2 === undefined ? undefined : gramsPerKWh(taux_co2),
      // What is told at once is replaced by consolidated values weeks later.
      estimated: true,
    };
  });
};

const FIXES = { unknown: 'Correct url: the data set eco2mix-national-tr is not there.' };

const SERIES: GridSeries = {
  provider: 'rte',
  zone: 'FR',
  signal: 'average',
  basis: 'direct',
  gases: 'CO2',
  gwp: 'none',
  boundary: 'production',
  edition: '',
  source: 'RTE eCO2mix, national, real time (ODRE), taux_co2',
  licence: 'Licence Ouverte 2.0 (RTE, ODRE)',
  interval: seconds(900),
};

/** France without Corsica by quarters of an hour: direct CO2 of what is generated there. No key, no forecast. */
export const rte = (options: RteOptions): GridProvider => ({
  name: 'rte',
  label: 'RTE eCO2mix, France',
  period: seconds(900),
  ask: async (now, signal) => {
    const url = below(options.url, PATH, {
      select: 'taux_co2,date_heure',
      where: 'taux_co2 is not null',
      order_by: 'date_heure desc',
      limit: String(ROWS),
      // Of local hours the one before the clock change in autumn and the one after it look alike.
      timezone: 'UTC',
    });
    const round = createRound({ timeout: seconds(options.timeout), signal, accept: 'json' }, FIXES);
    const { readings, notes } = readingsOf(parseQuarters(await round.body({ url })));
    const { past } = splitAt(now, readings);
    const none =
      past.length === 0 ? ['eCO2mix has no value at present; around local midnight that is usual'] : [];
    return { series: SERIES, readings: past, notes: [...none, ...notes, ...round.notes()] };
  },
});

export const gridRte = gridKind({
  name: 'rte',
  about: 'France by quarters of an hour, from RTE eCO2mix; free, without a key.',
  secret: 'none',
  options: rteOptions,
  create: rte,
});
