import type { FactorRow } from '../model/factor.ts';
import { type BookedFactor, bookedAdderOf, bookedFactorOf } from '../model/hour-record.ts';
import type { Terms } from './statement.ts';
import type { StatementInput } from './statement-input.ts';
import { plain } from './statement-words.ts';

/** A name for each factor that hours were booked with: its id, and what tells editions of one id apart. */
export const bookedNames = ({
  hours,
  work,
  hash,
}: Pick<StatementInput, 'hours' | 'work' | 'hash'>): ReadonlyMap<string, string> => {
  const texts = new Set([
    ...hours.flatMap(({ booked = [], upstream = [] }) => [
      ...booked.map(({ factor }) => factor),
      ...upstream.flatMap(({ factor }) => [factor, ...gridFactorOf(factor)]),
    ]),
    ...work.flatMap(({ scores }) => scores.map(({ factor }) => factor)),
  ]);
  const byId = new Map<string, string[]>();
  for (const text of [...texts].sort()) {
    const { id } = bookedFactorOf(text);
    byId.set(id, [...(byId.get(id) ?? []), text]);
  }
  return new Map(
    [...byId].flatMap(([id, own]) =>
      own.map((text): readonly [string, string] => [
        text,
        own.length === 1 ? id : `${id}#${hash(text).slice(0, 8)}`,
      ]),
    ),
  );
};

/** The factor of the grid that a share of losses was booked at, as text. */
const gridFactorOf = (adder: string): readonly string[] => {
  const { at } = bookedAdderOf(adder);
  return at === undefined ? [] : [JSON.stringify(at)];
};

export interface BookedKnown {
  readonly words: string;
  readonly terms: Terms;
  /** Words and note of its line in the list of factors. */
  listing(year: number, hash: (text: string) => string): readonly [words: string, note: string];
}

/** What a kept factor says of itself. */
export const bookedKnown = (about: BookedFactor, rows: readonly FactorRow[]): BookedKnown => {
  const { id, provider = 'table', status, row } = about;
  if (row === undefined) return idAlone(id, rows);
  const { value, year, basis, gases, gwp, yearKind, source, licence } = row;
  const isLive = value === undefined || year === undefined;
  const terms: Terms = {
    ...{ basis, gases, gwp, edition: yearKind },
    signal: basis === 'marginal' ? 'marginal' : 'average',
    ...(isLive ? { series: provider } : {}),
  };
  const what = isLive ? `live series of ${provider}` : `${plain(value)} g/kWh, ${year}`;
  return {
    terms,
    words: `${what}, ${basis}, ${gases}`,
    listing: (of, hash) => {
      const marks = [
        ...(isLive || year === of ? [] : [status ?? (year < of ? 'earlier' : 'later')]),
        ...(row.check === 'needs-check' ? ['needs-check'] : []),
      ];
      const edition = isLive ? `by the hour from ${provider}` : `${year} (${yearKind})`;
      const size = isLive ? [] : [`${plain(value)} g/kWh`];
      return [
        [...size, basis, gases, `GWP ${gwp}`, edition, ...marks].join(', '),
        `${source}; ${licence}; sha256 ${hash(JSON.stringify(row, Object.keys(row).sort()))}`,
      ];
    },
  };
};

/** Hours of before records were kept have an id; what the tables hold under it now says at least what it counts. */
const idAlone = (id: string, rows: readonly FactorRow[]): BookedKnown => {
  const key = id.split('/').slice(0, 3).join('/');
  const row = rows.find(({ zone, basis, year }) => `${zone}/${basis}/${year}` === key);
  const what =
    id === '*' ? 'several factors within an hour, which ones was not kept' : 'its id alone was kept';
  const terms: Terms =
    row === undefined
      ? { basis: 'unstated', gases: 'unstated', gwp: 'unstated' }
      : { basis: row.basis, gases: row.gases, gwp: row.gwp, edition: row.yearKind };
  const held =
    row === undefined ? '' : `; terms as of the row that is held under it now, ${row.source}, ${row.licence}`;
  return {
    terms,
    words: what,
    listing: () => [
      `${what}: ${terms.basis}, ${terms.gases}, GWP ${terms.gwp}`,
      `value and source as booked were not kept${held}`,
    ],
  };
};
