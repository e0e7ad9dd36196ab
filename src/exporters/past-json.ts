import type { Quality } from '../model/meter.ts';
import { lessSure, type Period, type Usage } from '../model/usage.ts';
import type { Resource } from '../model/workload.ts';
import {
  add,
  type GramsCO2e,
  grams,
  type Joules,
  joules,
  type KilowattHours,
  type Seconds,
  seconds,
  toKilowattHours,
} from '../units.ts';

/** Mean power over the last hours: `GET /api/v1/history`. A place without a figure is null: nothing was metered then. */
export interface PastJson {
  readonly example?: string;
  readonly format: 1;
  /** Start of the first step; ISO 8601, UTC. */
  readonly since: string;
  readonly stepSeconds: number;
  /** Starts of the steps, seconds since 1970 UTC. */
  readonly starts: readonly number[];
  readonly host: { readonly powerWatts: readonly (number | null)[] };
  /** Metered parts of the host; those that are gone meanwhile have no resource. */
  readonly domains: readonly {
    readonly id: string;
    readonly resource?: Resource;
    readonly powerWatts: readonly (number | null)[];
  }[];
}

export interface PastInput {
  /** Whole steps, seconds since 1970 UTC. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** Rows of the host and of its parts. */
  readonly rows: readonly Usage[];
  readonly resources: ReadonlyMap<string, Resource>;
  readonly example?: string | undefined;
}

/** Mean watts of each step: energy over the time that it is of. Pure. */
export const pastJson = ({ from, to, step, rows, resources, example }: PastInput): PastJson => {
  const length = Math.max(0, Math.round((to - from) / step));
  const sums = new Map<string, { energy: Joules; covered: Seconds }[]>();
  for (const { scope, name, start, energy, covered } of rows) {
    const at = Math.floor((start - from) / step);
    if (covered === undefined || at < 0 || at >= length || scope === 'class') continue;
    const key = scope === 'host' ? '' : name;
    const own = sums.get(key) ?? [];
    const held = own[at];
    own[at] = {
      energy: add(held?.energy ?? joules(0), energy),
      covered: add(held?.covered ?? seconds(0), covered),
    };
    sums.set(key, own);
  }
  const wattsOf = (key: string): readonly (number | null)[] =>
    Array.from({ length }, (_, at) => {
      const sum = sums.get(key)?.[at];
      return sum === undefined || sum.covered <= 0 ? null : rounded(sum.energy / sum.covered);
    });
  return {
    ...(example === undefined ? {} : { example }),
    format: 1,
    since: new Date(from * 1000).toISOString(),
    stepSeconds: step,
    starts: Array.from({ length }, (_, at) => from + at * step),
    host: { powerWatts: wattsOf('') },
    domains: [...sums.keys()]
      .filter((id) => id !== '')
      .sort()
      .map((id) => {
        const resource = resources.get(id);
        return { id, ...(resource === undefined ? {} : { resource }), powerWatts: wattsOf(id) };
      }),
  };
};

/** A milliwatt is far below what any meter tells apart. */
const rounded = (power: number): number => Math.round(power * 1000) / 1000;

/** Energy and CO2e of a calendar day or month so far. */
export interface CalendarSpanJson {
  /** Its start, by the time zone that stands beside it; ISO 8601, UTC. */
  readonly from: string;
  /** Start of the first hour that anything is known of, where that is later: the agent was not there before. */
  readonly knownFrom?: string;
  readonly energyJoules: Joules;
  readonly energyKwh: KilowattHours;
  /** The least sure of what was added up; absent where nothing was metered. */
  readonly quality?: Quality;
  /** Time that the agent watched, and time that the energy is of. */
  readonly watchedSeconds: Seconds;
  readonly coveredSeconds: Seconds;
  /** Operational grams, PUE included, by each method; absent where no factor held. Never added. */
  readonly locationGrams?: GramsCO2e;
  readonly marketGrams?: GramsCO2e;
  /** Energy of that span for which no factor held: it has no grams above. */
  readonly withoutLocationJoules: Joules;
  readonly withoutMarketJoules: Joules;
}

/** Energy and CO2e today and this month: `GET /api/v1/calendar`. Grams of an example zone are never kept. */
export interface CalendarJson {
  readonly example?: string;
  readonly format: 1;
  /** When it was told; ISO 8601, UTC. */
  readonly time: string;
  /** IANA name of the zone whose days and months these are; UTC where none is configured. */
  readonly timeZone: string;
  readonly today: CalendarSpanJson;
  readonly month: CalendarSpanJson;
}

/** Sums the host's rows from a time on. @param from seconds since 1970 UTC. */
export const calendarSpan = (rows: readonly Usage[], from: number, period: Period): CalendarSpanJson => {
  let [energy, withoutLocation, withoutMarket] = [joules(0), joules(0), joules(0)];
  let [watched, covered] = [seconds(0), seconds(0)];
  let location: GramsCO2e | undefined;
  let market: GramsCO2e | undefined;
  let quality: Quality | undefined;
  let first = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    if (row.scope !== 'host' || row.start < from) continue;
    first = Math.min(first, row.start);
    energy = add(energy, row.energy);
    withoutLocation = add(withoutLocation, row.withoutLocation);
    withoutMarket = add(withoutMarket, row.withoutMarket);
    if (row.poweredOn !== undefined) watched = add(watched, row.poweredOn);
    if (row.covered !== undefined) covered = add(covered, row.covered);
    if (row.location !== undefined) location = add(location ?? grams(0), row.location);
    if (row.market !== undefined) market = add(market ?? grams(0), row.market);
    quality = lessSure(quality, row.quality);
  }
  const isLate = first !== Number.POSITIVE_INFINITY && first >= from + period;
  return {
    from: new Date(from * 1000).toISOString(),
    ...(isLate ? { knownFrom: new Date(first * 1000).toISOString() } : {}),
    energyJoules: energy,
    energyKwh: toKilowattHours(energy),
    ...(quality === undefined ? {} : { quality }),
    watchedSeconds: watched,
    coveredSeconds: covered,
    ...(location === undefined ? {} : { locationGrams: location }),
    ...(market === undefined ? {} : { marketGrams: market }),
    withoutLocationJoules: withoutLocation,
    withoutMarketJoules: withoutMarket,
  };
};
