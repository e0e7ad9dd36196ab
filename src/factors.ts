import { pueOf } from './carbon/emissions.ts';
import type { CarbonInForce } from './carbon/in-force.ts';
import { locationFactor, marketFactor } from './carbon/select.ts';
import { findZone } from './carbon/zone.ts';
import { type FactorTables, loadTables } from './grid/table.ts';
import type { FactorBasis, FactorRow } from './model/factor.ts';
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
}

/** Factors by reporting year: another year is another vintage and another series. */
export type CarbonByYear = (year: number) => CarbonInForce;

const NO_ZONE = {
  reason: 'no grid zone is set: energy is exported, CO2e is not',
  fix: 'set grid.zone in the config file, NEGAWATT_GRID_ZONE in the environment, or --grid.zone (such as DE, CN-GD, EGRID:CAMX)',
};

/**
 * Resolves the zone and holds the rows that its factors may be chosen from. Files are read once.
 *
 * An unknown zone or a factor that is missing is a problem in the result, never a substitute: energy goes on without
 * CO2e. Throws FactorTableError where a table cannot be read.
 */
export const openFactors = async (options: CarbonOptions): Promise<CarbonByYear> => {
  const pue = options.pue === undefined ? undefined : pueOf(options.pue);
  const base = {
    pue: pue?.found === true ? pue.value : undefined,
    example: options.example,
    location: undefined,
    market: undefined,
  };
  const problems = pue?.found === false ? [{ reason: pue.reason, fix: pue.fix }] : [];
  if (options.zone === undefined) {
    // A file of the operator's is checked when it is named, not on the day when a zone is.
    if (options.userFiles.length > 0)
      await loadTables({ directory: options.directory, shipped: [], userFiles: options.userFiles });
    return () => ({ ...base, zone: undefined, example: false, problems: [...problems, NO_ZONE] });
  }
  const tables = await loadTables({ directory: options.directory, userFiles: options.userFiles });
  const entry = findZone(options.zone, tables.zones());
  if (!entry.found && options.location === undefined) {
    return () => ({
      ...base,
      zone: undefined,
      problems: [...problems, { reason: entry.reason, fix: entry.fix }],
    });
  }
  const zone = entry.found ? entry.value.zone : options.zone;
  const rows = candidates(zone, tables, options);
  return oncePerYear((year) => {
    const location = locationFactor({ zone, year, rows });
    const market = marketFactor({ zone, year, rows });
    const missing = [location, market].flatMap((one) =>
      one.found ? [] : [{ reason: one.reason, fix: one.fix }],
    );
    return {
      ...base,
      zone,
      location: location.found ? location.value : undefined,
      market: market.found ? market.value : undefined,
      problems: [...problems, ...new Map(missing.map((one) => [one.reason, one])).values()],
    };
  });
};

/** Asked at every tick, and the answer changes once a year. */
const oncePerYear = (select: CarbonByYear): CarbonByYear => {
  let last: { readonly year: number; readonly carbon: CarbonInForce } | undefined;
  return (year) => {
    if (last?.year !== year) last = { year, carbon: select(year) };
    return last.carbon;
  };
};

const candidates = (zone: string, tables: FactorTables, options: CarbonOptions): readonly FactorRow[] => {
  const own = (from: OwnFactor | undefined, basis: FactorBasis): readonly FactorRow[] =>
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
  return [
    ...own(options.location, 'direct'),
    ...own(options.market, 'contract'),
    ...tables.candidatesOf(zone),
  ];
};
