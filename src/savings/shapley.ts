/** Measures beyond this many have too many orders to weigh all of them: 2^6 sets. */
export const MOST_EXACT = 6;

/**
 * What each of some overlapping measures avoided: the mean of what it adds over all orders in which they could have come
 * (Shapley 1953). The shares add up to the whole, which separate totals never do.
 *
 * @param value avoided energy of a set of measures, J, by a bit for each of them; of none it is 0.
 * Throws RangeError above `MOST_EXACT` measures.
 */
export const shapleyShares = (count: number, value: (set: number) => number): Float64Array => {
  if (count > MOST_EXACT)
    throw new RangeError(`${count} overlapping measures; at most ${MOST_EXACT} can be split exactly`);
  const values = Float64Array.from({ length: 1 << count }, (_, set) => (set === 0 ? 0 : value(set)));
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
  return Float64Array.from({ length: count }, (_, one) => {
    let share = 0;
    for (let set = 0; set < values.length; set += 1) {
      if ((set >> one) & 1) continue;
      const size = set.toString(2).replaceAll('0', '').length;
      const weight = (factorial(size) * factorial(count - size - 1)) / factorial(count);
      share += weight * ((values[set | (1 << one)] ?? 0) - (values[set] ?? 0));
    }
    return share;
  });
};
