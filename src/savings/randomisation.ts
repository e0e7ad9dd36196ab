/**
 * Randomisation tests whose statistic is linear in the supposed effect, and their inversion. Pure.
 *
 * Under the hypothesis that the measure changed a unit by -x, taking x back gives what would have been; the difference
 * between the arms is then `level + slope * x` for the arms as they were and for every other draw of them.
 */
export interface LinearStatistics {
  readonly level: number;
  /** Above 0: what taking back 1 adds to the difference between the arms as they were. */
  readonly slope: number;
  /** Of each re-draw from the design that drew the arms. */
  readonly levels: Float64Array;
  readonly slopes: Float64Array;
}

export interface Inversion {
  /** The x at which the arms do not differ. */
  readonly estimate: number;
  /** All x that the test does not reject lie within; infinite where the design has too few draws to reject any. */
  readonly low: number;
  readonly high: number;
  /** Two-sided, of the hypothesis x = 0; at least 1 / (re-draws + 1). */
  readonly pValue: number;
  /** Standard deviation over re-draws of the difference, in units of x, if x is the estimate. */
  readonly standardError: number;
}

/** Draws that are the arms themselves, or their mirror, differ from them by rounding alone. */
const ROUNDING = 1e-12;

/** Two-sided p-value of the hypothesis x: `(1 + how many re-draws differ as much) / (1 + re-draws)`. */
export const pValueAt = (statistics: LinearStatistics, x: number): number => {
  const { level, slope, levels, slopes } = statistics;
  const observed = Math.abs(level + slope * x);
  const least = observed - ROUNDING * (Math.abs(level) + Math.abs(slope * x));
  let asMuch = 0;
  for (let at = 0; at < levels.length; at += 1)
    if (Math.abs((levels[at] ?? 0) + (slopes[at] ?? 0) * x) >= least) asMuch += 1;
  return (1 + asMuch) / (1 + levels.length);
};

/** Smallest x of those that `count` of the ends, the outermost first, reach. */
const reached = (ends: Float64Array, count: number): number =>
  count === 0 ? Number.POSITIVE_INFINITY : (ends.sort()[ends.length - count] ?? Number.POSITIVE_INFINITY);

/**
 * Inverts the test exactly: each re-draw speaks for the x from one root of `(a + b x)^2 = (a0 + b0 x)^2` to the other,
 * between which the estimate lies, so the bounds are order statistics of the roots and nothing is searched for.
 * `confidence` is that of the two-sided interval, 0.9. Throws nothing; a slope that is not above 0 gives NaN.
 */
export const invert = (statistics: LinearStatistics, confidence: number): Inversion => {
  const { level, slope, levels, slopes } = statistics;
  const draws = levels.length;
  const estimate = slope > 0 ? -level / slope : Number.NaN;
  const highs = new Float64Array(draws);
  const lows = new Float64Array(draws);
  let squares = 0;
  for (let at = 0; at < draws; at += 1) {
    const a = levels[at] ?? 0;
    const b = slopes[at] ?? 0;
    squares += ((a + b * estimate) / slope) ** 2;
    const isSame = Math.abs(b) >= slope * (1 - ROUNDING);
    const one = isSame ? 0 : -(a - level) / (b - slope);
    const other = isSame ? 0 : -(a + level) / (b + slope);
    highs[at] = isSame ? Number.POSITIVE_INFINITY : Math.max(one, other);
    lows[at] = isSame ? Number.POSITIVE_INFINITY : -Math.min(one, other);
  }
  // Not rejected while (1 + n) / (1 + draws) > 1 - confidence; the small term keeps 0.1 x 5,000 at 500.
  const needed = Math.floor((1 - confidence) * (1 + draws) + 1e-9);
  return {
    estimate,
    low: -reached(lows, needed),
    high: reached(highs, needed),
    pValue: pValueAt(statistics, 0),
    standardError: Math.sqrt(squares / draws),
  };
};
