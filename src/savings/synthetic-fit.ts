import { fitSimplex } from './simplex.ts';

/** Mean power of something before and with the measure, by interval: W per demanded host. */
export interface PowerCourse {
  readonly before: Float64Array;
  readonly after: Float64Array;
}

export interface SyntheticFit {
  readonly weights: Float64Array;
  readonly settled: boolean;
  /** Root of the mean square of what was and the mixture, W per host. */
  readonly beforeError: number;
  readonly afterError: number;
  /** Mean of the mixture less what was over the reporting window, W per host. */
  readonly meanGap: number;
  readonly mixtureAfter: Float64Array;
}

const mixed = (columns: readonly Float64Array[], weights: Float64Array, length: number): Float64Array => {
  const sum = new Float64Array(length);
  columns.forEach((column, place) => {
    const weight = weights[place] ?? 0;
    if (weight !== 0)
      for (let at = 0; at < length; at += 1) sum[at] = (sum[at] ?? 0) + weight * (column[at] ?? 0);
  });
  return sum;
};

const rootMeanSquare = (a: Float64Array, b: Float64Array): number =>
  Math.sqrt(a.reduce((sum, value, at) => sum + (value - (b[at] ?? 0)) ** 2, 0) / a.length);

/** The mixture of donors that ran as `target` did before the measure, carried on (Abadie, Diamond, Hainmueller, 2010). */
export const fitSynthetic = (target: PowerCourse, donors: readonly PowerCourse[]): SyntheticFit => {
  const { weights, settled } = fitSimplex(
    donors.map(({ before }) => before),
    target.before,
  );
  const mixtureBefore = mixed(
    donors.map(({ before }) => before),
    weights,
    target.before.length,
  );
  const mixtureAfter = mixed(
    donors.map(({ after }) => after),
    weights,
    target.after.length,
  );
  return {
    weights,
    settled,
    beforeError: rootMeanSquare(target.before, mixtureBefore),
    afterError: rootMeanSquare(target.after, mixtureAfter),
    meanGap:
      mixtureAfter.reduce((sum, value, at) => sum + value - (target.after[at] ?? 0), 0) / target.after.length,
    mixtureAfter,
  };
};

/** Share of intervals before the measure in which the target ran above or below every donor. */
export const outsideShare = (target: PowerCourse, donors: readonly PowerCourse[]): number => {
  let outside = 0;
  target.before.forEach((value, at) => {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { before } of donors) {
      least = Math.min(least, before[at] ?? 0);
      most = Math.max(most, before[at] ?? 0);
    }
    if (value < least || value > most) outside += 1;
  });
  return outside / target.before.length;
};
