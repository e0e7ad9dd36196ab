/** Least squares over weights that are not negative and sum to 1. Pure and deterministic. */

/** Moves of mass between two weights at most; thousands settle fifty donors. A bound, so that it ends. */
const MOST_MOVES = 200_000;
/** Stops when no move would lower the sum of squares by a notable part of it. */
const SETTLED = 1e-12;

export interface SimplexFit {
  readonly weights: Float64Array;
  /** Whether the conditions of an optimum (Karush, Kuhn, Tucker) hold. */
  readonly settled: boolean;
}

/**
 * Minimises `sum_t (y_t - sum_j w_j x_jt)^2` over `w >= 0`, `sum w = 1`: moves mass from the weight whose gradient is
 * highest to the one whose is lowest, as far as it pays (pairwise steps; Lacoste-Julien and Jaggi, NeurIPS 2015).
 */
export const fitSimplex = (columns: readonly Float64Array[], y: Float64Array): SimplexFit => {
  const count = columns.length;
  const dot = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
    return sum;
  };
  const gram = columns.map((a) => Float64Array.from(columns, (b) => dot(a, b)));
  const at = (row: number, column: number): number => gram[row]?.[column] ?? 0;
  const weights = new Float64Array(count).fill(1 / count);
  const gradient = Float64Array.from(
    columns,
    (column, row) =>
      weights.reduce((sum, weight, other) => sum + weight * at(row, other), 0) - dot(column, y),
  );
  const scale = dot(y, y) + Math.max(...columns.map((_, place) => at(place, place)), Number.MIN_VALUE);
  for (let move = 0; move < MOST_MOVES; move += 1) {
    let [low, high] = [0, -1];
    for (let place = 0; place < count; place += 1) {
      if ((gradient[place] ?? 0) < (gradient[low] ?? 0)) low = place;
      if ((weights[place] ?? 0) > 0 && (high < 0 || (gradient[place] ?? 0) > (gradient[high] ?? 0)))
        high = place;
    }
    const gain = (gradient[high] ?? 0) - (gradient[low] ?? 0);
    if (!(gain > SETTLED * scale)) return { weights: summingToOne(weights), settled: true };
    const curvature = at(low, low) + at(high, high) - 2 * at(low, high);
    const whole = weights[high] ?? 0;
    const step = curvature > 0 ? Math.min(whole, gain / curvature) : whole;
    weights[low] = (weights[low] ?? 0) + step;
    // All of it is all of it: a rest by rounding would be moved for ever.
    weights[high] = step === whole ? 0 : whole - step;
    for (let place = 0; place < count; place += 1)
      gradient[place] = (gradient[place] ?? 0) + step * (at(place, low) - at(place, high));
  }
  return { weights: summingToOne(weights), settled: false };
};

/** Thousands of moves leave a rest by rounding. */
const summingToOne = (weights: Float64Array): Float64Array => {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
};
