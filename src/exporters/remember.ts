import type { PrometheusSerializer } from '@opentelemetry/exporter-prometheus/build/src/PrometheusSerializer.js';
import {
  type DataPoint,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';

interface Known {
  readonly metric: string;
  /** Name and labels as the serialiser wrote them, with the space before the value. */
  readonly series: string;
}

/**
 * The serialiser's text, made faster: it escapes every label at every scrape, although a series keeps its labels for
 * life and only its value moves. So each series is given to it once, at its first scrape, and what it wrote before the
 * value is kept for as long as the labels live (test/bench/scrape.bench.ts has the figures).
 *
 * Law: the result is that of `serializer.serialize`, byte for byte, as long as no labels object is changed; with
 * `headOf`, whose lines then stand in the place of the serialiser's HELP and TYPE, all other lines are.
 */
export const remembering = (
  serializer: Pick<PrometheusSerializer, 'serialize'>,
): ((metrics: ResourceMetrics, headOf?: (name: string) => string) => string) => {
  const known = new WeakMap<object, Known>();
  const heads = new Map<string, string>();
  return ({ resource, scopeMetrics }, headOf = (name) => heads.get(name) ?? '') => {
    const written = (metric: MetricData, scope: ResourceMetrics['scopeMetrics'][number]['scope']): string =>
      serializer.serialize({ resource, scopeMetrics: [{ scope, metrics: [metric] }] });
    let text = '';
    for (const { scope, metrics } of scopeMetrics) {
      for (const metric of metrics) {
        if (metric.dataPointType !== DataPointType.SUM && metric.dataPointType !== DataPointType.GAUGE) {
          text += written(metric, scope);
          continue;
        }
        const { name } = metric.descriptor;
        const fresh = metric.dataPoints.filter(({ attributes }) => known.get(attributes)?.metric !== name);
        if (fresh.length > 0) {
          const lines = written({ ...metric, dataPoints: fresh } as MetricData, scope)
            .trimEnd()
            .split('\n');
          learn(lines.slice(-fresh.length), fresh, name, known);
          heads.set(name, lines.slice(0, -fresh.length).join('\n'));
        }
        text += `${headOf(name)}\n`;
        for (const { attributes, value } of metric.dataPoints) {
          text += `${known.get(attributes)?.series ?? ''}${valueText(value)}\n`;
        }
      }
    }
    return text;
  };
};

const learn = (
  lines: readonly string[],
  points: readonly DataPoint<number>[],
  metric: string,
  known: WeakMap<object, Known>,
): void => {
  points.forEach(({ attributes }, i) => {
    const line = lines[i] ?? '';
    known.set(attributes, { metric, series: line.slice(0, line.lastIndexOf(' ') + 1) });
  });
};

/** A number as the text format has it. */
const valueText = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
