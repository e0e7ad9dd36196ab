import fc from 'fast-check';
import { expect, test } from 'vitest';
import { meanUsage, type UsageSample } from '../../../src/sources/nvml-usage.ts';

const S = 1_000_000;
const START = 1_700_000_000 * S;
const at = (pid: number, seconds: number, percent: number): UsageSample => ({
  pid,
  stamp: START + seconds * S,
  percent,
});
const share = (samples: readonly UsageSample[], window: number, since = START): Record<number, number> =>
  Object.fromEntries(meanUsage(samples, since, window * S));

test('one sample of the whole second is its percentage', () => {
  expect(share([at(1, 1, 60)], 1)).toEqual({ 1: 0.6 });
});

test('several samples of a process are averaged by the time between them', () => {
  expect(share([at(1, 0.25, 100), at(1, 1, 20)], 1)[1]).toBeCloseTo(0.25 * 1 + 0.75 * 0.2, 12);
});

test('a process without a sample where others have one was idle then', () => {
  const shares = share([at(1, 0.5, 80), at(2, 0.5, 20), at(1, 1, 80)], 1);
  expect(shares[1]).toBeCloseTo(0.8, 12);
  expect(shares[2]).toBeCloseTo(0.1, 12);
});

test('a process that was busy at the end of a long idle time gets one sample period of it', () => {
  expect(share([at(1, 60, 50)], 60)[1]).toBeCloseTo(0.5 / 60, 12);
});

test('what was seen before, entries without a process, and percentages above 100 count for nothing', () => {
  expect(
    share([at(1, -1, 90), at(1, 0, 90), at(0, 1, 90), at(2, 1, 101), at(3, 1, 4_294_967_295)], 1),
  ).toEqual({});
});

test('stamps of one sampling may differ by a few milliseconds', () => {
  const shares = share([at(1, 0.999, 40), at(2, 1, 30)], 1);
  expect(shares[1]).toBeCloseTo(0.4, 2);
  expect(shares[2]).toBeCloseTo(0.3, 2);
});

test('shares lie between 0 and the largest percentage, whatever the order of the samples', () => {
  const sample = fc.record({
    pid: fc.integer({ min: 1, max: 5 }),
    stamp: fc.integer({ min: START + 1, max: START + 5 * S }),
    percent: fc.integer({ min: 0, max: 100 }),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(sample, { selector: ({ stamp }) => stamp, maxLength: 40 }),
      fc.integer({ min: 1, max: 10 * S }),
      (samples, window) => {
        const shares = meanUsage(samples, START, window);
        const most = Math.max(0, ...samples.map(({ percent }) => percent)) / 100;
        for (const value of shares.values()) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(most + 1e-12);
        }
        expect(meanUsage([...samples].reverse(), START, window)).toEqual(shares);
      },
    ),
  );
});
