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
 * value is kept for as long as the labels live (test/bench/scrape.bench.ts has the figures). Labels that are new objects
 * at each tick, as those of gauges are, are known again by what they say, for as long as each scrape has them.
 *
 * Law: the result is that of `serializer.serialize`, byte for byte, as long as no labels object is changed; with
 * `headOf`, whose lines then stand in the place of the serialiser's HELP and TYPE, all other lines are.
 */
export const remembering = (
  serializer: Pick<PrometheusSerializer, 'serialize'>,
): ((metrics: ResourceMetrics, headOf?: (name: string) => string) => string) => {
  const known = new WeakMap<object, Known>();
  const heads = new Map<string, string>();
  /** Series of the labels that were new objects at the last scrape that had any, by what they say. */
  let recent = new Map<string, Known>();
  return ({ resource, scopeMetrics }, headOf = (name) => heads.get(name) ?? '') => {
    const written = (metric: MetricData, scope: ResourceMetrics['scopeMetrics'][number]['scope']): string =>
      serializer.serialize({ resource, scopeMetrics: [{ scope, metrics: [metric] }] });
    let text = '';
    const met = new Map<string, Known>();
    const isKnown = (metric: string, attributes: object): boolean => {
      if (known.get(attributes)?.metric === metric) return true;
      const said = saidBy(metric, attributes);
      const held = recent.get(said);
      if (held === undefined) return false;
      known.set(attributes, held);
      met.set(said, held);
      return true;
    };
    for (const { scope, metrics } of scopeMetrics) {
      for (const metric of metrics) {
        if (metric.dataPointType !== DataPointType.SUM && metric.dataPointType !== DataPointType.GAUGE) {
          text += written(metric, scope);
          continue;
        }
        const { name } = metric.descriptor;
        const fresh = metric.dataPoints.filter(({ attributes }) => !isKnown(name, attributes));
        if (fresh.length > 0) {
          const lines = written({ ...metric, dataPoints: fresh } as MetricData, scope)
            .trimEnd()
            .split('\n');
          learn(lines.slice(-fresh.length), fresh, name, (attributes, series) => {
            known.set(attributes, series);
            met.set(saidBy(name, attributes), series);
          });
          heads.set(name, lines.slice(0, -fresh.length).join('\n'));
        }
        text += `${headOf(name)}\n`;
        for (const { attributes, value } of metric.dataPoints) {
          text += `${known.get(attributes)?.series ?? ''}${valueText(value)}\n`;
        }
      }
    }
    // A second scrape of one snapshot meets the same objects: it says nothing of what comes again.
    if (met.size > 0) recent = met;
    return text;
  };
};

const saidBy = (metric: string, attributes: object): string => metric + JSON.stringify(attributes);

const learn = (
  lines: readonly string[],
  points: readonly DataPoint<number>[],
  metric: string,
  keep: (attributes: object, series: Known) => void,
): void => {
  points.forEach(({ attributes }, i) => {
    const line = lines[i] ?? '';
    keep(attributes, { metric, series: line.slice(0, line.lastIndexOf(' ') + 1) });
  });
};

/** A number as the text format has it. */
const valueText = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
