/** Five fleets with a known saving, through the whole evaluation: truths recovered, traps not fallen into. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateStanding, LATEST } from '../../src/evaluate-standing.ts';
import { measureText } from '../../src/exporters/measure-text.ts';
import type { MeasureReport } from '../../src/model/comparison.ts';
import { savingsPoints } from '../../src/savings-points.ts';
import { evaluated, MONDAY, newHash, planOf, registered } from '../fixtures/measure-plan.ts';
import { memoryHistory } from '../fixtures/memory-history.ts';

const DATA = join(import.meta.dirname, '../../../shared/data/savings/scenarios');
const KWH = 3.6e6;
const isHere = existsSync(DATA);

const NAMES = {
  s1: 's1_growth_real_saving',
  s2: 's2_workfall_no_saving',
  s3: 's3_grid_only',
  s4: 's4_real_saving_flat',
  s5: 's5_small_saving',
};

const HOSTS = Array.from({ length: 10 }, (_, at) => `host-${at}`);

const scenarioOf = (name: keyof typeof NAMES) => {
  const [head = '', ...rows] = readFileSync(join(DATA, `${NAMES[name]}.csv`), 'utf8')
    .trim()
    .split('\n');
  const names = head.split(',');
  const column = (of: string) => rows.map((row) => Number(row.split(',')[names.indexOf(of)]));
  const energy = column('energy_wh').map((wh) => (wh * 3600) / HOSTS.length);
  return {
    plan: planOf({ hosts: HOSTS }),
    engine: memoryHistory({
      from: MONDAY,
      hosts: HOSTS.map((host) => ({ host, energy })),
      work: [column('work_units')],
      grid: column('grid_g_per_kwh'),
    }),
  };
};

const reportOf = async (name: keyof typeof NAMES): Promise<MeasureReport> => evaluated(scenarioOf(name));

/** What would be exported of it at its report date. */
const pointsOf = async (name: keyof typeof NAMES): Promise<ReadonlyMap<string, number>> => {
  const { plan, engine } = scenarioOf(name);
  const registration = registered(plan);
  const standing = await evaluateStanding({
    ...{ plan, engine, newHash, registered: { registration, changes: [] }, before: undefined },
    frozen: { plan, sha256: registration.hashAtStart ?? '' },
    ...{ now: (plan.reportAt[0] ?? 0) + LATEST, method: '1', version: '1.0.0' },
  });
  return new Map(
    savingsPoints(standing).map(({ metric, labels: { measure: _, ...labels }, value }) => [
      [metric.replace('negawatt_savings_', ''), ...Object.values(labels)].join(' '),
      value,
    ]),
  );
};

const flagsOf = ({ outcome }: MeasureReport) => outcome.flags.map(({ flag }) => flag);

/** Of the data's own description: adjusted baseline, actual, avoided in kWh; effects and bars in kg. */
const FIGURES = {
  s1: [1995.822, 1798.205, 197.617, 92.99, 0.6, 292.249, -214.769, 0, -3.088, 74.392],
  s2: [1306.011, 1302.598, 3.413, 1.58, 0.6, -348.934, 190.84, 0, 2.327, -155.767],
  s3: [1636.93, 1635.835, 1.095, 0.32, 192.6, 0.708, -0.796, 0, -192.348, -192.436],
  s4: [1645.625, 1476.965, 168.66, 79.57, 0.5, 4.4, -81.644, 0, -0.126, -77.37],
  s5: [1646.998, 1625.459, 21.538, 10.18, -1.4, -0.491, -9.942, 0, 1.452, -8.981],
} as const;

