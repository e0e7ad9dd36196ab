import type { Point } from './metrics.ts';
import type { GridReading } from './model/grid.ts';
import type { GridState } from './model/grid-state.ts';

/** Hours ahead at which a forecast is exported: enough to see what comes, few enough for the budget. */
const AHEAD_HOURS = [1, 3, 6, 12, 24] as const;
const HOUR_MS = 3_600_000;

const at = (readings: readonly GridReading[], wall: number): GridReading | undefined =>
  readings.find(({ from, to }) => from <= wall && wall < to);

/**
 * What live providers tell, each series by itself: its newest value with its age, its
 * forecast, and how many readings were told anew. Series that may not
 * serve an inventory (marginal, lifecycle) are shown here and booked nowhere.
 *
 * @param zone the host's. @param wall milliseconds since 1970 UTC.
 */
export const gridPoints = (states: readonly GridState[], zone: string, wall: number): readonly Point[] =>
  states.flatMap(({ series, readings, forecast, age, state, counts }) => {
    if (series === undefined) return [];
    const { basis, signal, provider } = series;
    const labels = { grid_zone: zone, basis, signal, provider };
    const newest = at(readings, wall) ?? readings.at(-1);
    const points: Point[] = [
      { metric: 'negawatt_grid_restated_readings_total', labels, value: counts.restated },
    ];
    if (age !== undefined) points.push({ metric: 'negawatt_grid_intensity_age_seconds', labels, value: age });
    // What is a day old is no intensity of now.
    if (newest !== undefined && state !== 'gone')
      points.push({
        metric: 'negawatt_grid_intensity_grams_per_kilowatt_hour',
        labels,
        value: newest.value,
      });
    for (const hours of AHEAD_HOURS) {
      const then = at(forecast?.readings ?? [], wall + hours * HOUR_MS);
      if (then === undefined) continue;
      points.push({
        metric: 'negawatt_grid_intensity_forecast_grams_per_kilowatt_hour',
        labels: { ...labels, horizon_hours: String(hours) },
        value: then.value,
      });
    }
    return points;
  });
