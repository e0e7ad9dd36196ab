import type { Remark } from '../model/estimate.ts';
import { baselineRefusals } from './baseline-refusals.ts';
import { basisOf, DAY, dayMoments } from './day-moments.ts';
import {
  autocorrelation,
  cvRmse,
  cvRmseOf,
  durbinWatson,
  effectivePoints,
  nmbe,
  varianceInflation,
} from './fit-statistics.ts';
import { type Design, type Fit, fitLeastSquares, predict } from './least-squares.ts';
import { designOf, energyOver, isPhysical, type ModelForm, type Term, usableRows } from './model-terms.ts';
import type { ScopeSeries } from './series.ts';
import { chooseTerms, HOLD_OUT_FROM } from './window-error.ts';

/** The baseline model with its coefficients frozen, and how good it is. */
export interface Baseline {
  readonly terms: readonly Term[];
  /** Indices of the terms in the form that they were chosen from. */
  readonly used: readonly number[];
  readonly design: Design;
  /** J per unit of each term. */
  readonly fit: Fit;
  /** Scatter of the fit over its mean. */
  readonly cv: number;
  /** The same, and the bias, of the last quarter of the baseline as predicted from the rest; NaN: could not be fitted. */
  readonly holdOutCv: number;
  readonly holdOutBias: number;
  readonly autocorrelation: number;
  readonly effectivePoints: number;
  readonly durbinWatson: number;
  /** Largest of all terms; NaN where a knee ties two of them together. */
  readonly varianceInflation: number;
  /** Share of intervals that were usable. */
  readonly usable: number;
  readonly flags: readonly Remark[];
  readonly refusals: readonly Remark[];
}

export type BaselineOutcome =
  | { readonly ok: true; readonly baseline: Baseline }
  | { readonly ok: false; readonly refusals: readonly Remark[] };

/** Which optional terms of a form earn their place on this baseline. */
const chosen = (series: ScopeSeries, { always, optional }: ModelForm): readonly number[] => {
  const terms = [...always, ...optional];
  if (optional.length === 0) return [...always.keys()];
  const moments = dayMoments(series, terms, basisOf(series, terms), 'end');
  return chooseTerms({ of: moments, from: 0, to: moments.days }, always.length);
};

const wordsOf = (term: Term): string =>
  term.kind === 'host' ? 'host time' : term.kind === 'above' ? term.driver : `work (${term.unit})`;

/**
 * Fits the model of a form to a baseline, by QR. Coefficients that are not physical, too much scatter, too few points and
 * the like are refusals of a baseline that is there; a fit that cannot be made has only refusals.
 */
export const fitBaseline = (series: ScopeSeries, form: ModelForm): BaselineOutcome => {
  const rows = usableRows(series);
  const used = chosen(series, form);
  const all = [...form.always, ...form.optional];
  const terms = used.flatMap((at) => all[at] ?? []);
  const design = designOf(series, terms, rows);
  const energy = energyOver(series, rows);
  const outcome = fitLeastSquares(design, energy);
  if (!outcome.ok)
    return {
      ok: false,
      refusals: [
        outcome.reason === 'singular'
          ? {
              flag: 'inseparable',
              text: `Host time and work move together in the baseline, or there was none of one of them (${terms.map(wordsOf).join(', ')}): what each takes cannot be told apart.`,
              remedy: 'Choose a baseline in which work and hosts vary, or name another unit of work.',
            }
          : {
              flag: 'not_fitted',
              text: `Of the baseline ${rows.length} intervals have energy and work that are known, too few for a model (${outcome.detail}).`,
              remedy: 'Choose a longer baseline, or find out why its intervals are missing.',
            },
      ],
    };
  const { fit } = outcome;
  const rho = autocorrelation(fit.residuals);
  const hasKnee = terms.some(({ kind }) => kind === 'waking');
  const inflation = hasKnee ? [] : varianceInflation(design);
  const holdOut = judge(design, energy, Math.floor(rows.length * HOLD_OUT_FROM));
  const found = {
    terms,
    used,
    design,
    fit,
    cv: cvRmse(fit),
    holdOutCv: holdOut.cv,
    holdOutBias: holdOut.bias,
    autocorrelation: rho,
    effectivePoints: effectivePoints(fit.n, rho),
    durbinWatson: durbinWatson(fit.residuals),
    varianceInflation: inflation.length > 0 ? Math.max(...inflation) : Number.NaN,
    usable: rows.length / series.length,
  };
  const refusals = baselineRefusals({
    ...found,
    physical: isPhysical(terms, fit.coefficients),
    days: (series.length * series.step) / DAY,
    step: series.step,
  });
  return { ok: true, baseline: { ...found, flags: inseparable(found.varianceInflation), refusals } };
};

/** Above it coefficients are hardly told apart (Marquardt, Technometrics 12, 1970; the usual 10). */
const INFLATION = 10;

const inseparable = (inflation: number): readonly Remark[] =>
  inflation > INFLATION
    ? [
        {
          flag: 'inflated',
          text: `Hosts and work rise and fall together (variance inflation ${inflation.toFixed(0)}): what an idle host takes and what a unit of work takes cannot be told apart, although their sum can.`,
          remedy:
            'Do not use the coefficients by themselves; a baseline in which the two differ tells them apart.',
        },
      ]
    : [];

/** Fits the first rows, predicts the rest; a bias above 0 is more energy than predicted. */
const judge = (design: Design, energy: Float64Array, cut: number): { cv: number; bias: number } => {
  const part = (from: number, to: number): Design => ({
    names: design.names,
    columns: design.columns.map((column) => column.subarray(from, to)),
  });
  const { length } = energy;
  const p = design.columns.length;
  const outcome = fitLeastSquares(part(0, cut), energy.subarray(0, cut));
  if (!outcome.ok || length - cut <= p) return { cv: Number.NaN, bias: Number.NaN };
  const actual = energy.subarray(cut);
  const predicted = predict(outcome.fit, part(cut, length).columns);
  return { cv: cvRmseOf(actual, predicted), bias: nmbe(actual, predicted) };
};
