import { addersOf, type UpstreamOptions } from './carbon/adders.ts';
import { pueOf } from './carbon/emissions.ts';
import type { CarbonAt, CarbonInForce } from './carbon/in-force.ts';
import { coveredAt, type Instrument } from './carbon/instruments.ts';
import { type LiveSeries, liveFactorAt, liveRefusal } from './carbon/live.ts';
import { type Period, periodAt } from './carbon/periods.ts';
import { locationFactor, marketFactor, standIn } from './carbon/select.ts';
import { scopesOf, type Tenancy } from './carbon/tenancy.ts';
import { findZone } from './carbon/zone.ts';
import { type FactorTables, loadTables } from './grid/table.ts';
import type { Factor, FactorBasis, FactorRow } from './model/factor.ts';
import type { Found } from './model/found.ts';
import type { GramsPerKWh, Ratio } from './units.ts';

/** A factor from a document of the operator's own. */
export interface OwnFactor {
  readonly factor: GramsPerKWh;
  readonly document: string;
  readonly year: number;
  readonly gases: 'CO2' | 'CO2e';
}

export interface CarbonOptions {
  /** Folder of the shipped tables. */
  readonly directory: string;
  readonly userFiles: readonly string[];
  readonly zone: string | undefined;
  readonly example: boolean;
  readonly location: OwnFactor | undefined;
  readonly market: OwnFactor | undefined;
  readonly pue: Ratio | undefined;
  /** PUE by time; where none holds, `pue`. */
  readonly puePeriods?: readonly Period<Ratio>[];
  readonly instruments?: readonly Instrument[];
  readonly fallback?: 'none' | 'country';
  readonly tenancy?: Tenancy;
  readonly upstream?: UpstreamOptions;
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
  const { directory, userFiles } = options;
  const pueAt = pueByTime(options);
  const without = (problems: Problems): CarbonAt => {
    const rest = { zone: undefined, location: undefined, market: undefined, example: false };
    return remembered((wall) => {
      const { pue, until, problems: more } = pueAt(wall);
      return { ...rest, pue, ...keep('until', until), problems: [...more, ...problems] };
    });
  };
  if (options.zone === undefined) {
    // A file of the operator's is checked when it is named, not on the day when a zone is.
    if (userFiles.length > 0) await loadTables({ directory, shipped: [], userFiles });
    return without([NO_ZONE]);
  }
  const tables = await loadTables({ directory, userFiles });
  const entry = findZone(options.zone, tables.zones());
  if (!entry.found && options.location === undefined) return without(problemsOf(entry));
  const zone = entry.found ? entry.value.zone : options.zone;
  const annual = annualFactors(zone, candidates(zone, tables, options), options);
  const scopes = scopesOf(options.tenancy ?? 'owned');
  return remembered((wall) => {
    const { pue, until: pueUntil, problems } = pueAt(wall);
    const { location, market, yearEnds } = annual(new Date(wall).getUTCFullYear());
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
      adders: addersOf(options.upstream ?? {}, zone, inForce),
      scopes,
      pue,
      example: options.example,
      until: Math.min(...[pueUntil, yearEnds, live?.until, coverUntil].filter((one) => one !== undefined)),
      problems: [...problems, ...problemsOf(live?.factor === undefined ? location : undefined, market)],
    };
  }, options.live);
};

const keep = <K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };

const pueByTime =
  ({ pue, puePeriods = [] }: CarbonOptions) =>
  (wall: number) => {
    const { value = pue, until } = periodAt(puePeriods, wall);
    const checked = value === undefined ? undefined : pueOf(value);
    return { pue: checked?.found === true ? checked.value : undefined, until, problems: problemsOf(checked) };
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
  { fallback = 'none' }: CarbonOptions,
): ((year: number) => Annual) => {
  let last: { readonly year: number; readonly annual: Annual } | undefined;
  return (year) => {
    if (last?.year === year) return last.annual;
    const question = { zone, year, rows, fallback };
    const annual = {
      location: locationFactor(question),
      market: marketFactor(question),
      yearEnds: Date.UTC(year + 1, 0),
    };
    last = { year, annual };
    return annual;
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

/** Asked at every tick, and the answer changes seldom: it is worked out again when its time is over, or for an earlier one. */
const remembered = (work: CarbonAt, live?: () => unknown): CarbonAt => {
  let last: { from: number; readings: unknown; carbon: CarbonInForce } | undefined;
  return (wall) => {
    const readings = live?.();
    const { until = Number.POSITIVE_INFINITY } = last?.carbon ?? {};
    if (last === undefined || last.readings !== readings || wall < last.from || wall >= until)
      last = { from: wall, readings, carbon: work(wall) };
    return last.carbon;
  };
};

/** Rows of the operator's own factors, which the configuration states for a zone. */
export const ownRows = (
  zone: string,
  { location, market }: { readonly location: OwnFactor | undefined; readonly market: OwnFactor | undefined },
): readonly FactorRow[] => [...ownRow(zone, location, 'direct'), ...ownRow(zone, market, 'contract')];

const ownRow = (zone: string, from: OwnFactor | undefined, basis: FactorBasis): readonly FactorRow[] =>
  from === undefined
    ? []
    : [
        {
          zone,
          name: zone,
          level: 'unstated',
          value: from.factor,
          basis,
          gases: from.gases,
          gwp: from.gases === 'CO2' ? 'none' : 'unstated',
          boundary: 'unstated',
          year: from.year,
          yearKind: 'data',
          source: from.document,
          licence: 'own',
          citation: from.document,
          check: 'user',
          note: '-',
        },
      ];

const candidates = (zone: string, tables: FactorTables, options: CarbonOptions): readonly FactorRow[] => [
  ...ownRows(zone, options),
  ...tables.candidatesOf(zone, options.fallback),
];
