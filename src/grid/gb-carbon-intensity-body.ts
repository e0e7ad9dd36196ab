import * as z from 'zod/mini';
import { gramsPerKWh } from '../units.ts';
import { echoed, instant, readBody, unexpected } from './read-body.ts';
import type { Span } from './spans.ts';

const row = z.object({
  from: z.string(),
  to: z.string(),
  intensity: z.object({ forecast: z.nullish(z.number()), actual: z.nullish(z.number()) }),
});
const national = z.object({ data: z.array(row) });
const region = z.object({
  regionid: z.number(),
  postcode: z.nullish(z.string()),
  data: z.array(row),
});
/** One level deeper than the national answer; a list for the present, a single one for a range of time. */
const regional = z.object({ data: z.union([z.array(region), region]) });

/** Where the question was about; neither for the whole of Great Britain. */
export interface Place {
  readonly region?: number | undefined;
  readonly postcode?: string | undefined;
}

/** Settlement periods of the market of Great Britain. */
export const HALF_HOUR = 1_800_000;

const spanOf = ({ from: start, to: end, intensity: { forecast, actual } }: z.infer<typeof row>): Span => {
  const [from, to] = [instant(start), instant(end)];
  if (to - from !== HALF_HOUR) throw unexpected(`has a row of ${(to - from) / 60_000} min instead of 30 min`);
  // The actual value of the running half hour is null, and regions have none at all: then it is the forecast.
  const value = actual ?? forecast;
  return {
    from,
    to,
    value: value === null || value === undefined ? undefined : gramsPerKWh(value),
    estimated: actual === null || actual === undefined,
  };
};

/** Half hours of Great Britain or of one region. @throws GridError, also for another region */
export const parseHalfHours = (body: string, place: Place): readonly Span[] => {
  if (place.region === undefined && place.postcode === undefined) {
    return readBody(national, body).data.map(spanOf);
  }
  const { data } = readBody(regional, body);
  const regions = Array.isArray(data) ? data : [data];
  const [only] = regions;
  if (only === undefined || regions.length > 1)
    throw unexpected(`is about ${regions.length} regions instead of one`);
  if (place.region !== undefined) echoed('region', String(only.regionid), String(place.region));
  else if (typeof only.postcode === 'string')
    echoed('postcode', only.postcode.toUpperCase(), place.postcode ?? '');
  return only.data.map(spanOf);
};
