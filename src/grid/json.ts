import * as z from 'zod/mini';
import { type GridAnswer, GridError, type GridProvider, type GridSeries } from '../model/grid.ts';
import { seconds } from '../units.ts';
import { authorities } from './authorities.ts';
import { askGrid, parseJson } from './client.ts';
import { gridKind } from './kind.ts';
import { timeout } from './provider-options.ts';
import { answerOf, type LooseRow, readRows, shown } from './rows.ts';
import { skewNotes } from './skew.ts';
import { stated, statement, statementFlaw } from './statement.ts';

const MOST_ROWS = 10_000;
/** What is shorter is a zone or a number. */
const SHORTEST_KEY = 8;

const path = (what: string) =>
  z.optional(z.string().check(z.minLength(1), z.maxLength(200))).check(z.describe(what));

const isAddress = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
};

/** Options of an address that answers in JSON. */
export const jsonOptions = z.object({
  ...statement,
  url: z
    .string()
    .check(z.maxLength(2048), z.refine(isAddress))
    .check(z.describe('address that answers in JSON, without a user; no message shows its query')),
  key_header: z
    .optional(z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/)))
    .check(z.describe('header that the key goes into, as it is; Authorization gets Bearer before it')),
  list: path('where the list of rows stands, such as data.0.readings; default: the whole answer'),
  value: path('where the value stands in a row; default: value'),
  time: path('where the time stands in a row; default: time'),
  time_is: z
    ._default(z.enum(['start', 'end']), 'start')
    .check(z.describe('whether the time is where the interval of the value begins or ends')),
  forecast_list: path('where a list of the same form stands that is a forecast; default: there is none'),
  period: z
    .optional(z.number().check(z.gte(30), z.lte(86_400)))
    .check(z.describe('seconds between two questions; default: the interval, a day at most')),
  ca_file: z
    .optional(z.string().check(z.minLength(1), z.maxLength(4096)))
    .check(z.describe('PEM file of the authorities to trust for an address of your own')),
  timeout: timeout(),
});
export type JsonOptions = z.output<typeof jsonOptions>;

/** What lies at a path of names and positions; undefined where nothing does. */
export const valueAt = (value: unknown, steps: string | undefined): unknown =>
  (steps?.split('.') ?? []).reduce<unknown>(
    (inside, step) =>
      typeof inside === 'object' && inside !== null && Object.hasOwn(inside, step)
        ? (inside as Readonly<Record<string, unknown>>)[step]
        : undefined,
    value,
  );

const rowsAt = (answer: unknown, where: string | undefined, options: JsonOptions): readonly LooseRow[] => {
  const found = valueAt(answer, where);
  if (found === undefined) {
    throw new GridError('failed', `the answer has nothing at ${where ?? 'its top'}`, {
      fix: 'Correct list in grid.providers: curl shows what the address answers.',
    });
  }
  // One reading alone needs no list around it.
  const list: readonly unknown[] = Array.isArray(found) ? found : [found];
  if (list.length > MOST_ROWS) throw new GridError('failed', `the answer has more than ${MOST_ROWS} rows`);
  const rows = list.map((row) => ({
    from: valueAt(row, options.time ?? 'time'),
    value: valueAt(row, options.value ?? 'value'),
  }));
  if (rows.length > 0 && rows.every(({ value }) => value === undefined)) {
    throw new GridError(
      'failed',
      `no row has anything at ${options.value ?? 'value'}; the first is ${shown(list[0])}`,
      {
        fix: 'Correct value in grid.providers: curl shows what the address answers.',
      },
    );
  }
  return rows;
};

/** Reads one answer. @throws GridError (failed) */
export const readJson = (body: string, series: GridSeries, options: JsonOptions, now: number): GridAnswer => {
  const answer = parseJson(body);
  const rules = { unit: options.unit, timeIs: options.time_is };
  const told = answerOf(series, readRows(rowsAt(answer, options.list, options), series, rules), now);
  if (options.forecast_list === undefined) return told;
  const ahead = readRows(rowsAt(answer, options.forecast_list, options), series, rules);
  const { forecast } = answerOf(series, ahead, now);
  return { ...told, ...(forecast === undefined ? {} : { forecast }), notes: [...told.notes, ...ahead.notes] };
};

const create = (options: JsonOptions, { key }: { readonly key?: string | undefined }): GridProvider => {
  const url = new URL(options.url);
  const series = stated('json', options);
  // One of them may be a key, and nothing says which.
  const values = [...url.searchParams.values()].filter((value) => value.length >= SHORTEST_KEY);
  return {
    name: 'json',
    label: `${url.host}, zone ${options.zone}`,
    period: seconds(options.period ?? Math.min(options.interval, 86_400)),
    ask: async (now, signal) => {
      const header = options.key_header;
      const shownKey = header?.toLowerCase() === 'authorization' ? `Bearer ${key}` : key;
      const headers: Record<string, string> =
        header === undefined || shownKey === undefined || key === undefined ? {} : { [header]: shownKey };
      const ca = options.ca_file === undefined ? {} : { ca: await authorities(options.ca_file) };
      const common = { timeout: seconds(options.timeout), signal, accept: 'json', ...ca } as const;
      const response = await askGrid({
        url,
        headers,
        ...common,
        secrets: [...values, ...(key === undefined ? [] : [key])],
      });
      const answer = readJson(response.body, series, options, now);
      return { ...answer, notes: [...answer.notes, ...skewNotes(response)] };
    },
  };
};

export const gridJson = gridKind({
  name: 'json',
  about: 'An address of your own that answers in JSON, such as that of a supplier or an exporter.',
  secret: 'key',
  options: jsonOptions,
  flaw: statementFlaw,
  create,
});
