/** Before and after at the same work: truths recovered, and an interval that is as honest as the past allows. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { adjustedBaseline } from '../../../src/savings/adjusted-baseline.ts';
import { fitBaseline } from '../../../src/savings/baseline.ts';
import { fitLeastSquares, predict } from '../../../src/savings/least-squares.ts';
import { coverageOf, independentOf, placeboErrors, placeboOf } from '../../../src/savings/placebo.ts';
import { seededRandom } from '../../../src/savings/random.ts';
import { rollingFit } from '../../../src/savings/rolling-fit.ts';
import { type ScopeSeries, slice } from '../../../src/savings/series.ts';
import { seriesOf } from '../../fixtures/scope-series.ts';

const DATA = join(import.meta.dirname, '../../../../shared/data/savings');
const HOUR = 3600;
const TERMS = { work: ['units'], drivers: [] };

/** A year of a fleet whose efficiency wanders: drift is what makes textbook intervals wrong. */
const drifting = (seed: string, days = 400, drift = 0.004): ScopeSeries => {
  const random = seededRandom(seed);
  const energy: number[] = [];
  const work: number[] = [];
  let level = 0;
  for (let hour = 0; hour < days * 24; hour += 1) {
    level = 0.9995 * level + drift * (random.next() - 0.5);
    const amount = 40 + 15 * Math.sin((hour / 24) * 2 * Math.PI) + 6 * (random.next() - 0.5);
    work.push(amount);
    energy.push(10 * (120 * HOUR + 3.1 * HOUR * amount) * (1 + level) * (1 + 0.02 * (random.next() - 0.5)));
  }
  return seriesOf(energy, work);
};

const judged = (history: ScopeSeries, saving: number, n = 28 * 24, m = 7 * 24) => {
  const start = history.length - m;
  const after = slice(history, start, history.length);
  const reduced = { ...after, energy: after.energy.map((value) => value * (1 - saving)) };
  const outcome = adjustedBaseline({
    terms: TERMS,
    before: slice(history, start - n, start),
    after: reduced,
    histories: [slice(history, 0, start)],
    random: seededRandom('draws'),
  });
  if (!('avoided' in outcome)) throw new Error(JSON.stringify(outcome.refusals));
  return outcome;
};

describe('fits over any window from sums that were made once', () => {
  it('are those of QR on each window, holes included', () => {
    const series = drifting('rolling', 120);
    for (const hole of [5, 77, 78, 900]) series.usable[hole] = 0;
    const rolling = rollingFit(series, TERMS);
    for (const from of [0, 24, 240, 1000]) {
      const [n, m] = [672, 168];
      const rows = (a: number, b: number) =>
        Array.from({ length: b - a }, (_, i) => a + i).filter((i) => series.usable[i] === 1);
      const columns = (at: number[]) => [
        Float64Array.from(at, (i) => series.demanded[i] ?? 0),
        Float64Array.from(at, (i) => series.work[0]?.[i] ?? 0),
      ];
      const outcome = fitLeastSquares(
        { names: ['h', 'w'], columns: columns(rows(from, from + n)) },
        Float64Array.from(rows(from, from + n), (i) => series.energy[i] ?? 0),
      );
      if (!outcome.ok) throw new Error(outcome.detail);
      const wanted = predict(outcome.fit, columns(rows(from + n, from + n + m))).reduce((a, b) => a + b, 0);
      const got = rolling?.predict(from, n, m);
      expect((got?.expected ?? 0) / wanted).toBeCloseTo(1, 10);
    }
    expect(rolling?.predict(2800, 672, 168)).toBeUndefined();
  });
});

describe('placebo windows', () => {
  const series = drifting('placebo');
  const errors = placeboErrors([series], TERMS, 672, 168);

  it('begin on each day, and those that do not overlap are counted apart', () => {
    expect(errors.length).toBe(400 - 35 + 1);
    expect(independentOf(errors)).toBe(Math.floor((400 - 28) / 7));
  });

  it('are judged by earlier ones alone: what comes later changes nothing', () => {
    // Windows that begin before the last of the first half is over are judged without any of the later ones.
    const cut = errors[200]?.from ?? 0;
    const tame = errors.map((one) => (one.from < cut ? one : { ...one, error: 0 }));
    const wild = errors.map((one) => (one.from < cut ? one : { ...one, error: 1000 }));
    const held = (list: typeof errors) =>
      Math.round((coverageOf(list)?.ratio ?? 0) * (coverageOf(list)?.windows ?? 0));
    const firstHalf = held(errors.filter(({ from }) => from < cut));
    const later = errors.filter(({ from }) => from >= cut).length;
    expect(held(tame)).toBe(firstHalf + later);
    // A wild one is never inside of what tame ones before it allow; wild ones that are over make room only then.
    expect(held(wild)).toBeLessThan(firstHalf + later);
    expect(held(wild)).toBeGreaterThanOrEqual(firstHalf);
  });

  it('pool over untouched hosts, whose windows are no repetition of one another', () => {
    const pooled = placeboErrors([series, drifting('other')], TERMS, 672, 168);
    expect(pooled.length).toBe(2 * errors.length);
    expect(placeboOf(pooled).independent).toBe(2 * placeboOf(errors).independent);
  });

  it('too few of them give no interval', () => {
    const few = placeboOf(placeboErrors([drifting('short', 80)], TERMS, 672, 168));
    expect(few.independent).toBe(7);
    expect(few.halfWidth).toBeUndefined();
    expect(few.detectable).toBeUndefined();
  });
});

