import { add, type GramsCO2e, type Joules, type Quantity, type Seconds } from '../units.ts';
import { addRecords, addScores, type HourRecord, type Score } from './hour-record.ts';
import type { Quality } from './meter.ts';

/** Lengths of the rows of the history, seconds. */
export const MINUTE = 60;
export const HOUR = 3600;
export type Period = typeof MINUTE | typeof HOUR;

/** What a row is of: the whole host, a disjoint part of it by meter id, a class of workloads. */
export type UsageScope = 'host' | 'domain' | 'class';

/** Name of the row of what no class caused, among the classes: no class can be called so. */
export const IDLE_CLASS = '(idle)';

/** In place of a factor's id, where more than one held within a row. */
export const SEVERAL = '*';

/**
 * Sums over one minute or hour, in one grid zone. What is not known is absent, never 0. No ratio is kept: busy and
 * available time stand beside each other, so that any mean can be made over any span.
 */
export interface Usage {
  readonly period: Period;
  /** Seconds since 1970 UTC, a whole multiple of the period. */
  readonly start: number;
  readonly scope: UsageScope;
  /** Meter id or class; empty for the host. */
  readonly name: string;
  /** Empty where none is set, and while it is an example: grams of one are never kept. */
  readonly gridZone: string;
  readonly energy: Joules;
  /** Operational grams, PUE included, of the energy that a factor held for; the rest of it stands beside them. */
  readonly location?: GramsCO2e | undefined;
  readonly market?: GramsCO2e | undefined;
  readonly withoutLocation: Joules;
  readonly withoutMarket: Joules;
  /** Ids of the factors, of the host alone: they are those of all rows of that time and zone. */
  readonly locationFactor?: string | undefined;
  readonly marketFactor?: string | undefined;
  /** Time that the energy is of; of a class it is that of the host. */
  readonly covered?: Seconds | undefined;
  /** Time that the agent watched the host powered on; of the host alone. */
  readonly poweredOn?: Seconds | undefined;
  /** Processor seconds used and there to be used, of the host; those of a class are used alone. */
  readonly cpuBusy?: Seconds | undefined;
  readonly cpuAvailable?: Seconds | undefined;
  /** The same of GPUs, in seconds of a whole board. */
  readonly gpuBusy?: Seconds | undefined;
  readonly gpuAvailable?: Seconds | undefined;
  /** The least sure of what was added up. */
  readonly quality?: Quality | undefined;
  /** What counted the energy, of the host alone: sources of its total, sorted, joined by `+`. */
  readonly meter?: string | undefined;
  /** Pieces of work by unit; absent where none was counted. */
  readonly work?: ReadonlyMap<string, number> | undefined;
  /** How it was booked, of the host alone; kept by the hour. */
  readonly record?: HourRecord | undefined;
  /** Scores of that work, by unit and factor; kept by the hour. */
  readonly scores?: ReadonlyMap<string, Score> | undefined;
}

/** From surest to least sure; the place is what a file holds. */
export const QUALITIES: readonly Quality[] = ['measured', 'derived', 'estimated'];

export const lessSure = (a: Quality | undefined, b: Quality | undefined): Quality | undefined =>
  a === undefined || b === undefined
    ? (a ?? b)
    : QUALITIES[Math.max(QUALITIES.indexOf(a), QUALITIES.indexOf(b))];

export const factorOfBoth = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || b === undefined || a === b ? (a ?? b) : SEVERAL;

/** All meters of both, each once. */
export const metersOfBoth = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || b === undefined || a === b
    ? (a ?? b)
    : [...new Set([...a.split('+'), ...b.split('+')])].toSorted().join('+');

/** A source of the host total as rows name it: one that leaves out the board and the supply counts something else. */
export const meterName = (source: string, complete: boolean): string =>
  complete ? source : `${source}(incomplete)`;

/** Both known parts as one; what neither knows stays unknown. */
export const addKnown = <U extends string>(
  a: Quantity<U> | undefined,
  b: Quantity<U> | undefined,
): Quantity<U> | undefined => (a === undefined || b === undefined ? (a ?? b) : add(a, b));

/** A row that is added to in place; whoever holds it is the only one that does. */
export type UsageSums = { -readonly [K in keyof Omit<Usage, 'work'>]: Usage[K] } & {
  work?: Map<string, number> | undefined;
};

export const copyUsage = (row: Usage): UsageSums => ({
  ...row,
  work: row.work === undefined ? undefined : new Map(row.work),
});

