import type { DesignOutcome, EnergyInterval, Grade, Remark } from '../model/estimate.ts';
import { joules, ratio } from '../units.ts';
import { type Baseline, designOf, fitBaseline, type Terms, usableRows } from './baseline.ts';
import { blockBootstrapHalfWidth } from './block-bootstrap.ts';
import { extrapolation } from './extrapolation.ts';
import { cvRmse, durbinWatson, varianceInflation } from './fit-statistics.ts';
import { predict } from './least-squares.ts';
import { intervalAround, LEVEL, modelHalfWidths } from './model-intervals.ts';
import { type Placebo, placeboErrors, placeboOf } from './placebo.ts';
import type { Random } from './random.ts';
import type { ScopeSeries } from './series.ts';

export interface AdjustedBaselineInput {
  readonly terms: Terms;
  /** The frozen baseline, and the reporting window. */
  readonly before: ScopeSeries;
  readonly after: ScopeSeries;
  /** Everything of this scope before the start, and untouched hosts: what the interval is calibrated on. */
  readonly histories: readonly ScopeSeries[];
  readonly random: Random;
}

/** Draws of the block bootstrap, and the cycle that a block holds (reference of the method, 4.3). */
const DRAWS = 1000;
const WEEK = 7 * 86_400;
/** Windows without overlap for grade C, and the least coverage that was measured (reference of the method, 1 and 8). */
const WINDOWS_FOR_C = 10;
const LEAST_COVERAGE = 0.8;
const UNDERCOVERED = 0.85;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/**
 * Before and after at the same work: what the baseline would have used for the work of the reporting window, less what was
 * used. The printed interval is the widest of the robust ones and of what the same method got wrong where nothing changed.
 */
export const adjustedBaseline = (input: AdjustedBaselineInput): DesignOutcome => {
  const { terms, before, after, histories, random } = input;
  const outcome = fitBaseline(before, terms);
  if (!outcome.ok) return { design: 'adjusted-baseline', refusals: outcome.refusals };
  const { baseline } = outcome;
  const rows = usableRows(after);
  if (rows.length === 0)
    return {
      design: 'adjusted-baseline',
      refusals: [
        ...outcome.refusals,
        {
          flag: 'nothing_after',
          text: 'In the reporting window not one hour has energy and work together.',
          remedy: 'Check that both are counted, or wait for data.',
        },
      ],
    };
  const future = designOf(after, rows, terms);
  const expectedRows = predict(baseline.fit, future.columns);
  const expected = expectedRows.reduce((sum, value) => sum + value, 0);
  const actual = rows.reduce((sum, i) => sum + (after.energy[i] ?? 0), 0);
  const avoided = expected - actual;
  const placebo = placeboOf(placeboErrors(histories, terms, before.length, after.length));
  const halves = modelHalfWidths({ ...baseline, future });
  const bootstrap = blockBootstrapHalfWidth({
    ...{ design: baseline.design, fit: baseline.fit, future, draws: DRAWS, level: LEVEL, random },
    block: Math.round(WEEK / before.step),
  });
  const placeboHalf = placebo.halfWidth === undefined ? undefined : placebo.halfWidth * Math.abs(expected);
  const intervals: EnergyInterval[] = [
    ...Object.entries(halves).map(([method, half]) =>
      intervalAround(method as EnergyInterval['method'], avoided, half),
    ),
    intervalAround('block-bootstrap', avoided, bootstrap),
    ...(placeboHalf === undefined ? [] : [intervalAround('placebo', avoided, placeboHalf)]),
  ];
  const honest = intervals.filter(({ method }) =>
    ['newey-west', 'block-bootstrap', 'placebo'].includes(method),
  );
  const interval = honest.reduce((widest, one) =>
    one.high - one.low > widest.high - widest.low ? one : widest,
  );
  const beyond = extrapolation(before, after, terms.work);
  const expectedSeries = new Float64Array(after.length).fill(Number.NaN);
  for (const [at, i] of rows.entries()) expectedSeries[i] = expectedRows[at] ?? Number.NaN;
  return {
    design: 'adjusted-baseline',
    expected: joules(expected),
    actual: joules(actual),
    avoided: joules(avoided),
    intervals,
    interval,
    coverage: placebo.coverage,
    pValue: undefined,
    detectable: placebo.detectable === undefined ? undefined : ratio(placebo.detectable),
    grade: gradeOf(placebo),
    flags: [...beyond.flags, ...placeboFlags(placebo), ...inflated(baseline)],
    refusals: [...outcome.refusals, ...beyond.refusals, ...biased(placebo)],
    diagnostics: {
      ...coefficients(baseline),
      baseline_cv_ratio: cvRmse(baseline.fit),
      baseline_r2_ratio: baseline.fit.r2Adjusted,
      holdout_cv_ratio: baseline.holdout.cv,
      holdout_nmbe_ratio: baseline.holdout.nmbe,
      residual_autocorrelation_ratio: baseline.rho,
      durbin_watson: durbinWatson(baseline.fit.residuals),
      effective_points: baseline.effectivePoints,
      extrapolated_ratio: beyond.outsideUsual,
      placebo_windows: placebo.errors.length,
      placebo_independent_windows: placebo.independent,
      ...(placebo.halfWidth === undefined ? {} : { placebo_halfwidth_ratio: placebo.halfWidth }),
      ...(placebo.errors.length === 0 ? {} : { placebo_bias_ratio: placebo.bias }),
    },
    expectedSeries,
    placebo: placebo.errors.map(({ error }) => error),
  };
};

