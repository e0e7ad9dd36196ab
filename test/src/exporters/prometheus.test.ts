import { spawnSync } from 'node:child_process';
import { diag } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelValue } from '../../../src/exporters/label-value.ts';
import { createPrometheusExporter } from '../../../src/exporters/prometheus.ts';
import { type Labels, metricOf, type Point } from '../../../src/metrics.ts';
import type { Snapshot } from '../../../src/snapshot.ts';
import { debianProgram } from '../../fixtures/debian.ts';
import { carbon, drivenHost, factor, NO_CARBON } from '../../fixtures/samples.ts';
import { parseExposition } from '../../fixtures/strict-exposition.ts';

const render = (snapshot: Snapshot | undefined): Promise<string> =>
  createPrometheusExporter(() => snapshot).render();

const seriesOf = (points: readonly { readonly labels: Labels; readonly value: number }[]) =>
  points.map(({ labels, value }) => ({ labels: { ...labels }, value }));

/** A snapshot with these points in place of its own. */
const withPoints = (points: readonly Point[]): Snapshot => ({ ...drivenHost().step(), points });

describe('the metrics of a snapshot', () => {
  it('are exactly its points, under the names and with the help of the catalogue', async () => {
    const driven = drivenHost();
    driven.step();
    const snapshot = driven.settle();
    const families = parseExposition(await render(snapshot));
    expect([...families.keys()]).toEqual([...new Set(snapshot.points.map(({ metric }) => metric))].sort());
    for (const { name, type, help, samples } of families.values()) {
      const metric = metricOf(name as Point['metric']);
      expect(help).toBe(metric.help);
      expect(type).toBe(metric.kind === 'counter' ? 'counter' : 'gauge');
      expect(samples).toEqual(seriesOf(snapshot.points.filter((point) => point.metric === name)));
    }
    expect(families.get('hw_host_energy_joules_total')?.samples[0]?.value).toBeGreaterThan(10_000);
  });

  it('have no unit line, no target, no scope, no doubled suffix and no timestamp', async () => {
    const text = await render(drivenHost().settle());
    expect(text).not.toMatch(/# UNIT|target_info|otel_scope|_total_total|_joules_joules/);
  });

  it('give the same bytes for the same snapshot, and each snapshot its own', async () => {
    const driven = drivenHost();
    driven.settle();
    const exporter = createPrometheusExporter(driven.snapshot);
    const first = await exporter.render();
    expect(await exporter.render()).toBe(first);
    driven.step();
    expect(await exporter.render()).not.toBe(first);
  });

  it('keep the order of series from tick to tick', async () => {
    const driven = drivenHost();
    const keys = (text: string) => text.split('\n').map((line) => line.replace(/ \S+$/, ''));
    driven.settle();
    const before = keys(await render(driven.snapshot()));
    driven.step();
    expect(keys(await render(driven.snapshot()))).toEqual(before);
  });

  it('drop the series of a workload whose retention is over', async () => {
    const driven = drivenHost();
    driven.settle();
    expect(await render(driven.snapshot())).toContain('nginx.service');
    driven.host.groups.delete('3');
    for (let i = 0; i < 200; i++) driven.step({ busy: 10, groups: { 4: 5 } });
    const text = await render(driven.snapshot());
    expect(text).not.toContain('nginx.service');
    expect(text).toContain('a1a1a1');
  });

  it('show no gram without a zone, and say so when the zone is an example', async () => {
    const driven = drivenHost();
    const bare = parseExposition(await render(driven.settle(undefined, NO_CARBON)));
    expect([...bare.keys()].filter((name) => name.includes('gram'))).toEqual([]);
    const example = parseExposition(await render(driven.settle(undefined, carbon({ example: true }))));
    expect(example.get('negawatt_config_example')?.samples).toEqual([{ labels: {}, value: 1 }]);
  });

  it('stay valid when the market-based factor is the location-based one', async () => {
    const same = carbon({
      market: { ...factor('location'), method: 'market', status: 'residual_unavailable' },
    });
    parseExposition(await render(drivenHost().settle(undefined, same)));
  });
});

describe('what is remembered of a series', () => {
  it('never shows: a scrape among many is what a first scrape of the same snapshot would be', async () => {
    const driven = drivenHost();
    const exporter = createPrometheusExporter(driven.snapshot);
    for (let i = 0; i < 60; i++) {
      if (i === 20) driven.host.addGroup('9', '/new.service', '1', true);
      if (i === 30) driven.host.groups.delete('3');
      driven.step({ busy: 10, groups: { 4: 5, ...(i > 20 ? { 9: 3 } : {}) } });
      expect(await exporter.render()).toBe(await render(driven.snapshot()));
    }
    expect(await exporter.render()).toContain('new.service');
  });

  it('is kept apart where two metrics hold the very same labels', async () => {
    const labels = { source: 'rapl' };
    const points: Point[] = [
      { metric: 'negawatt_source_duration_seconds', labels, value: 0.5 },
      { metric: 'negawatt_source_up', labels, value: 1 },
    ];
    const snapshot = withPoints(points);
    const exporter = createPrometheusExporter(() => snapshot);
    const first = await exporter.render();
    expect(await exporter.render()).toBe(first);
    expect([...parseExposition(first).keys()]).toEqual(points.map(({ metric }) => metric));
  });

  it('holds no value: any number is shown as it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double(), { minLength: 2, maxLength: 5 }), async (values) => {
        const labels = { source: 'x' };
        let value = 0;
        const exporter = createPrometheusExporter(() =>
          withPoints([{ metric: 'negawatt_source_up', labels, value }]),
        );
        for (value of values) {
          const family = parseExposition(await exporter.render()).get('negawatt_source_up');
          // -0 is written as 0.
          expect(family?.samples[0]?.value).toBe(value === 0 ? 0 : value);
        }
      }),
    );
  });
});

