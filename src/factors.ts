import { join } from 'node:path';
import { addersOf, hasOfficial, officialOf, type UpstreamOptions } from './carbon/adders.ts';
import { pueOf } from './carbon/emissions.ts';
import type { CarbonAt, CarbonInForce } from './carbon/in-force.ts';
import { coveredAt, type Instrument } from './carbon/instruments.ts';
import { type LiveSeries, liveFactorAt, liveRefusal } from './carbon/live.ts';
import { type OwnFactor, ownRows } from './carbon/own-factor.ts';
import { type Period, periodAt } from './carbon/periods.ts';
import { locationFactor, marketFactor, standIn } from './carbon/select.ts';
import { type LocalTime, priceAt, type Tariff } from './carbon/tariff.ts';
import { isCloudRegion, zoneOfCloudRegion } from './grid/cloud-regions.ts';
import type { ZoneQuestion, ZoneRows } from './grid/zone-rows.ts';
import type { Factor, FactorRow } from './model/factor.ts';
import type { Found } from './model/found.ts';
import { type AdderPins, type FactorPins, pinKey } from './model/pins.ts';
import type { Tenancy } from './model/tenancy.ts';
import type { Ratio } from './units.ts';

export interface CarbonOptions {
  /** Folder of the shipped tables. */
  readonly directory: string;
  readonly userFiles: readonly string[];
  /** Reads the tables; in this thread unless told. */
  readonly read?: (question: ZoneQuestion) => Promise<ZoneRows>;
  readonly zone: string | undefined;
  readonly example: boolean;
  readonly location: OwnFactor | undefined;
  readonly market: OwnFactor | undefined;
  readonly pue: Ratio | undefined;
  /** PUE that is measured now; it goes before all others while it is there. */
  readonly pueNow?: () => number | undefined;
  /** PUE by time; where none holds, `pue`. */
  readonly puePeriods?: readonly Period<Ratio>[];
  readonly instruments?: readonly Instrument[];
  readonly fallback?: 'none' | 'country';
  readonly tenancy?: Tenancy;
  /** Tenancy by time; where none holds, `tenancy`. */
  readonly tenancies?: readonly Period<Tenancy>[];
  /** Prices by local time, and what tells that. */
  readonly tariff?: { readonly tariff: Tariff; readonly local: LocalTime } | undefined;
  /** Water usage effectiveness, litres per kWh. */
  readonly wue?: number | undefined;
  /** Energy reuse factor: told, and applied to nothing. */
  readonly erf?: Ratio | undefined;
  readonly upstream?: Pick<UpstreamOptions, 'loss' | 'upstream'> & {
    /** Whether the shipped table stands in for what is not stated. */
    readonly adders?: 'none' | 'official';
  };
  /** Rows that years were begun with, and where a new year's are told; absent: each year takes what the tables hold. */
  readonly pins?: {
    readonly held: FactorPins;
    readonly keep: (pins: FactorPins) => void;
    /** Likewise of losses and fuel supply. */
    readonly adders?: { readonly held: AdderPins; readonly keep: (pins: AdderPins) => void };
    /** Years that take their factors anew, because the operator restates them. */
    readonly restate: readonly number[];
  };
  /**
   * Live series that serve the zone, best first, as they are known now; asked at each tick. A list that is the same
   * object holds the same readings. Undefined: no provider is configured.
   */
  readonly live?: () => readonly LiveSeries[];
}

const NO_ZONE = {
  reason: 'no grid zone is set: energy is exported, CO2e is not',
  fix: 'set grid.zone in the config file, NEGAWATT_GRID_ZONE in the environment, or --grid.zone (such as DE, CN-GD, EGRID:CAMX)',
};

type Problems = CarbonInForce['problems'];
const problemsOf = (...answers: readonly (Found<unknown> | undefined)[]): Problems => {
  const told = answers.flatMap((one) =>
    one === undefined || one.found ? [] : [{ reason: one.reason, fix: one.fix }],
  );
  return [...new Map(told.map((one) => [one.reason, one])).values()];
};

/**
 * Resolves the zone and holds the rows that its factors may be chosen from. Files are read once.
 *
 * An unknown zone or a factor that is missing is a problem in the result, never a substitute: energy goes on without
 * CO2e. Throws FactorTableError where a table cannot be read.
 */
