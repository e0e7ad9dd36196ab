import * as z from 'zod/mini';
import { type GramsPerKWh, gramsPerKWh } from '../units.ts';
import { instant, readBody, unexpected } from './read-body.ts';
import type { Span } from './spans.ts';

const emissions = z.array(
  z.object({
    location: z.string(),
    time: z.string(),
    rating: z.nullish(z.number()),
    /** `hh:mm:ss`; some versions leave it out. */
    duration: z.nullish(z.string().check(z.regex(/^\d\d:\d\d:\d\d(\.\d+)?$/))),
  }),
);
const forecasts = z.array(
  z.object({
    generatedAt: z.string(),
    forecastData: z.array(
      z.object({
        location: z.string(),
        timestamp: z.string(),
        /** Minutes. */
        duration: z.number().check(z.gt(0), z.lte(1440)),
        value: z.nullish(z.number()),
      }),
    ),
  }),
);

export interface Told {
  /** The location that the SDK made of the one asked for, as its back end names it; undefined without rows. */
  readonly mapped: string | undefined;
  readonly spans: readonly Span[];
}

const MINUTE = 60_000;
const intensityOf = (value: number | null | undefined): GramsPerKWh | undefined =>
  value === null || value === undefined ? undefined : gramsPerKWh(value);

/** Readings of two grids are never one series. */
const oneLocation = (rows: readonly { readonly location: string }[]): string | undefined => {
  const locations = new Set(rows.map(({ location }) => location));
  if (locations.size > 1) throw unexpected(`is about ${locations.size} locations instead of one`);
  return rows[0]?.location;
};

const lengthOf = (duration: string | null | undefined, fallback: number): number => {
  const [h = 0, m = 0, s = 0] = (duration ?? '').split(':').map(Number);
  return (h * 3600 + m * 60 + s) * 1000 || fallback;
};

/**
 * `/emissions/bylocation`; an empty body stands for no rows. @param interval of a row that does not tell its own,
 * milliseconds. @throws GridError
 */
export const parseEmissions = (body: string, interval: number): Told => {
  const rows = body === '' ? [] : readBody(emissions, body);
  return {
    mapped: oneLocation(rows),
    spans: rows.map(({ time, rating, duration }) => {
      const from = instant(time);
      return { from, to: from + lengthOf(duration, interval), value: intensityOf(rating), estimated: true };
    }),
  };
};

/** `/emissions/forecasts/current`. @throws GridError */
export const parseForecasts = (body: string): Told & { readonly generatedAt: number } => {
  const [only, ...more] = readBody(forecasts, body);
  if (only === undefined || more.length > 0)
    throw unexpected(`holds ${more.length + Number(only !== undefined)} forecasts instead of one`);
  return {
    generatedAt: instant(only.generatedAt),
    mapped: oneLocation(only.forecastData),
    spans: only.forecastData.map(({ timestamp, duration, value }) => {
      const from = instant(timestamp);
      return { from, to: from + duration * MINUTE, value: intensityOf(value), estimated: true };
    }),
  };
};
