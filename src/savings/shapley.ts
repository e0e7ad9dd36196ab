/** Beyond it a split is by order of start: 2^6 sets of measures are what evidence can be asked for. */
export const MOST_SPLIT = 6;

/**
 * Parts of what several did together: each one's mean addition over all orders in which they could have come (Shapley,
 * "A value for n-person games", 1953). Exact; the parts add up to the value of all.
 *
 * @param value of a set of members, as a bit mask: bit i is member i. The empty set has the value 0.
 * @param count of members, 1 to 6. Throws RangeError outside of that.
 */
export const shapley = (count: number, value: (members: number) => number): readonly number[] => {
  if (!Number.isInteger(count) || count < 1 || count > MOST_SPLIT)
    throw new RangeError(
      `a split is worked out for 1 to ${MOST_SPLIT} measures, not for ${count}: report the joint figure alone`,
    );
  const all = 2 ** count;
  const values = Float64Array.from({ length: all }, (_, members) => (members === 0 ? 0 : value(members)));
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
  return Array.from({ length: count }, (_, member) => {
    const bit = 1 << member;
    let part = 0;
    for (let members = 0; members < all; members += 1) {
      if ((members & bit) !== 0) continue;
      const size = sizeOf(members);
      const weight = (factorial(size) * factorial(count - size - 1)) / factorial(count);
      part += weight * ((values[members | bit] ?? Number.NaN) - (values[members] ?? Number.NaN));
    }
    return part;
  });
};

const sizeOf = (members: number): number => {
  let [rest, size] = [members, 0];
  while (rest !== 0) {
    size += rest & 1;
    rest >>= 1;
  }
  return size;
};
