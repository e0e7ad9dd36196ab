import { add, type GramsCO2e, type Joules, type Quantity } from '../units.ts';
import type { Factor, FactorRow } from './factor.ts';

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
  /** Of the IT equipment. */
  readonly energy: Joules;
  /** What the building adds, energy x (PUE - 1); undefined where it was not kept apart. */
  readonly overhead?: Joules | undefined;
  /** Overhead included. */
  readonly grams: GramsCO2e;
  readonly overheadGrams?: GramsCO2e | undefined;
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
  /** By method and factor. */
  readonly booked: ReadonlyMap<string, Booked>;
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

export const bookedKey = ({ method, factor }: Pick<Booked, 'method' | 'factor'>): string =>
  `${method} ${factor}`;
export const scoreKey = ({ unit, factor }: Pick<Score, 'unit' | 'factor'>): string => `${unit} ${factor}`;

const texts = new WeakMap<Factor, string>();

/** A factor as a record keeps it. */
export const bookedFactorText = (factor: Factor): string => {
  const held = texts.get(factor);
  if (held !== undefined) return held;
  const { id, provider, status, row } = factor;
  const { value, year, ...series } = row;
  const isLive = row.check === 'live';
  const about: BookedFactor = {
    id,
    provider,
    ...(isLive ? {} : { status }),
    // What a live reading says of itself (an estimate) is of that hour.
    row: isLive ? { ...series, note: '-' } : { ...series, value, year },
  };
  const made = JSON.stringify(about);
  texts.set(factor, made);
  return made;
};

/** Throws SyntaxError where the text is none. */
export const bookedFactorOf = (text: string): BookedFactor => JSON.parse(text) as BookedFactor;

/** A part that one of two does not know is not known of both. */
const addAll = <U extends string>(
  a: Quantity<U> | undefined,
  b: Quantity<U> | undefined,
): Quantity<U> | undefined => (a === undefined || b === undefined ? undefined : add(a, b));

const addBooked = (a: Booked, b: Booked): Booked => ({
  method: a.method,
  factor: a.factor,
  energy: add(a.energy, b.energy),
  overhead: addAll(a.overhead, b.overhead),
  grams: add(a.grams, b.grams),
  overheadGrams: addAll(a.overheadGrams, b.overheadGrams),
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

const merged = <T>(
  held: ReadonlyMap<string, T>,
  more: ReadonlyMap<string, T>,
  plus: (a: T, b: T) => T,
): ReadonlyMap<string, T> => {
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
        paid: merged(a.paid, b.paid, addPaid),
      };

export const addScores = (
  a: ReadonlyMap<string, Score> | undefined,
  b: ReadonlyMap<string, Score> | undefined,
): ReadonlyMap<string, Score> | undefined =>
  a === undefined || b === undefined ? (a ?? b) : merged(a, b, addScore);
