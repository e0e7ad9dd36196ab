import type { GramsCO2e, GramsPerKWh, Joules, Ratio, Seconds } from '../units.ts';
import type {
  DesignEstimate,
  EnergyInterval,
  Grade,
  MeasuredCoverage,
  NoEstimate,
  Remark,
} from './estimate.ts';
import type { FactorOrigin, HistoryAbout, TimeWindow } from './history.ts';
import type { MeasurePlan, Registration } from './measure.ts';
import type { Quality } from './meter.ts';

/** Mean and 95th percentile of utilisation over host-hours, 0 to 1; undefined where it is not known. */
export interface Utilisation {
  /** Of hosts while they were powered on. */
  readonly mean: Ratio | undefined;
  readonly p95: Ratio | undefined;
  /** Of all capacity of the scope, hosts that were off counted as idle. */
  readonly meanOfAll: Ratio | undefined;
  /** Shares of powered-on host-hours in 20 bins of 5 points each, from 0; undefined where it is not known. */
  readonly histogram?: readonly number[] | undefined;
}

export interface WorkDone {
  readonly unit: string;
  readonly amount: number;
}

export interface Cost {
  readonly currency: string;
  readonly amount: number;
}

/** One side of a comparison: a scope over a window, as it was. */
export interface Side {
  readonly label: string;
  readonly window: TimeWindow;
  readonly hosts: number;
  /** Host-seconds of the scope over the window, and how many of them are known. */
  readonly hostTime: Seconds;
  readonly knownTime: Seconds;
  /** Host-seconds powered on; undefined: not known. */
  readonly poweredTime: Seconds | undefined;
  readonly cpu: Utilisation;
  readonly gpu: Utilisation;
  readonly work: readonly WorkDone[];
  /** Of the known host time, as measured: nothing is scaled up. */
  readonly energy: Joules;
  readonly grams: GramsCO2e | undefined;
  readonly cost: Cost | undefined;
  readonly quality: Quality | undefined;
  /** What counted the energy on this side, all meters. */
  readonly meters: readonly string[];
  /** Where the emission factors of this side are from, where the history tells. */
  readonly factors?: readonly FactorOrigin[] | undefined;
}

