import { add, type GramsCO2e, type Joules, type Quantity } from '../units.ts';
import type { Factor, FactorRow } from './factor.ts';
import type { Tenancy } from './tenancy.ts';
import type { UpstreamRow } from './upstream.ts';

/** What is known of a factor that grams were booked with. */
export interface BookedFactor {
  /** As counters carry it; `*`: several held within the hour, and which ones was not kept. */
  readonly id: string;
  readonly provider?: string;
  /** Of a factor of a whole year; the status of a live one changes within the hour. */
  readonly status?: Factor['status'];
  /** Absent where only the id was kept. A live series has no value and no year of its own: they change by the hour. */
  readonly row?: Omit<FactorRow, 'value' | 'year'> & Partial<Pick<FactorRow, 'value' | 'year'>>;
}

/** Energy of the host and its operational grams by one method and one factor, as they were booked. */
export interface Booked {
  readonly method: Factor['method'];
  /** A `BookedFactor` as text: the same text is the same factor, another edition is another text. */
  readonly factor: string;
  /** That held then, which decides the scope; undefined where it was not kept. */
  readonly tenancy?: Tenancy | undefined;
  /** Of the IT equipment. */
  readonly energy: Joules;
  /** What the building adds, energy x (PUE - 1); undefined where it was not kept apart. */
  readonly overhead?: Joules | undefined;
  /** Overhead included. */
  readonly grams: GramsCO2e;
  readonly overheadGrams?: GramsCO2e | undefined;
}

/** Energy of the host under one tenancy, whether a factor was held for it or not. */
export interface Held {
  /** Of the IT equipment. */
  readonly energy: Joules;
  /** As of `HourRecord`. */
  readonly overhead: Joules;
  readonly withoutPue: Joules;
}

/** What is known of a figure of losses or fuel supply that Scope 3.3 was booked with. */
export interface BookedAdder {
  readonly id: string;
  /** Grams per kWh, or a share of losses; absent with a row of the tables, which has it. */
  readonly value?: number;
  readonly unit?: UpstreamRow['unit'];
  readonly row?: UpstreamRow;
  readonly status?: Factor['status'];
  /** The factor of the grid that a share of losses counts at. */
  readonly at?: BookedFactor;
}

/** Scope 3, category 3, of the host's energy by one figure, as it was booked. */
export interface BookedUpstream {
  readonly part: 'transmission' | 'upstream';
  /** A `BookedAdder` as text. */
  readonly factor: string;
  /** Of the IT equipment. */
  readonly energy: Joules;
  readonly overhead: Joules;
  /** Overhead included. */
  readonly grams: GramsCO2e;
}

/** What a currency's worth of energy cost. */
export interface Paid {
  readonly amount: number;
  /** That it was paid for, overhead included. */
  readonly energy: Joules;
}

/** What is kept of an hour of the host beside its sums: by which factors, PUE and prices it was booked. */
export interface HourRecord {
  /** Energy x (PUE - 1), of the energy for which a PUE held. */
  readonly overhead: Joules;
  /** IT energy for which none was known. */
  readonly withoutPue: Joules;
  /** By method, factor and tenancy. */
  readonly booked: ReadonlyMap<string, Booked>;
  /** Energy by tenancy; what is missing of the hour's was drawn before that was kept. */
  readonly held: ReadonlyMap<Tenancy, Held>;
  /** By part and figure. */
  readonly upstream: ReadonlyMap<string, BookedUpstream>;
  /** By currency. */
  readonly paid: ReadonlyMap<string, Paid>;
}

/** Terms of the score of a unit of work (ISO/IEC 21031), over the time in which all of them were known. */
export interface Score {
  readonly unit: string;
  /** As of `Booked`: scores by two factors are two. */
  readonly factor: string;
  readonly energy: Joules;
  /** Location-based. */
  readonly operational: GramsCO2e;
  readonly embodied: GramsCO2e;
  readonly done: number;
}

export const bookedKey = ({
  method,
  factor,
  tenancy,
}: Pick<Booked, 'method' | 'factor' | 'tenancy'>): string => `${method} ${tenancy ?? ''} ${factor}`;
export const upstreamKey = ({ part, factor }: Pick<BookedUpstream, 'part' | 'factor'>): string =>
  `${part} ${factor}`;
