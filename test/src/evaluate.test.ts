/** From a history and a plan to a verdict: truths recovered, traps not fallen into. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSides, evaluateMeasure, weeksAround } from '../../src/evaluate.ts';
import { comparisonText, MOST_LINES } from '../../src/exporters/comparison-text.ts';
import { measureText } from '../../src/exporters/measure-text.ts';
import type { HistoryChunk, HistoryEngine, HostHistory } from '../../src/model/history.ts';
import type { MeasurePlan, Registration } from '../../src/model/measure.ts';
import { ASSUMED_RESIDUAL } from '../../src/savings/plan-defaults.ts';
import { seededRandom } from '../../src/savings/random.ts';
import { shapley } from '../../src/savings/shapley.ts';
import { watts } from '../../src/units.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** What a host did in an hour; undefined: silent. */
interface HostHour {
  readonly energy: number;
  readonly on?: number;
  readonly cpu?: number;
}
interface Fleet {
  readonly hosts: readonly string[];
  readonly hours: number;
  readonly at: (host: string, hour: number) => HostHour | undefined;
  readonly work: (hour: number) => number;
  readonly grid?: (hour: number) => number;
  readonly meter?: (hour: number) => string;
}

/** A history in memory; asked for more than it has it says "not known". */
const engineOf = ({ hosts, hours, at, work, grid, meter }: Fleet): HistoryEngine => ({
  about: { engine: 'csv', where: 'memory', method: 'test', queries: {} },
  list: async () => hosts.map((host) => ({ host, labels: {} })),
  span: async () => ({ from: 0, to: hours * HOUR }),
  close: async () => {},
  read: async function* ({ window, step, hosts: asked, work: terms }) {
    for (let from = window.from; from < window.to; from += DAY) {
      const length = Math.min(DAY, window.to - from) / step;
      const column = (value: (hour: number) => number) =>
        Float64Array.from({ length }, (_, i) => value(from / HOUR + i));
      const inside = (hour: number): boolean => hour >= 0 && hour < hours;
      const chunk: HistoryChunk = {
        ...{ from, step, length },
        hosts: asked.map((host): HostHistory => {
          const of = (hour: number) => (inside(hour) ? at(host, hour) : undefined);
          return {
            host,
            energy: column((hour) => of(hour)?.energy ?? Number.NaN),
            coverage: column((hour) => (of(hour) === undefined ? 0 : 1)),
            poweredOn: column((hour) => of(hour)?.on ?? Number.NaN),
            cpu: column((hour) => of(hour)?.cpu ?? Number.NaN),
            gpu: column(() => Number.NaN),
            work: [],
            quality: 'measured',
            meter: meter?.(from / HOUR) ?? 'rapl',
            inventory: '',
          };
        }),
        work: terms.map(() => column((hour) => (inside(hour) ? work(hour) : Number.NaN))),
        ...{ drivers: [], guards: [] },
        grid: column((hour) => grid?.(hour) ?? Number.NaN),
        pue: column(() => Number.NaN),
      };
      yield chunk;
    }
  },
});

const plan = (more: Partial<MeasurePlan> = {}): MeasurePlan => ({
  ...{ name: 'demo', kind: 'other', selector: {}, hosts: ['fleet'], controlSelector: undefined, control: [] },
  ...{ baseline: { from: 0, to: 56 * DAY }, start: 56 * DAY, ramp: [], schedule: undefined },
  ...{ work: [{ unit: 'units' }], drivers: [], guards: [], boundary: 'host', option: 'B' },
  ...{
    residual: ASSUMED_RESIDUAL,
    reportAt: [84 * DAY],
    step: HOUR,
    nonRoutine: [],
    overlaps: [],
    overrides: {},
  },
  withdrawn: undefined,
  ...more,
});
const PLANNED: Registration = { hashAtStart: 'abc', frozenAt: 0, hashNow: 'abc' };

const newHash = () => {
  const hash = createHash('sha256');
  return { update: (bytes: Uint8Array) => void hash.update(bytes), hex: () => hash.digest('hex') };
};
const evaluate = (fleet: Fleet, more: Partial<MeasurePlan> = {}, registration = PLANNED) =>
  evaluateMeasure({
    ...{ engine: engineOf(fleet), newHash, plan: plan({ hosts: fleet.hosts, ...more }), registration },
    ...{ now: 1e12, seed: 'test', version: '0' },
  });
