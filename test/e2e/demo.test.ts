import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MeasureStandingJson } from '../../src/savings-standing.ts';
import { cleanEnv, eventually, freshDirectory } from '../fixtures/agent-process.ts';
import { readExposition } from '../fixtures/exposition.ts';

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

describe('negawatt demo', { timeout: 180_000 }, () => {
  it('shows what the service of a fleet would, says on each page that it is simulated, and leaves nothing behind', async () => {
    const demo = started('demo', '--measures', 'tracing', '--web.listen-address', '127.0.0.1:0');
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
      expect(measures).toMatchObject([
        { name: 'tracing', verdict: 'increase', plan: { registration: 'before-start' } },
      ]);
      const metrics = readExposition(await get('/metrics'));
      expect(metrics.value('negawatt_config_info{sha256="simulated"}')).toBe(1);
      expect(metrics.value('negawatt_savings_avoided_energy_joules{measure="tracing"}')).toBe(
        measures[0]?.avoided?.joules,
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
