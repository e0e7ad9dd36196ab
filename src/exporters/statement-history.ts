import type { StatementInput } from '../carbon/statement-input.ts';
import type { HourOfRecord, WorkOfRecord } from '../model/hour-of-record.ts';
import type { Booked, BookedUpstream, Score } from '../model/hour-record.ts';
import type { Quality } from '../model/meter.ts';
import { TENANCIES, type Tenancy } from '../model/tenancy.ts';
import { QUALITIES } from '../model/usage.ts';
import { grams, joules } from '../units.ts';

type History = Pick<StatementInput, 'hours' | 'work'>;

const HOURS = 'hour,grid_zone,joules,quality,overhead_joules,without_pue_joules,price_currency,price_per_kwh';
const BOOKED = 'hour,grid_zone,method,factor,joules,overhead_joules,grams,overhead_grams,tenancy';
const HELD = 'hour,grid_zone,tenancy,joules,overhead_joules,without_pue_joules';
const UPSTREAM = 'hour,grid_zone,part,factor,joules,overhead_joules,grams';
const PAID = 'hour,grid_zone,currency,amount,joules';
const WORK = 'hour,grid_zone,scope,name,unit,amount';
const SCORES = 'hour,grid_zone,scope,name,unit,factor,joules,operational_grams,embodied_grams,amount';

const timeOf = (hour: number): string => new Date(hour * 1000).toISOString();
/** Throws Error where the text is no start of an hour. */
const hourOf = (text = ''): number => {
  const hour = Date.parse(text) / 1000;
  if (!Number.isInteger(hour / 3600))
    throw new Error(`a table of it holds no hour in "${text.slice(0, 80)}"`);
  return hour;
};
/** Throws Error where the text is no amount. */
const amountOf = (text = ''): number => {
  const amount = text === '' ? Number.NaN : Number(text);
  if (!(amount >= 0 && amount < Number.POSITIVE_INFINITY))
    throw new Error(`a table of it holds no amount in "${text.slice(0, 80)}"`);
  return amount;
};
/** Throws Error where the text is no quality. */
const qualityOf = (text: string): Quality => {
  const quality = QUALITIES.find((known) => known === text);
  if (quality === undefined) throw new Error(`a table of it knows no quality "${text.slice(0, 80)}"`);
  return quality;
};

/** Throws Error where the text is no tenancy. */
const tenancyOf = (text = ''): Tenancy => {
  const tenancy = TENANCIES.find((known) => known === text);
  if (tenancy === undefined) throw new Error(`a table of it knows no tenancy "${text.slice(0, 80)}"`);
  return tenancy;
};

type Cell = string | number | undefined;

