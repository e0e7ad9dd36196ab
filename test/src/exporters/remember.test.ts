import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus/build/src/PrometheusSerializer.js';
import { emptyResource } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { expect, it } from 'vitest';
import { remembering } from '../../../src/exporters/remember.ts';

type Series = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];

const metricsOf = (families: Readonly<Record<string, Series>>): ResourceMetrics => ({
  resource: emptyResource(),
  scopeMetrics: [
    {
      scope: { name: 'test' },
      metrics: Object.entries(families).map(([name, series]) => ({
        descriptor: { name, description: `Help of ${name}.`, unit: '', valueType: 1 },
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        dataPointType: DataPointType.GAUGE,
        dataPoints: series.map(([attributes, value]) => ({
          startTime: [0, 0],
          endTime: [0, 0],
          attributes,
          value,
        })),
      })),
    },
  ],
});

/** Counts the series that the serialiser itself is given. */
const counted = () => {
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  let given = 0;
  const serialize = remembering({
    serialize: (metrics) => {
      for (const { metrics: list } of metrics.scopeMetrics)
        for (const { dataPoints } of list) given += dataPoints.length;
      return serializer.serialize(metrics);
    },
  });
  return { serialize, plain: serializer, given: () => given };
};

const families = (value: number, zone = 'DE') => ({
  a: [[{ zone, quote: 'a "b" \\' }, value] as const, [{}, value + 1] as const],
  b: [[{ zone, quote: 'a "b" \\' }, value + 2] as const],
});

it('labels that are new objects at each scrape are given to the serialiser once', () => {
  const { serialize, plain, given } = counted();
  for (let scrape = 0; scrape < 5; scrape++) {
    const metrics = metricsOf(families(scrape));
    expect(serialize(metrics)).toBe(plain.serialize(metrics));
    // A second scraper asks within the tick.
    expect(serialize(metrics)).toBe(plain.serialize(metrics));
    expect(given()).toBe(3);
  }
});

it('labels that say something else are other series, and those that did not come again are forgotten', () => {
  const { serialize, plain, given } = counted();
  for (const zone of ['DE', 'FR', 'DE']) {
    const metrics = metricsOf(families(1, zone));
    expect(serialize(metrics)).toBe(plain.serialize(metrics));
  }
  // The series without labels came each time.
  expect(given()).toBe(3 + 2 + 2);
});

it('one labels object in two metrics is a series of each', () => {
  const { serialize, plain } = counted();
  const labels = { zone: 'DE' };
  for (let scrape = 0; scrape < 3; scrape++) {
    const metrics = metricsOf({ a: [[labels, 1]], b: [[labels, 2]] });
    expect(serialize(metrics)).toBe(plain.serialize(metrics));
  }
});
