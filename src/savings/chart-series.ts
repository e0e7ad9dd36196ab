import type { ChartSeries } from '../model/comparison.ts';
import type { ScopeSeries } from './series.ts';

/** Columns behind a chart. @param expected J by interval; undefined where no design gives it. */
export const chartOf = (series: ScopeSeries, expected: Float64Array | undefined): ChartSeries => ({
  ...{ from: series.from, step: series.step, energy: series.energy, expected, work: series.work[0] },
});
