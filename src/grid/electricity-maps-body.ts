import * as z from 'zod/mini';
import { type GramsPerKWh, gramsPerKWh, type Seconds, seconds } from '../units.ts';
import { echoed, instant, readBody, unexpected } from './read-body.ts';
import type { Span } from './spans.ts';

const HOURLY: Seconds = seconds(3600);

const point = z.object({ carbonIntensity: z.nullish(z.number()), datetime: z.string() });
const row = z.object({
  ...point.shape,
  zone: z.optional(z.string()),
  emissionFactorType: z.nullish(z.string()),
  isEstimated: z.nullish(z.boolean()),
  temporalGranularity: z.optional(z.string()),
});
const latest = z.object({ ...row.shape, zone: z.string() });
const history = z.object({
  zone: z.string(),
  temporalGranularity: z.optional(z.string()),
  history: z.array(row),
});
const forecast = z.object({
  zone: z.string(),
  updatedAt: z.optional(z.string()),
  temporalGranularity: z.optional(z.string()),
  emissionFactorType: z.nullish(z.string()),
  forecast: z.array(z.object({ ...point.shape, emissionFactorType: z.nullish(z.string()) })),
});

/** What was asked for, and has to come back. */
export interface Asked {
  readonly zone: string;
  readonly basis: 'direct' | 'lifecycle';
}

const BASIS_FIX =
  'Ask Electricity Maps whether your plan has emissionFactorType=direct; lifecycle intensity is context and never Scope 2.';

const intensityOf = (intensity: number | null | undefined): GramsPerKWh | undefined =>
  intensity === null || intensity === undefined ? undefined : gramsPerKWh(intensity);

/** An answer in days or years would pass for hours otherwise. */
const isHourly = (granularity: string | undefined): void => {
  if (granularity !== undefined) echoed('granularity', granularity, 'hourly');
};

const spanOf = (one: z.infer<typeof row>, { zone, basis }: Asked): Span => {
  if (one.zone !== undefined) echoed('zone', one.zone, zone);
  echoed('emission factor type', one.emissionFactorType, basis, BASIS_FIX);
  isHourly(one.temporalGranularity);
  const from = instant(one.datetime);
  return {
    from,
    to: from + HOURLY * 1000,
    value: intensityOf(one.carbonIntensity),
    // An estimate of theirs will be revised; what does not say so may be one.
    estimated: one.isEstimated !== false,
  };
};

/** `carbon-intensity/latest`. @throws GridError */
export const parseLatest = (body: string, asked: Asked): readonly Span[] => {
  const answer = readBody(latest, body);
  echoed('zone', answer.zone, asked.zone);
  return [spanOf(answer, asked)];
};

/** `carbon-intensity/history`: the last 24 hours, revised ones among them. @throws GridError */
export const parseHistory = (body: string, asked: Asked): readonly Span[] => {
  const answer = readBody(history, body);
  echoed('zone', answer.zone, asked.zone);
  isHourly(answer.temporalGranularity);
  return answer.history.map((one) => spanOf(one, asked));
};

/** `carbon-intensity/forecast`. @throws GridError, also where it does not say that it is direct */
export const parseForecast = (
  body: string,
  { zone, basis }: Asked,
): { readonly generatedAt: number | undefined; readonly spans: readonly Span[] } => {
  const answer = readBody(forecast, body);
  echoed('zone', answer.zone, zone);
  isHourly(answer.temporalGranularity);
  const spans = answer.forecast.map(({ carbonIntensity, datetime, emissionFactorType }): Span => {
    // Lifecycle is what it gives unless told, so silence may stand for lifecycle and never for direct.
    const type = emissionFactorType ?? answer.emissionFactorType ?? 'lifecycle';
    if (type !== basis) {
      throw unexpected(`does not say that the forecast is ${basis}, as the readings are`, BASIS_FIX);
    }
    const from = instant(datetime);
    return { from, to: from + HOURLY * 1000, value: intensityOf(carbonIntensity), estimated: true };
  });
  const { updatedAt } = answer;
  return { generatedAt: updatedAt === undefined ? undefined : instant(updatedAt), spans };
};
