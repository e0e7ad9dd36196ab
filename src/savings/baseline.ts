import type { Remark } from '../model/estimate.ts';
import { autocorrelation, cvRmseOf, effectivePoints, nmbe } from './fit-statistics.ts';
import { type Design, type Fit, fitLeastSquares, predict } from './least-squares.ts';
import type { ScopeSeries } from './series.ts';

/** Names of the terms, for diagnostics and messages. */
export interface Terms {
  readonly work: readonly string[];
  readonly drivers: readonly string[];
}

/** A baseline that was fitted and frozen. */
export interface Baseline {
  readonly design: Design;
  readonly fit: Fit;
  /** Positions of the intervals that it was fitted on. */
  readonly rows: Int32Array;
  readonly holdout: { readonly cv: number; readonly nmbe: number };
  readonly effectivePoints: number;
  readonly rho: number;
}

export type BaselineOutcome =
  | { readonly ok: true; readonly baseline: Baseline; readonly refusals: readonly Remark[] }
  | { readonly ok: false; readonly refusals: readonly Remark[] };

/** Limits of the reference of the method, section 8: refusal beats a number. */
const LIMITS = {
  cvHourly: 0.3,
  cvDaily: 0.25,
  nmbe: 0.05,
  pointsPerTerm: 10,
  days: 14,
  usable: 0.9,
} as const;
/** First part of the baseline that the hold-out is judged from. */
const TRAINED = 0.75;
const DAY = 86_400;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Positions of the intervals that may be used. */
export const usableRows = ({ usable, energy, length }: ScopeSeries): Int32Array => {
  const rows: number[] = [];
  for (let i = 0; i < length; i += 1) if (usable[i] === 1 && Number.isFinite(energy[i])) rows.push(i);
  return Int32Array.from(rows);
};

const picked = (column: Float64Array, rows: Int32Array): Float64Array =>
  Float64Array.from(rows, (i) => column[i] ?? Number.NaN);

/** Idle joules per host-second that is demanded, marginal joules per unit of work, and drivers. */
export const designOf = (series: ScopeSeries, rows: Int32Array, { work, drivers }: Terms): Design => ({
  names: ['host_second', ...work.map((unit) => `work_${unit}`), ...drivers],
  columns: [series.demanded, ...series.work, ...series.drivers].map((column) => picked(column, rows)),
});

const part = ({ names, columns }: Design, from: number, to: number): Design => ({
  names,
  columns: columns.map((column) => column.subarray(from, to)),
});

/**
 * Fits energy to demanded host time and work: the least that is physical, and all that is needed. It is judged on the
 * last quarter, fitted on the first three, and then fitted on all of it.
 */
export const fitBaseline = (series: ScopeSeries, terms: Terms): BaselineOutcome => {
  const rows = usableRows(series);
  const y = picked(series.energy, rows);
  const design = designOf(series, rows, terms);
  const days = (series.length * series.step) / DAY;
  const refusals: Remark[] = [];
  if (days < LIMITS.days)
    refusals.push({
      flag: 'short_baseline',
      text: `The baseline is ${days.toFixed(1)} days long; a model of less than ${LIMITS.days} days is not believed.`,
      remedy: 'Begin the baseline earlier, best with whole weeks, four of them or more.',
    });
  if (series.length > 0 && rows.length / series.length < LIMITS.usable)
    refusals.push({
      flag: 'thin_baseline',
      text: `Energy, work and drivers are known together in ${percent(rows.length / series.length)} of the baseline.`,
      remedy: 'Find out which host or counter was silent, or choose a window in which 90 % is known.',
    });
  const outcome = fitLeastSquares(design, y);
  if (!outcome.ok)
    return {
      ok: false,
      refusals: [
        ...refusals,
        {
          flag: outcome.reason === 'singular' ? 'inseparable' : 'not_fitted',
          text: `Energy cannot be set against work: ${outcome.detail}.`,
          remedy:
            outcome.reason === 'singular'
              ? 'Leave out one of the terms that move together.'
              : 'Check that energy and work of these hosts are counted in the baseline.',
        },
      ],
    };
  const { fit } = outcome;
  const rho = autocorrelation(fit.residuals);
  const points = effectivePoints(fit.n, rho);
  if (points < LIMITS.pointsPerTerm * fit.p)
    refusals.push({
      flag: 'few_points',
      text: `The ${fit.n} hours of the baseline move together so much that they are worth ${points.toFixed(0)}; ${LIMITS.pointsPerTerm * fit.p} are needed for ${fit.p} terms.`,
      remedy: 'Begin the baseline earlier, or compare days instead of hours.',
    });
  refusals.push(...unphysical(fit));
  const cut = Math.floor(rows.length * TRAINED);
  const trained = fitLeastSquares(part(design, 0, cut), y.subarray(0, cut));
  const held = y.subarray(cut);
  const guess = trained.ok ? predict(trained.fit, part(design, cut, y.length).columns) : held;
  const holdout = { cv: cvRmseOf(held, guess), nmbe: nmbe(held, guess) };
  const limit = series.step >= DAY ? LIMITS.cvDaily : LIMITS.cvHourly;
  if (holdout.cv > limit)
    refusals.push({
      flag: 'loose_model',
      text: `In the last quarter of the baseline the model misses single hours by ${percent(holdout.cv)}; ${percent(limit)} is the limit.`,
      remedy: 'Count the work that these hosts do more completely, or one kind of it each.',
    });
  if (Math.abs(holdout.nmbe) > LIMITS.nmbe)
    refusals.push({
      flag: 'biased_model',
      text: `In the last quarter of the baseline the model is ${percent(Math.abs(holdout.nmbe))} too ${holdout.nmbe > 0 ? 'low' : 'high'} all together; ${percent(LIMITS.nmbe)} is the limit.`,
      remedy:
        'Something beside the work changed within the baseline: begin it after that, or name what changed.',
    });
  return {
    ok: true,
    baseline: { design, fit, rows, holdout, effectivePoints: points, rho },
    refusals,
  };
};

/** A host that gains energy by being idle or by working is a fault of the figures, not of the host. */
const unphysical = ({ names, coefficients }: Fit): readonly Remark[] =>
  names.flatMap((name, j): readonly Remark[] => {
    const value = coefficients[j] ?? Number.NaN;
    const isWrong = name === 'host_second' ? value < 0 : name.startsWith('work_') && value <= 0;
    if (!isWrong) return [];
    return [
      {
        flag: 'unphysical',
        text:
          name === 'host_second'
            ? `By this baseline an idle host would give ${Math.abs(value).toPrecision(3)} W instead of drawing them.`
            : `By this baseline more work (${name.slice(5)}) would take no more energy.`,
        remedy: 'Check that the work is that of these hosts, in the same hours, and what else they did.',
      },
    ];
  });