const compared = (fleet: Fleet, work = [{ unit: 'units' }], after = { from: 56 * DAY, to: 84 * DAY }) =>
  compareSides({
    ...{
      engine: engineOf(fleet),
      newHash,
      work,
      step: HOUR,
      seed: 'test',
      version: '0',
      next: 'Next: this.',
    },
    before: { label: 'before', window: { from: 0, to: 56 * DAY }, hosts: fleet.hosts },
    after: { label: 'after', window: after, hosts: fleet.hosts },
  });

const SCENARIOS = join(import.meta.dirname, '../../../shared/data/savings/scenarios');
const scenario = (name: string): Fleet => {
  const [head = '', ...lines] = readFileSync(join(SCENARIOS, `${name}.csv`), 'utf8')
    .trim()
    .split(/\r?\n/);
  const names = head.split(',');
  const column = (key: string) => lines.map((line) => Number(line.split(',')[names.indexOf(key)]));
  const [energy, work, grid] = [column('energy_wh'), column('work_units'), column('grid_g_per_kwh')];
  return {
    hosts: ['fleet'],
    hours: lines.length,
    at: (_, hour) => ({ energy: (energy[hour] ?? 0) * HOUR }),
    work: (hour) => work[hour] ?? 0,
    grid: (hour) => grid[hour] ?? Number.NaN,
  };
};
const kg = (grams: number | undefined): number => (grams ?? Number.NaN) / 1000;
const flagsOf = (list: readonly { readonly flag: string }[]): readonly string[] =>
  list.map(({ flag }) => flag);

describe.skipIf(!existsSync(SCENARIOS))(
  'scenarios with a known truth (skipped where ../shared/data is absent)',
  () => {
    it.each([
      ['s1_growth_real_saving', 197.617, 92.99, 0.6, [292.249, -214.769, 0, -3.088, 74.392]],
      ['s2_workfall_no_saving', 3.413, 1.58, 0.6, [-348.934, 190.84, 0, 2.327, -155.767]],
      ['s3_grid_only', 1.095, 0.32, 192.6, [0.708, -0.796, 0, -192.348, -192.436]],
      ['s4_real_saving_flat', 168.66, 79.57, 0.5, [4.4, -81.644, 0, -0.126, -77.37]],
      ['s5_small_saving', 21.538, 10.18, -1.4, [-0.491, -9.942, 0, 1.452, -8.981]],
    ] as const)(
      '%s: avoided %s kWh, energy effect %s kg, grid effect %s kg apart, and an exact split of the change',
      async (name, avoided, energy, grid, bars) => {
        const { outcome } = await evaluate(scenario(name));
        expect((outcome.avoided ?? Number.NaN) / 3.6e6).toBeCloseTo(avoided, 2);
        expect(kg(outcome.emissions?.energyEffect)).toBeCloseTo(energy, 1);
        expect(kg(outcome.emissions?.gridEffect)).toBeCloseTo(grid, 0);
        const { activity, intensity, facility, grid: ofGrid, total } = outcome.change ?? {};
        for (const [at, value] of [activity, intensity, facility, ofGrid, total].entries())
          expect(kg(value)).toBeCloseTo(bars[at] ?? Number.NaN, 2);
      },
    );

    it('growth hides no saving and is told: total energy rose, and so did work (s1)', async () => {
      const { outcome } = await evaluate(scenario('s1_growth_real_saving'));
      expect(outcome.verdict).toBe('indicative');
      expect(outcome.grade).toBe('D');
      expect(flagsOf(outcome.flags)).toEqual(
        expect.arrayContaining(['work_grew', 'extrapolating', 'model_only']),
      );
      expect(outcome.growthOffset).toBeCloseTo(1.83, 2);
    });

    it('less work is no saving, however much the energy fell (s2)', async () => {
      const { outcome } = await evaluate(scenario('s2_workfall_no_saving'));
      expect(outcome.verdict).toBe('not_verified');
      expect(flagsOf(outcome.flags)).toContain('work_fell');
    });

    it('a cleaner grid is none of the measure (s3)', async () => {
      const { outcome } = await evaluate(scenario('s3_grid_only'));
      expect(outcome.verdict).toBe('not_verified');
      expect(Math.abs(kg(outcome.emissions?.energyEffect))).toBeLessThan(1);
    });

    it('gives the same bytes for the same history, plan and seed', async () => {
      const texts = [1, 2].map(async () =>
        measureText(await evaluate(scenario('s4_real_saving_flat')), true),
      );
      const [first, second] = await Promise.all(texts);
      expect(first).toBe(second);
      expect(first).toContain('sha256 of scope_energy:');
    });

    it('without a plan it is a change with a hint: at most 16 lines, evidence D', async () => {
      const comparison = await compared(scenario('s1_growth_real_saving'));
      expect(comparison.grade).toBe('D');
      expect(comparison.sentence).toMatch(
        /at the same work it is 9\.9 % less than expected .*no plan was made before/,
      );
      const lines = comparisonText(comparison).trimEnd().split('\n');
      expect(lines.length).toBeLessThanOrEqual(MOST_LINES);
      expect(lines.at(-1)).toBe('Next: this.');
    });

    it('without work it is no saving at all: evidence E and no avoided figure', async () => {
      const comparison = await compared(scenario('s4_real_saving_flat'), []);
      expect(comparison.grade).toBe('E');
      expect(comparison.adjusted).toBeUndefined();
      expect(comparison.sentence).toBe(
        'Energy changed by -10.0 %; not a saving, because nothing says how much work was done.',
      );
    });
  },
);

