import { absent, type Found, found } from '../model/found.ts';
import { type Ratio, ratio, type Watts, watts } from '../units.ts';
import { neverFallingFit } from './isotonic.ts';
import { powerAt } from './load-curve.ts';

/** What a host drew over a moment at a busy share of its capacity. */
export interface LoadPair {
  readonly load: Ratio;
  readonly power: Watts;
}

export interface FittedPoint extends LoadPair {
  /** Outside of what was measured: the nearest two measured loads drawn on. */
  readonly extrapolated: boolean;
}

export interface CurveFit {
  /** At 0, 10, ... 100 % load; never falling. */
  readonly points: readonly FittedPoint[];
  /** Half-width of the error band: `BAND_QUANTILE` of the pairs lie within it, as a share of the fitted power. */
  readonly errorBand: Ratio;
  /** Share of the power's variance that the curve explains, at most 1. */
  readonly rSquared: Ratio;
  /** How many pairs the curve stands on. */
  readonly pairs: number;
  readonly lowest: Ratio;
  readonly highest: Ratio;
  /** Widest stretch of load between two measured ones: the curve is a straight line there. */
  readonly widest: { readonly from: Ratio; readonly to: Ratio };
}

/** Which quantile of the relative residuals is the error band; by nearest rank. */
export const BAND_QUANTILE = 0.95;
/** No meter in a rack is better than class 1 of IEC 62053-21, 1 %: residuals below that prove nothing. */
const LEAST_BAND = 0.01;
/** Loads that a calibration must have met at least: beyond them the curve would be a guess, not a fit. */
export const LOW_ENOUGH = ratio(0.05);
export const HIGH_ENOUGH = ratio(0.9);
/** Width of the bins: narrower than the steps that anybody asks for, wider than a step wavers. */
const BIN = 0.05;
/** Points of the curve: 10 % steps, the shape of SPECpower_ssj2008 results. */
const POINTS = 10;

/**
 * Load curve of measured pairs: medians by bins of 5 %, made never-falling, linear between them. Pure; the order of
 * the pairs does not matter.
 *
 * Refused where the pairs do not reach down to `LOW_ENOUGH` and up to `HIGH_ENOUGH`, or where power does not rise.
 */
export const fitCurve = (pairs: readonly LoadPair[]): Found<CurveFit> => {
  const usable = pairs.filter(({ load, power }) => Number.isFinite(load) && power >= 0 && power < Infinity);
  const loads = usable.map(({ load }) => load).sort((a, b) => a - b);
  const [lowest, highest] = [loads[0], loads.at(-1)];
  if (lowest === undefined || highest === undefined) {
    return absent('nothing was measured', 'Make the steps longer: the meter must report within each.');
  }
  if (lowest > LOW_ENOUGH || highest < HIGH_ENOUGH) {
    const reached = `${percent(lowest)} to ${percent(highest)}`;
    return absent(
      `measured at ${reached} load: a curve needs ${percent(LOW_ENOUGH)} or less and ${percent(HIGH_ENOUGH)} or more`,
      lowest > LOW_ENOUGH
        ? 'Stop other work on this host first.'
        : 'Lift the limit of processors of this shell (cgroup quota, cpuset), and let the steps go up to 100.',
    );
  }
  const knots = knotsOf(usable);
  const [first, last] = [knots[0], knots.at(-1)];
  if (first === undefined || last === undefined || last.power <= first.power) {
    return absent(
      'the power did not rise with the load: this meter does not meter the processors',
      'See `negawatt doctor` for the meters of this host, and switch that one off with --no-source.NAME.',
    );
  }
  const points = Array.from({ length: POINTS + 1 }, (_, step): FittedPoint => {
    const load = ratio(step / POINTS);
    return {
      load,
      power: powerOn(knots, load),
      extrapolated: load < first.load || load > last.load,
    };
  });
  const residuals = usable.map(({ load, power }) => ({ power, fitted: powerAt({ points }, load) }));
  return found({
    points,
    errorBand: bandOf(residuals),
    rSquared: explained(residuals),
    pairs: usable.length,
    lowest,
    highest,
    widest: widestGap(knots),
  });
};

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

const median = (sorted: readonly number[]): number => {
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2;
};

const ascending = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);

/** Medians of the bins that hold pairs, made never-falling; ascending by load. */
const knotsOf = (pairs: readonly LoadPair[]): readonly LoadPair[] => {
  const bins = new Map<number, LoadPair[]>();
  for (const pair of pairs) {
    const bin = Math.round(pair.load / BIN);
    const held = bins.get(bin);
    if (held === undefined) bins.set(bin, [pair]);
    else held.push(pair);
  }
  const medians = [...bins]
    .sort(([a], [b]) => a - b)
    .map(([, held]) => ({
      load: median(ascending(held.map(({ load }) => load))),
      value: median(ascending(held.map(({ power }) => power))),
      weight: held.length,
    }));
  const powers = neverFallingFit(medians);
  return medians.map(({ load }, i) => ({ load: ratio(load), power: watts(powers[i] ?? 0) }));
};

const widestGap = (knots: readonly LoadPair[]): CurveFit['widest'] => {
  const loads = knots.map(({ load }) => load);
  const gaps = loads.slice(1).map((to, i) => ({ from: loads[i] ?? to, to }));
  return gaps.reduce((a, b) => (b.to - b.from > a.to - a.from ? b : a), { from: ratio(0), to: ratio(0) });
};

/** Linear between the knots; beyond them the line through the nearest two goes on, never below zero. */
const powerOn = (knots: readonly LoadPair[], load: Ratio): Watts => {
  const [first, last] = [knots[0], knots.at(-1)];
  if (first === undefined || last === undefined) return watts(0);
  if (load >= first.load && load <= last.load) return powerAt({ points: knots }, load);
  const [from, to] = load < first.load ? [first, knots[1]] : [knots.at(-2), last];
  if (from === undefined || to === undefined || to.load <= from.load) return first.power;
  const slope = (to.power - from.power) / (to.load - from.load);
  return watts(Math.max(0, from.power + slope * (load - from.load)));
};

interface Residual {
  readonly power: Watts;
  readonly fitted: Watts;
}

const bandOf = (residuals: readonly Residual[]): Ratio => {
  const relative = ascending(
    residuals.map(({ power, fitted }) =>
      fitted > 0 ? Math.abs(power - fitted) / fitted : power > 0 ? 1 : 0,
    ),
  );
  const rank = Math.max(0, Math.ceil(BAND_QUANTILE * relative.length) - 1);
  return ratio(Math.min(1, Math.max(LEAST_BAND, relative[rank] ?? 1)));
};

const explained = (residuals: readonly Residual[]): Ratio => {
  const powers = ascending(residuals.map(({ power }) => power));
  const mean = powers.reduce((total, power) => total + power, 0) / powers.length;
  const squares = (values: readonly number[]): number =>
    ascending(values).reduce((total, value) => total + value * value, 0);
  const whole = squares(powers.map((power) => power - mean));
  const left = squares(residuals.map(({ power, fitted }) => power - fitted));
  return ratio(whole > 0 ? 1 - left / whole : 0);
};
