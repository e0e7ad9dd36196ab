import type { Verdict } from './model/comparison.ts';
import type { Grade, Remark } from './model/estimate.ts';
import type { MeasureKind } from './model/measure.ts';
import { inForceFrom, type MeasureStanding, remarksOf } from './savings/standing.ts';

/** One item of `GET /api/v1/measures`; what is not known is left out. Instants are ISO 8601, UTC. */
export interface MeasureStandingJson {
  readonly name: string;
  readonly kind: MeasureKind;
  readonly hosts: readonly string[];
  readonly controlHosts: readonly string[];
  readonly start: string;
  readonly reportDates: readonly string[];
  readonly plan: {
    readonly sha256: string;
    readonly frozenSha256?: string;
    readonly frozenAt?: string;
    /** Recorded before its start, after it, or not at all; edited: changed since. */
    readonly registration: 'before-start' | 'after-start' | 'not-frozen' | 'edited';
  };
  readonly withdrawn?: string;
  /** waiting: nothing to report yet; provisional: no report date has passed; final: as of the last one. */
  readonly state: 'waiting' | 'provisional' | 'final' | 'failed';
  readonly grade?: Grade;
  readonly verdict?: Verdict;
  readonly avoided?: {
    readonly joules: number;
    readonly lowJoules: number;
    readonly highJoules: number;
    readonly level: number;
    /** Over the expected energy. */
    readonly ratio?: number;
  };
  readonly expectedJoules?: number;
  readonly actualJoules?: number;
  readonly avoidedGrams?: {
    readonly energyEffect: number;
    readonly gridEffect?: number;
    readonly shiftEffect?: number;
  };
  /** How often the interval was right where nothing was changed. */
  readonly coverage?: {
    readonly ratio: number;
    readonly windows: number;
    readonly independentWindows: number;
  };
  readonly detectableRatio?: number;
  readonly daysNeeded?: number;
  /** Sums since the start, over intervals that are known. */
  readonly counted?: {
    readonly until: string;
    readonly energyJoules: number;
    readonly baselineJoules?: number;
    readonly missingRatio: number;
    readonly work: Readonly<Record<string, number>>;
  };
  readonly asOf?: string;
  readonly evaluatedAt?: string;
  /** Reasons and flags with what to do about each. */
  readonly remarks: readonly Remark[];
  /** Why the last evaluation failed. */
  readonly problem?: { readonly reason: string; readonly fix: string };
}

const instant = (at: number): string => new Date(at * 1000).toISOString().replace('.000Z', 'Z');
const finite = (value: number | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);
const some = <K extends string>(key: K, value: number | undefined): { readonly [key in K]?: number } =>
  (finite(value) ? { [key]: value } : {}) as { readonly [key in K]?: number };

/** A measure as it is told to programs and pages. */
export const standingJson = (standing: MeasureStanding): MeasureStandingJson => {
  const { plan, registration, report, evaluatedAt, problem } = standing;
  const { hashAtStart, frozenAt, hashNow } = registration;
  return {
    name: plan.name,
    kind: plan.kind,
    hosts: plan.hosts,
    controlHosts: plan.control,
    start: instant(inForceFrom(plan)),
    reportDates: plan.reportAt.map(instant),
    plan: {
      sha256: hashNow,
      ...(hashAtStart === undefined ? {} : { frozenSha256: hashAtStart }),
      ...(frozenAt === undefined ? {} : { frozenAt: instant(frozenAt) }),
      registration:
        hashAtStart === undefined || frozenAt === undefined
          ? 'not-frozen'
          : hashNow !== hashAtStart
            ? 'edited'
            : frozenAt > plan.start
              ? 'after-start'
              : 'before-start',
    },
    ...(plan.withdrawn === undefined ? {} : { withdrawn: plan.withdrawn }),
    state:
      report === undefined
        ? problem === undefined
          ? 'waiting'
          : 'failed'
        : report.isFinal
          ? 'final'
          : 'provisional',
    ...outcomeJson(standing),
    ...countedJson(standing),
    ...(report === undefined ? {} : { asOf: instant(report.asOf) }),
    ...(evaluatedAt === undefined ? {} : { evaluatedAt: instant(evaluatedAt) }),
    remarks: remarksOf(standing),
    ...(problem === undefined ? {} : { problem }),
  };
};

const outcomeJson = ({ report }: MeasureStanding): Partial<MeasureStandingJson> => {
  if (report === undefined) return {};
  const { grade, verdict, avoided, interval, fraction, emissions, coverage, estimate, ...more } =
    report.outcome;
  return {
    grade,
    verdict,
    ...(avoided === undefined || interval === undefined
      ? {}
      : {
          avoided: {
            ...{ joules: avoided, lowJoules: interval.low, highJoules: interval.high, level: interval.level },
            ...some('ratio', fraction),
          },
        }),
    ...some('expectedJoules', estimate?.expected),
    ...some('actualJoules', estimate?.actual),
    ...(emissions === undefined
      ? {}
      : {
          avoidedGrams: {
            energyEffect: emissions.energyEffect,
            ...some('gridEffect', emissions.gridEffect),
            ...some('shiftEffect', emissions.shiftEffect),
          },
        }),
    ...(coverage === undefined
      ? {}
      : {
          coverage: {
            ...{ ratio: coverage.ratio, windows: coverage.windows, independentWindows: coverage.independent },
          },
        }),
    ...some('detectableRatio', more.detectable),
    ...some('daysNeeded', more.daysNeeded),
  };
};

const countedJson = ({ counters }: MeasureStanding): Partial<MeasureStandingJson> =>
  counters === undefined || counters.hostTime <= 0
    ? {}
    : {
        counted: {
          until: instant(counters.until),
          energyJoules: counters.energy,
          ...some('baselineJoules', counters.baseline),
          missingRatio: Math.max(0, 1 - counters.demanded / counters.hostTime),
          work: Object.fromEntries(counters.work.map(({ unit, amount }) => [unit, amount])),
        },
      };
