/** The statement of a fleet, from the real Prometheus and from a table: what is missing is told, and counts nowhere. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Line, Statement } from '../../src/carbon/statement.ts';
import { freshDirectory, runCommand } from '../fixtures/agent-process.ts';
import { MONTHS_HOURS, monthsCsv, monthsText } from '../fixtures/fleet-months.ts';
import { type FilledEngine, prometheusStart, victoriaStart } from '../fixtures/history-engines.ts';
import {
  FLEET,
  FLEET_END,
  FLEET_START,
  fleetCsv,
  fleetText,
  PUE,
  truthOf,
} from '../fixtures/history-fleet.ts';

const linesOf = (text: string): readonly Line[] =>
  (JSON.parse(text) as Statement).blocks.flatMap(({ lines }) => lines);
const lineAt = (text: string, id: string): Line | undefined => linesOf(text).find((one) => one.id === id);
const figure = (text: string, id: string): number => {
  const line = lineAt(text, id);
  if (line?.kind !== 'figure') throw new Error(`${id} is no figure: ${JSON.stringify(line)}`);
  return line.value;
};

/** kWh and host-hours of the fleet, by its minutes. */
const truth = FLEET.reduce(
  (all, host) => {
    let { energy, hours } = all;
    for (let from = FLEET_START; from < FLEET_END; from += 3600) {
      const one = truthOf(host, from, 3600);
      if (one.coverage > 0) energy += one.energy / 3.6e6;
      hours += one.coverage;
    }
    return { energy, hours };
  },
  { energy: 0, hours: 0 },
);

const directory = freshDirectory();
const at = (name: string): string => join(directory.path, name);
afterAll(() => directory.remove());
const YEAR = ['report', '--year=2026', '--grid.zone=DE'];

const ENGINES = [
  ['Prometheus', prometheusStart()],
  ['VictoriaMetrics', victoriaStart()],
] as const;
const whereInstalled = ENGINES.filter(([, start]) => start !== undefined);
describe.each(whereInstalled)('negawatt report of a fleet in %s', (name, start) => {
  let engine: FilledEngine;
  beforeAll(async () => {
    engine = await start!(fleetText);
  }, 120_000);
  afterAll(() => engine?.close());
  const flags = (): string[] => [...YEAR, `--prometheus=${engine.url}`, '--replica-label=replica'];

  it('opens with hosts expected, hosts reporting and hours covered; gaps are in no figure', async () => {
    const { code, stdout, stderr } = await runCommand([...flags(), '--hosts-expected=9', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(figure(stdout, 'coverage.hosts.expected')).toBe(9);
    expect(figure(stdout, 'coverage.hosts.reporting')).toBe(FLEET.length);
    expect(figure(stdout, 'coverage.hours')).toBeCloseTo(truth.hours, 6);
    expect(lineAt(stdout, 'coverage.hours.missing')?.kind).toBe('gap');
    expect(figure(stdout, 'activity.it.derived')).toBeCloseTo(truth.energy, 6);
    expect(figure(stdout, 'activity.overhead')).toBeCloseTo(truth.energy * (PUE - 1), 6);
    expect(figure(stdout, 'scope2.energy.DE')).toBeCloseTo(truth.energy * PUE, 6);
    expect(figure(stdout, 'scope2.location') * 1e6).toBeCloseTo(truth.energy * PUE * 329, 3);
    expect(lineAt(stdout, 'coverage.fleet.emissions')).toMatchObject({
      words: expect.stringContaining('the factor of the year'),
    });
    const open = await runCommand([...flags(), '--json']);
    expect(lineAt(open.stdout, 'coverage.hosts.expected')?.kind, 'nobody said how many').toBe('gap');
  });

  it('gives the same bytes from its evidence, with no engine', async () => {
    const made = await runCommand([...flags(), '--hosts-expected=9', `--evidence=${at(name)}`]);
    expect(made.code).toBe(0);
    const months = readFileSync(at(`${name}/fleet-months.csv`), 'utf8')
      .trim()
      .split('\n');
    expect(months).toHaveLength(1 + FLEET.length);
    const again = await runCommand(['report', `--from-evidence=${at(name)}`]);
    expect(again.stdout).toBe(made.stdout);
  });

  it('refuses fewer hosts than report, and a year that the engine knows nothing of', async () => {
    const few = await runCommand([...flags(), '--hosts-expected=3']);
    expect([few.code, few.stderr]).toEqual([1, expect.stringContaining('boundary.hosts says 3')]);
    const none = await runCommand([...flags().filter((one) => !one.includes('year')), '--year=2024']);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('no energy of 2024 is known')]);
  });
});

