import { counted } from '../model/counted.ts';
import type { Grade } from '../model/estimate.ts';
import { type Ratio, ratio } from '../units.ts';
import { daysForPlacebo, historyPlacebo, type PlaceboSource } from './claim-placebo.ts';
import { lastOf, modelForm, type Terms } from './model-form.ts';
import { detectableSaving, horizonOf } from './placebo.ts';
import { gradeOf } from './placebo-remarks.ts';
import type { ScopeSeries } from './series.ts';

export interface DetectableInput {
  /** Everything before the measure; it ends with the baseline. */
  readonly history: ScopeSeries;
  /** How many of its last intervals are the baseline. */
  readonly baselineLength: number;
  /** Planned start, and the dates of the reports, seconds since 1970 UTC. */
  readonly start: number;
  readonly reportAt: readonly number[];
  readonly terms: Terms;
  readonly untouched?: readonly ScopeSeries[];
}

/** What one adjusted baseline could show at a report date. */
export interface Detectable {
  readonly at: number;
  /** Of the reporting window. */
  readonly days: number;
  /**
   * Smallest saving, as a share of the expected energy, whose interval would lie above 0 more often than not; undefined
   * where the history holds no placebo window of that length.
   */
  readonly saving: Ratio | undefined;
  /** Why nothing could be shown; '' where something could. */
  readonly why: string;
  /** Best grade that the claim could get. */
  readonly grade: Grade;
  readonly independent: number;
  /** Days of history that grade C takes for this window. */
  readonly daysOfHistory: number;
}

/**
 * What could be shown by each report date, from history alone. The difficulty of windows to come is not known, so that of
 * the middle one of the past stands for it. A longer window shows no smaller saving where hosts drift.
 */
export const detectableSavings = (input: DetectableInput): readonly Detectable[] => {
  const { history, baselineLength, start, terms } = input;
  const source = (series: ScopeSeries): PlaceboSource => ({
    series,
    form: modelForm(lastOf(series, baselineLength), terms),
  });
  const own = source(history);
  const others = (input.untouched ?? []).map(source);
  const ends = history.from + history.length * history.step;
  return input.reportAt.map((at) => {
    const horizon = horizonOf({ fit: baselineLength * history.step, gap: start - ends, report: at - start });
    const placebo = historyPlacebo(own, others, horizon, start);
    const calibration = placebo?.calibration;
    return {
      at,
      days: horizon.report,
      saving:
        calibration === undefined
          ? undefined
          : ratio(detectableSaving(calibration, calibration.medianDifficulty)),
      why:
        calibration === undefined
          ? `The history holds no window like it: ${counted(horizon.fit, 'day')} of baseline and ${counted(horizon.report, 'day')} to report take ${daysForPlacebo(horizon)} days of history.`
          : '',
      grade: gradeOf(placebo),
      independent: calibration?.independent ?? 0,
      daysOfHistory: daysForPlacebo(horizon),
    };
  });
};
