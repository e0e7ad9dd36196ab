import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelValue } from '../../../src/exporters/label-value.ts';
import { openMetricsHead } from '../../../src/exporters/open-metrics.ts';
import { createPrometheusExporter } from '../../../src/exporters/prometheus.ts';
import { METRIC_NAMES, metricOf, type Point } from '../../../src/metrics.ts';
import type { Snapshot } from '../../../src/snapshot.ts';
import { drivenHost } from '../../fixtures/samples.ts';
import { parseExposition } from '../../fixtures/strict-exposition.ts';
import { parseOpenMetrics } from '../../fixtures/strict-open-metrics.ts';

const withPoints = (points: readonly Point[]): Snapshot => ({ ...drivenHost().step(), points });

describe('a snapshot in OpenMetrics', () => {
  it('holds the very series and values of the text format', async () => {
    const driven = drivenHost({ policy: { processMetrics: true } });
    const snapshot = driven.settle();
    const exporter = createPrometheusExporter(() => snapshot);
    const text = parseExposition(await exporter.render());
    const open = parseOpenMetrics(await exporter.render('openmetrics'));
    const samples = [...open.values()].flatMap((family) => family.samples);
    expect(samples).toEqual(
      [...text.values()].flatMap(({ name, samples: own }) => own.map((one) => ({ name, ...one }))),
    );
    expect(samples.length).toBeGreaterThan(60);
    expect(samples.find(({ name }) => name === 'hw_host_energy_joules_total')?.value).toBeGreaterThan(10_000);
  });

  it('leaves the text format as it is, whichever is asked for first', async () => {
    const snapshot = drivenHost().settle();
    const first = await createPrometheusExporter(() => snapshot).render();
    const exporter = createPrometheusExporter(() => snapshot);
    const open = await exporter.render('openmetrics');
    expect(await exporter.render()).toBe(first);
    expect(await exporter.render('openmetrics')).toBe(open);
  });

  it('can be made of every metric of the catalogue, with its unit at the end of the family', async () => {
    const points = METRIC_NAMES.map(
      (metric): Point => ({
        metric,
        labels: Object.fromEntries(metricOf(metric).labels.map((label) => [label, 'x'])),
        value: 1,
      }),
    );
    const text = await createPrometheusExporter(() => withPoints(points)).render('openmetrics');
    const families = parseOpenMetrics(text);
    expect(families.size).toBe(METRIC_NAMES.length);
    expect([...families.values()].map(({ help }) => help).sort()).toEqual(
      METRIC_NAMES.map((name) => metricOf(name).help).sort(),
    );
    const of = (name: string) => families.get(name);
    expect(of('hw_host_energy_joules')).toMatchObject({ type: 'counter', unit: 'joules' });
    expect(of('negawatt_pue_ratio')).toMatchObject({ type: 'gauge', unit: 'ratio' });
    expect(of('negawatt_gpu_memory_byte_seconds')).toMatchObject({ type: 'counter', unit: 'byte_seconds' });
    expect(of('negawatt_grid_intensity_grams_per_kilowatt_hour')?.unit).toBe('grams_per_kilowatt_hour');
    expect(of('negawatt_work')).toMatchObject({ type: 'counter', unit: '' });
    expect(of('negawatt_build')).toMatchObject({ type: 'info', unit: '' });
    const units = METRIC_NAMES.filter((name) => metricOf(name).unit !== '1');
    expect(units.filter((name) => !openMetricsHead(name).includes('# UNIT'))).toEqual([]);
  });

  it('brings hostile labels back as they went in, cleaned', async () => {
    const text = fc.string({
      unit: fc.constantFrom('"', '\\', '\n', '{', '}', ',', '=', '#', ' ', 'n', '\u0000', '\ud83d', '漢'),
    });
    await fc.assert(
      fc.asyncProperty(text, text, async (workload, name) => {
        const points: Point[] = [{ metric: 'negawatt_workload_info', labels: { workload, name }, value: 1 }];
        const body = await createPrometheusExporter(() => withPoints(points)).render('openmetrics');
        expect(parseOpenMetrics(body).get('negawatt_workload')?.samples[0]?.labels).toEqual({
          workload: labelValue(workload),
          name: labelValue(name),
        });
      }),
      { numRuns: 200 },
    );
  });
});

it('a help text comes back as it was, whatever it is made of', () => {
  const text = fc.string({ unit: fc.constantFrom('"', '\\', '\n', 'n', ' ', 'a', '漢'), minLength: 1 });
  fc.assert(
    fc.property(text, (help) => {
      const body = `${openMetricsHead('negawatt_pue_ratio', `a${help}`)}\nnegawatt_pue_ratio 1\n# EOF\n`;
      expect(parseOpenMetrics(body).get('negawatt_pue_ratio')?.help).toBe(`a${help}`);
    }),
  );
});

describe('the strict reader that these tests rely on', () => {
  const head = '# TYPE a_joules counter\n# UNIT a_joules joules\n# HELP a_joules Says \\"a\\".\n';
  it('reads families, units and escapes', () => {
    const families = parseOpenMetrics(`${head}a_joules_total{x="q\\"\\\\\\n"} 1.5e-7\n# EOF\n`);
    expect([...families.values()]).toMatchObject([
      { name: 'a_joules', type: 'counter', unit: 'joules', help: 'Says "a".' },
    ]);
    expect(families.get('a_joules')?.samples).toEqual([
      { name: 'a_joules_total', labels: { x: 'q"\\\n' }, value: 1.5e-7 },
    ]);
  });

  it.each([
    ['no end', `${head}a_joules_total 1\n`],
    ['a line after the end', `${head}a_joules_total 1\n# EOF\na 1\n`],
    ['a counter without _total', `${head}a_joules 1\n# EOF\n`],
    ['a family with _total', '# TYPE a_total counter\na_total_total 1\n# EOF\n'],
    ['a unit that is no suffix', '# TYPE a counter\n# UNIT a joules\na_total 1\n# EOF\n'],
    ['an info that is 2', '# TYPE a info\na_info 2\n# EOF\n'],
    ['a quote in a help text', '# HELP a Says "a".\n# TYPE a gauge\na 1\n# EOF\n'],
    ['a negative counter', `${head}a_joules_total -1\n# EOF\n`],
    ['an empty line', `${head}\na_joules_total 1\n# EOF\n`],
    ['families in pieces', '# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\na{x="1"} 1\n# EOF\n'],
    ['a timestamp', `${head}a_joules_total 1 1700000000\n# EOF\n`],
  ])('refuses %s', (_, text) => {
    expect(() => parseOpenMetrics(text)).toThrow();
  });
});
