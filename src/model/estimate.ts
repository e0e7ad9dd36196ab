import type { Joules, Ratio } from '../units.ts';

/** Evidence, from the strongest to none (src/README.md, glossary). */
export type Grade = 'A' | 'B' | 'C' | 'D' | 'E';

export type DesignName =
  | 'switchback'
  | 'ab'
  | 'difference-in-differences'
  | 'adjusted-baseline'
  | 'segmented'
  | 'synthetic-control'
  | 'before-after';

/** How an interval was made. */
export type IntervalMethod =
  | 'exact-independent'
  | 'guideline-14'
  | 'guideline-14-scaled'
  | 'ar1'
  | 'newey-west'
  | 'block-bootstrap'
  /** Newey-West, and on top of it what the expected energy changes by if energy is no straight line of work. */
  | 'model-form'
  | 'placebo'
  | 'randomisation'
  /** The same test of a saving that is a share of what was used, not so many joules an interval. */
  | 'randomisation-share'
  | 'host-bootstrap'
  | 'cluster-t'
  | 'wild-cluster';

/** Two-sided interval of the avoided energy, at its nominal level. */
export interface EnergyInterval {
  readonly method: IntervalMethod;
  readonly level: Ratio;
  readonly low: Joules;
  readonly high: Joules;
}

/** How often an interval made this way held the truth, on this very history, where nothing was changed. */
export interface MeasuredCoverage {
  /** Share of placebo windows whose interval held 0. */
  readonly ratio: Ratio;
  /** Placebo windows that were tried, and how many of them do not overlap. */
  readonly windows: number;
  readonly independent: number;
  readonly standardError: Ratio;
}

/** Something that a reader must know before believing a figure, with what to do about it. */
export interface Remark {
  /** Stable word, such as `extrapolating`. */
  readonly flag: string;
  /** In a planner's words, figures included. */
  readonly text: string;
  /** Next step; '' where there is none. */
  readonly remedy: string;
}

/** What a design found. Positive avoided energy is good. */
export interface DesignEstimate {
  readonly design: DesignName;
  /** Energy that the scope would have used without the measure, and what it used, over the intervals that counted. */
  readonly expected: Joules;
  readonly actual: Joules;
  /** Estimate of avoided energy over those intervals. */
  readonly avoided: Joules;
  /** All intervals that were worked out; model intervals are printed for comparison alone. */
  readonly intervals: readonly EnergyInterval[];
  /** The one that is printed: the widest of the honest ones. */
  readonly interval: EnergyInterval;
  readonly coverage: MeasuredCoverage | undefined;
  readonly pValue: number | undefined;
  /** Smallest saving, as a share of the expected energy, that this design could have shown here. */
  readonly detectable: Ratio | undefined;
  /** Best grade that the design allows by itself; the plan and the data may lower it. */
  readonly grade: Grade;
  readonly flags: readonly Remark[];
  /** Reasons for which no figure may be shown; empty: it may. */
  readonly refusals: readonly Remark[];
  /** Figures for auditors, by a name that carries the unit (`baseline_cv_ratio`, `coefficient_host_second_watts`). */
  readonly diagnostics: Readonly<Record<string, number>>;
  /** Expected energy by interval of the reporting window, J; NaN where the interval did not count. For charts. */
  readonly expectedSeries: Float64Array | undefined;
  /** Relative errors of the placebo windows, for the histogram; empty: none. */
  readonly placebo: readonly number[];
}

/** A design that could not give an estimate at all: why, and what would let it. */
export interface NoEstimate {
  readonly design: DesignName;
  readonly refusals: readonly Remark[];
}

export type DesignOutcome = DesignEstimate | NoEstimate;
