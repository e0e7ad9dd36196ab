import { createHash } from 'node:crypto';
import { type FactorOrigin, HistoryError, type NamedQuery, type TimeWindow } from '../model/history.ts';
import type { Quality } from '../model/meter.ts';
import { lessSure, meterName, QUALITIES } from '../model/usage.ts';
import { uniqueOrigins, unknown } from './intervals.ts';
import type { Series } from './prometheus-answer.ts';
import type { PrometheusClient } from './prometheus-client.ts';
import type { Selectors } from './prometheus-selector.ts';

/** Values by host and interval, of a query that gives a series a host, evaluated at the ends of the intervals. */
export const byHost = (
  series: readonly Series[],
  selectors: Selectors,
  { from, to }: TimeWindow,
  step: number,
): ReadonlyMap<string, Float64Array> => {
  const columns = new Map<string, Float64Array>();
  for (const one of series) {
    const host = selectors.hostOf(one.labels[selectors.hostLabel] ?? '');
    const column = columns.get(host) ?? unknown((to - from) / step);
    columns.set(host, column);
    fill(column, one, from, step);
  }
  return columns;
};

const fill = (column: Float64Array, { times, values }: Series, from: number, step: number): void => {
  for (const [index, time] of times.entries()) {
    const at = Math.round((time - from) / step) - 1;
    if (at >= 0 && at < column.length) column[at] = values[index] ?? Number.NaN;
  }
};

/** A query of the plan, of the whole scope: one series at most. @throws HistoryError where it gives more. */
export const ofScope = async (
  client: PrometheusClient,
  { name, query }: NamedQuery,
  { from, to }: TimeWindow,
  step: number,
  signal?: AbortSignal,
): Promise<Float64Array> => {
  const series = await client.range(query, from + step, to, step, signal);
  if (series.length > 1)
    throw new HistoryError(
      `the query of ${name} gives ${series.length} series, not one: ${query}`,
      `Put sum(...) or avg(...) around it, so that it gives one figure for the scope.`,
    );
  const column = unknown((to - from) / step);
  for (const one of series) fill(column, one, from, step);
  return column;
};

/** What counted a host and how sure it was, from series with the labels source, quality and complete. */
export const metersOf = (
  series: readonly Series[],
  selectors: Selectors,
): ReadonlyMap<string, { readonly meter: string; readonly quality: Quality | undefined }> => {
  const held = new Map<string, { names: Set<string>; quality: Quality | undefined }>();
  for (const { labels } of series) {
    const host = selectors.hostOf(labels[selectors.hostLabel] ?? '');
    const own = held.get(host) ?? { names: new Set<string>(), quality: undefined };
    held.set(host, own);
    own.names.add(meterName(labels.source ?? '', labels.complete !== 'false'));
    own.quality = lessSure(own.quality, QUALITIES.find((one) => one === labels.quality) ?? 'estimated');
  }
  return new Map(
    [...held].map(([host, { names, quality }]) => [
      host,
      { meter: [...names].toSorted().join('+'), quality },
    ]),
  );
};

/** Hash of what must not change, short: it tells equal from not equal. */
export const hashOf = (lines: Iterable<string>): string => {
  const text = [...new Set(lines)].toSorted().join('\n');
  return text === '' ? '' : createHash('sha256').update(text).digest('hex').slice(0, 16);
};

/**
 * Where emission factors are from, from series with the labels provider and basis. @param told series that name the gases
 * beside those; what is told of one provider and basis in two ways is not known.
 */
export const factorsIn = (series: readonly Series[], told: readonly Series[]): readonly FactorOrigin[] =>
  uniqueOrigins(
    series.flatMap(({ labels: { provider = '', basis = '' } }) => {
      if (provider === '') return [];
      const of = told.filter(({ labels }) => labels.provider === provider && labels.basis === basis);
      const [gases = '', ...others] = new Set(of.map(({ labels }) => labels.gases ?? ''));
      return [
        {
          ...{ provider, signal: basis === 'marginal' ? ('marginal' as const) : ('average' as const) },
          ...(basis === '' ? {} : { basis }),
          ...(gases === '' || others.length > 0 ? {} : { gases }),
        },
      ];
    }),
  );
