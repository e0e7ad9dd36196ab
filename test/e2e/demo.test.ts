import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAVINGS_METRICS } from '../../src/metrics-savings.ts';
import type { MeasureStandingJson } from '../../src/savings-standing.ts';
import { cleanEnv, eventually, freshDirectory } from '../fixtures/agent-process.ts';
import { type Exposition, readExposition } from '../fixtures/exposition.ts';

const ENTRY = join(import.meta.dirname, '..', '..', 'dist', 'negawatt.js');
const folder = freshDirectory();
const temporary = join(folder.path, 'tmp');
afterAll(() => folder.remove());
beforeAll(() => mkdirSync(temporary));

const started = (...args: readonly string[]) => {
  const child: ChildProcess = spawn(process.execPath, [ENTRY, ...args], {
    env: cleanEnv({ TMPDIR: temporary }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout?.on('data', (data: Buffer) => {
    output += data;
  });
  child.stderr?.on('data', (data: Buffer) => {
    errors += data;
  });
  const ended = once(child, 'close').then(([code]) => code as number);
  return { child, ended, output: () => output, errors: () => errors };
};

/** What /metrics has of a measure is what the API tells of it; what the API leaves out has no series. */
const expectSameFigures = ({ series }: Exposition, told: MeasureStandingJson): void => {
  const found = (name: keyof typeof SAVINGS_METRICS, where: Readonly<Record<string, string>> = {}) =>
    series
      .filter((one) => one.name === name && one.labels.measure === told.name)
      .filter(({ labels }) => Object.entries(where).every(([key, value]) => labels[key] === value))
      .map(({ value }) => value);
  const { avoided, avoidedGrams, counted, coverage, verdict = '', grade = '' } = told;
  const known = (value: number | undefined): readonly number[] => (value === undefined ? [] : [value]);
  const said = {
    avoided: found('negawatt_savings_avoided_energy_joules'),
    low: found('negawatt_savings_avoided_energy_low_joules'),
    high: found('negawatt_savings_avoided_energy_high_joules'),
    grams: found('negawatt_savings_avoided_emissions_grams', { effect: 'energy' }),
    used: found('negawatt_savings_energy_joules_total'),
    missing: found('negawatt_savings_missing_ratio'),
    coverage: found('negawatt_savings_placebo_coverage_ratio'),
    detectable: found('negawatt_savings_detectable_ratio'),
    verdict: found('negawatt_savings_verdict', { verdict }),
    verdicts: found('negawatt_savings_verdict').toSorted(),
    grade: found('negawatt_savings_grade', { grade }),
    grades: found('negawatt_savings_grade').toSorted(),
    plan: found('negawatt_savings_info', { plan_sha256: told.plan.sha256, kind: told.kind }),
    hosts: found('negawatt_savings_scope_info').length,
    flags: told.remarks.every(({ flag }) => found('negawatt_savings_flag', { flag })[0] === 1),
  };
  expect(said, told.name).toEqual({
    avoided: known(avoided?.joules),
    low: known(avoided?.lowJoules),
    high: known(avoided?.highJoules),
    grams: known(avoidedGrams?.energyEffect),
    used: known(counted?.energyJoules),
    missing: known(counted?.missingRatio),
    coverage: known(coverage?.ratio),
    detectable: known(told.detectableRatio),
    verdict: [1],
    verdicts: [0, 0, 0, 0, 1],
    grade: [1],
    grades: [0, 0, 0, 0, 1],
    plan: [1],
    hosts: told.hosts.length,
    flags: true,
  });
};

describe('negawatt demo', { timeout: 180_000 }, () => {
  it('shows what the service of a fleet would, says on each page that it is simulated, and leaves nothing behind', async () => {
    const names = 'autoscaler,image-cache,tracing';
    const demo = started('demo', '--measures', names, '--web.listen-address', '127.0.0.1:0');
    try {
      const url = await eventually(async () => {
        const found = /Look at (http:\S+)/.exec(demo.output())?.[1];
        if (found === undefined) throw new Error(`no address yet: ${demo.output()}${demo.errors()}`);
        return found;
      }, 120_000);
      expect(demo.output()).toContain('SIMULATED');
      expect(demo.output()).toMatch(/tracing +INCREASE +A/);
      const get = async (path: string): Promise<string> => (await fetch(url + path)).text();
      expect(await get('/')).toMatch(
        /SIMULATED.*href="\/measures\/tracing".*said of it: tracing .*INCREASE/s,
      );
      expect(await get('/measures/tracing')).toMatch(/SIMULATED.*INCREASE/s);
      expect(await get('/-/healthy')).toMatch(/^SIMULATED.*\nhealthy\n$/);
      const { notice, measures } = JSON.parse(await get('/api/v1/measures')) as {
        notice: string;
        measures: readonly MeasureStandingJson[];
      };
      expect(notice).toContain('SIMULATED');
      const plan = { registration: 'before-start' };
      expect(measures).toMatchObject([
        { name: 'autoscaler', verdict: 'verified', plan },
        { name: 'image-cache', verdict: 'refused', plan },
        { name: 'tracing', verdict: 'increase', plan },
      ]);
      const metrics = readExposition(await get('/metrics'));
      expect(metrics.value('negawatt_config_info{sha256="simulated"}')).toBe(1);
      for (const measure of measures) expectSameFigures(metrics, measure);
      const savings = metrics.series.filter(({ name }) => name.startsWith('negawatt_savings_'));
      expect(new Set(savings.map(({ labels }) => labels.measure))).toEqual(new Set(names.split(',')));
      expect(Object.keys(SAVINGS_METRICS)).toEqual(
        expect.arrayContaining([...new Set(savings.map(({ name }) => name))]),
      );
      expect((await fetch(`${url}/other`)).status).toBe(404);
      expect(readdirSync(temporary)).toHaveLength(1);
    } finally {
      demo.child.kill('SIGINT');
    }
    expect(await demo.ended).toBe(0);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('can be interrupted while it makes the past', async () => {
    const demo = started('demo');
    await eventually(async () => {
      if (!demo.errors().includes('months of')) throw new Error('it has not begun');
    }, 60_000);
    demo.child.kill('SIGINT');
    expect(await demo.ended).toBe(130);
    expect(demo.output()).toBe('');
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('keeps a fleet of which compare gives the same verdict, and tells scripts the verdicts as JSON', async () => {
    const output = join(folder.path, 'kept');
    const demo = started('demo', '--json', '--measures', 'tracing', '--output', output);
    expect(await demo.ended, demo.errors()).toBe(0);
    expect(JSON.parse(demo.output())).toMatchObject({
      notice: expect.stringContaining('SIMULATED'),
      measures: [{ name: 'tracing', verdict: 'increase', grade: 'A' }],
    });
    const page = readFileSync(join(output, 'index.html'), 'utf8');
    expect(page).toContain('SIMULATED');
    const [, report = ''] = /href="([^"]+)">tracing</.exec(page) ?? [];
    expect(readFileSync(join(output, report), 'utf8')).toMatch(/SIMULATED.*INCREASE/s);
    const config = join(output, 'fleet.yaml');
    const compare = started('compare', '--measure', 'tracing', '--config.file', config);
    expect(await compare.ended, compare.errors()).toBe(3);
    expect(compare.output()).toContain('registered before the start');
    expect(compare.output()).toContain('verdict: INCREASE, evidence A');
  });

  it('writes blocks for promtool, of the metrics that are asked for', async () => {
    const output = join(folder.path, 'blocks');
    const asked = [
      '--openmetrics',
      '--hosts',
      '1',
      '--days',
      '0.1',
      '--metrics',
      'hw_host_energy_joules_total',
    ];
    const demo = started('demo', ...asked, '--output', output);
    expect(await demo.ended, demo.errors()).toBe(0);
    const files = readdirSync(join(output, 'openmetrics'));
    expect(files.length).toBeGreaterThanOrEqual(2);
    const text = readFileSync(join(output, 'openmetrics', files[0] ?? ''), 'utf8');
    expect(text).toMatch(/^hw_host_energy_joules_total\{job="negawatt",instance="web-001:10202"\} \d/m);
    expect(demo.output()).toContain('promtool tsdb create-blocks-from openmetrics');
  });

  it('says what is wrong with what it is asked for', async () => {
    const unknown = started('demo', '--openmetrics', '--output', folder.path, '--metrics', 'power');
    expect(await unknown.ended).toBe(64);
    expect(unknown.errors()).toContain('power is no metric of negawatt');
    const nowhere = started('demo', '--openmetrics');
    expect(await nowhere.ended).toBe(64);
    expect(nowhere.errors()).toContain('--output');
    expect(existsSync(temporary) && readdirSync(temporary)).toEqual([]);
  });
});
