/**
 * Energy, work and conditions of a set of hosts as columns: what every design works on. Made from chunks of a history
 * by `scope-series.ts`.
 */

/** An item for each interval, in order of time, without holes; NaN is "not known". */
export interface ScopeSeries {
  /** Start of the first interval, seconds since 1970 UTC. */
  readonly from: number;
  /** Seconds. */
  readonly step: number;
  readonly length: number;
  /** J of the hosts that are known in the interval, with the residual draw of those that are off. */
  readonly energy: Float64Array;
  /** Host-seconds that the policy before the measure would have kept powered, of the hosts that are known. */
  readonly demanded: Float64Array;
  /** Host-seconds that were powered on. */
  readonly powered: Float64Array;
  /** Share of the host time of the scope that the energy is of, 0 to 1. */
  readonly coverage: Float64Array;
  /** Units of work by term, of the share of host time that is known. */
  readonly work: readonly Float64Array[];
  readonly drivers: readonly Float64Array[];
  readonly guards: readonly Float64Array[];
  /** gCO2e/kWh; NaN where it is not known. */
  readonly grid: Float64Array;
  readonly pue: Float64Array;
  /** 1 where the interval may be used: at least 90 % of its host time and all its work and drivers are known. */
  readonly usable: Uint8Array;
}

/** Intervals `from <= i < to` of a series, as views: nothing is copied. */
export const slice = (series: ScopeSeries, from: number, to: number): ScopeSeries => ({
  from: series.from + from * series.step,
  step: series.step,
  length: to - from,
  energy: series.energy.subarray(from, to),
  demanded: series.demanded.subarray(from, to),
  powered: series.powered.subarray(from, to),
  coverage: series.coverage.subarray(from, to),
  work: series.work.map((column) => column.subarray(from, to)),
  drivers: series.drivers.map((column) => column.subarray(from, to)),
  guards: series.guards.map((column) => column.subarray(from, to)),
  grid: series.grid.subarray(from, to),
  pue: series.pue.subarray(from, to),
  usable: series.usable.subarray(from, to),
});
