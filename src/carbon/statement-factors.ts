import type { Factor, FactorRow } from '../model/factor.ts';
import type { Found } from '../model/found.ts';
import { bookedAdderOf, bookedFactorOf } from '../model/hour-record.ts';
import type { SupplyRow } from '../model/supply.ts';
import { upstreamId } from './adders.ts';
import type { Adder } from './in-force.ts';
import { locationFactor, marketFactor } from './select.ts';
import { type Line, type Terms, wordsLine } from './statement.ts';
import { bookedKnown, bookedNames } from './statement-booked.ts';
import type { StatementInput } from './statement-input.ts';
import { otherPotentials } from './statement-potentials.ts';
import { plain } from './statement-words.ts';

/** What the list tells of a row, whatever table it is of. */
type Noted = Pick<FactorRow, 'year' | 'yearKind' | 'source' | 'licence' | 'check'> &
  Readonly<Record<'basis' | 'gases' | 'gwp', string>>;

/** Chooses factors for a statement and keeps the list of those in use. */
export interface FactorDesk {
  location(zone: string): Found<Factor>;
  market(zone: string): Found<Factor>;
  /** Notes that a figure rests on a grid factor; gives its terms. */
  use(factor: Factor): Terms;
  useSupply(row: SupplyRow): Terms;
  /** What is known of a factor that hours were booked with; notes that a figure rests on it. */
  useBooked(factor: string, method: Factor['method'], zone: string): BookedTerms;
  useUpstream(official: NonNullable<Adder['official']>): Terms;
  /** Likewise as `useBooked` of a figure of losses or fuel supply. */
  useBookedAdder(factor: string, zone: string): BookedTerms;
  /** `441.9 g/kWh (CN-GD 2023, direct, CO2)`, with words where it is not the row of the year or has other potentials. */
  words(factor: Factor): string;
  /** Lines of block 10, in order of their ids. */
  lines(): readonly Line[];
}

export interface BookedTerms {
  /** One for each edition that was booked with. */
  readonly name: string;
  /** `electricity-maps, direct, CO2e`; where the id alone was kept, that. */
  readonly words: string;
  readonly terms: Terms;
}

export const supplyId = ({ id, region, basis, gwp }: SupplyRow): string =>
  [id, region, basis, ...(gwp === 'none' ? [] : [gwp])].join('/');

export const createFactorDesk = (input: StatementInput): FactorDesk => {
  const { activity, rows, fallback, hash } = input;
  const names = bookedNames(input);
  const used = new Map<string, Line>();
  const ask = (zone: string) => ({ zone, year: activity.year, rows, fallback });
  const note = (id: string, value: string, row: Noted, status: string): void => {
    // Of one row always the same text: its fields in the order of their names.
    const sha256 = hash(JSON.stringify(row, Object.keys(row).sort()));
    const marks = [...new Set([status, ...(row.check === 'needs-check' ? ['needs-check'] : [])])].join(', ');
    const terms = [row.basis, row.gases, `GWP ${row.gwp}`, `${row.year} (${row.yearKind})`].join(', ');
    used.set(
      id,
      wordsLine(
        `factors.${id}`,
        id,
        `${value}, ${terms}, ${marks}`,
        `${row.source}; ${row.licence}; sha256 ${sha256}`,
      ),
    );
  };
  const upstreamTerms = ({ row, status }: NonNullable<Adder['official']>, id = upstreamId(row)): Terms => {
    const { gases = 'as its factor', gwp = 'as its factor' } = row;
    note(id, `${plain(row.value)} ${row.unit}`, { ...row, basis: 'upstream', gases, gwp }, status);
    return { basis: 'upstream', gases: row.gases ?? '', gwp: row.gwp ?? '', zone: row.zone, factor: id };
  };
  const useBooked: FactorDesk['useBooked'] = (factor, method, zone) => {
    const about = bookedFactorOf(factor);
    const name = names.get(factor) ?? about.id;
    const known = bookedKnown(about, rows);
    used.set(
      `booked.${name}`,
      wordsLine(`factors.booked.${name}`, `${name}, as booked`, ...known.listing(activity.year, hash)),
    );
    return { name, words: known.words, terms: { method, ...known.terms, zone, factor: name } };
  };
  return {
    location: (zone) => locationFactor(ask(zone)),
    market: (zone) => marketFactor(ask(zone)),
    use: ({ id, method, row, status }) => {
      note(id, `${plain(row.value)} g/kWh`, row, withYear(status, row.year, activity.year));
      const signal = row.basis === 'marginal' ? 'marginal' : 'average';
      return {
        method,
        basis: row.basis,
        gases: row.gases,
        gwp: row.gwp,
        zone: row.zone,
        signal,
        edition: row.yearKind,
        factor: id,
      };
    },
    useSupply: (row) => {
      const id = supplyId(row);
      note(id, `${plain(row.value)} ${row.unit}`, row, row.check);
      return { basis: row.basis, gases: row.gases, gwp: row.gwp, zone: row.region, factor: id };
    },
    useBooked,
    useUpstream: (official) => upstreamTerms(official),
    useBookedAdder: (factor, zone) => {
      const { id, value, unit, row, status = 'official', at } = bookedAdderOf(factor);
      const name = names.get(factor) ?? id;
      const known = row === undefined ? undefined : upstreamTerms({ row, status }, `booked.${name}`);
      if (known === undefined)
        used.set(
          `booked.${name}`,
          wordsLine(
            `factors.booked.${name}`,
            `${name}, as booked`,
            `${plain(value ?? 0)} ${unit ?? ''}, ${unit === 'ratio' ? 'share of losses' : 'upstream'}, as the operator stated it`,
            "the agent's configuration of that time",
          ),
        );
      const grid = at === undefined ? undefined : useBooked(JSON.stringify(at), 'location', zone);
      const size = `${plain(row?.value ?? value ?? 0)} ${row?.unit ?? unit ?? ''}`;
      const words = [
        `${row?.part === 'both' ? 'transmission and upstream' : (row?.part ?? (unit === 'ratio' ? 'loss' : 'upstream'))} ${size}`,
        ...(grid === undefined ? [] : [`at ${grid.words}`]),
        row?.source ?? "the agent's configuration of that time",
        ...(row === undefined && grid === undefined ? ['its gases are not stated'] : []),
      ].join(', ');
      return { name, words, terms: grid?.terms ?? known ?? { basis: 'upstream', zone, factor: name } };
    },
    words: (factor) =>
      [factorWords(factor), otherPotentials(factor.row, activity.boundary.gwp)].filter(Boolean).join('; '),
    lines: () => [...used].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line),
  };
};

/** A stand-in may be of another year too: what it stands in for must not hide that. */
const withYear = (status: Factor['status'], of: number, year: number): string => {
  const isTold = status === 'earlier' || status === 'later' || status === 'stale';
  return isTold || of === year ? status : `${status}, ${of < year ? 'earlier' : 'later'}`;
};

const factorWords = ({ row, status }: Factor): string => {
  const odd = status === 'official' ? '' : `, ${status}`;
  return `${plain(row.value)} g/kWh (${row.zone} ${row.year}, ${row.basis}, ${row.gases}${odd})`;
};
