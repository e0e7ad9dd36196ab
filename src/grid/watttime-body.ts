import * as z from 'zod/mini';
import { oneLine } from '../model/foreign-text.ts';
import { fromPoundsPerMWh, type Seconds, seconds } from '../units.ts';
import { echoed, instant, readBody, unexpected } from './read-body.ts';
import type { Span } from './spans.ts';

const warning = z.object({ type: z.nullish(z.string()), message: z.nullish(z.string()) });
const answer = z.object({
  data: z.array(z.object({ point_time: z.string(), value: z.nullish(z.number()) })),
  meta: z.object({
    region: z.string(),
    signal_type: z.string(),
    units: z.string(),
    data_point_period_seconds: z.number(),
    model: z.nullish(z.object({ date: z.nullish(z.string()) })),
    generated_at: z.nullish(z.string()),
    warnings: z.nullish(z.array(z.union([warning, z.string()]))),
  }),
});
const login = z.object({ token: z.string().check(z.regex(/^[\w.~+/=-]{1,8192}$/)) });

/** What was asked for, and has to come back. */
export interface Asked {
  readonly region: string;
  readonly signal_type: 'co2_moer' | 'co2_aoer';
}

export interface Told {
  readonly spans: readonly Span[];
  readonly interval: Seconds;
  /** Date of the model; another one is another series. */
  readonly model: string;
  readonly generatedAt: number | undefined;
  readonly warnings: readonly string[];
}

/** Warnings beyond these say nothing that the first ones do not. */
const MOST_WARNINGS = 5;
const UNITS = 'lbs_co2_per_mwh';

/** Data points of `/v3/historical` and `/v3/forecast`, in g/kWh. @throws GridError, also for the percentile index */
export const parsePoints = (body: string, { region, signal_type }: Asked): Told => {
  const { data, meta } = readBody(answer, body);
  echoed('region', meta.region, region);
  echoed('signal', meta.signal_type, signal_type);
  echoed('unit', meta.units, UNITS, 'The signal index is a percentile: no amount of CO2 follows from it.');
  const period = meta.data_point_period_seconds;
  if (!(period >= 60 && period <= 3600))
    throw unexpected(`has points of ${period} s; known are 60 to 3600 s`);
  const warnings = (meta.warnings ?? []).slice(0, MOST_WARNINGS).map((one) => {
    const text = typeof one === 'string' ? one : [one.type, one.message].filter(Boolean).join(': ');
    return `WattTime warns: ${oneLine(text)}`;
  });
  const { generated_at } = meta;
  return {
    spans: data.map(({ point_time, value }) => {
      const from = instant(point_time);
      return {
        from,
        to: from + period * 1000,
        value: value === null || value === undefined ? undefined : fromPoundsPerMWh(value),
        estimated: true,
      };
    }),
    interval: seconds(period),
    model: oneLine(meta.model?.date ?? '', 32),
    generatedAt: generated_at === null || generated_at === undefined ? undefined : instant(generated_at),
    warnings,
  };
};

/** Token of `/login`. @throws GridError */
export const parseToken = (body: string): string => readBody(login, body).token;
