import { evaluateMeasure } from './evaluate.ts';
import { countOn, type FrozenPlan, pastRequest, workOutBaseline } from './evaluate-counters.ts';
import type { EvaluationTools } from './evaluate-tools.ts';
import { keepPast, withKeptPast } from './history/kept-past.ts';
import { canonical } from './model/canonical-json.ts';
import type { MeasureReport } from './model/comparison.ts';
import { HistoryError, type PastIndex } from './model/history.ts';
import type { MeasurePlan } from './model/measure.ts';
import type { TouchedControl } from './savings/plan-overlaps.ts';
import type { Registered } from './savings/plan-registration.ts';
import { inForceFrom, keptReport, type MeasureStanding } from './savings/standing.ts';
import type { GramsPerKWh } from './units.ts';

export interface StandingInput extends EvaluationTools {
  /** As the configuration says it now. */
  readonly plan: MeasurePlan;
  readonly registered: Pick<Registered, 'registration' | 'changes'>;
  /** As it was frozen at the start; undefined before it, and where nobody kept it. */
  readonly frozen: FrozenPlan | undefined;
  /** What was known after the evaluation before, and is kept beside the plan. */
  readonly before: MeasureStanding | undefined;
  /** Seconds since 1970 UTC. */
  readonly now: number;
  /** METHOD_VERSION, and version of the program. */
  readonly method: string;
  readonly version: string;
  readonly factor?: GramsPerKWh | undefined;
  /** Plans that share hosts and time with it, and measures that are for hosts which it names as untouched. */
  readonly overlapping?: readonly MeasurePlan[] | undefined;
  readonly touched?: readonly TouchedControl[] | undefined;
  /**
   * Directory of its own that the history before the start is kept in when the baseline is frozen; left out: it is read
   * anew each time, and the report says if it reads otherwise.
   */
  readonly pastDirectory?: string | undefined;
  /** Is given each report whole; what is kept of it has less. */
  readonly onReport?: ((report: MeasureReport) => void) | undefined;
}

/** What comes in later than this after the end of an interval is not waited for, seconds. */
export const LATEST = 900;

/**
 * A measure as it stands now. The frozen plan has one baseline, worked out once, and counters that only grow; the plan as
 * it is has the report. What was said at a report date stands until the plan changes. Never throws but for an abort: a
 * failure is told as `problem`, and what stood before goes on to hold.
 */
export const evaluateStanding = async (input: StandingInput): Promise<MeasureStanding> => {
  const { plan, registered, before, now, method } = input;
  const { registration, changes } = registered;
  const last: MeasureStanding = {
    ...{ plan, registration, changes, problem: undefined },
    method: before?.method,
    evaluatedAt: before?.evaluatedAt,
    report: before?.report,
    baseline: ofFrozen(input)?.baseline,
    counters: ofFrozen(input)?.counters,
    past: ofFrozen(input)?.past,
  };
  let made = last;
  try {
    made = await counted(input, made);
    made = await reported(input, made);
    return { ...made, method, evaluatedAt: now };
  } catch (error) {
    input.signal?.throwIfAborted();
    return { ...made, problem: problemOf(error) };
  }
};

/** What is kept is of another plan where a new start froze another one. */
const ofFrozen = ({ before, frozen }: StandingInput): MeasureStanding | undefined =>
  before?.registration.hashAtStart === frozen?.sha256 ? before : undefined;

const counted = async (input: StandingInput, made: MeasureStanding): Promise<MeasureStanding> => {
  const { frozen, now, method } = input;
  const until = now - LATEST;
  if (frozen === undefined || frozen.plan.baseline.to > until) return made;
  // One that could not be fitted at all, such as without any data, is no baseline yet: it is tried again.
  const isFirst = made.counters === undefined || made.baseline?.isFitted === false;
  const past = isFirst ? await keptNow(input, frozen.plan) : made.past;
  const baseline = isFirst
    ? await workOutBaseline(withPast(input, past), withAdditions(input, frozen), now, method)
    : made.baseline;
  const isNew = isFirst && baseline?.isFitted !== false;
  const counters = await countOn(input, frozen.plan, baseline, isNew ? undefined : made.counters, until);
  return { ...made, past, baseline, counters };
};

/** Some 100 MB as text; a larger past is read anew each time. */
const MOST_HOST_INTERVALS = 1_000_000;

/** Randomised tests look at no time before their start. */
const keptNow = async (input: StandingInput, plan: MeasurePlan): Promise<PastIndex | undefined> => {
  const { engine, pastDirectory, signal } = input;
  if (pastDirectory === undefined || plan.schedule !== undefined) return undefined;
  const span = await engine.span({ hosts: plan.hosts }, signal);
  const request = pastRequest(plan, span && Math.ceil(span.from / plan.step) * plan.step);
  const { from, to } = request.window;
  if (((to - from) / plan.step) * request.hosts.length > MOST_HOST_INTERVALS) return undefined;
  return keepPast(engine, request, pastDirectory, signal);
};

const withPast = (input: StandingInput, past: PastIndex | undefined): StandingInput =>
  past === undefined || input.pastDirectory === undefined
    ? input
    : { ...input, engine: withKeptPast(input.engine, past, input.pastDirectory) };

/** Events are no part of the frozen text: they may be told later. */
const withAdditions = (
  { plan: { nonRoutine } }: StandingInput,
  { plan, sha256 }: FrozenPlan,
): FrozenPlan => ({
  plan: { ...plan, nonRoutine },
  sha256,
});

const reported = async (input: StandingInput, made: MeasureStanding): Promise<MeasureStanding> => {
  const { plan, registered, now, before, method } = input;
  const until = now - LATEST;
  const isOpen = until - inForceFrom(plan) < plan.step || plan.baseline.to > until;
  if (isOpen) return { ...made, report: undefined };
  const due = plan.reportAt.filter((at) => at <= until).at(-1);
  const { report, registration } = before ?? {};
  const isSaid =
    report?.isFinal === true &&
    report.asOf === due &&
    before?.problem === undefined &&
    canonical(plain([plan, registered.registration, method])) ===
      canonical(plain([report.plan, registration, before?.method]));
  if (isSaid) return made;
  const { registration: current } = registered;
  const seed = current.hashAtStart ?? current.hashNow;
  const full = await evaluateMeasure({
    ...withPast(input, made.past),
    registration: current,
    now: until,
    seed,
  });
  input.onReport?.(full);
  return { ...made, report: keptReport(full) };
};

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const problemOf = (error: unknown): { readonly reason: string; readonly fix: string } =>
  error instanceof HistoryError
    ? { reason: error.message, fix: error.fix }
    : {
        reason: error instanceof Error ? error.message : String(error),
        fix: 'this should not happen: please report it with the line of the log',
      };
