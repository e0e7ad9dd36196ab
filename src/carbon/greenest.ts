import type { GridForecast, GridReading } from '../model/grid.ts';
import { type GramsPerKWh, gramsPerKWh, type Ratio, ratio } from '../units.ts';

/** What is asked: when to run something of a given length. Milliseconds, and since 1970 UTC. */
export interface GreenestQuestion {
  readonly now: number;
  readonly duration: number;
  /** It has to have ended within this time from now. */
  readonly within: number;
  /** How many start times are told, best first. */
  readonly most?: number;
}

export interface GreenestStart {
  /** Milliseconds since 1970 UTC. */
  readonly start: number;
  readonly end: number;
  /** Expected mean over the run. */
  readonly intensity: GramsPerKWh;
  /**
   * Share that this start is expected to save against one now, and against the mean of the time told; negative: more.
   * Absent where the other is not known, or not above 0 as marginal intensities may be: there a share has no meaning.
   */
  readonly savesAgainstNow?: Ratio;
  readonly savesAgainstMean?: Ratio;
}

export interface GreenestAnswer {
  readonly starts: readonly GreenestStart[];
  /** Expected mean of a run that begins now; undefined where the forecast does not reach back to now. */
  readonly now: GramsPerKWh | undefined;
  /** Expected mean of the time that the forecast covers of what was asked. */
  readonly mean: GramsPerKWh;
  /** Milliseconds of the time asked that the forecast covers. */
  readonly covered: number;
  /** Milliseconds since the forecast was made; a provider's clock may be ahead: then 0. */
  readonly age: number;
}

/**
 * The start times with the lowest expected mean intensity, best first; of two alike the earlier. A run that the forecast
 * does not cover whole is not among them. Undefined where there is none. Pure.
 *
 * The mean is linear in the start between the edges of readings, so its lowest value is at a start or an end on an edge.
 */
export const greenest = (forecast: GridForecast, question: GreenestQuestion): GreenestAnswer | undefined => {
  const { now, duration, within, most = 3 } = question;
  const last = now + within - duration;
  if (!(duration > 0) || last < now) return undefined;
  const { readings } = forecast;
  const edges = readings.flatMap(({ from, to }) => [from, to, from - duration, to - duration]);
  const candidates = [...new Set([now, last, ...edges])].filter((start) => start >= now && start <= last);
  const told = candidates
    .map((start) => ({ start, mean: meanOf(readings, start, start + duration) }))
    .filter((one): one is { start: number; mean: number } => one.mean !== undefined)
    .sort((a, b) => a.mean - b.mean || a.start - b.start);
  const span = cut(readings, now, now + within);
  const covered = span.reduce((sum, { from, to }) => sum + to - from, 0);
  if (told.length === 0 || covered === 0) return undefined;
  const mean = span.reduce((sum, { from, to, value }) => sum + value * (to - from), 0) / covered;
  const current = meanOf(readings, now, now + duration);
  const saving = (value: number, against: number | undefined): Ratio | undefined =>
    against === undefined || against <= 0 || value < 0 ? undefined : ratio(1 - value / against);
  return {
    starts: apart(told, duration, most).map(({ start, mean: value }) => ({
      start,
      end: start + duration,
      intensity: gramsPerKWh(value),
      ...keep('savesAgainstNow', saving(value, current)),
      ...keep('savesAgainstMean', saving(value, mean)),
    })),
    now: current === undefined ? undefined : gramsPerKWh(current),
    mean: gramsPerKWh(mean),
    covered,
    age: Math.max(0, now - forecast.generatedAt),
  };
};

const keep = <K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };

/** Start times of which none lies within half a run of a better one: neighbours are one choice, not several. */
const apart = (
  told: readonly { readonly start: number; readonly mean: number }[],
  duration: number,
  most: number,
): readonly { readonly start: number; readonly mean: number }[] => {
  const chosen: { readonly start: number; readonly mean: number }[] = [];
  for (const one of told) {
    if (chosen.length >= most) break;
    if (chosen.every(({ start }) => Math.abs(start - one.start) >= duration / 2)) chosen.push(one);
  }
  return chosen;
};

const cut = (readings: readonly GridReading[], from: number, to: number): readonly GridReading[] =>
  readings
    .map((one) => ({ ...one, from: Math.max(from, one.from), to: Math.min(to, one.to) }))
    .filter((one) => one.to > one.from);

/** Undefined where a part of the time is not covered. */
const meanOf = (readings: readonly GridReading[], from: number, to: number): number | undefined => {
  const parts = cut(readings, from, to);
  const covered = parts.reduce((sum, one) => sum + one.to - one.from, 0);
  // Edges are whole milliseconds: nothing is lost to rounding.
  if (covered !== to - from) return undefined;
  return parts.reduce((sum, one) => sum + one.value * (one.to - one.from), 0) / covered;
};
