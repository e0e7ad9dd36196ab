import { describe, expect, it } from 'vitest';
import { type Words, xoshiro128 } from '../../../src/savings/random.ts';

/** The published algorithm once more, in integers without a width. */
const published = (state: Words): (() => number) => {
  const mask = 0xffff_ffffn;
  const s = state.map((word) => BigInt(word >>> 0));
  const rotl = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask;
  return () => {
    const result = (rotl((s[1]! * 5n) & mask, 7n) * 9n) & mask;
    const t = (s[1]! << 9n) & mask;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotl(s[3]!, 11n);
    return Number(result);
  };
};

describe('the words of xoshiro128**', () => {
  it('are those that its reference implementation gives from the state 1, 2, 3, 4', () => {
    const word = xoshiro128([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, word)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('are those of the published algorithm for ten thousand steps from a state with all bits in use', () => {
    const state = [0xdead_beef, 0xffff_ffff, 0x8000_0001, 0x1234_5678] as const;
    const [ours, theirs] = [xoshiro128(state), published(state)];
    for (let step = 0; step < 10_000; step += 1) expect(ours()).toBe(theirs());
  });
});