export const scoreKey = ({ unit, factor }: Pick<Score, 'unit' | 'factor'>): string => `${unit} ${factor}`;

const texts = new WeakMap<Factor, string>();

/** A factor as a record keeps it. */
export const bookedFactorText = (factor: Factor): string => {
  const held = texts.get(factor);
  if (held !== undefined) return held;
  const made = JSON.stringify(aboutFactor(factor));
  texts.set(factor, made);
  return made;
};

/** What a record keeps of a factor. */
export const aboutFactor = (factor: Factor): BookedFactor => {
  const { id, provider, status, row } = factor;
  const { value, year, ...series } = row;
  const isLive = row.check === 'live';
  return {
    id,
    provider,
    ...(isLive ? {} : { status }),
    // What a live reading says of itself (an estimate) is of that hour.
    row: isLive ? { ...series, note: '-' } : { ...series, value, year },
  };
};

/** Throws SyntaxError where the text is none. */
export const bookedFactorOf = (text: string): BookedFactor => JSON.parse(text) as BookedFactor;
/** Throws SyntaxError where the text is none. */
export const bookedAdderOf = (text: string): BookedAdder => JSON.parse(text) as BookedAdder;

/** A part that one of two does not know is not known of both. */
const addAll = <U extends string>(
  a: Quantity<U> | undefined,
  b: Quantity<U> | undefined,
): Quantity<U> | undefined => (a === undefined || b === undefined ? undefined : add(a, b));

const addBooked = (a: Booked, b: Booked): Booked => ({
  method: a.method,
  factor: a.factor,
  ...(a.tenancy === undefined ? {} : { tenancy: a.tenancy }),
  energy: add(a.energy, b.energy),
  overhead: addAll(a.overhead, b.overhead),
  grams: add(a.grams, b.grams),
  overheadGrams: addAll(a.overheadGrams, b.overheadGrams),
});

const addHeld = (a: Held, b: Held): Held => ({
  energy: add(a.energy, b.energy),
  overhead: add(a.overhead, b.overhead),
  withoutPue: add(a.withoutPue, b.withoutPue),
});

const addUpstream = (a: BookedUpstream, b: BookedUpstream): BookedUpstream => ({
  part: a.part,
  factor: a.factor,
  energy: add(a.energy, b.energy),
  overhead: add(a.overhead, b.overhead),
  grams: add(a.grams, b.grams),
});

const addPaid = (a: Paid, b: Paid): Paid => ({
  amount: a.amount + b.amount,
  energy: add(a.energy, b.energy),
});

const addScore = (a: Score, b: Score): Score => ({
  unit: a.unit,
  factor: a.factor,
  energy: add(a.energy, b.energy),
  operational: add(a.operational, b.operational),
  embodied: add(a.embodied, b.embodied),
  done: a.done + b.done,
});

const merged = <K extends string, T>(
  held: ReadonlyMap<K, T>,
  more: ReadonlyMap<K, T>,
  plus: (a: T, b: T) => T,
): ReadonlyMap<K, T> => {
  const sums = new Map(held);
  for (const [key, one] of more) {
    const before = sums.get(key);
    sums.set(key, before === undefined ? one : plus(before, one));
  }
  return sums;
};

/** Both as one; a part without a record leaves the other as it is. */
export const addRecords = (a: HourRecord | undefined, b: HourRecord | undefined): HourRecord | undefined =>
  a === undefined || b === undefined
    ? (a ?? b)
    : {
        overhead: add(a.overhead, b.overhead),
        withoutPue: add(a.withoutPue, b.withoutPue),
        booked: merged(a.booked, b.booked, addBooked),
        held: merged(a.held, b.held, addHeld),
        upstream: merged(a.upstream, b.upstream, addUpstream),
        paid: merged(a.paid, b.paid, addPaid),
      };

export const addScores = (
  a: ReadonlyMap<string, Score> | undefined,
  b: ReadonlyMap<string, Score> | undefined,
): ReadonlyMap<string, Score> | undefined =>
  a === undefined || b === undefined ? (a ?? b) : merged(a, b, addScore);
