import type { HrTime } from '@opentelemetry/api';
// By its own file: the package's index loads what serialises traces and logs, which are not sent.
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer/build/src/metrics/protobuf/index.js';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { type DataPoint, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import { type Labels, type MetricName, metricOf } from '../metrics.ts';
import type { Snapshot } from '../snapshot.ts';
import { wireAttribute, wireMetric } from './otlp-names.ts';
import type { OtlpResource } from './otlp-resource.ts';
import type { Starts } from './otlp-starts.ts';
import { hrTime, snapshotProducer } from './producer.ts';

/**
 * A snapshot as an ExportMetricsServiceRequest in protobuf: cumulative, doubles, under the names of OpenTelemetry.
 *
 * @param starts of the very snapshot.
 */
export const otlpMessage = async (
  snapshot: Snapshot,
  resource: OtlpResource,
  starts: Starts,
): Promise<Uint8Array> => {
  const { resourceMetrics } = await snapshotProducer(() => snapshot).collect();
  const message = ProtobufMetricsSerializer.serializeRequest({
    resource: resourceFromAttributes({ ...resource }),
    scopeMetrics: resourceMetrics.scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map((metric) => onWire(metric, starts)),
    })),
  });
  if (message === undefined) throw new Error('the metrics could not be serialised');
  return message;
};

/** Whether a receiver took a part only, by its answer; undefined: all of it. @throws where the answer is no such message. */
export const partialSuccess = (
  body: Uint8Array,
): { readonly rejected: number; readonly message: string } | undefined => {
  const partial = ProtobufMetricsSerializer.deserializeResponse(body).partialSuccess;
  const rejected = Number(partial?.rejectedDataPoints ?? 0);
  const message = partial?.errorMessage ?? '';
  // Nothing rejected and something said is a hint of the receiver (OTLP specification, "Partial success").
  return rejected === 0 && message === '' ? undefined : { rejected, message };
};

/** Start of what has none: a gauge (OpenTelemetry data model, "Gauge"). */
const NO_START: HrTime = [0, 0];

const onWire = (metric: MetricData, starts: Starts): MetricData => {
  // Names are those of the catalogue: the producer has no others.
  const key = metric.descriptor.name as MetricName;
  const { name, unit, isUpDown } = wireMetric(key);
  const isCounter = metricOf(key).kind === 'counter';
  const dataPoints = (metric.dataPoints as readonly DataPoint<number>[]).map(
    ({ attributes, endTime, value }): DataPoint<number> => ({
      startTime: isCounter || isUpDown ? hrTime(starts.of(key, attributes as Labels) / 1000) : NO_START,
      endTime,
      attributes: renamed(attributes as Labels),
      value,
    }),
  );
  const common = {
    descriptor: { ...metric.descriptor, name, unit },
    aggregationTemporality: metric.aggregationTemporality,
    dataPoints,
  };
  return isCounter || isUpDown
    ? { ...common, dataPointType: DataPointType.SUM, isMonotonic: isCounter }
    : { ...common, dataPointType: DataPointType.GAUGE };
};

const wired = new WeakMap<Labels, Labels>();

/** Labels as attributes. An empty label is none to Prometheus, and an empty attribute would say that there is one. */
const renamed = (labels: Labels): Labels => {
  const known = wired.get(labels);
  if (known !== undefined) return known;
  const attributes = Object.fromEntries(
    Object.entries(labels).flatMap(([label, value]) => (value === '' ? [] : [[wireAttribute(label), value]])),
  );
  wired.set(labels, attributes);
  return attributes;
};
