import { describe, expect, it } from 'vitest';
import { otlpMessage } from '../../../src/exporters/otlp-message.ts';
import { createStarts } from '../../../src/exporters/otlp-starts.ts';
import { createPrometheusExporter } from '../../../src/exporters/prometheus.ts';
import { toSend } from '../../../src/exporters/to-send.ts';
import { METRIC_NAMES, metricOf, type Point } from '../../../src/metrics.ts';
import type { Snapshot } from '../../../src/snapshot.ts';
import { readRequest, type Sent } from '../../fixtures/otlp-proto.ts';
import { carbon, drivenHost, SETTING } from '../../fixtures/samples.ts';
import { parseExposition } from '../../fixtures/strict-exposition.ts';
import { prometheusLabel, prometheusName } from '../../fixtures/to-prometheus.ts';

const RESOURCE = { 'service.name': 'negawatt', 'host.name': 'node-17' };

const sentOf = async (snapshot: Snapshot): Promise<Sent> =>
  readRequest(await otlpMessage(snapshot, RESOURCE, createStarts(undefined)(snapshot)));

/** Series as a Prometheus would have them after its receiver: name and labels to value. */
const translated = ({ metrics }: Sent): Map<string, number> => {
  const series = new Map<string, number>();
  for (const { name, unit, type, isMonotonic, points } of metrics.values()) {
    const kind = isMonotonic ? 'counter' : type === 'sum' ? 'updown' : 'gauge';
    for (const { attributes, value } of points) {
      const labels = Object.entries(attributes).map(([key, text]) => [prometheusLabel(key), text]);
      series.set(JSON.stringify([prometheusName(name, unit, kind), labels.sort()]), value);
    }
  }
  return series;
};

/** Series of a scrape; an empty label is none to Prometheus. */
const scraped = async (snapshot: Snapshot): Promise<Map<string, number>> => {
  const text = await createPrometheusExporter(() => snapshot).render();
  const series = new Map<string, number>();
  for (const { name, samples } of parseExposition(text).values()) {
    for (const { labels, value } of samples) {
      const pairs = Object.entries(labels).filter(([, text]) => text !== '');
      series.set(JSON.stringify([name, pairs.sort()]), value);
    }
  }
  return series;
};

describe('a snapshot over OTLP', () => {
  it('is, once translated, exactly what a scrape of it gives: every name, label and value', async () => {
    const driven = drivenHost({ policy: { processMetrics: true } });
    const snapshot = driven.settle();
    const sent = translated(await sentOf(snapshot));
    expect(sent).toEqual(await scraped(snapshot));
    expect(sent.get('["hw_host_energy_joules_total",[]]')).toBeGreaterThan(10_000);
  });

  it('is that for every metric of the catalogue', async () => {
    const points = METRIC_NAMES.map(
      (metric, i): Point => ({
        metric,
        labels: Object.fromEntries(metricOf(metric).labels.map((label) => [label, `x "\\ ${i}`])),
        value: metricOf(metric).kind === 'info' ? 1 : i / 7,
      }),
    );
    const snapshot = { ...drivenHost().step(), points };
    expect(translated(await sentOf(snapshot))).toEqual(await scraped(snapshot));
  });

  it('has cumulative monotonic sums for counters, with help and unit of the catalogue', async () => {
    const { metrics } = await sentOf(drivenHost().settle());
    expect(metrics.get('hw.host.energy')).toMatchObject({
      type: 'sum',
      temporality: 'CUMULATIVE',
      isMonotonic: true,
      unit: 'J',
      description: metricOf('hw_host_energy_joules_total').help,
    });
    expect(metrics.get('hw.host.power')).toMatchObject({ type: 'gauge', temporality: undefined });
    expect(metrics.get('system.memory.usage')).toMatchObject({
      type: 'sum',
      temporality: 'CUMULATIVE',
      isMonotonic: false,
    });
    for (const { type, temporality } of metrics.values())
      expect(temporality).toBe(type === 'sum' ? 'CUMULATIVE' : undefined);
  });

  it('has the time of its sample at every point, and a start before it at every sum', async () => {
    const snapshot = drivenHost().settle();
    const { metrics } = await sentOf(snapshot);
    const time = BigInt(snapshot.view.sample.wall) * 1_000_000n;
    for (const { type, points } of metrics.values()) {
      for (const point of points) {
        expect(point.time).toBe(time);
        if (type === 'gauge') expect(point.start).toBe(0n);
        else expect(point.start > 0n && point.start <= time).toBe(true);
      }
    }
    const began = BigInt(SETTING.startedAt) * 1_000_000_000n;
    expect(metrics.get('hw.host.energy')?.points[0]?.start).toBe(began);
  });

  it('names its resource and its scope', async () => {
    const { resource, scope } = await sentOf(drivenHost().step());
    expect(resource).toEqual(RESOURCE);
    expect(scope).toEqual({ name: 'negawatt', version: SETTING.version });
  });

  it('leaves grams of an example zone out, and says that there is one', async () => {
    const example = toSend(drivenHost().settle(undefined, carbon({ example: true })));
    const { metrics } = await sentOf(example);
    const grams = [...metrics.keys()].filter((name) => name.includes('emissions'));
    expect(grams).toEqual([]);
    expect(metrics.get('negawatt.config.example')?.points[0]?.value).toBe(1);
    const own = await sentOf(toSend(drivenHost().settle(undefined, carbon())));
    expect(own.metrics.get('negawatt.emissions.location')?.points[0]?.value).toBeGreaterThan(0);
  });
});