/** Two windows or two scopes beside each other. No saving is claimed: `sentence` says what may be said. */
export interface Comparison {
  readonly before: Side;
  readonly after: Side;
  /** One factor for both sides, so that a change of the grid is none of the hosts'. */
  readonly factor: GramsPerKWh | undefined;
  readonly factorSource: string;
  /** Figures are per day where the sides differ in length. */
  readonly perDay: boolean;
  readonly grade: Grade;
  /** Present where work is counted and a baseline could be fitted: what the work of the after side would have taken. */
  readonly adjusted: MeasureOutcome | undefined;
  readonly remarks: readonly Remark[];
  readonly sentence: string;
  /** The command that would give stronger evidence. */
  readonly next: string;
  readonly charts?: { readonly before: ChartSeries; readonly after: ChartSeries } | undefined;
  readonly history: HistoryAbout;
  /** SHA-256 by name of what went in. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly seed: string;
  readonly version: string;
}

/** As labels of `negawatt_savings_verdict` have it; on screens VERIFIED, INDICATIVE, NOT SHOWN, INCREASE, CANNOT TELL. */
export type Verdict = 'verified' | 'indicative' | 'not_verified' | 'increase' | 'refused';

/** Bars that add up to the whole change of location-based emissions, in grams. */
export interface ChangeInEmissions {
  readonly activity: GramsCO2e;
  readonly intensity: GramsCO2e;
  readonly facility: GramsCO2e;
  readonly grid: GramsCO2e;
  /** After minus before, the before side scaled to the length of the after side. */
  readonly total: GramsCO2e;
}

/** CO2e of the avoided energy at factors of the reporting period, and what the grid did by itself, never added. */
export interface AvoidedEmissions {
  readonly energyEffect: GramsCO2e;
  readonly energyEffectLow: GramsCO2e;
  readonly energyEffectHigh: GramsCO2e;
  readonly gridEffect: GramsCO2e | undefined;
  /** Of moving the same energy in time or place; undefined where the measure is none of shifting. */
  readonly shiftEffect: GramsCO2e | undefined;
}

/** What a measure came to at one report date: the estimate of the strongest design, what it means, and why. */
export interface MeasureOutcome {
  readonly verdict: Verdict;
  readonly grade: Grade;
  /** Why the grade is not better, worst first. */
  readonly gradeReasons: readonly Remark[];
  /** Undefined with the verdict `refused`. */
  readonly estimate: DesignEstimate | undefined;
  /** Of the avoided energy with the uncertainty of non-routine adjustments in it. */
  readonly interval: EnergyInterval | undefined;
  readonly avoided: Joules | undefined;
  /** Avoided over expected energy. */
  readonly fraction: Ratio | undefined;
  readonly emissions: AvoidedEmissions | undefined;
  readonly change: ChangeInEmissions | undefined;
  /** 1 - (E_b - E_R)/S; undefined where no saving is shown, and of randomised tests. */
  readonly growthOffset: number | undefined;
  readonly coverage: MeasuredCoverage | undefined;
  readonly detectable: Ratio | undefined;
  /** More days until the smallest saving that the plan hopes for could be shown; undefined: more days do not help. */
  readonly daysNeeded: number | undefined;
  readonly flags: readonly Remark[];
  readonly refusals: readonly Remark[];
  /** Designs that were tried and gave way to the strongest, or could not be worked out. */
  readonly others: readonly (DesignEstimate | NoEstimate)[];
}

/** What measures that share hosts and time avoided together, over the time in which all of them were in force. */
export interface OverlapOutcome {
  /** Of the measures, in the order of the parts. */
  readonly measures: readonly string[];
  /** That all of them are for. */
  readonly hosts: number;
  /** Of the time with all of them in force that is known, seconds. */
  readonly time: Seconds;
  /** What all of them avoided together, J; undefined: it can not be told. */
  readonly joint: Joules | undefined;
  readonly interval: EnergyInterval | undefined;
  /** Parts that add up to the joint figure; undefined: the evidence allows no split. */
  readonly parts: readonly OverlapPart[] | undefined;
  /**
   * factorial: each set of measures was in force by itself for a week; additive: each measure came or went by itself, and
   * their effects are taken to add up; joint: only all together can be told.
   */
  readonly evidence: 'factorial' | 'additive' | 'joint' | 'none';
  readonly remarks: readonly Remark[];
}

export interface OverlapPart {
  readonly name: string;
  /** J. */
  readonly avoided: Joules;
  readonly interval: EnergyInterval;
}

/** Columns behind the charts of a report, an item for each interval; NaN: the interval did not count. */
export interface ChartSeries {
  /** Start of the first interval, seconds since 1970 UTC. */
  readonly from: number;
  readonly step: number;
  /** J. */
  readonly energy: Float64Array;
  /** Energy expected without the change, J; undefined where no design gives it by interval. */
  readonly expected: Float64Array | undefined;
  /** Units of the first kind of work. */
  readonly work: Float64Array | undefined;
}

/** Everything that a report of a measure shows, and what it was made from. */
export interface MeasureReport {
  readonly plan: MeasurePlan;
  readonly registration: Registration;
  /** End of the reporting window that was evaluated, seconds since 1970 UTC. */
  readonly asOf: number;
  /** Whether that is a report date of the plan: between them the figures are provisional. */
  readonly isFinal: boolean;
  readonly before: Side;
  readonly after: Side;
  readonly outcome: MeasureOutcome;
  /** How much worse each guard of the plan is, 0.05 is 5 %; NaN: not known. */
  readonly guards?: readonly { readonly name: string; readonly degradation: number }[] | undefined;
  /** Where others changed the same hosts in the same time, so that no figure of this measure alone can be given. */
  readonly overlap?: OverlapOutcome | undefined;
  readonly charts?: { readonly before: ChartSeries; readonly after: ChartSeries } | undefined;
  readonly history: HistoryAbout;
  /** SHA-256 by name of what went in. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly seed: string;
  readonly version: string;
}
