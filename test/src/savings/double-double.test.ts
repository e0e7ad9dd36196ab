import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DoubleDouble,
  exactly,
  minus,
  plus,
  powersOf,
  times,
  twoProduct,
  twoSum,
} from '../../../src/savings/double-double.ts';

/** Exact value times 2^400, as a whole number: all doubles from 2^-400 on, and sums of them. */
const exact = (value: number): bigint => {
  let [shift, scaled] = [400, value];
  for (; !Number.isInteger(scaled); scaled *= 2) shift -= 1;
  return BigInt(scaled) << BigInt(shift);
};
const wholeOf = ({ hi, lo }: DoubleDouble): bigint => exact(hi) + exact(lo);
const size = (value: bigint): bigint => (value < 0n ? -value : value);
const numbers = fc
  .tuple(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
    fc.integer({ min: 0, max: 2 ** 21 }),
    fc.integer({ min: -90, max: 30 }),
  )
  .map(([high, low, exponent]) => (high * 2 ** 21 + low) * 2 ** exponent);
const pairs = fc
  .tuple(numbers, fc.double({ min: -0.5, max: 0.5, noNaN: true }))
  .map(([hi, part]) => twoSum(hi, hi * 2 ** -53 * Number(part.toFixed(6))));
/** Within 2^-100 of the terms: a double holds 2^-53. */
const near = (value: bigint, expected: bigint, terms: bigint): void =>
  expect(size(value - expected) <= (terms >> 100n) + 1n).toBe(true);

describe('numbers of 32 digits', () => {
  it('hold the sum and the product of two doubles without any error', () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        expect(wholeOf(twoSum(a, b))).toBe(exact(a) + exact(b));
        expect(wholeOf(twoProduct(a, b)) << 400n).toBe(exact(a) * exact(b));
      }),
    );
  });

  it('plus, subtract and multiply to 30 digits', () => {
    fc.assert(
      fc.property(pairs, pairs, (a, b) => {
        const [x, y] = [wholeOf(a), wholeOf(b)];
        near(wholeOf(plus(a, b)), x + y, size(x) + size(y));
        near(wholeOf(plus(a, minus(b))), x - y, size(x) + size(y));
        near(wholeOf(times(a, b)), (x * y) >> 400n, size(x * y) >> 400n);
      }),
    );
  });

  it('keep what a double drops when large terms cancel', () => {
    expect([1e16, 1, -1e16].map(exactly).reduce(plus)).toEqual(exactly(1));
  });

  it('form powers that a double has rounded: 3^40 to its last digit', () => {
    const powers = powersOf(Float64Array.of(3), 40);
    expect(powers).toHaveLength(41);
    const of = (at: number): DoubleDouble => ({ hi: powers[at]!.hi[0]!, lo: powers[at]!.lo[0]! });
    expect(wholeOf(of(40)) >> 400n).toBe(3n ** 40n);
    expect(exact(3 ** 40) >> 400n).not.toBe(3n ** 40n);
    expect(of(0)).toEqual(exactly(1));
  });
});
