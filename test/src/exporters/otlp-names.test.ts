import { describe, expect, it } from 'vitest';
import { wireAttribute, wireMetric } from '../../../src/exporters/otlp-names.ts';
import { METRIC_NAMES, metricOf } from '../../../src/metrics.ts';
import { prometheusLabel, prometheusName } from '../../fixtures/to-prometheus.ts';

describe.each(METRIC_NAMES)('%s', (metric) => {
  const { name, unit, isUpDown } = wireMetric(metric);
  const isCounter = metricOf(metric).kind === 'counter';

  it('comes back under its own name from a receiver that translates to Prometheus', () => {
    expect(prometheusName(name, unit, isCounter ? 'counter' : isUpDown ? 'updown' : 'gauge')).toBe(metric);
  });

  it('has a name that OpenTelemetry accepts, in a namespace, without what translation appends', () => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/);
    expect(name.length).toBeLessThan(256);
    expect(name).not.toMatch(/total$/);
    if (['J', 'W', 's', 'By', 'g', 'Cel', 'Hz'].includes(metricOf(metric).unit)) {
      expect(unit).toBe(metricOf(metric).unit);
      expect(name).not.toMatch(/joules|watts|seconds|bytes|grams|celsius|hertz/);
    }
  });

  it('has attributes that come back as its labels', () => {
    const { labels } = metricOf(metric);
    const attributes = labels.map(wireAttribute);
    expect(attributes.map(prometheusLabel)).toEqual(labels);
    expect(new Set(attributes).size).toBe(labels.length);
  });
});

describe('the wire', () => {
  it('has the names and instruments of the semantic conventions where they exist', () => {
    const all = METRIC_NAMES.map(wireMetric);
    const of = (name: string) => all.find((one) => one.name === name);
    expect(of('hw.host.energy')).toEqual({ name: 'hw.host.energy', unit: 'J', isUpDown: false });
    expect(of('hw.host.power')?.unit).toBe('W');
    expect(of('hw.energy')?.unit).toBe('J');
    expect(of('hw.gpu.utilization')?.unit).toBe('1');
    expect(of('hw.gpu.memory.usage')).toMatchObject({ unit: 'By', isUpDown: true });
    expect(of('hw.temperature')?.unit).toBe('Cel');
    expect(of('system.cpu.time')?.unit).toBe('s');
    expect(of('system.memory.usage')).toMatchObject({ unit: 'By', isUpDown: true });
    expect(['hw_id', 'hw_type', 'cpu_mode', 'k8s_pod_name'].map(wireAttribute)).toEqual([
      'hw.id',
      'hw.type',
      'cpu.mode',
      'k8s.pod.name',
    ]);
  });

  it('has no two metrics of one name', () => {
    expect(new Set(METRIC_NAMES.map((metric) => wireMetric(metric).name)).size).toBe(METRIC_NAMES.length);
  });
});

describe('the translation that these tests rely on', () => {
  // Cases of the specification and of Prometheus' own tests.
  it.each([
    ['http.server.request.duration', 's', 'gauge', 'http_server_request_duration_seconds'],
    ['system.io', 'By', 'counter', 'system_io_bytes_total'],
    ['requests.total', '1', 'counter', 'requests_total'],
    ['system.cpu.utilization', '1', 'gauge', 'system_cpu_utilization_ratio'],
    ['system.network.dropped', '{packets}', 'counter', 'system_network_dropped_total'],
    ['storage.filesystem.free', 'By/s', 'gauge', 'storage_filesystem_free_bytes_per_second'],
    ['memory.usage', 'By', 'updown', 'memory_usage_bytes'],
    ['grid', 'g/kWh', 'gauge', 'grid_grams_per_kWh'],
  ] as const)('%s of %s as %s is %s', (name, unit, type, expected) => {
    expect(prometheusName(name, unit, type)).toBe(expected);
  });
});
