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

/** Both known parts as one; what neither knows stays unknown. */
export const addKnown = <U extends string>(
  a: Quantity<U> | undefined,
  b: Quantity<U> | undefined,
): Quantity<U> | undefined => (a === undefined || b === undefined ? (a ?? b) : add(a, b));

/** Two parts of one row as one. */
export const addUsage = (held: Usage, more: Usage): Usage => ({
  period: held.period,
  start: held.start,
  scope: held.scope,
  name: held.name,
  gridZone: held.gridZone,
  energy: add(held.energy, more.energy),
  location: addKnown(held.location, more.location),
  market: addKnown(held.market, more.market),
  withoutLocation: add(held.withoutLocation, more.withoutLocation),
  withoutMarket: add(held.withoutMarket, more.withoutMarket),
  locationFactor: factorOfBoth(held.locationFactor, more.locationFactor),
  marketFactor: factorOfBoth(held.marketFactor, more.marketFactor),
  covered: addKnown(held.covered, more.covered),
  poweredOn: addKnown(held.poweredOn, more.poweredOn),
  cpuBusy: addKnown(held.cpuBusy, more.cpuBusy),
  cpuAvailable: addKnown(held.cpuAvailable, more.cpuAvailable),
  gpuBusy: addKnown(held.gpuBusy, more.gpuBusy),
  gpuAvailable: addKnown(held.gpuAvailable, more.gpuAvailable),
  quality: lessSure(held.quality, more.quality),
  work: more.work === undefined ? held.work : addAmounts(held.work, more.work),
  record: addRecords(held.record, more.record),
  scores: addScores(held.scores, more.scores),
});

export const addAmounts = (
  held: ReadonlyMap<string, number> | undefined,
  more: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> => {
  const sums = new Map(held);
  for (const [unit, amount] of more) sums.set(unit, (sums.get(unit) ?? 0) + amount);
  return sums;
};

/** Identity of a row. Names hold no line break: classes and meter ids are words. */
export const usageKey = ({ period, start, scope, name, gridZone }: Usage): string =>
  `${period} ${start} ${scope} ${gridZone}\n${name}`;
