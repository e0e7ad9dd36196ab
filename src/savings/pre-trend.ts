import { expectedOf, fitHost, type HostHalves } from './host-model.ts';
import { welchDegrees } from './host-ratio.ts';
import type { ScopeSeries } from './series.ts';
import { tProbability } from './student-t.ts';

const DAY = 86_400;
/** Days with fewer known intervals than this share of a day say little. Our choice. */
const LEAST_DAY = 0.5;

/** Whether treated and control hosts had drifted apart already before the measure. */
export interface PreTrend {
  /** Change of treated less control, a share of expected energy a day. */
  readonly slopePerDay: number;
  /** Two-sided p-value of no difference, hosts as clusters. */
  readonly pValue: number;
  readonly hosts: number;
}

/**
 * Slope over days of what a host used beyond what its own model expects, a share of it a day, before the measure.
 * Undefined where fewer than three days are known.
 */
export const slopeOf = (before: ScopeSeries): number | undefined => {
  const model = fitHost(before);
  if (model === undefined) return undefined;
  const expected = expectedOf(model, before);
  const perDay = Math.max(1, Math.round(DAY / before.step));
  const points: [day: number, error: number][] = [];
  for (let first = 0; first < before.length; first += perDay) {
    let [due, used, known] = [0, 0, 0];
    for (let at = first; at < Math.min(first + perDay, before.length); at += 1) {
      if (!Number.isFinite(expected[at] ?? Number.NaN)) continue;
      due += expected[at] ?? 0;
      used += before.energy[at] ?? 0;
      known += 1;
    }
    if (known >= LEAST_DAY * perDay && due > 0) points.push([(first * before.step) / DAY, used / due - 1]);
  }
  if (points.length < 3) return undefined;
  const mean = (of: (point: [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([day]) => day), mean(([, error]) => error)];
  return mean(([day, error]) => (day - x) * (error - y)) / mean(([day]) => (day - x) ** 2);
};

const momentsOf = (slopes: readonly number[]): { readonly mean: number; readonly variance: number } => {
  const mean = slopes.reduce((sum, slope) => sum + slope, 0) / slopes.length;
  const squares = slopes.reduce((sum, slope) => sum + (slope - mean) ** 2, 0);
  return { mean, variance: squares / (slopes.length - 1) / slopes.length };
};

/**
 * Regresses the gap on time, host by host, and compares the sides' slopes with Welch's t: hours of a host may err
 * together, so the hosts are what is counted. Undefined with fewer than two hosts on a side.
 */
export const preTrend = (
  treated: readonly HostHalves[],
  control: readonly HostHalves[],
): PreTrend | undefined => {
  const slopes = [treated, control].map((hosts) => hosts.flatMap(({ before }) => slopeOf(before) ?? [])) as [
    number[],
    number[],
  ];
  if (Math.min(slopes[0].length, slopes[1].length) < 2) return undefined;
  const [t, c] = [momentsOf(slopes[0]), momentsOf(slopes[1])];
  const slopePerDay = t.mean - c.mean;
  const error = Math.sqrt(t.variance + c.variance);
  const degrees = welchDegrees(t.variance, slopes[0].length, c.variance, slopes[1].length);
  const pValue =
    error > 0 ? 2 * (1 - tProbability(Math.abs(slopePerDay) / error, degrees)) : slopePerDay === 0 ? 1 : 0;
  return { slopePerDay, pValue, hosts: slopes[0].length + slopes[1].length };
};
