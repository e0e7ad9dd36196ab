import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createPrometheusExporter } from '../../src/exporters/prometheus.ts';
import { createBlockWriter } from '../../src/lab/blocks.ts';
import { createLabFleet } from '../../src/lab/fleet.ts';
import { mixedHosts } from '../../src/lab/mixture.ts';
import { prometheusOverFiles } from '../fixtures/history-engines.ts';

/** Monday, 5 January 2026, 00:00 UTC. */
const FROM = 1_767_571_200;
const HOUR = 3600;
const directory = mkdtempSync(join(tmpdir(), 'negawatt-blocks-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const fleetOf = (hosts: number, hours: number) =>
  createLabFleet({
    seed: 'blocks',
    hosts: mixedHosts(hosts, FROM, 1),
    ...{ from: FROM, to: FROM + hours * HOUR, step: 300, version: '1' },
  });

describe('blocks for promtool', () => {
  it('are of two hours, and hold each family and each series in one piece', () => {
    const writer = createBlockWriter(join(directory, 'order'));
    for (const { at, all } of fleetOf(2, 5).scrapes())
      for (const { host, snapshot } of all)
        writer.add(at, { job: 'negawatt', instance: host.spec.name }, snapshot?.points);
    const files = writer.close();
    expect(files.map((file) => basename(file))).toEqual([
      'negawatt-20260105T0000Z.om',
      'negawatt-20260105T0200Z.om',
      'negawatt-20260105T0400Z.om',
    ]);
    for (const [block, file] of files.entries()) {
      const text = readFileSync(file, 'utf8');
      expect(text.endsWith('# EOF\n')).toBe(true);
      const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
      expect(new Set(types).size).toBe(types.length);
      let last = '';
      let at = 0;
      const seen = new Set<string>();
      for (const line of text.split('\n').filter((one) => one !== '' && !one.startsWith('#'))) {
        const [, series = '', time] = /^(.+) \S+ (\d+)$/.exec(line) ?? [];
        if (series !== last) expect(seen).not.toContain(series);
        else expect(Number(time)).toBeGreaterThan(at);
        seen.add(series);
        [last, at] = [series, Number(time)];
        expect(Math.floor((at - FROM) / (2 * HOUR))).toBe(block);
      }
    }
  });

  it('hold what a scrape of the same host gives, series by series', async () => {
    const fleet = fleetOf(8, 1);
    const scrapes = [...fleet.scrapes()].at(-1);
    const writer = createBlockWriter(join(directory, 'scrape'));
    const expected: string[] = [];
    for (const { host, snapshot } of scrapes?.all ?? []) {
      writer.add(scrapes?.at ?? 0, { job: 'negawatt', instance: host.spec.name }, snapshot?.points);
      const text = await createPrometheusExporter(() => snapshot).render('openmetrics');
      for (const line of text.split('\n').filter((one) => one !== '' && !one.startsWith('#'))) {
        const [, name, labels, value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
        const more = labels === undefined ? '' : `,${labels}`;
        expected.push(`${name}{job="negawatt",instance="${host.spec.name}"${more}} ${value} ${scrapes?.at}`);
      }
    }
    const [file = ''] = writer.close();
    const lines = readFileSync(file, 'utf8').split('\n');
    const got = lines.filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('up{'));
    expect(expected.length).toBeGreaterThan(800);
    expect(got.toSorted()).toEqual(expected.toSorted());
    expect(lines.filter((line) => line.startsWith('up{'))).toHaveLength(8);
  });

  const start = prometheusOverFiles();
  it.skipIf(start === undefined)('give a real Prometheus the energy that was truly used', async () => {
    const fleet = fleetOf(4, 5);
    const writer = createBlockWriter(join(directory, 'prometheus'));
    for (const { at, all } of fleet.scrapes())
      for (const { host, snapshot } of all)
        writer.add(at, { job: 'negawatt', instance: host.spec.name }, snapshot?.points);
    const engine = await start?.(writer.close());
    try {
      const query = encodeURIComponent('last_over_time(hw_host_energy_joules_total[10m])');
      const response = await fetch(`${engine?.url}/api/v1/query?query=${query}&time=${FROM + 5 * HOUR}`);
      const { data } = (await response.json()) as {
        data: { result: { metric: { instance: string }; value: [number, string] }[] };
      };
      const found = new Map(data.result.map(({ metric, value }) => [metric.instance, Number(value[1])]));
      for (const { spec, role, totals } of fleet.hosts) {
        const truth = role.bmc === 'none' ? totals.sockets + totals.dram + totals.boards : totals.inlet;
        expect(found.get(spec.name), spec.name).toBeCloseTo(truth, 2);
      }
    } finally {
      await engine?.close();
    }
  });

  it('leave out what was not asked for', () => {
    const writer = createBlockWriter(join(directory, 'some'), (metric) => metric === 'negawatt_pue_ratio');
    for (const { at, all } of fleetOf(1, 1).scrapes())
      for (const { host, snapshot } of all)
        writer.add(at, { job: 'negawatt', instance: host.spec.name }, snapshot?.points);
    const [file = ''] = writer.close();
    const names = [...readFileSync(file, 'utf8').matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(names).toEqual(['negawatt_pue_ratio', 'up']);
  });
});
