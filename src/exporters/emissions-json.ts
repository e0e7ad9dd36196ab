import type { CarbonInForce } from '../carbon/in-force.ts';
import type { Factor } from '../model/factor.ts';
import { type GramsCO2e, grams, seconds } from '../units.ts';
import type { EmissionSeriesJson, EmissionsJson, FactorJson } from './host-json.ts';
import type { PointIndex } from './points.ts';

const METRIC = {
  location: 'negawatt_emissions_location_grams_total',
  market: 'negawatt_emissions_market_grams_total',
} as const;

const NO_ZONE = {
  reason: 'no grid zone is set, and no zone is guessed',
  fix: 'set it with --grid.zone XX, NEGAWATT_GRID_ZONE=XX or grid.zone in the configuration',
};

/**
 * Emissions by one method: grams with the factor behind them, or why there are none and what to do.
 *
 * @param wall of the snapshot, milliseconds since 1970 UTC.
 */
export const emissionsJson = (
  method: Factor['method'],
  carbon: CarbonInForce,
  points: PointIndex,
  wall: number,
): EmissionsJson => {
  const series = points.all(METRIC[method]).map(
    ({ labels, value }): EmissionSeriesJson => ({
      scope: labels.scope ?? '',
      part: labels.part ?? '',
      gridZone: labels.grid_zone ?? '',
      factor: labels.factor ?? '',
      grams: grams(value),
    }),
  );
  const factor = carbon[method];
  if (factor === undefined) {
    const { reason, fix } = carbon.problems[0] ?? NO_ZONE;
    return { available: false, reason, fix, series };
  }
  const partsOf = (...parts: readonly string[]): GramsCO2e =>
    grams(series.reduce((sum, { part, grams: own }) => (parts.includes(part) ? sum + own : sum), 0));
  const { pue, covered = [], adders = [] } = carbon;
  return {
    available: true,
    grams: partsOf('operational'),
    overheadGrams: grams(points.sum('negawatt_emissions_overhead_grams_total', { method })),
    ...(method === 'location' && adders.length > 0
      ? { outsideGrams: partsOf('transmission', 'upstream') }
      : {}),
    ...(pue === undefined ? {} : { pue }),
    factor: factorJson(factor, wall),
    ...(method === 'market' && covered.length > 0
      ? { covered: covered.map((one) => ({ share: one.share, factor: factorJson(one.factor, wall) })) }
      : {}),
    series,
  };
};

const factorJson = ({ id, row, status, provider, readTo }: Factor, wall: number): FactorJson => ({
  id,
  gramsPerKwh: row.value,
  basis: row.basis,
  gases: row.gases,
  gwp: row.gwp,
  year: row.year,
  yearKind: row.yearKind,
  zone: row.zone,
  zoneName: row.name,
  status,
  provider,
  ...(readTo === undefined ? {} : { ageSeconds: seconds(Math.max(0, wall - readTo) / 1000) }),
  source: row.source,
  licence: row.licence,
  citation: row.citation,
});
