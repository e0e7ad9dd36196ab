/**
 * Logarithmic mean of two amounts, of one sign or 0; between them, and equal to both where they are equal.
 * `(a - b) / ln(a / b)`, worked out so that it does not lose digits where they are close.
 */
export const logarithmicMean = (a: number, b: number): number => {
  if (a === b) return a;
  if (a === 0 || b === 0) return 0;
  const relative = (a - b) / b;
  return (a - b) / Math.log1p(relative);
};

/**
 * Splits the change of a product into what each of its factors did, without a rest: additive LMDI-I (Ang, Energy Policy
 * 33:7, 2005). Factors are 0 or above.
 *
 * Where a factor is 0 on one side the whole change is its doing, in equal parts if there are several: the analytical
 * limits of Ang and Liu (Energy Policy 35:1, 2007). Where the product is 0 on both sides nothing changed.
 */
export const decompose = (before: readonly number[], after: readonly number[]): readonly number[] => {
  const product = (factors: readonly number[]): number => factors.reduce((all, factor) => all * factor, 1);
  const [was, is] = [product(before), product(after)];
  if (was === 0 && is === 0) return before.map(() => 0);
  if (was === 0 || is === 0) {
    const appeared = before.map((factor, at) => (was === 0 ? factor : (after[at] ?? Number.NaN)) === 0);
    const count = appeared.filter(Boolean).length;
    return appeared.map((isOne) => (isOne ? (is - was) / count : 0));
  }
  const weight = logarithmicMean(is, was);
  return before.map((factor, at) => weight * Math.log((after[at] ?? Number.NaN) / factor));
};
