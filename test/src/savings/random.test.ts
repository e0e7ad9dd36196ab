/** Draws that are the same everywhere, and fair. */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/savings/random.ts';

describe('random numbers from a seed', () => {
  it('are the same for the same seed and others for another', () => {
    const draw = (seed: string) => Array.from({ length: 5 }, seededRandom(seed).next);
    expect(draw('measure-1')).toEqual(draw('measure-1'));
    expect(draw('measure-1')).not.toEqual(draw('measure-2'));
    expect(new Set(['', 'a', 'b', 'aa', 'é'].map((seed) => draw(seed)[0])).size).toBe(5);
  });

  it('never change from one release to the next: reports are made again from them', () => {
    const { below } = seededRandom('negawatt');
    expect(Array.from({ length: 8 }, () => below(1000))).toMatchInlineSnapshot(`
      [
        313,
        388,
        259,
        72,
        763,
        287,
        437,
        370,
      ]
    `);
  });

  it('fall evenly into 16 bins and have no memory of one draw (chi-square, 15 degrees, 1 in 1,000: 37.7)', () => {
    const random = seededRandom('even');
    const [bins, pairs] = [new Float64Array(16), new Float64Array(16)];
    let last = 0;
    for (let i = 0; i < 160_000; i += 1) {
      const value = random.next();
      expect(value).toBeLessThan(1);
      const bin = Math.floor(value * 16);
      bins[bin] = (bins[bin] ?? 0) + 1;
      const pair = Math.floor(last * 4) * 4 + Math.floor(value * 4);
      pairs[pair] = (pairs[pair] ?? 0) + 1;
      last = value;
    }
    const chi = (counts: Float64Array) =>
      counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chi(bins)).toBeLessThan(37.7);
    expect(chi(pairs)).toBeLessThan(37.7);
  });

  it('below a limit favour no number, also where 2^32 is no multiple of it', () => {
    const random = seededRandom('below');
    const counts = new Float64Array(6);
    for (let i = 0; i < 60_000; i += 1) {
      const value = random.below(6);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(20.5);
    // Two thirds of 2^32: words above it are drawn again, or small numbers would come twice as often.
    const large = 2_863_311_531;
    let small = 0;
    for (let i = 0; i < 20_000; i += 1) if (random.below(large) < large / 2) small += 1;
    expect(Math.abs(small / 20_000 - 0.5)).toBeLessThan(0.02);
  });
});
