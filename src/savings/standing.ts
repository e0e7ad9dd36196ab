import type { MeasureReport, WorkDone } from '../model/comparison.ts';
import type { Remark } from '../model/estimate.ts';
import type { PastIndex, TimeWindow } from '../model/history.ts';
import type { MeasurePlan, Registration } from '../model/measure.ts';
import type { Term } from './model-terms.ts';
import type { KeptUsual } from './plausible.ts';

/** A term of the baseline with its coefficient, J for one of it. */
export interface FrozenTerm {
  /** As `nameOf` calls it: `host_second`, `work_requests`. */
  readonly name: string;
  readonly term: Term;
  readonly joules: number;
}

/** The baseline of a measure as it was worked out once, from the plan that was frozen; it is never fitted anew. */
export interface FrozenBaseline {
  /** Hash of the frozen plan. */
  readonly planSha256: string;
  /** When it was worked out, seconds since 1970 UTC. */
  readonly at: number;
  /** Version of the method that did. */
  readonly method: string;
  /** False: nothing could be fitted, as without data; it may be tried again. */
  readonly isFitted: boolean;
  readonly window: TimeWindow;
  /** Empty: it could not be fitted, or must not be believed (`refusals`). */
  readonly terms: readonly FrozenTerm[];
  /** Row-major, in the order of the terms, J² for one of each: holds where residuals move together. */
  readonly covariance: readonly number[];
  /** Of the residuals of an interval, J². */
  readonly longRunVariance: number;
  /** Figures of the fit, by a name that carries the unit; those that could not be worked out are left out. */
  readonly statistics: Readonly<Record<string, number>>;
  /**
   * For the reporting window of each report date: errors over expected energy where nothing was changed, of this scope's
   * own past. Reports calibrate on the difficulty of their own window too, and on untouched hosts.
   */
  readonly placebo: readonly {
    readonly reportSeconds: number;
    readonly windows: number;
    readonly independentWindows: number;
    readonly halfWidthRatio: number;
    readonly biasRatio: number;
    readonly coverageRatio?: number;
  }[];
  readonly refusals: readonly Remark[];
  /** SHA-256 by name of the columns that it was fitted to. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** Sums over the full intervals since the start of a measure that are known: they only grow. */
export interface SavingsCounters {
  /** Seconds since 1970 UTC: first interval, and end of the last one that was looked at. */
  readonly from: number;
  readonly until: number;
  /** J, with `residual`, which is that of hosts that were off. */
  readonly energy: number;
  readonly residual: number;
  /** J expected by the frozen baseline, 0 or more in each interval; undefined: there is none. */
  readonly baseline: number | undefined;
  readonly work: readonly WorkDone[];
  /** Host-seconds: of the scope, of those the ones that are in the sums, and of these the ones that were powered. */
  readonly hostTime: number;
  readonly demanded: number;
  readonly powered: number;
  /** Of the last interval. */
  readonly hosts: { readonly on: number; readonly off: number; readonly unknown: number };
  /** What was usual of each host by `until`: what is implausible shows only against that. Left out: not yet looked at. */
  readonly usual?: KeptUsual;
}

/** A report without the columns behind its charts: what is kept and told of it. */
export type KeptReport = Omit<MeasureReport, 'charts'>;

/** What is known of a measure now: what its metrics and its line in `GET /api/v1/measures` are made of. */
export interface MeasureStanding {
  readonly plan: MeasurePlan;
  readonly registration: Registration;
  /** What was changed of the plan that must not be; empty: nothing. */
  readonly changes: readonly Remark[];
  /** Version of the method by which it was evaluated last. */
  readonly method: string | undefined;
  /** When it was evaluated last with success, seconds since 1970 UTC; undefined: never yet. */
  readonly evaluatedAt: number | undefined;
  /** Undefined: there was nothing to report yet, or it never could be. */
  readonly report: KeptReport | undefined;
  readonly baseline: FrozenBaseline | undefined;
  readonly counters: SavingsCounters | undefined;
  /** The history before the start as it was kept when the baseline was frozen; undefined: it is read anew each time. */
  readonly past: PastIndex | undefined;
  /** Why the last evaluation failed, and the next step; what stands here is then of an earlier one. */
  readonly problem: { readonly reason: string; readonly fix: string } | undefined;
}

/** From when on all hosts of a measure have it, seconds since 1970 UTC: its report and its counters begin there. */
export const inForceFrom = ({ ramp, start }: Pick<MeasurePlan, 'ramp' | 'start'>): number =>
  ramp.find(([, share]) => share >= 1)?.[0] ?? start;

/** A report as it is kept: no columns. */
export const keptReport = ({ charts: _, ...report }: MeasureReport): KeptReport => {
  const without = <T extends object>(one: T): T =>
    'expectedSeries' in one ? { ...one, expectedSeries: undefined } : one;
  const { estimate, others } = report.outcome;
  return {
    ...report,
    outcome: {
      ...report.outcome,
      estimate: estimate && without(estimate),
      others: others.map(without),
    },
  };
};

/** All that must be known before its figures are believed, each once: what changed, what refuses, what lowers the grade. */
export const remarksOf = (standing: MeasureStanding): readonly Remark[] => {
  const { changes, report, baseline } = standing;
  const { refusals = [], gradeReasons = [], flags = [] } = report?.outcome ?? {};
  const all = [
    ...changes,
    ...restated(standing),
    ...refusals,
    ...gradeReasons,
    ...flags,
    ...(baseline?.refusals ?? []),
  ];
  return all.filter(
    ({ flag, text }, at) => all.findIndex((other) => other.flag === flag && other.text === text) === at,
  );
};

/** What the report read of the baseline, held against what it was frozen from. */
const restated = ({ plan, registration, report, baseline }: MeasureStanding): readonly Remark[] => {
  const { hashAtStart, hashNow } = registration;
  // Another plan has another baseline, and says so by its hash.
  if (report === undefined || baseline === undefined || hashAtStart !== hashNow) return [];
  // Kinds of work stand in an order of their own in a frozen plan.
  const columns = plan.work.length > 1 ? ['baseline_energy'] : ['baseline_energy', 'baseline_work'];
  const isSame = columns.every((name) => report.inputs[name] === baseline.inputs[name]);
  return isSame
    ? []
    : [
        {
          flag: 'baseline_restated',
          text: 'The history of the baseline reads otherwise now than when it was frozen: the counters go by the frozen baseline, the report by what is there now.',
          remedy: 'Find out what changed the history: retention, a restated counter, another query.',
        },
      ];
};