/** Ten hosts at 20 %, each 120 W and 2 W a point; packed onto seven from the start on, three off. */
const HOSTS = Array.from({ length: 10 }, (_, i) => `node-${i}`);
const noise = seededRandom('packing');
const levels = Array.from({ length: 84 * 24 }, (_, hour) => 20 + 6 * Math.sin(hour / 4) + noise.next() - 0.5);
const packed = (offHosts: 'off' | 'silent', residual: number | undefined): Fleet => ({
  hosts: HOSTS,
  hours: 84 * 24,
  at: (host, hour) => {
    const use = levels[hour] ?? 0;
    const isAfter = hour >= 56 * 24;
    const at = HOSTS.indexOf(host);
    if (!isAfter) return { energy: (120 + 2 * use) * HOUR, on: HOUR, cpu: use / 100 };
    if (at < 7) return { energy: (120 + 2 * ((10 * use) / 7)) * HOUR, on: HOUR, cpu: use / 70 };
    if (offHosts === 'silent') return undefined;
    return residual === undefined ? { energy: Number.NaN, on: 0 } : { energy: residual * HOUR, on: 0 };
  },
  work: (hour) => 10 * (levels[hour] ?? 0),
});

describe('hosts that are switched off', () => {
  it('are the saving: ten packed onto seven save 22.5 %, work and demanded hosts the same', async () => {
    const { outcome, after } = await evaluate(packed('off', 0));
    expect(outcome.fraction).toBeCloseTo(0.225, 3);
    expect(after.cpu.mean).toBeCloseTo(0.286, 2);
    expect(after.cpu.meanOfAll).toBeCloseTo(0.2, 2);
  });

  it('still draw: at 20 W in each that is off it is 18.8 %, metered or stipulated alike', async () => {
    expect((await evaluate(packed('off', 20))).outcome.fraction).toBeCloseTo(0.1875, 3);
    expect((await evaluate(packed('off', undefined))).outcome.fraction).toBeCloseTo(0.1875, 3);
    const stipulated = { residual: { measured: false, watts: watts(40), source: 'sheet' } } as const;
    expect((await evaluate(packed('off', undefined), stipulated)).outcome.fraction).toBeCloseTo(0.15, 3);
  });

  it('and those that fell silent are missing, never a saving', async () => {
    const { outcome } = await evaluate(packed('silent', undefined));
    expect(outcome.verdict).toBe('refused');
    expect(outcome.avoided).toBeUndefined();
    expect(flagsOf(outcome.refusals).join(' ')).toContain('scope_churn');
  });
});

