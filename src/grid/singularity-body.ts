import * as z from 'zod/mini';
import { fromPoundsPerMWh, type Seconds, seconds } from '../units.ts';
import { echoed, instant, readBody } from './read-body.ts';
import type { Span } from './spans.ts';

export const RATES = ['generated', 'consumed', 'marginal'] as const;
export type Rate = (typeof RATES)[number];

const rate = z.nullish(z.number());
const events = z.object({
  data: z.array(
    z.object({
      start_date: z.string(),
      region: z.string(),
      data: z.object({ generated_rate: rate, consumed_rate: rate, marginal_rate: rate }),
    }),
  ),
  meta: z.nullish(z.object({ pagination: z.nullish(z.object({ last: z.nullish(z.number()) })) })),
});

/** What was asked for, and has to come back. */
export interface Asked {
  readonly region: string;
  readonly rate: Rate;
}

export interface Told {
  readonly spans: readonly Span[];
  readonly interval: Seconds;
  /** Whether there were more rows than one page holds. */
  readonly isCut: boolean;
}

/** Events are told each 5 minutes or each hour, depending on the region; they do not say which. */
const [LEAST, MOST] = [300_000, 3_600_000];

/** The shortest step between two events; of a single one no more is known than the shortest there is. */
const stepOf = (starts: readonly number[]): number => {
  const sorted = [...starts].sort((a, b) => a - b);
  const steps = sorted.flatMap((start, index) => {
    const step = start - (sorted[index - 1] ?? Number.NEGATIVE_INFINITY);
    return step > 0 && Number.isFinite(step) ? [step] : [];
  });
  // A loop, as there may be more rows than arguments of a function.
  const shortest = steps.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return Number.isFinite(shortest) ? Math.min(Math.max(shortest, LEAST), MOST) : LEAST;
};

/** `/v1/region_events/search`, one of its three rates, in g/kWh. Nothing at all is no data. @throws GridError */
export const parseEvents = (body: string, asked: Asked): Told => {
  if (body.trim() === '') return { spans: [], interval: seconds(LEAST / 1000), isCut: false };
  const { data, meta } = readBody(events, body);
  const rows = data.map(({ start_date, region, data: rates }) => {
    echoed('region', region, asked.region);
    return { from: instant(start_date), value: rates[`${asked.rate}_rate`] };
  });
  const step = stepOf(rows.map(({ from }) => from));
  return {
    spans: rows.map(({ from, value }) => ({
      from,
      to: from + step,
      value: value === null || value === undefined ? undefined : fromPoundsPerMWh(value),
      estimated: true,
    })),
    interval: seconds(step / 1000),
    isCut: (meta?.pagination?.last ?? 1) > 1,
  };
};