export const openFactors = async (options: CarbonOptions): Promise<CarbonAt> => {
  const { directory, userFiles, fallback } = options;
  const read = options.read ?? (await import('./grid/zone-rows.ts')).readZoneRows;
  const siteAt = siteByTime(options);
  const without = (problems: Problems): CarbonAt => {
    const rest = { zone: undefined, location: undefined, market: undefined, example: false };
    return remembered((wall) => {
      const { site, until, problems: more } = siteAt(wall);
      return { ...rest, ...site, ...keep('until', until), problems: [...more, ...problems] };
    }, options);
  };
  if (options.zone === undefined) {
    // A file of the operator's is checked when it is named, not on the day when a zone is.
    if (userFiles.length > 0) await read({ directory, userFiles, zone: undefined });
    return without([NO_ZONE]);
  }
  const cloud = isCloudRegion(options.zone)
    ? await zoneOfCloudRegion(options.zone, join(directory, '..', 'cloud-regions.json'))
    : undefined;
  if (cloud?.found === false && options.location === undefined) return without(problemsOf(cloud));
  const zone = cloud?.found === true ? cloud.value.zone : options.zone;
  const { entry, rows } = await read({ directory, userFiles, zone, fallback });
  if (entry?.found === false && options.location === undefined) return without(problemsOf(entry));
  const annual = annualFactors(zone, [...ownRows(zone, options), ...rows], options);
  const upstream = await upstreamOf(options, zone);
  const knownFor = adderPinning(zone, upstream.known, options);
  return remembered((wall) => {
    const { site, until: siteUntil, problems } = siteAt(wall);
    const year = new Date(wall).getUTCFullYear();
    const { location, market, yearEnds } = annual(year);
    // What the operator states himself goes before what is read live.
    const isOwn = location.found && location.value.row.check === 'user';
    const live = isOwn ? undefined : liveAt(options, zone, wall);
    const inForce = live?.factor ?? withFallback(location, live !== undefined);
    const { covered, until: coverUntil } = coveredAt(options.instruments ?? [], zone, wall);
    return {
      zone,
      location: inForce,
      market: market.found ? market.value : undefined,
      covered,
      adders: addersOf(knownFor(year), zone, inForce, year),
      ...site,
      example: options.example,
      until: Math.min(...[siteUntil, yearEnds, live?.until, coverUntil].filter((one) => one !== undefined)),
      problems: [
        ...problems,
        ...problemsOf(live?.factor === undefined ? location : undefined, market),
        ...upstream.problems,
      ],
    };
  }, options);
};

const keep = <K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };

/** Losses and fuel supply as stated, and from the shipped table where the operator chose it: read for that alone. */
const upstreamOf = async (
  { upstream: { adders = 'none', ...stated } = {}, directory }: CarbonOptions,
  zone: string,
): Promise<{ readonly known: UpstreamOptions; readonly problems: Problems }> => {
  if (adders === 'none') return { known: stated, problems: [] };
  const { loadUpstreams } = await import('./grid/upstreams.ts');
  const official = (await loadUpstreams(directory)).filter((row) => row.zone === zone);
  if (hasOfficial(official, zone)) return { known: { ...stated, official }, problems: [] };
  const problem = {
    reason: `grid.adders is official, and the tables hold no losses and no fuel supply of ${zone}`,
    fix: 'set grid.loss and grid.upstream from a document of your own, or grid.adders to none; until then Scope 3.3 has what is stated alone',
  };
  return { known: { ...stated, official: [] }, problems: [problem] };
};

/** What the site's operator told of it, by time. */
const siteByTime =
  ({ pue, puePeriods = [], pueNow, tariff, wue, erf, tenancy = 'owned', tenancies = [] }: CarbonOptions) =>
  (wall: number) => {
    const [held, heldAs] = [periodAt(puePeriods, wall), periodAt(tenancies, wall)];
    const value = pueNow?.() ?? held.value ?? pue;
    const checked = value === undefined ? undefined : pueOf(value);
    const priced = tariff === undefined ? undefined : priceAt(tariff.tariff, wall, tariff.local);
    const ends = [held.until, heldAs.until, priced?.until].filter((one) => one !== undefined);
    return {
      site: {
        pue: checked?.found === true ? checked.value : undefined,
        tenancy: heldAs.value ?? tenancy,
        ...keep('price', priced?.price),
        ...keep('wue', wue),
        ...keep('erf', erf),
      },
      until: ends.length === 0 ? undefined : Math.min(...ends),
      problems: problemsOf(checked),
    };
  };

interface Annual {
  readonly location: Found<Factor>;
  readonly market: Found<Factor>;
  /** Milliseconds since 1970 UTC. */
  readonly yearEnds: number;
}

