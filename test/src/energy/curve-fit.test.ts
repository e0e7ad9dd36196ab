import { describe, expect, it } from 'vitest';
import { fitCurve, type LoadPair } from '../../../src/energy/curve-fit.ts';
import { ratio, watts } from '../../../src/units.ts';

const pair = (load: number, power: number): LoadPair => ({ load: ratio(load), power: watts(power) });
/** Illustrative curve of the power reference, section 2.17. */
const TRUE: readonly (readonly [number, number])[] = [
  [0, 100],
  [0.1, 150],
  [0.4, 250],
  [1, 360],
];
const fitted = (pairs: readonly LoadPair[]) => {
  const fit = fitCurve(pairs);
  if (!fit.found) throw new Error(fit.reason);
  return fit.value;
};

describe('a curve from measured pairs', () => {
  it('has the measured power at the measured loads and is linear between them', () => {
    const { points, errorBand, rSquared, pairs } = fitted(TRUE.map(([load, power]) => pair(load, power)));
    expect(points.map(({ load }) => load)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    const powers = points.map(({ power }) => power);
    expect(powers[0]).toBe(100);
    expect(powers[1]).toBe(150);
    expect(powers[2]).toBeCloseTo(150 + 100 / 3, 9);
    expect(powers[4]).toBe(250);
    expect(powers[7]).toBeCloseTo(305, 9);
    expect(powers[10]).toBe(360);
    expect(points.some(({ extrapolated }) => extrapolated)).toBe(false);
    expect({ errorBand, rSquared, pairs }).toEqual({ errorBand: 0.01, rSquared: 1, pairs: 4 });
  });

  it('is drawn on to 0 and 100 % where steps came near, and says which points are', () => {
    const { points, lowest, highest, widest } = fitted([pair(0.04, 108), pair(0.5, 200), pair(0.92, 284)]);
    expect([lowest, highest]).toEqual([0.04, 0.92]);
    expect(widest).toEqual({ from: 0.04, to: 0.5 });
    expect(points[0]).toMatchObject({ extrapolated: true });
    expect(points[0]?.power).toBeCloseTo(100, 9);
    expect(points[10]?.power).toBeCloseTo(300, 9);
    expect(points.filter(({ extrapolated }) => extrapolated)).toHaveLength(2);
  });

  it('pools steps that fall with more load, by how much was measured at each', () => {
    const { points } = fitted([
      ...[0, 0, 0].map((load) => pair(load, 100)),
      ...[0.5, 0.5, 0.5].map((load) => pair(load, 200)),
      pair(0.8, 180),
      pair(1, 300),
    ]);
    expect(points[5]?.power).toBe(195);
    expect(points[8]?.power).toBe(195);
  });

  it('is not moved by a single wild reading', () => {
    const steady = (load: number, power: number) => Array.from({ length: 30 }, () => pair(load, power));
    const { points } = fitted([...steady(0, 100), ...steady(0.5, 200), pair(0.5, 900), ...steady(1, 300)]);
    expect(points[5]?.power).toBe(200);
  });

  it('carries the band that 95 % of the readings lie within', () => {
    // Each step wavers evenly by up to 4 % around its mean; one reading in a hundred is far away.
    const at = (load: number): LoadPair[] =>
      Array.from({ length: 101 }, (_, i) => pair(load, (100 + 200 * load) * (0.96 + (0.08 * i) / 100)));
    const far = [0, 0.5, 1].map((load) => pair(load, 900));
    const { errorBand } = fitted([...at(0), ...at(0.5), ...at(1), ...far]);
    expect(errorBand).toBeGreaterThan(0.036);
    expect(errorBand).toBeLessThanOrEqual(0.04);
  });
});

describe('a curve is refused', () => {
  it.each([
    ['without idle', [pair(0.06, 100), pair(1, 300)], '6 % to 100 % load', 'Stop other work'],
    ['without full load', [pair(0, 100), pair(0.5, 300)], '0 % to 50 % load', 'quota'],
    ['of nothing', [], 'nothing was measured', 'longer'],
    ['of a meter that does not rise', [pair(0, 100), pair(0.5, 100), pair(1, 100)], 'did not rise', 'doctor'],
    ['of a meter that falls', [pair(0, 200), pair(0.5, 150), pair(1, 100)], 'did not rise', 'doctor'],
  ])('%s', (_, pairs, reason, fix) => {
    expect(fitCurve(pairs)).toMatchObject({
      found: false,
      reason: expect.stringContaining(reason),
      fix: expect.stringContaining(fix),
    });
  });
});
