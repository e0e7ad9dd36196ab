import { fitLeastSquares } from './least-squares.ts';
import type { ScopeSeries } from './series.ts';

/** One host before the measure and with it: for an untouched host the same windows. */
export interface HostHalves {
  readonly host: string;
  readonly before: ScopeSeries;
  readonly after: ScopeSeries;
}

/** What a host needs for its work, as fitted before the measure and frozen. */
export interface HostModel {
  /** Positions of the kinds of work that it has a coefficient for. */
  readonly work: readonly number[];
  /** W per host (J per demanded host-second), J per unit by kind of work, then by driver. */
  readonly coefficients: Float64Array;
}

/** Intervals for each coefficient that a fit needs at least (reference of the method, guard rails: n' >= 10 p). */
const POINTS_PER_COEFFICIENT = 10;

const columnsOf = (series: ScopeSeries, work: readonly number[]): readonly Float64Array[] => [
  series.demanded,
  ...work.map((term) => series.work[term] ?? new Float64Array(series.length).fill(Number.NaN)),
  ...series.drivers,
];

const usableOf = (series: ScopeSeries): Int32Array => {
  const usable: number[] = [];
  for (let at = 0; at < series.length; at += 1)
    if (series.usable[at] === 1 && Number.isFinite(series.energy[at] ?? Number.NaN)) usable.push(at);
  return Int32Array.from(usable);
};

const picked = (column: Float64Array, at: Int32Array): Float64Array =>
  Float64Array.from(at, (index) => column[index] ?? Number.NaN);

/**
 * Fits idle watts and joules per unit of work to a host's own past. A kind of work that seems to lower energy, or can
 * not be told from the others, is left out: it would turn growth into a saving. Undefined where the past says too
 * little, or the host seems to need nothing when idle and busy alike.
 */
export const fitHost = (before: ScopeSeries): HostModel | undefined => {
  const at = usableOf(before);
  const y = picked(before.energy, at);
  let work = before.work.flatMap((column, term) =>
    at.some((index) => (column[index] ?? 0) > 0) ? [term] : [],
  );
  for (;;) {
    const columns = columnsOf(before, work).map((column) => picked(column, at));
    if (y.length < POINTS_PER_COEFFICIENT * columns.length) return undefined;
    const outcome = fitLeastSquares({ names: columns.map((_, place) => `x${place}`), columns }, y);
    if (outcome.ok) {
      const { coefficients } = outcome.fit;
      const physical = work.filter((_, place) => (coefficients[1 + place] ?? 0) > 0);
      if (physical.length === work.length) return { work, coefficients };
      work = physical;
    } else if (outcome.reason === 'singular' && work.length > 0) work = work.slice(0, -1);
    else return undefined;
  }
};

/** Expected energy of a host by interval, J; NaN where energy, work or drivers are not known. */
export const expectedOf = (model: HostModel, series: ScopeSeries): Float64Array => {
  const columns = columnsOf(series, model.work);
  const expected = new Float64Array(series.length).fill(Number.NaN);
  for (const at of usableOf(series))
    expected[at] = columns.reduce(
      (sum, column, place) => sum + (model.coefficients[place] ?? 0) * (column[at] ?? Number.NaN),
      0,
    );
  return expected;
};

/** Energy of a host over the intervals that are known, J: as its frozen model expects it, and as it was. */
export interface HostEnergy {
  readonly host: string;
  readonly expected: number;
  readonly actual: number;
  /** J by interval; NaN where not known. */
  readonly expectedSeries: Float64Array;
}

/** Undefined where nothing is known, or nothing is expected. */
export const energyOf = (host: string, model: HostModel, series: ScopeSeries): HostEnergy | undefined => {
  const expectedSeries = expectedOf(model, series);
  let [expected, actual] = [0, 0];
  for (let at = 0; at < series.length; at += 1) {
    const due = expectedSeries[at] ?? Number.NaN;
    if (!Number.isFinite(due)) continue;
    expected += due;
    actual += series.energy[at] ?? 0;
  }
  return expected > 0 && actual > 0 ? { host, expected, actual, expectedSeries } : undefined;
};

/** Hosts by name, so that the order in which they were handed in changes nothing. */
export const sortedByHost = <T extends { readonly host: string }>(hosts: readonly T[]): readonly T[] =>
  [...hosts].sort((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0));

/** Each host's energy in its reporting window by its own model; hosts that could not be modelled are named. */
export const energiesOf = (
  hosts: readonly HostHalves[],
): { readonly known: readonly HostEnergy[]; readonly left: readonly string[] } => {
  const known: HostEnergy[] = [];
  const left: string[] = [];
  for (const { host, before, after } of sortedByHost(hosts)) {
    const model = fitHost(before);
    const energy = model && energyOf(host, model, after);
    if (energy === undefined) left.push(host);
    else known.push(energy);
  }
  return { known, left };
};