describe('an adjusted baseline', () => {
  it('finds a saving of 10 %, within an interval that holds it, and watts and joules that are the hosts own', () => {
    const { avoided, expected, interval, diagnostics, grade } = judged(drifting('saving'), 0.1);
    expect(avoided / expected).toBeGreaterThan(0.05);
    expect(interval.low).toBeLessThan(0.1 * expected);
    expect(interval.high).toBeGreaterThan(0.1 * expected);
    expect(diagnostics.coefficient_host_second_watts).toBeGreaterThan(100);
    expect(diagnostics.coefficient_host_second_watts).toBeLessThan(140);
    expect(grade).toBe('C');
  });

  it('is widest where the past was: the textbook intervals are printed, never believed', () => {
    const { interval, intervals } = judged(drifting('wide'), 0);
    for (const { low, high } of intervals.filter(({ method }) => method !== 'placebo'))
      expect(high - low).toBeLessThanOrEqual(interval.high - interval.low);
    expect(interval.method).toBe('placebo');
  });

  it('says grade D where the past is too short to know how often it is right', () => {
    const short = judged(slice(drifting('short'), 0, 60 * 24), 0.1);
    expect(short.grade).toBe('D');
    expect(short.flags.map(({ flag }) => flag)).toContain('model_only');
    expect(short.coverage).toBeUndefined();
  });

  it('is the same in kWh and J, for hosts in any order, and at another time', () => {
    const history = drifting('units', 120);
    const once = judged(history, 0.05);
    const inKwh = judged({ ...history, energy: history.energy.map((value) => value / 3.6e6) }, 0.05);
    expect((inKwh.avoided * 3.6e6) / once.avoided).toBeCloseTo(1, 9);
    const later = judged({ ...history, from: 1e9 }, 0.05);
    expect(later.avoided).toBe(once.avoided);
    expect(later.interval).toEqual(once.interval);
  });

  it('refuses what the baseline cannot know', () => {
    const history = drifting('refused', 120);
    const flagsOf = (series: ScopeSeries) => {
      const outcome = fitBaseline(series, TERMS);
      return outcome.refusals.map(({ flag }) => flag);
    };
    expect(flagsOf(slice(history, 0, 10 * 24))).toContain('short_baseline');
    const holes = { ...slice(history, 0, 672), usable: new Uint8Array(672).fill(1).fill(0, 0, 100) };
    expect(flagsOf(holes)).toContain('thin_baseline');
    const backwards = {
      ...slice(history, 0, 672),
      work: [slice(history, 0, 672).work[0]?.map((w) => -w) ?? new Float64Array()],
    };
    expect(flagsOf(backwards)).toContain('unphysical');
    const flat = { ...slice(history, 0, 672), work: [new Float64Array(672).fill(3)] };
    expect(flagsOf(flat)).toContain('inseparable');
    const random = seededRandom('loose');
    const loose = { ...slice(history, 0, 672), energy: new Float64Array(672).map(() => 1e6 * random.next()) };
    expect(flagsOf(loose)).toContain('loose_model');
    const step = slice(history, 0, 672);
    expect(
      flagsOf({ ...step, energy: step.energy.map((value, i) => (i > 500 ? value * 1.1 : value)) }),
    ).toContain('biased_model');
  });

  it('flags and refuses work that the baseline never saw', () => {
    const history = drifting('more', 120);
    const grown = (by: number) => ({
      ...history,
      work: [history.work[0]?.map((value, i) => (i >= 113 * 24 ? value * by : value)) ?? new Float64Array()],
    });
    expect(judged(grown(1.15), 0).flags.map(({ flag }) => flag)).toContain('extrapolating');
    expect(judged(grown(2), 0).refusals.map(({ flag }) => flag)).toContain('extrapolating_too_far');
  });
});

const TRACE = join(DATA, 'traces/cornell_biohpc_gpu_hourly.csv.gz');
describe.skipIf(!existsSync(TRACE))(
  'on real GPU hosts without any measure (skipped where ../shared/data is absent)',
  () => {
    it('the calibrated interval holds 0 about as often as it says, the textbook one far less often', () => {
      const lines = gunzipSync(readFileSync(TRACE)).toString().trim().split('\n');
      const head = (lines[0] ?? '').split(',');
      const [server, power, use] = ['server', 'power_w', 'util_pct'].map((name) => head.indexOf(name));
      const hosts = new Map<string, { energy: number[]; work: number[] }>();
      for (const line of lines.slice(1)) {
        const cells = line.split(',');
        const one = hosts.get(cells[server ?? 0] ?? '') ?? { energy: [], work: [] };
        hosts.set(cells[server ?? 0] ?? '', one);
        one.energy.push(Number(cells[power ?? 0]) * HOUR);
        one.work.push(Number(cells[use ?? 0]));
      }
      const histories = [...hosts.values()].map(({ energy, work }) => seriesOf(energy, work, 1));
      const coverages = histories.map((series) => coverageOf(placeboErrors([series], TERMS, 672, 168)));
      const windows = coverages.reduce((sum, one) => sum + (one?.windows ?? 0), 0);
      const held = coverages.reduce((sum, one) => sum + (one?.windows ?? 0) * (one?.ratio ?? 0), 0);
      console.log(
        `own history 28 d/7 d: ${(held / windows).toFixed(3)} of ${windows} windows;`,
        coverages
          .map((one) => `${one?.ratio.toFixed(3)} (${one?.windows}, se ${one?.standardError.toFixed(3)})`)
          .join(', '),
      );
      expect(held / windows).toBeGreaterThan(0.85);
      expect(held / windows).toBeLessThan(0.95);
    });
  },
);