const gradeOf = ({ halfWidth, independent, coverage }: Placebo): Grade =>
  halfWidth !== undefined &&
  independent >= WINDOWS_FOR_C &&
  coverage !== undefined &&
  coverage.ratio >= LEAST_COVERAGE
    ? 'C'
    : 'D';

const placeboFlags = ({ independent, coverage }: Placebo): readonly Remark[] => {
  if (independent < WINDOWS_FOR_C)
    return [
      {
        flag: 'model_only',
        text: `Only ${independent} windows without a change are long enough to try the method on; ${WINDOWS_FOR_C} are needed to know how often it is right.`,
        remedy: 'Add untouched hosts or a longer history, or run an on/off test.',
      },
    ];
  if (coverage === undefined)
    return [
      {
        flag: 'coverage_unknown',
        text: 'How often the method is right when nothing changes could not be measured: each window needs five earlier ones.',
        remedy: 'Add untouched hosts or a longer history.',
      },
    ];
  if (coverage.ratio < LEAST_COVERAGE)
    return [
      {
        flag: 'coverage_low',
        text: `When nothing changed, the 90 % interval was right in ${percent(coverage.ratio)} of windows only.`,
        remedy: 'Count the work more completely, or run an on/off test.',
      },
    ];
  return coverage.ratio < UNDERCOVERED
    ? [
        {
          flag: 'undercovered',
          text: `When nothing changed, the 90 % interval was right in ${percent(coverage.ratio)} of windows.`,
          remedy: '',
        },
      ]
    : [];
};

const biased = ({ halfWidth, bias, independent }: Placebo): readonly Remark[] =>
  halfWidth !== undefined && independent >= WINDOWS_FOR_C && Math.abs(bias) > halfWidth / 2
    ? [
        {
          flag: 'placebo_bias',
          text: `Where nothing was changed the method finds a saving of ${percent(bias)} in the middle.`,
          remedy: 'These hosts drift one way: use untouched hosts beside them, or an on/off test.',
        },
      ]
    : [];

/** Above 10 effects are hard to tell apart even where the sum of them is good (reference of the method, 3.3). */
const MOST_INFLATION = 10;
const inflated = ({ design }: Baseline): readonly Remark[] => {
  const worst = Math.max(...varianceInflation(design));
  return worst > MOST_INFLATION
    ? [
        {
          flag: 'inflated',
          text: 'Host time, work and drivers move together so much that single coefficients mean little; their sum still does.',
          remedy: '',
        },
      ]
    : [];
};

const coefficients = ({ fit }: Baseline): Readonly<Record<string, number>> =>
  Object.fromEntries(
    fit.names.map((name, j) => [
      name === 'host_second'
        ? 'coefficient_host_second_watts'
        : name.startsWith('work_')
          ? `coefficient_work_joules_per_${name.slice(5)}`
          : `coefficient_${name}_joules`,
      fit.coefficients[j] ?? Number.NaN,
    ]),
  );
