import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cpuTime, duration, energy, figure, mass, percent } from '../../agent/figures.ts';
import { escapeHtml, html } from '../../agent/web/html.ts';
import { statusPage } from '../../agent/web/page.ts';
import { qualityText } from '../../agent/web/words.ts';
import { hostJson } from '../../src/exporters/index.ts';
import type { Snapshot } from '../../src/snapshot.ts';
import { ratio } from '../../src/units.ts';
import { gpuHost } from '../fixtures/gpu-host.ts';
import { carbon, drivenHost, factor, NO_CARBON } from '../fixtures/samples.ts';

const pageOf = (snapshot: Snapshot): string =>
  statusPage(
    { host: hostJson(snapshot, 'booked'), measures: [], arms: [] },
    { telemetryPath: '/m', version: '1.2.3' },
  );
const STYLE = readFileSync(join(import.meta.dirname, '../../agent/web/style.css'), 'utf8');
/** What a person reads: no tags, entities and hard spaces as they look. */
const textOf = (page: string): string =>
  page
    .replace(/<head>.*<\/head>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ');

/** Names of open elements that were closed in another order, or never; void elements aside. */
const unbalanced = (page: string): readonly string[] => {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, slash, name = '', self] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/g)) {
    if (['meta', 'link', 'br'].includes(name) || self === '/') continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
};