/** Adds another part of the same row. */
export const addToUsage = (held: UsageSums, more: Usage): void => {
  held.energy = add(held.energy, more.energy);
  held.location = addKnown(held.location, more.location);
  held.market = addKnown(held.market, more.market);
  held.withoutLocation = add(held.withoutLocation, more.withoutLocation);
  held.withoutMarket = add(held.withoutMarket, more.withoutMarket);
  held.locationFactor = factorOfBoth(held.locationFactor, more.locationFactor);
  held.marketFactor = factorOfBoth(held.marketFactor, more.marketFactor);
  held.covered = addKnown(held.covered, more.covered);
  held.poweredOn = addKnown(held.poweredOn, more.poweredOn);
  held.cpuBusy = addKnown(held.cpuBusy, more.cpuBusy);
  held.cpuAvailable = addKnown(held.cpuAvailable, more.cpuAvailable);
  held.gpuBusy = addKnown(held.gpuBusy, more.gpuBusy);
  held.gpuAvailable = addKnown(held.gpuAvailable, more.gpuAvailable);
  held.quality = lessSure(held.quality, more.quality);
  held.meter = metersOfBoth(held.meter, more.meter);
  held.record = addRecords(held.record, more.record);
  held.scores = addScores(held.scores, more.scores);
  if (more.work === undefined) return;
  held.work ??= new Map();
  for (const [unit, amount] of more.work) held.work.set(unit, (held.work.get(unit) ?? 0) + amount);
};

/** Two parts of one row as one. */
export const addUsage = (held: Usage, more: Usage): Usage => {
  const both = copyUsage(held);
  addToUsage(both, more);
  return both;
};

/** Identity of a row. Names hold no line break: classes and meter ids are words. */
export const usageKey = (
  { period: own, start: at, scope, name, gridZone }: Usage,
  period: Period = own,
  start = at,
): string => `${period} ${start} ${scope} ${gridZone}\n${name}`;

/** Throws RangeError where a row cannot be kept: it would let no save pass any more. */
export const checkUsage = (row: Usage): void => {
  const wrong = wrongInUsage(row);
  if (wrong !== undefined) throw new RangeError(wrong);
};

/** What no row can have; undefined where every figure is a finite number from 0, and its start a whole one of its period. */
export const wrongInUsage = (row: Usage): string | undefined => {
  const { period, start, energy, withoutLocation, withoutMarket, location, market, work } = row;
  const { covered, poweredOn, cpuBusy, cpuAvailable, gpuBusy, gpuAvailable } = row;
  const isSound =
    Number.isInteger(start / period) &&
    isAmount(energy) &&
    isAmount(withoutLocation) &&
    isAmount(withoutMarket) &&
    isAmount(location) &&
    isAmount(market) &&
    isAmount(covered) &&
    isAmount(poweredOn) &&
    isAmount(cpuBusy) &&
    isAmount(cpuAvailable) &&
    isAmount(gpuBusy) &&
    isAmount(gpuAvailable) &&
    (work === undefined || [...work.values()].every(isAmount)) &&
    detailsOf(row).every(isAmount);
  return isSound ? undefined : whatIsWrong(row);
};

const isAmount = (value = 0): boolean => value >= 0 && value < Number.POSITIVE_INFINITY;

const detailsOf = ({ record, scores }: Usage): readonly (number | undefined)[] =>
  record === undefined && scores === undefined
    ? NO_DETAILS
    : [
        ...[record?.overhead, record?.withoutPue],
        ...[...(record?.booked.values() ?? [])].flatMap(({ energy, overhead, grams, overheadGrams }) => [
          ...[energy, overhead, grams, overheadGrams],
        ]),
        ...[...(record?.paid.values() ?? [])].flatMap(({ amount, energy }) => [amount, energy]),
        ...[...(scores?.values() ?? [])].flatMap(({ energy, operational, embodied, done }) => [
          ...[energy, operational, embodied, done],
        ]),
      ];
const NO_DETAILS: readonly number[] = [];

const whatIsWrong = (row: Usage): string => {
  const { period, start, scope, name, gridZone, work, ...figures } = row;
  const what = `${period === MINUTE ? 'minute' : 'hour'} ${start} of ${scope} ${name} in zone ${gridZone}`;
  const numbers = [...Object.values(figures), ...(work?.values() ?? []), ...detailsOf(row)].filter(
    (one) => typeof one === 'number',
  );
  const wrong = numbers.find((one) => !isAmount(one));
  return wrong === undefined
    ? `${what} does not start at a whole one of UTC`
    : `${what} has ${wrong}, not a finite number from 0`;
};