describe('hostile labels', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 160 }),
    fc.string({
      unit: fc.constantFrom('"', '\\', '\n', '{', '}', ',', '=', '#', ' ', 'n', '\u0000', '\ud83d', '\u6f22'),
    }),
  );

  it('come back as they went in, cleaned, whatever they are made of', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, async (workload, name) => {
        const points: Point[] = [{ metric: 'negawatt_workload_info', labels: { workload, name }, value: 1 }];
        const family = parseExposition(await render(withPoints(points))).get('negawatt_workload_info');
        expect(family?.samples).toEqual([
          { labels: { workload: labelValue(workload), name: labelValue(name) }, value: 1 },
        ]);
      }),
      { numRuns: 300 },
    );
  });

  it('that differ only in what is taken out give one series, and no joule of them is lost', async () => {
    const labels = (workload: string) => ({
      workload,
      kind: 'unit',
      class: 'x',
      resource: 'cpu',
      part: 'dynamic',
    });
    const points: Point[] = ['ab', 'a\u0001b', 'a\u0002b'].map((workload, i) => ({
      metric: 'negawatt_workload_energy_joules_total',
      labels: labels(workload),
      value: 10 ** i,
    }));
    const family = parseExposition(await render(withPoints(points))).get(
      'negawatt_workload_energy_joules_total',
    );
    expect(family?.samples).toEqual([{ labels: labels('ab'), value: 111 }]);
  });
});

describe('metrics that cannot be made', () => {
  it('are a rejection before the first tick, never an empty page', async () => {
    await expect(render(undefined)).rejects.toThrow('no snapshot yet');
  });

  it('are a rejection when the snapshot is broken, and the next scrape is a fresh try', async () => {
    const driven = drivenHost();
    const good = driven.settle();
    let now: Snapshot = good;
    const exporter = createPrometheusExporter(() => now);
    await exporter.render();
    now = { ...good, points: undefined as never };
    await expect(exporter.render()).rejects.toThrow();
    now = { ...good, points: [{ metric: 'negawatt_source_up', labels: { source: 1n as never }, value: 1 }] };
    await expect(exporter.render()).rejects.toThrow();
    now = good;
    parseExposition(await exporter.render());
  });

  it('let the complaints of the SDK be heard', () => {
    const heard: string[] = [];
    createPrometheusExporter(() => undefined, { onDiagnostic: (message) => heard.push(message) });
    diag.warn('something', 'odd');
    diag.info('nothing');
    diag.disable();
    expect(heard).toEqual(['something odd']);
  });
});

const promtool = debianProgram('/usr/bin/promtool', 'prometheus');

describe.skipIf(promtool === undefined)('promtool', () => {
  it('finds nothing to complain about', async () => {
    const driven = drivenHost({ policy: { processMetrics: true } });
    const result = spawnSync(promtool ?? '', ['check', 'metrics'], {
      input: await render(driven.settle()),
      encoding: 'utf8',
    });
    expect(`${result.stdout}${result.stderr}`).toBe('');
    expect(result.status).toBe(0);
  });
});