describe.skipIf(!isHere)('fleets with a known saving (skipped where ../shared is absent)', () => {
  for (const [name, figures] of Object.entries(FIGURES))
    it(`${name}: energy, CO2e and its split are those of the description, to its digits`, async () => {
      const { outcome } = await reportOf(name as keyof typeof NAMES);
      const { estimate, avoided, emissions, change } = outcome;
      if (!estimate || !emissions || !change) throw new Error(JSON.stringify(outcome.refusals));
      const [expected, actual, saved, energy, grid, ...bars] = figures;
      expect(estimate.expected / KWH).toBeCloseTo(expected, 2);
      expect(estimate.actual / KWH).toBeCloseTo(actual, 2);
      expect((avoided ?? 0) / KWH).toBeCloseTo(saved, 2);
      expect(emissions.energyEffect / 1000).toBeCloseTo(energy, 1);
      expect((emissions.gridEffect ?? Number.NaN) / 1000).toBeCloseTo(grid, 1);
      const { activity, intensity, facility, grid: ofGrid, total } = change;
      for (const [at, bar] of [activity, intensity, facility, ofGrid, total].entries())
        expect(bar / 1000).toBeCloseTo(bars[at] ?? Number.NaN, 2);
      expect(activity + intensity + facility + ofGrid).toBeCloseTo(total, 3);
    });

  for (const [name, [expected, actual, saved, energy, grid]] of Object.entries(FIGURES))
    it(`${name}: counters and gauges that are exported say the same as the description`, async () => {
      const points = await pointsOf(name as keyof typeof NAMES);
      const kWh = (key: string): number => (points.get(key) ?? Number.NaN) / KWH;
      expect(kWh('baseline_energy_joules_total')).toBeCloseTo(expected, 2);
      expect(kWh('energy_joules_total')).toBeCloseTo(actual, 2);
      // A refused one has no headline figure.
      const isRefused = points.get('verdict refused') === 1;
      expect(points.has('avoided_energy_joules')).toBe(!isRefused);
      if (isRefused) return;
      expect(kWh('avoided_energy_joules')).toBeCloseTo(saved, 2);
      const kg = (effect: string): number =>
        (points.get(`avoided_emissions_grams location average ${effect}`) ?? Number.NaN) / 1000;
      expect(kg('energy')).toBeCloseTo(energy, 1);
      expect(kg('grid')).toBeCloseTo(grid, 1);
    });

  it('s1: a real saving of 10 % is found although the total rose, and both lines are told', async () => {
    const { outcome, isFinal } = await reportOf('s1');
    expect(outcome.fraction).toBeCloseTo(0.099, 3);
    expect(outcome.growthOffset).toBeCloseTo(1.83, 2);
    const grew = outcome.flags.find(({ flag }) => flag === 'work_grew');
    expect(grew?.text).toContain('10.1 %');
    expect(grew?.text).toContain('43.6 %');
    expect(outcome.flags.map(({ flag }) => flag)).toContain('extrapolating');
    expect([outcome.verdict, outcome.grade, isFinal]).toEqual(['indicative', 'D', true]);
  });

  it('growth and CO2e are told with the interval of the saving, and not as amounts where no saving is shown', async () => {
    const [shown, open] = [await reportOf('s1'), await reportOf('s2')].map((report) =>
      measureText(report, true),
    );
    expect(shown).toMatch(/^growth offset: 1\.83 of what was avoided \(1\.\d\d to [12]\.\d\d, 90 %\)$/m);
    expect(shown).toMatch(/^CO2e: 93\.0 kg avoided \([\d.]+ to [\d.]+, 90 %\) at the factors/m);
    expect(open).toMatch(/^growth offset: not told, as no saving is shown/m);
    expect(open).toMatch(/^CO2e: no amount is shown \(-[\d.]+ to [\d.]+ kg, 90 %\) at the factors/m);
  });

  it('s2: less work is no saving, however far the total fell', async () => {
    const report = await reportOf('s2');
    expect(report.after.energy / 28).toBeLessThan((0.82 * report.before.energy) / 56);
    expect(report.outcome.verdict).toBe('not_verified');
    expect(flagsOf(report)).toContain('work_fell');
    expect(report.outcome.interval?.low).toBeLessThan(0);
  });

  it('s3: a cleaner grid is the grid alone: 193 kg of it, and less than half a kilogram of the measure', async () => {
    const { outcome } = await reportOf('s3');
    expect(outcome.verdict).toBe('not_verified');
    expect((outcome.emissions?.gridEffect ?? 0) / 1000).toBeCloseTo(192.6, 0);
    expect(Math.abs(outcome.emissions?.energyEffect ?? 0) / 1000).toBeLessThan(0.5);
  });

  it('s4: 10 % at the same work is within the interval, which calls itself model only', async () => {
    const { outcome } = await reportOf('s4');
    expect((outcome.interval?.low ?? 0) / KWH).toBeLessThan(164.107);
    expect((outcome.interval?.high ?? 0) / KWH).toBeGreaterThan(164.107);
    expect(outcome.verdict).toBe('indicative');
    expect(outcome.coverage).toBeUndefined();
    expect(outcome.gradeReasons[0]?.flag).toBe('design_adjusted_baseline');
  });

  it('s5: 1 % is never called verified, and the interval holds it', async () => {
    const { outcome } = await reportOf('s5');
    expect(outcome.verdict).not.toBe('verified');
    expect(outcome.grade).toBe('D');
    expect((outcome.interval?.low ?? 0) / KWH).toBeLessThan(16.419);
    expect((outcome.interval?.high ?? 0) / KWH).toBeGreaterThan(16.419);
  });
});