describe('what refuses or lowers a verdict', () => {
  const fleet = (saving: number, more: Partial<Fleet> = {}): Fleet => ({
    hosts: ['fleet'],
    hours: 84 * 24,
    at: (_, hour) => ({
      energy: 10 * (120 + 3.1 * (levels[hour] ?? 0)) * HOUR * (hour >= 56 * 24 ? 1 - saving : 1),
    }),
    work: (hour) => levels[hour] ?? 0,
    ...more,
  });

  it('another meter on the other side', async () => {
    const { outcome } = await evaluate(fleet(0.1, { meter: (hour) => (hour < 56 * 24 ? 'rapl' : 'ipmi') }));
    expect(flagsOf(outcome.refusals)).toContain('meter_changed');
    expect(outcome.verdict).toBe('refused');
  });

  it('a plan that was changed after its start, or made after it', async () => {
    const changed = await evaluate(fleet(0.1), {}, { ...PLANNED, hashNow: 'other' });
    expect(flagsOf(changed.outcome.gradeReasons)[0]).toBe('plan_edited');
    const late = await evaluate(fleet(0.1), {}, { ...PLANNED, frozenAt: 60 * DAY });
    expect(flagsOf(late.outcome.gradeReasons)[0]).toBe('plan_late');
    expect([changed.outcome.grade, late.outcome.grade]).toEqual(['D', 'D']);
  });

  it('more energy than expected is called an increase', async () => {
    const { outcome } = await evaluate(fleet(-0.1));
    expect(outcome.verdict).toBe('increase');
  });

  it('no work at all', async () => {
    const { outcome } = await evaluate(
      fleet(0.1, { work: (hour) => (hour < 56 * 24 ? (levels[hour] ?? 0) : 0) }),
    );
    expect(outcome.verdict).toBe('refused');
    expect(flagsOf(outcome.refusals)).toContain('zero_work');
  });

  it('energy below 0 is unknown, not a saving', async () => {
    const broken = fleet(0.1);
    const { outcome } = await evaluate({
      ...broken,
      at: (host, hour) => (hour >= 56 * 24 && hour % 2 === 0 ? { energy: -1e6 } : broken.at(host, hour)),
    });
    expect(outcome.verdict).toBe('refused');
  });

  it('a dated change beside the measure is taken out, with its uncertainty', async () => {
    const event = {
      at: 56 * DAY,
      what: 'refresh',
      hosts: ['fleet'],
      deltaWatts: watts(-50),
      uncertaintyWatts: watts(5),
      evidence: 'ticket 7',
    };
    const plain = (await evaluate(fleet(0.1))).outcome;
    const adjusted = (await evaluate(fleet(0.1), { nonRoutine: [event] })).outcome;
    expect((adjusted.avoided ?? 0) - (plain.avoided ?? 0)).toBeCloseTo(-50 * 28 * DAY, -3);
    const half = (one: typeof plain) => ((one.interval?.high ?? 0) - (one.interval?.low ?? 0)) / 2;
    expect(half(adjusted)).toBeCloseTo(Math.hypot(half(plain), 5 * 28 * DAY), -4);
  });

  it('an evaluation before the start is refused in words', async () => {
    await expect(
      evaluateMeasure({
        ...{ engine: engineOf(fleet(0)), newHash, plan: plan(), registration: PLANNED },
        ...{ now: 40 * DAY, seed: 'test', version: '0' },
      }),
    ).rejects.toThrow(/there is nothing to report yet/);
  });
});

describe('shares of overlapping measures', () => {
  it('add up to the joint figure, whatever each adds to the others', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 64, maxLength: 64 }),
        (count, values) => {
          const shares = shapley(count, (set) => values[set] ?? 0);
          const joint = values[(1 << count) - 1] ?? 0;
          expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(joint, 3);
        },
      ),
    );
  });

  it('are alike for measures that do the same, and 0 for one that does nothing', () => {
    const shares = shapley(3, (set) => (set & 3 ? 10 : 0));
    expect([...shares]).toEqual([5, 5, 0]);
    expect(() => shapley(7, () => 0)).toThrow(RangeError);
  });
});

describe('whole weeks around a change', () => {
  it('are as many as there are on both sides, four at most, one at least', () => {
    expect(weeksAround(60 * DAY, { from: 0, to: 100 * DAY })).toEqual([
      { from: 32 * DAY, to: 60 * DAY },
      { from: 60 * DAY, to: 88 * DAY },
    ]);
    expect(weeksAround(60 * DAY, { from: 0, to: 75 * DAY })[1]).toEqual({ from: 60 * DAY, to: 74 * DAY });
    expect(weeksAround(3 * DAY, { from: 0, to: 75 * DAY })[0]).toEqual({ from: -4 * DAY, to: 3 * DAY });
  });
});

describe('a host whose name steers a terminal', () => {
  it('is shown with its letters, and steers nothing, in every form for people', async () => {
    const { comparisonMarkdown } = await import('../../src/exporters/comparison-forms.ts');
    const { comparisonHtml } = await import('../../src/exporters/measure-html.ts');
    const label = 'node\u001b]0;x\u0007<img src=x>';
    const comparison = await compared({
      ...{ hosts: [label], hours: 84 * 24, work: () => 1 },
      at: () => ({ energy: HOUR }),
    });
    const named = {
      ...comparison,
      before: { ...comparison.before, label },
      after: { ...comparison.after, label, window: comparison.before.window },
    };
    for (const text of [comparisonText(named), comparisonMarkdown(named), comparisonHtml(named)]) {
      expect(text).toMatch(/node.\]0;x|node.\\\]0;x/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there.
      expect(text).not.toMatch(/\u001b|\u0007/);
    }
    expect(comparisonHtml(named)).not.toContain('<img');
  });
});