/** Factors of the tables by reporting year: another year is another vintage and another series. */
const annualFactors = (
  zone: string,
  rows: readonly FactorRow[],
  options: CarbonOptions,
): ((year: number) => Annual) => {
  const { fallback = 'none' } = options;
  const pinned = pinning(zone, rows, options);
  let last: { readonly year: number; readonly annual: Annual } | undefined;
  return (year) => {
    if (last?.year === year) return last.annual;
    const question = { zone, year, rows: pinned.rowsFor(year), fallback };
    const [location, market] = [locationFactor(question), marketFactor(question)];
    pinned.took(year, location, market);
    const annual = {
      location,
      market,
      yearEnds: Date.UTC(year + 1, 0),
    };
    last = { year, annual };
    return annual;
  };
};

/** A year that has begun stays with the rows that it began with; the operator's own rows go before them. */
const pinning = (zone: string, rows: readonly FactorRow[], { pins, example }: CarbonOptions) => {
  const isOwn = ({ check }: FactorRow): boolean => check === 'user';
  let held = pins?.held ?? new Map<string, readonly FactorRow[]>();
  const pinOf = (year: number): readonly FactorRow[] | undefined =>
    pins?.restate.includes(year) === true ? undefined : held.get(pinKey(zone, year));
  return {
    rowsFor: (year: number): readonly FactorRow[] => {
      const pin = pinOf(year);
      return pin === undefined ? rows : [...rows.filter(isOwn), ...pin];
    },
    took: (year: number, ...factors: readonly Found<Factor>[]): void => {
      // An example is nobody's year.
      if (pins === undefined || example || pinOf(year) !== undefined) return;
      const used = factors.flatMap((one) => (one.found && !isOwn(one.value.row) ? [one.value.row] : []));
      if (used.length === 0) return;
      held = new Map([...held, [pinKey(zone, year), [...new Set(used)]]]);
      pins.keep(held);
    },
  };
};

/** A year that has begun stays with the losses and the fuel supply that it began with, also where there were none. */
const adderPinning = (
  zone: string,
  known: UpstreamOptions,
  { pins, example }: CarbonOptions,
): ((year: number) => UpstreamOptions) => {
  const { adders, restate = [] } = pins ?? {};
  if (adders === undefined || known.official === undefined || example) return () => known;
  let { held } = adders;
  const taken = new Map<number, UpstreamOptions>();
  return (year) => {
    const before = taken.get(year);
    if (before !== undefined) return before;
    const key = pinKey(zone, year);
    const pin = restate.includes(year) ? undefined : held.get(key);
    const official = pin ?? officialOf(known.official ?? [], year);
    const own = { ...known, official };
    taken.set(year, own);
    if (pin === undefined) {
      held = new Map([...held, [key, official]]);
      adders.keep(held);
    }
    return own;
  };
};

/** The best live series that has a factor for the instant; without one, until when none may. Undefined: none is set up. */
const liveAt = (
  { live }: CarbonOptions,
  zone: string,
  wall: number,
): { readonly factor?: Factor; readonly until?: number } | undefined => {
  // Of those that may serve: a forecast or a marginal signal is no promise of a factor that then fell away.
  const usable = live?.().filter(({ series }) => liveRefusal(series) === undefined);
  if (usable === undefined || usable.length === 0) return undefined;
  for (const one of usable) {
    const answer = liveFactorAt(one, zone, wall);
    if (answer !== undefined) return answer;
  }
  const later = usable.flatMap(({ readings }) => readings.map(({ from }) => from)).filter((at) => at > wall);
  return keep('until', later.length === 0 ? undefined : Math.min(...later));
};

/** The table's factor in place of a live one is a series of its own, not the live one going on. */
const withFallback = (annual: Found<Factor>, isStandIn: boolean): Factor | undefined => {
  if (!annual.found) return undefined;
  return isStandIn ? standIn(annual.value, 'annual_fallback') : annual.value;
};

/**
 * Asked at every tick, and the answer changes seldom: it is worked out again when its time is over, for an earlier time,
 * and when what is read live has changed.
 */
const remembered = (work: CarbonAt, { live, pueNow }: CarbonOptions): CarbonAt => {
  let last: { from: number; readings: unknown; pue: unknown; carbon: CarbonInForce } | undefined;
  return (wall) => {
    const [readings, pue] = [live?.(), pueNow?.()];
    const { until = Number.POSITIVE_INFINITY } = last?.carbon ?? {};
    const isSame = last?.readings === readings && last?.pue === pue;
    if (last === undefined || !isSame || wall < last.from || wall >= until)
      last = { from: wall, readings, pue, carbon: work(wall) };
    return last.carbon;
  };
};