describe('the status page', () => {
  const snapshot = drivenHost().settle();
  const page = pageOf(snapshot);
  const text = textOf(page);

  it('says whose power it is, how much, and how it is known', () => {
    expect(page).toMatch(/<h1>node-17<\/h1>/);
    expect(text).toContain("250 W derived from power readings of the host's own power meter");
    expect(text).toContain('Watched for');
  });

  it('splits the energy into idle floor and dynamic', () => {
    expect(text).toMatch(/Idle floor [\d.]+ k?Wh Dynamic, caused by use [\d.]+ k?Wh/);
    expect(text).toMatch(/That is 0\.0\d+ kWh/);
  });

  it('shows both kinds of CO2e with factor, year and zone', () => {
    expect(text).toContain('400 g/kWh, CO2e (AR5), direct emissions of generation');
    expect(text).toContain('DE, Germany');
    expect(text).toContain('2023 \u2013 newest that is published, of an earlier year');
    expect(text).toContain('700 g/kWh');
    expect(text).toContain('at a PUE of 1.25');
    expect(text).not.toMatch(/EXAMPLE/i);
  });

  it('explains the rows that are no workloads', () => {
    expect(text).toContain('idle floor: what the host draws with nothing to do');
    expect(text).toContain('all that has no row of its own');
    expect(text).toContain('nginx.service');
  });

  it('lists every source with its reason and what to do', () => {
    expect(text).toContain(
      'rapl not readable energy_uj of 2 packages may be read by root alone To do: run as root',
    );
    expect(text).toContain('hwmon not here');
    expect(text).toContain('model switched off');
  });

  it('links to the metrics, the API and health', () => {
    for (const path of ['/m', '/api/v1/snapshot', '/api/v1/sources', '/-/healthy', '/-/ready']) {
      expect(page).toContain(`href="${path}"`);
    }
  });

  it('is whole and well-formed, and takes nothing from elsewhere', () => {
    expect(unbalanced(page)).toEqual([]);
    expect(page.replaceAll(/<(\w+)[^>]*>/g, '')).not.toMatch(/undefined|NaN|\[object/);
    expect(page).not.toMatch(/https?:|<style|style=|onload|javascript:/);
    expect(page.match(/<script[^>]*>/g)).toEqual(['<script src="/page.js" type="module">']);
    expect(STYLE).not.toMatch(/url\(|@import/);
    expect(page).toContain('<noscript><meta http-equiv="refresh"');
  });

  it('names its tables, rows and columns for those who do not see them', () => {
    expect(page.match(/<section /g)?.length).toBe(page.match(/aria-labelledby="/g)?.length);
    for (const [, id] of page.matchAll(/aria-labelledby="([^"]+)"/g)) expect(page).toContain(`id="${id}"`);
    expect(page.match(/scope="col"/g)?.length).toBe(5 + 2 * 3);
    expect(page.match(/scope="row"/g)?.length).toBeGreaterThan(5);
    expect(page).toContain('<html lang="en">');
  });
});

describe('the page of a host without a meter', () => {
  it('shows what is booked at once, where metrics still hold it at 0', () => {
    const driven = drivenHost();
    driven.step();
    const snapshot = driven.step();
    expect(hostJson(snapshot).host.energyJoules).toBe(0);
    const text = textOf(pageOf(snapshot));
    expect(text).toMatch(/Energy since counting began 0\.\d*[1-9]\d* Wh/);
    expect(text).toContain('Metrics hold a new counter at 0 for up to two minutes');
  });

  it('says that figures are on their way before the second sample, and shows no 0', () => {
    const text = textOf(pageOf(drivenHost().step()));
    expect(text).toContain('first figures in a few seconds');
    expect(text).not.toMatch(/\b0 (W|Wh|g)\b/);
  });

  it('says that the power is an estimate, and how wide of the mark it may be', () => {
    const text = textOf(pageOf(drivenHost({ modelled: true }).settle()));
    expect(text).toContain('estimated from a load curve, \u00b130 % (assumption)');
    expect(text).toContain('Curve: test. How to measure it instead');
    expect(text).toContain('Load curve of the host: test. written in this test');
  });

  it('does not call the band of a calibrated curve an assumption', () => {
    const host = { source: 'model', quality: 'estimated', errorBand: ratio(0.04) } as const;
    const curve = { name: 'own', citation: 'calibrated on node-17', calibrated: true };
    const text = qualityText({ ...hostJson(drivenHost().settle()).host, ...host, curve });
    expect(text).toMatch(/^from a load curve, \u00b14\.0\s% \(calibrated\)$/);
  });

  it('says that its host passes the figure through', () => {
    const driven = drivenHost();
    driven.host.counters.clear();
    driven.host.addMeter('guest', 'platform', 20, { source: 'guest', quality: 'estimated' });
    const text = textOf(pageOf(driven.settle()));
    expect(text).toContain('estimated by the host that this guest runs on');
  });

  it('says so when nothing at all tells the power', () => {
    const driven = drivenHost();
    driven.host.counters.clear();
    const text = textOf(pageOf(driven.settle()));
    expect(text).toContain('nothing on this host tells its power');
  });
});

describe('an example zone on the page', () => {
  const text = textOf(pageOf(drivenHost().settle(undefined, carbon({ example: true }))));

  it('is loud, at the top, with the ways out', () => {
    expect(text).toContain('EXAMPLE ZONE DE \u2013 these grams are not your host\u2019s');
    expect(text.indexOf('EXAMPLE ZONE DE')).toBeLessThan(text.indexOf('Power now'));
    for (const way of ['--grid.zone XX', 'NEGAWATT_GRID_ZONE=XX', 'grid: { zone: XX }'])
      expect(text).toContain(way);
  });

  it('marks every figure in grams, and the title', () => {
    const page = pageOf(drivenHost().settle(undefined, carbon({ example: true })));
    expect(page.match(/<span class="pill example">/g)?.length).toBe(4);
    expect(page).toMatch(/<title>EXAMPLE ZONE DE/);
  });
});

describe('the page without CO2e', () => {
  it('tells calmly how to set a zone', () => {
    const page = pageOf(drivenHost().settle(undefined, NO_CARBON));
    expect(textOf(page)).toContain('no grid zone is set');
    expect(textOf(page)).toContain('--grid.zone XX');
    expect(page).not.toContain('class="banner"');
    expect(textOf(page)).not.toMatch(/\d g\b/);
  });

  it('tells why a factor is missing', () => {
    const problems = [{ reason: 'only a lifecycle factor is held for XX', fix: 'put your own in a file' }];
    const text = textOf(pageOf(drivenHost().settle(undefined, { ...NO_CARBON, problems })));
    expect(text).toContain('only a lifecycle factor is held for XX');
    expect(text).toContain('put your own in a file');
  });

  it('calls it CO2 where the factor counts nothing else', () => {
    const co2 = factor('location');
    const location = { ...co2, row: { ...co2.row, gases: 'CO2' as const, gwp: 'none' } };
    expect(pageOf(drivenHost().settle(undefined, carbon({ location })))).toContain(
      'CO<sub>2</sub>, location-based',
    );
  });
});

describe('the page of a host with GPUs and work', () => {
  const driven = gpuHost();
  const page = pageOf(driven.settle());
  const text = textOf(page);

  it('shows each board with what its driver tells', () => {
    expect(text).toContain(
      'AMD Instinct MI210 gpu-0 clocks held down: power 60.0 of 560 W 50 % 40.0 GiB of 64.0 GiB 61 °C 1',
    );
  });

  it('shows the instances of a divided board below it', () => {
    expect(text).toMatch(/gpu-1 .* 1g\.10gb MIG-7 – 30 % 5\.00 GiB of 10\.0 GiB/);
  });

  it('shows what it does not know as a dash, never as 0', () => {
    expect(text).toContain('AMD Instinct MI210 gpu-2 – – – – –');
  });

  it('puts energy beside the work of a workload and of the host', () => {
    expect(text).toMatch(/nginx\.service .* [\d.]+ m?J each of [\d,.]+ requests/);
    expect(text).toMatch(/Energy per unit of work 1\.\d+ kJ each of 30 jobs/);
  });

  it('stays whole: each cell has its column, also where a narrow screen stacks them', () => {
    expect(unbalanced(page)).toEqual([]);
    const table = page.slice(page.indexOf('id="gpus"')).split('</table>')[0] ?? '';
    expect(table.match(/scope="col"/g)).toHaveLength(6);
    expect(table.match(/<td /g)).toHaveLength(5 * 4);
    expect(table.match(/<td [^>]*data-label="[A-Z]/g)).toHaveLength(5 * 4);
  });

  it('has neither table nor column where there are none', () => {
    const bare = pageOf(drivenHost().settle());
    expect(bare).not.toContain('id="gpus"');
    expect(bare).not.toContain('Energy per unit of work');
  });
});

describe('hostile names', () => {
  const nasty = '"><script>alert(1)</script><img src=x onerror=alert(1)>&\u202e\u0007';

  it('stay text wherever they stand', () => {
    const sources = [
      {
        ...drivenHost().step().view.sample.sources[0]!,
        source: nasty,
        why: nasty,
        fix: nasty,
        state: 'failing' as const,
      },
    ];
    const driven = drivenHost({ sources, setting: { inventory: { hostName: nasty, cpuModel: nasty } } });
    driven.host.addGroup('9', `/${nasty.replaceAll('/', '')}.service`, '1', true);
    const use = { busy: 10, groups: { 3: 1, 9: 5 } };
    const own = factor('location').row;
    const page = pageOf(
      driven.settle(
        use,
        carbon({ location: { ...factor('location'), row: { ...own, source: nasty, name: nasty } } }),
      ),
    );
    expect(page.match(/<script/g)).toHaveLength(1);
    for (const bad of ['<img', '\u202e', '\u0007']) expect(page).not.toContain(bad);
    expect(page).toContain('alert(1)');
    expect(unbalanced(page)).toEqual([]);
  });

  it('are escaped once: pieces of page are not escaped again', () => {
    expect(escapeHtml(`<a href='x'>"&"</a>`)).toBe('&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;');
    expect(html`<p>${html`<b>${'<'}</b>`}${['&', html`<i/>`]}${undefined}${0}</p>`.markup).toBe(
      '<p><b>&lt;</b>&amp;<i/>0</p>',
    );
  });
});

describe('figures', () => {
  it('have three digits and a unit of their size', () => {
    expect([0, 0.01234, 63.42, 1234.5, 1_234_567].map(figure)).toEqual([
      '0',
      '0.0123',
      '63.4',
      '1,235',
      '1,234,567',
    ]);
    expect([0.00818, 0.5, 1234, 2.5e6].map(energy)).toEqual([
      { value: '8.18', unit: 'Wh' },
      { value: '0.500', unit: 'kWh' },
      { value: '1.23', unit: 'MWh' },
      { value: '2.50', unit: 'GWh' },
    ]);
    expect([0, 3.27, 1234, 5e6].map(mass).map(({ unit }) => unit)).toEqual(['g', 'g', 'kg', 't']);
    expect([0, 0.0002, 0.043, 0.3, 1].map(percent)).toEqual([
      '0.0\u00a0%',
      '<0.1\u00a0%',
      '4.3\u00a0%',
      '30\u00a0%',
      '100\u00a0%',
    ]);
    expect([45, 600, 12_000, 400_000].map(duration)).toEqual([
      '45\u00a0s',
      '10\u00a0min',
      '3\u00a0h 20\u00a0min',
      '4\u00a0d 15\u00a0h',
    ]);
    expect(cpuTime(9.3)).toBe('9.30\u00a0s');
  });
});