/** Names of classes and units are other people's text; numbers are written so that they are read back to the bit. */
const cellOf = (cell: Cell): string => {
  const text = cell === undefined ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
const csv = (header: string, rows: readonly (readonly Cell[])[]): string =>
  [header, ...rows.map((row) => row.map(cellOf).join(',')), ''].join('\n');

const CELL = /(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/y;

const parse = (text: string): readonly (readonly string[])[] => {
  const rows: string[][] = [];
  let row: string[] = [];
  CELL.lastIndex = 0;
  while (CELL.lastIndex < text.length) {
    const found = CELL.exec(text);
    if (found === null) throw new Error('a table of it has a line that is no CSV');
    const [, quoted, plain = '', end] = found;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows.slice(1);
};

/** Factors that hours were booked with, each once: rows name them by their place. */
const factorsOf = ({ hours, work }: History): readonly string[] =>
  [
    ...new Set([
      ...hours.flatMap(({ booked = [], upstream = [] }) =>
        [...booked, ...upstream].map(({ factor }) => factor),
      ),
      ...work.flatMap(({ scores }) => scores.map(({ factor }) => factor)),
    ]),
  ].sort();

/** Files of the hourly inputs; those that hold nothing are left out, but for that of the hours. */
export const historyFiles = (history: History): Readonly<Record<string, string>> => {
  const { hours, work } = history;
  const factors = factorsOf(history);
  const placeOf = new Map(factors.map((text, at) => [text, at]));
  const booked = hours.flatMap(({ hour, gridZone, booked: own = [] }) =>
    own.map(({ method, factor, energy, overhead, grams: all, overheadGrams, tenancy }): readonly Cell[] => [
      ...[timeOf(hour), gridZone, method, placeOf.get(factor), energy, overhead, all, overheadGrams, tenancy],
    ]),
  );
  const held = hours.flatMap(({ hour, gridZone, held: own = [] }) =>
    own.map(({ tenancy, energy, overhead, withoutPue }): readonly Cell[] => [
      ...[timeOf(hour), gridZone, tenancy, energy, overhead, withoutPue],
    ]),
  );
  const upstream = hours.flatMap(({ hour, gridZone, upstream: own = [] }) =>
    own.map(({ part, factor, energy, overhead, grams: all }): readonly Cell[] => [
      ...[timeOf(hour), gridZone, part, placeOf.get(factor), energy, overhead, all],
    ]),
  );
  const paid = hours.flatMap(({ hour, gridZone, paid: own = [] }) =>
    own.map(({ currency, amount, energy }): readonly Cell[] => [
      timeOf(hour),
      gridZone,
      currency,
      amount,
      energy,
    ]),
  );
  const scores = work.flatMap(({ hour, gridZone, scope, name, scores: own }) =>
    own.map(({ unit, factor, energy, operational, embodied, done }): readonly Cell[] => [
      ...[timeOf(hour), gridZone, scope, name, unit, placeOf.get(factor)],
      ...[energy, operational, embodied, done],
    ]),
  );
  const files: readonly (readonly [string, string, readonly (readonly Cell[])[]])[] = [
    ['booked.csv', BOOKED, booked],
    ['held.csv', HELD, held],
    ['upstream.csv', UPSTREAM, upstream],
    ['paid.csv', PAID, paid],
    [
      'work.csv',
      WORK,
      work.map(({ hour, gridZone, scope, name, unit, amount }) => [
        ...[timeOf(hour), gridZone, scope, name, unit, amount],
      ]),
    ],
    ['scores.csv', SCORES, scores],
  ];
  return {
    'hours.csv': csv(
      HOURS,
      hours.map(({ hour, gridZone, energy, quality, pue, price }) => [
        ...[timeOf(hour), gridZone, energy, quality, pue?.overhead, pue?.without],
        ...[price?.currency, price?.perKWh],
      ]),
    ),
    ...(factors.length === 0
      ? {}
      : {
          'booked-factors.json': `${JSON.stringify(
            factors.map((text) => JSON.parse(text)),
            null,
            1,
          )}\n`,
        }),
    ...Object.fromEntries(
      files.filter(([, , rows]) => rows.length > 0).map(([name, header, rows]) => [name, csv(header, rows)]),
    ),
  };
};

const known = (text: string | undefined): number | undefined =>
  text === undefined || text === '' ? undefined : Number(text);

const byKey = <T>(rows: readonly (readonly [string, T])[]): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>();
  for (const [key, one] of rows) {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
};

/** The hourly inputs back. @param read gives a file's text, '' for one that is not there. */
export const historyOf = (read: (name: string) => string): History => {
  const list = read('booked-factors.json');
  const factors = list === '' ? [] : (JSON.parse(list) as unknown[]).map((one) => JSON.stringify(one));
  const factorAt = (place = ''): string => factors[Number(place)] ?? '';
  const booked = byKey(
    parse(read('booked.csv')).map(
      ([hour, zone, method, factor, energy, overhead, all, added, tenancy]): readonly [string, Booked] => [
        `${hour} ${zone}`,
        {
          method: method as Booked['method'],
          factor: factorAt(factor),
          // Evidence of before it was kept has no such column.
          ...(tenancy === undefined || tenancy === '' ? {} : { tenancy: tenancyOf(tenancy) }),
          energy: joules(amountOf(energy)),
          overhead: known(overhead) === undefined ? undefined : joules(amountOf(overhead)),
          grams: grams(amountOf(all)),
          overheadGrams: known(added) === undefined ? undefined : grams(amountOf(added)),
        },
      ],
    ),
  );
  const held = byKey(
    parse(read('held.csv')).map(([hour, zone, tenancy, energy, overhead, without]) => [
      `${hour} ${zone}`,
      {
        ...{ tenancy: tenancyOf(tenancy), energy: joules(amountOf(energy)) },
        ...{ overhead: joules(amountOf(overhead)), withoutPue: joules(amountOf(without)) },
      },
    ]),
  );
  const upstream = byKey(
    parse(read('upstream.csv')).map(
      ([hour, zone, part, factor, energy, overhead, all]): readonly [string, BookedUpstream] => [
        `${hour} ${zone}`,
        {
          ...{
            part: part as BookedUpstream['part'],
            factor: factorAt(factor),
            energy: joules(amountOf(energy)),
          },
          ...{ overhead: joules(amountOf(overhead)), grams: grams(amountOf(all)) },
        },
      ],
    ),
  );
  const paid = byKey(
    parse(read('paid.csv')).map(([hour, zone, currency = '', amount, energy]) => [
      `${hour} ${zone}`,
      { currency, amount: amountOf(amount), energy: joules(amountOf(energy)) },
    ]),
  );
  const scores = byKey(
    parse(read('scores.csv')).map(
      ([hour, zone, scope, name, unit = '', factor, ...amounts]): readonly [string, Score] => {
        const [energy, operational, embodied, done] = amounts.map(amountOf);
        return [
          JSON.stringify([hour, zone, scope, name, unit]),
          {
            ...{ unit, factor: factorAt(factor), energy: joules(energy ?? 0) },
            ...{ operational: grams(operational ?? 0), embodied: grams(embodied ?? 0), done: done ?? 0 },
          },
        ];
      },
    ),
  );
  const hours = parse(read('hours.csv')).map(
    ([hour, gridZone = '', energy, quality = '', overhead, without, currency, price]): HourOfRecord => {
      const key = `${hour} ${gridZone}`;
      const [own, costs] = [booked.get(key), paid.get(key)];
      const [by, adders] = [held.get(key), upstream.get(key)];
      return {
        ...{ hour: hourOf(hour), gridZone, energy: joules(amountOf(energy)) },
        ...(quality === '' ? {} : { quality: qualityOf(quality) }),
        ...(known(overhead) === undefined
          ? {}
          : { pue: { overhead: joules(amountOf(overhead)), without: joules(amountOf(without)) } }),
        ...(own === undefined ? {} : { booked: own }),
        ...(by === undefined ? {} : { held: by }),
        ...(adders === undefined ? {} : { upstream: adders }),
        ...(costs === undefined ? {} : { paid: costs }),
        ...(currency === undefined || currency === '' ? {} : { price: { currency, perKWh: Number(price) } }),
      };
    },
  );
  const work = parse(read('work.csv')).map(
    ([hour, gridZone = '', scope, name = '', unit = '', amount]): WorkOfRecord => ({
      ...{ hour: hourOf(hour), gridZone, scope: scope as WorkOfRecord['scope'], name, unit },
      amount: amountOf(amount),
      scores: scores.get(JSON.stringify([hour, gridZone, scope, name, unit])) ?? [],
    }),
  );
  return { hours, work };
};
