import * as z from 'zod/mini';
import type { GridForecast, GridReading, GridSeries } from '../model/grid.ts';
import { gramsPerKWh, seconds } from '../units.ts';
import { instantOf } from './instant.ts';
import { believable, MOST_READINGS } from './merge.ts';

const text = (most: number) => z.string().check(z.maxLength(most));
const time = z.pipe(
  z.string().check(z.refine((one) => instantOf(one) !== undefined)),
  z.transform((one) => instantOf(one) ?? 0),
);

const reading = z.object({
  from: time,
  to: time,
  gramsPerKwh: z.number(),
  estimated: z.boolean(),
});
const readings = z.array(reading).check(z.maxLength(MOST_READINGS));

/** A series as `serve.ts` writes it, for other agents and for the cache. Fields that are new to this version are let in. */
export const seriesSchema = z.object({
  provider: text(64),
  zone: text(64),
  signal: z.enum(['average', 'marginal']),
  basis: z.enum(['direct', 'lifecycle', 'marginal']),
  gases: z.enum(['CO2', 'CO2e']),
  gwp: text(32),
  boundary: text(64),
  edition: text(200),
  notForInventory: z.exactOptional(text(300)),
  source: text(500),
  licence: text(500),
  intervalSeconds: z.number().check(z.gte(1), z.lte(366 * 86_400)),
  fetchedAt: time,
  readings,
  forecast: z.optional(z.object({ generatedAt: time, readings })),
});

export interface ReadSeries {
  readonly series: GridSeries;
  readonly readings: readonly GridReading[];
  readonly forecast?: GridForecast;
  /** When the provider itself was heard, milliseconds since 1970 UTC. */
  readonly fetchedAt: number;
}

/** A checked series as the model has it: in order, without overlap, with believable values alone. */
export const readSeries = (checked: z.output<typeof seriesSchema>): ReadSeries => {
  const { intervalSeconds, fetchedAt, readings: rows, forecast, ...series } = checked;
  const inOrder = (list: typeof rows): readonly GridReading[] =>
    believable(
      list.map(({ gramsPerKwh, ...row }) => ({ ...row, value: gramsPerKWh(gramsPerKwh) })),
      series.signal,
    );
  return {
    series: { ...series, interval: seconds(intervalSeconds) },
    readings: inOrder(rows),
    ...(forecast === undefined
      ? {}
      : { forecast: { generatedAt: forecast.generatedAt, readings: inOrder(forecast.readings) } }),
    fetchedAt,
  };
};
