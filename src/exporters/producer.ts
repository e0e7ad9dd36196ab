import type { HrTime } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { type Labels, type MetricName, metricOf, type Point } from '../metrics.ts';
import type { Snapshot } from '../snapshot.ts';
import { labelValue } from './label-value.ts';

/** What is exposed of a snapshot; a service that samples nothing has no more. */
export interface Exposed {
  readonly points: readonly Point[];
  readonly setting: Pick<Snapshot['setting'], 'version' | 'startedAt'>;
  readonly view: { readonly sample: Pick<Snapshot['view']['sample'], 'wall'> };
}

/**
 * The current Snapshot as OpenTelemetry metrics, one family per name in the order of the alphabet, series in the order
 * of the snapshot's points.
 *
 * Instruments of the SDK are not used: they keep the series of ended workloads for ever. `collect` reads the snapshot
 * once, at the call; it rejects while there is none.
 */
export const snapshotProducer = (current: () => Exposed | undefined): MetricProducer => ({
  collect: async () => {
    const snapshot = current();
    if (snapshot === undefined) throw new Error('there is no snapshot yet: the first sample is being taken');
    return {
      resourceMetrics: {
        // The reader puts the provider's resource in its place.
        resource: emptyResource(),
        scopeMetrics: [
          { scope: { name: 'negawatt', version: snapshot.setting.version }, metrics: familiesOf(snapshot) },
        ],
      },
      errors: [],
    };
  },
});

const familiesOf = ({ points, setting, view }: Exposed): MetricData[] => {
  const families = new Map<MetricName, Point[]>();
  for (const point of points) {
    const family = families.get(point.metric);
    if (family === undefined) families.set(point.metric, [point]);
    else family.push(point);
  }
  const startTime = hrTime(setting.startedAt);
  const endTime = hrTime(view.sample.wall / 1000);
  return [...families]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, family]) => familyOf(name, dataPoints(family, startTime, endTime)));
};

const familyOf = (name: MetricName, points: DataPoint<number>[]): MetricData => {
  const { kind, help } = metricOf(name);
  const common = {
    // The name carries the unit: a unit here would become a `# UNIT` line, which is no part of format 0.0.4.
    descriptor: { name, description: help, unit: '', valueType: DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPoints: points,
  };
  return kind === 'counter'
    ? { ...common, dataPointType: DataPointType.SUM, isMonotonic: true }
    : { ...common, dataPointType: DataPointType.GAUGE };
};

/** `ValueType.DOUBLE` of the API, whose enum is not worth loading. */
const DOUBLE = 1;

const dataPoints = (family: readonly Point[], startTime: HrTime, endTime: HrTime): DataPoint<number>[] => {
  let altered = false;
  const points = family.map(({ labels, value }): DataPoint<number> => {
    const attributes = cleaned(labels);
    if (attributes !== labels) altered = true;
    return { startTime, endTime, attributes, value };
  });
  return altered ? distinct(points, metricOf(family[0]?.metric ?? 'negawatt_build_info').kind) : points;
};

/** Labels with the values that go out; the same object where nothing had to be changed. */
export const cleaned = (labels: Labels): Labels => {
  for (const name in labels) {
    const text = labels[name] ?? '';
    if (labelValue(text) === text) continue;
    return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, labelValue(value)]));
  }
  return labels;
};

/**
 * One series for each set of labels: values that differ only in what was taken out of them would come twice, and a
 * scraper refuses that. Counters are added up, so that a sum over the family stays whole; of others the first stands.
 */
const distinct = (points: readonly DataPoint<number>[], kind: string): DataPoint<number>[] => {
  const series = new Map<string, DataPoint<number>>();
  for (const point of points) {
    const key = JSON.stringify(Object.entries(point.attributes).sort());
    const held = series.get(key);
    if (held === undefined) series.set(key, point);
    else if (kind === 'counter') series.set(key, { ...held, value: held.value + point.value });
  }
  return [...series.values()];
};

export const hrTime = (seconds: number): HrTime => {
  const whole = Math.floor(seconds);
  return [whole, Math.round((seconds - whole) * 1e9)];
};
