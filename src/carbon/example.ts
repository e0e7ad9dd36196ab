import { type MetricName, metricOf } from '../metrics.ts';
import type { CarbonInForce } from './in-force.ts';

/** What every screen, line and answer says while CO2e rests on an example: `EXAMPLE ZONE DE`; undefined otherwise. */
export const exampleMark = ({
  example,
  zone,
}: Pick<CarbonInForce, 'example' | 'zone'>): string | undefined =>
  example ? `EXAMPLE ZONE ${zone ?? ''}`.trim() : undefined;

/** The mark as a sentence of its own, with what to do. @param mark as `exampleMark` gave it. */
export const exampleNotice = (mark: string): string =>
  `${mark}: grams are an example, not this host's emissions; name its grid with grid.zone, NEGAWATT_GRID_ZONE or --grid.zone`;

/**
 * Whether a metric holds grams of the grid zone: of an example they are nobody's emissions, so they are shown, and never
 * kept or sent. Embodied ones know no zone.
 */
export const isOfGridZone = (metric: MetricName): boolean =>
  metricOf(metric).unit === 'g' && metric !== 'negawatt_embodied_emissions_grams_total';
