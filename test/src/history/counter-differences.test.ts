import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromGrid, fromSamples, LONGEST_GAP } from '../../../src/history/counter-differences.ts';
import { oneCounter, sumOfParts } from '../../../src/history/parts.ts';

const NO_LIMIT = Number.POSITIVE_INFINITY;

/** A counter that is read now and then and began anew now and then: steps of time, rises, resets. */
const counters = fc
  .array(
    fc.record({
      wait: fc.integer({ min: 1, max: 900 }),
      rise: fc.integer({ min: 0, max: 5000 }),
      reset: fc.boolean(),
    }),
    { minLength: 2, maxLength: 60 },
  )
  .map((steps) => {
    const [times, values] = [[0], [1e6]];
    for (const { wait, rise, reset } of steps) {
      times.push(times.at(-1)! + wait);
      values.push(reset && rise > 4000 ? rise - 4000 : values.at(-1)! + rise);
    }
    return { times, values };
  });

describe('energy of an interval from raw samples', () => {
  it('is the difference of its ends where nothing was missed', () => {
    const samples = { times: [0, 60, 120, 180, 240], values: [5, 65, 130, 190, 260] };
    expect(fromSamples(samples, 60, 240, NO_LIMIT)).toEqual({ amount: 195, covered: 180, from: 60, to: 240 });
  });

  it('holds nothing of the pair across a reset, neither energy nor time', () => {
    const samples = { times: [0, 60, 120, 180], values: [100, 160, 20, 80] };
    expect(fromSamples(samples, 0, 180, NO_LIMIT)).toMatchObject({ amount: 120, covered: 120 });
  });

  it('holds nothing of a gap: the counter may have begun anew in it', () => {
    const after = LONGEST_GAP + 61;
    const samples = { times: [0, 60, after, after + 60], values: [0, 10, 900, 910] };
    expect(fromSamples(samples, 0, after + 60, NO_LIMIT)).toMatchObject({ amount: 20, covered: 120 });
  });

  it('drops a leap that no host could draw', () => {
    const samples = { times: [0, 60, 120], values: [0, 6000, 1e12] };
    expect(fromSamples(samples, 0, 120, 1000)).toMatchObject({ amount: 6000, covered: 60 });
  });

  it('is the same in parts as in one, wherever it is cut, and never more than the counter rose', () => {
    fc.assert(
      fc.property(
        counters,
        fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 5 }),
        (samples, cuts) => {
          const end = samples.times.at(-1)!;
          const edges = [0, ...new Set(cuts.filter((cut) => cut < end)), end].toSorted((a, b) => a - b);
          const whole = fromSamples(samples, 0, end, NO_LIMIT);
          const parts = edges.slice(1).map((to, at) => fromSamples(samples, edges[at]!, to, NO_LIMIT));
          const sum = (of: 'amount' | 'covered') =>
            parts.reduce((total, part) => total + (part?.[of] ?? 0), 0);
          expect(sum('amount')).toBe(whole?.amount ?? 0);
          expect(sum('covered')).toBe(whole?.covered ?? 0);
          const rises = samples.values.slice(1).map((value, at) => Math.max(0, value - samples.values[at]!));
          expect(whole?.amount ?? 0).toBeLessThanOrEqual(rises.reduce((a, b) => a + b, 0));
        },
      ),
    );
  });
});

describe('energy of an interval from values five minutes apart', () => {
  const points = (...values: number[]) => Float64Array.from(values);

  it('is taken where the series was there all along and only rose', () => {
    expect(fromGrid(points(10, 20, 20, 45, 50), 0, 900, NO_LIMIT)).toEqual({
      ...{ amount: 35, covered: 900, from: 0, to: 900 },
    });
  });

  it.each([
    ['it fell', points(10, 20, 5, 45, 50)],
    ['a value is missing', points(10, Number.NaN, 30, 45, 50)],
    ['it began within', points(Number.NaN, 20, 30, 45, 50)],
    ['it ended a moment before the end', points(10, 20, 30, 45, Number.NaN)],
    ['it leapt', points(10, 20, 30, 1e12, 1e12)],
    ['its last sample is at the start', points(10, Number.NaN, Number.NaN, Number.NaN, Number.NaN)],
  ])('is left to the raw samples where %s', (_, values) => {
    expect(fromGrid(values, 0, 900, 1000)).toBe('look');
  });

  it('is nothing where the series was not there, also if it begins right after', () => {
    const none = Number.NaN;
    expect(fromGrid(points(none, none, none, none, none), 0, 900, NO_LIMIT)).toBe('nothing');
    expect(fromGrid(points(none, none, none, none, 7), 0, 900, NO_LIMIT)).toBe('nothing');
  });
});

describe('a host of several parts', () => {
  const piece = (amount: number, covered: number) => ({ amount, covered, from: 0, to: covered });

  it('is known as far as the part that is known least', () => {
    expect(sumOfParts([piece(1000, 3600), piece(300, 1800)])).toEqual({ amount: 800, covered: 1800 });
  });

  it('is not known while one of its parts is not: a board that is missing is no saving', () => {
    expect(sumOfParts([piece(1000, 3600), undefined])).toBeUndefined();
    expect(sumOfParts([])).toBeUndefined();
  });
});

describe('several series of one counter', () => {
  const one = (series: string, from: number, to: number) => ({
    series,
    amount: to - from,
    covered: to - from,
    from,
    to,
  });

  it('add up where one follows the other', () => {
    expect(oneCounter([one('a', 0, 100), one('b', 110, 200)], () => false)).toMatchObject({ amount: 190 });
  });

  it('are counted once where they are copies: that which covers most', () => {
    expect(oneCounter([one('a', 0, 100), one('b', 0, 200)], () => true)).toMatchObject({ amount: 200 });
  });

  it('are refused where they stand beside each other and nobody said that they are copies', () => {
    expect(oneCounter([one('a', 0, 100), one('b', 50, 200)], () => false)).toEqual({ one: 'b', other: 'a' });
  });
});