// Blocks of Prometheus over three months take minutes to make; two days of it are above.
const victoria = whereInstalled.filter(([name]) => name === 'VictoriaMetrics');
describe.each(victoria)('three months of a fleet in %s', (name, start) => {
  it('have the statement of the same hours in a table, figure by figure', async () => {
    const engine = await start!(monthsText);
    try {
      writeFileSync(at('months.csv'), monthsCsv());
      const flags = [...YEAR, '--hosts-expected=2', '--json'];
      const [read, table] = [
        await runCommand([...flags, `--prometheus=${engine.url}`]),
        await runCommand([...flags, `--csv=${at('months.csv')}`]),
      ];
      expect([read.code, read.stderr, table.code]).toEqual([0, '', 0]);
      expect(figure(read.stdout, 'coverage.hours')).toBe(MONTHS_HOURS);
      const figures = linesOf(table.stdout).filter(({ kind }) => kind === 'figure');
      expect(figures.length).toBeGreaterThan(8);
      for (const { id } of figures) {
        const wanted = figure(table.stdout, id);
        expect(Math.abs(figure(read.stdout, id) - wanted), `${id}, ${name}`).toBeLessThanOrEqual(
          1e-9 * wanted,
        );
      }
    } finally {
      await engine.close();
    }
  }, 120_000);
});

describe('negawatt report of a fleet in a table', () => {
  it('has the same energy, without the PUE that the table does not know', async () => {
    writeFileSync(at('fleet.csv'), fleetCsv());
    const { code, stdout } = await runCommand([
      ...[...YEAR, `--csv=${at('fleet.csv')}`, '--csv-interval=60s'],
      '--json',
    ]);
    expect(code).toBe(0);
    expect(figure(stdout, 'activity.total')).toBeCloseTo(truth.energy, 6);
    expect(lineAt(stdout, 'activity.overhead.unknown')?.kind).toBe('gap');
  });

  it('takes the PUE and the tenancy of the configuration by their time', async () => {
    writeFileSync(
      at('c.yaml'),
      'grid: {zone: aws:eu-central-1}\nsite:\n  pue: 1.5\n  tenancy_periods: [{from: 2026-03-03, to: 2027-01-01, value: leased}]\n',
    );
    const { stdout, stderr } = await runCommand([
      ...['report', '--year=2026', `--config.file=${at('c.yaml')}`, `--csv=${at('fleet.csv')}`],
      ...['--csv-interval=60s', '--json'],
    ]);
    expect(stderr).toBe('');
    const [own, leased] = [figure(stdout, 'scope2.energy.DE'), figure(stdout, 'scope3.8.metered.DE')];
    expect(own).toBeGreaterThan(1);
    expect(own + (leased * 1e6) / 329).toBeCloseTo(truth.energy * 1.5, 6);
    expect(figure(stdout, 'coverage.hosts.reporting')).toBe(FLEET.length);
    writeFileSync(
      at('c.yaml'),
      'site:\n  tenancy_periods: [{from: 2026-03-03, to: 2026-05-01, value: leased}, {from: 2026-04-01, to: 2026-06-01, value: cloud}]\n',
    );
    const wrong = await runCommand(['config', 'check', `--config.file=${at('c.yaml')}`]);
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr + wrong.stdout).toContain('whose times do not overlap');
  });
});
