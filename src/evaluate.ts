import { designsOf } from './evaluate-designs.ts';
import { evaluateOverlap } from './evaluate-overlap.ts';
import { cut, readScope, type ScopeRead, type Windows } from './evaluate-scope.ts';
import type { EvaluationTools } from './evaluate-tools.ts';
import type { MeasureOutcome, MeasureReport, OverlapOutcome, Side } from './model/comparison.ts';
import type { Remark } from './model/estimate.ts';
import { HistoryError } from './model/history.ts';
import type { MeasurePlan, Registration } from './model/measure.ts';
import { chartOf } from './savings/chart-series.ts';
import { countFlags } from './savings/guard-figures.ts';
import { originOf } from './savings/guard-grid.ts';
import { meterFlags } from './savings/guard-meter.ts';
import { startFlags } from './savings/guard-plan.ts';
import { degradation } from './savings/guard-service.ts';
import { changeFlags, hostsLeftOut, leftOutOfWork } from './savings/hosts-left-out.ts';
import { hashSeries } from './savings/input-hash.ts';
import { compositionShift, missingRemarks } from './savings/missing.ts';
import { adjustmentUncertainty, eventRemarks, eventsOf } from './savings/non-routine.ts';
import { stipulationFlags } from './savings/off-hosts.ts';
import { OVERLAPPING, outcomeOf } from './savings/outcome.ts';
import type { TouchedControl } from './savings/plan-overlaps.ts';
import { planRefusals } from './savings/plan-validation.ts';
import type { ScopeSeries } from './savings/series.ts';
import { workOf } from './savings/sides.ts';
import { inForceFrom } from './savings/standing.ts';
import { keepIntervals } from './savings/switchback-blocks.ts';
import { shownInstant } from './savings/utc-instant.ts';
import { type GramsPerKWh, gramsPerKWh, seconds } from './units.ts';

export { type CompareInput, compareSides, weeksAround } from './evaluate-compare.ts';
export type { EvaluationTools } from './evaluate-tools.ts';
export type { Hasher } from './savings/input-hash.ts';

export interface EvaluateInput extends EvaluationTools {
  readonly plan: MeasurePlan;
  readonly registration: Registration;
  /** Now, seconds since 1970 UTC: the last report date before it is evaluated; before the first, what there is. */
  readonly now: number;
  readonly seed: string;
  readonly version: string;
  /** Used where the history kept no factor. */
  readonly factor?: GramsPerKWh | undefined;
  /** Plans that share hosts and time with this one. */
  readonly overlapping?: readonly MeasurePlan[] | undefined;
  /** Measures that changed hosts which this plan names as untouched: those are left out. */
  readonly touched?: readonly TouchedControl[] | undefined;
}

const DAY = 86_400;
/**
 * History before the baseline that intervals are calibrated on, in reporting windows: ten without overlap are needed
 * (reference of the method, 4.4), and twice as many leave room for gaps.
 */
export const CALIBRATION_WINDOWS = 20;

/** A planned measure at its last report date: every design that the plan allows, the strongest of them, a verdict. */
export const evaluateMeasure = async (input: EvaluateInput): Promise<MeasureReport> => {
  const { plan, registration, seed, version, engine } = input;
  const due = plan.reportAt.filter((at) => at <= input.now).at(-1);
  const windows = await windowsOf(input, due ?? input.now);
  const asOf = windows.after.to;
  const isByHost = plan.control.length > 0 || plan.schedule?.design === 'ab';
  const within = plan.schedule?.design === 'switchback' ? windows.after.from : undefined;
  const read = (hosts: readonly string[], from: number, to: number) =>
    readScope(input, { plan, hosts, windows, isByHost, isControl: false }, (done) =>
      input.onProgress?.(from + (to - from) * done),
    );
  const first = await read(plan.hosts, 0, 0.4);
  const left = hostsLeftOut(plan, first.records, within);
  const scope =
    left.hosts.length === 0
      ? first
      : await read(
          plan.hosts.filter((host) => !left.hosts.includes(host)),
          0.4,
          0.7,
        );
  const untouched = await controlOf(input, windows);
  const control = isRead(untouched) ? untouched : undefined;
  const known = withFactor(scope, input.factor);
  const designs = designsOf({
    ...{ plan, windows, seed, scope: known, control },
    controlRefusals: untouched === undefined || isRead(untouched) ? [] : untouched,
    onProgress: (done) => input.onProgress?.(0.9 + 0.1 * done),
  });
  const sides = sidesOf(input, known, windows, input.factor);
  const events = eventsOf(plan.nonRoutine, plan.hosts);
  const told = eventRemarks(plan, asOf);
  const changed = changeFlags(plan, scope.records);
  const service = serviceOf(plan, known);
  const windowsAfter = scope.records.map(({ after }) => after);
  const outcome = outcomeOf({
    ...{ plan, registration, designs, sides, before: known.before, after: known.after },
    uncertainty: adjustmentUncertainty(known.before, known.after, events),
    service,
    composition: compositionShift(scope.records),
    leftOut: leftOutOfWork(left.hosts.length, scope.records),
    didMeterVary: changed.some(({ flag }) => flag === 'meter_varied'),
    factors: { before: originOf(sides[0].factors), after: originOf(sides[1].factors) },
    flags: [
      ...left.flags,
      ...(within === undefined ? startFlags(known.before) : []),
      ...countFlags(
        scope.records.map(({ before }) => before),
        plan.step,
        'Before the start',
      ),
      ...countFlags(windowsAfter, plan.step, 'After it'),
      ...meterFlags(scope.records, plan.step, within !== undefined),
      ...stipulationFlags(windowsAfter, plan.residual, plan.step),
      ...changed,
      ...told.flags,
      ...standing(plan, due === asOf, known.after),
      ...touchedFlags(input.touched),
    ],
    refusals: [
      ...planRefusals(plan),
      ...left.refusals,
      ...missingRemarks([known.before, known.after], scope.records),
      ...told.refusals,
    ],
  });
  const overlap = await overlapWith(input, outcome, asOf);
  input.onProgress?.(1);
  return {
    ...(overlap === undefined ? {} : { overlap }),
    ...{ plan, registration, asOf, outcome, seed, version, isFinal: due === asOf },
    before: sides[0],
    after: sides[1],
    guards: plan.guards.map(({ name }, at) => ({ name, degradation: service[at] ?? Number.NaN })),
    charts: {
      before: chartOf(known.before, undefined),
      after: chartOf(known.after, outcome.estimate?.expectedSeries),
    },
    history: engine.about,
    inputs: {
      plan: registration.hashNow,
      // Of all hosts and the baseline alone: whether it still reads as it did when it was frozen.
      ...hashSeries('baseline', cut(first.raw, windows.before), input.newHash),
      ...hashSeries('scope', scope.raw, input.newHash),
      ...(control === undefined ? {} : hashSeries('control', control.raw, input.newHash)),
    },
  };
};

/** What measures on the same hosts avoided together, where this one can not be told by itself. */
const overlapWith = async (
  input: EvaluateInput,
  { refusals }: MeasureOutcome,
  asOf: number,
): Promise<OverlapOutcome | undefined> => {
  const { plan, overlapping = [] } = input;
  if (overlapping.length === 0 || !refusals.some(({ flag }) => flag === OVERLAPPING)) return undefined;
  const plans = [plan, ...overlapping];
  try {
    return await evaluateOverlap({ ...input, onProgress: undefined, plans, now: asOf });
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    return {
      ...{ measures: plans.map(({ name }) => name), hosts: 0, time: seconds(0), evidence: 'none' },
      ...{ joint: undefined, interval: undefined, parts: undefined },
      remarks: [{ flag: 'overlap_unknown', text: `${error.message}.`, remedy: error.fix }],
    };
  }
};

/**
 * Whole steps. The report begins when all of the scope has the measure; a ramp is left out. Throws HistoryError before
 * that: there is nothing to be judged yet.
 */
const windowsOf = async ({ plan, engine, signal }: EvaluateInput, until: number): Promise<Windows> => {
  const { step, baseline } = plan;
  const start = inForceFrom(plan);
  const up = (at: number): number => Math.ceil(at / step) * step;
  const down = (at: number): number => Math.floor(at / step) * step;
  const after = { from: up(start), to: down(until) };
  if (after.to <= after.from || baseline.to > until)
    throw new HistoryError(
      `${plan.name} is in force from ${shownInstant(start)} on, and its baseline ends on ${shownInstant(baseline.to)}: there is nothing to report yet`,
      `negawatt measure check ${plan.name} says what it could show`,
    );
  const before = { from: up(baseline.from), to: down(baseline.to) };
  const span = await engine.span({ hosts: plan.hosts }, signal);
  const oldest = before.from - CALIBRATION_WINDOWS * (after.to - after.from);
  const from = Math.min(before.from, Math.max(up(span?.from ?? before.from), oldest));
  // Whole days before the baseline, so that pretended windows begin at the same hours as the real ones.
  const days = Math.floor((before.from - from) / DAY) * DAY;
  return { before, after, whole: { from: before.from - days, to: after.to } };
};

/** Untouched hosts, without those that were silent or changed; where those are too many, why they are of no use. */
const controlOf = async (
  input: EvaluateInput,
  windows: Windows,
): Promise<ScopeRead | readonly Remark[] | undefined> => {
  const { plan, touched = [] } = input;
  const untouched = plan.control.filter((host) => !touched.some(({ hosts }) => hosts.includes(host)));
  if (untouched.length === 0) return undefined;
  const read = (hosts: readonly string[]) =>
    readScope(input, { plan, hosts, windows, isByHost: true, isControl: true }, (done) =>
      input.onProgress?.(0.7 + 0.2 * done),
    );
  const first = await read(untouched);
  const left = hostsLeftOut(plan, first.records);
  if (left.refusals.length > 0) return left.refusals;
  return left.hosts.length === 0 ? first : read(untouched.filter((host) => !left.hosts.includes(host)));
};

const isRead = (one: ScopeRead | readonly Remark[] | undefined): one is ScopeRead =>
  one !== undefined && 'raw' in one;

/** A constant factor for the reporting window of a history that kept none: what the grid did is not known then. */
const withFactor = (scope: ScopeRead, factor: GramsPerKWh | undefined): ScopeRead =>
  factor === undefined || scope.after.grid.some(Number.isFinite)
    ? scope
    : { ...scope, after: { ...scope.after, grid: new Float64Array(scope.after.length).fill(factor) } };

const sidesOf = (
  { plan }: EvaluateInput,
  { raw, sides }: ScopeRead,
  { before, after }: Windows,
  factor: GramsPerKWh | undefined,
): readonly [Side, Side] => {
  const mean = sides[1].meanFactor();
  const one = mean === undefined ? factor : gramsPerKWh(mean);
  return [
    { ...sides[0].result(one), work: workOf(cut(raw, before), plan.work) },
    { ...sides[1].result(one), work: workOf(cut(raw, after), plan.work) },
  ];
};

/** How much worse each guard is: with the measure on against off in an on/off test, after against before otherwise. */
const serviceOf = (plan: MeasurePlan, { before, after }: ScopeRead): readonly number[] => {
  if (plan.schedule?.design !== 'switchback')
    return plan.guards.map((_, guard) => degradation(before, after, guard));
  const { kept, blockOf, blocks } = keepIntervals(after, plan.schedule, plan.start);
  const arms = new Map(Array.from(kept, (at, place) => [at, blocks[blockOf[place] ?? 0]?.on === true]));
  return plan.guards.map((_, guard) =>
    degradation(
      after,
      after,
      guard,
      (at) => arms.get(at) === false,
      (at) => arms.get(at) === true,
    ),
  );
};

const touchedFlags = (touched: readonly TouchedControl[] = []) =>
  touched.map(({ other, hosts }) => ({
    flag: 'control_touched',
    text: `${other} changed ${hosts.length} of the untouched hosts (${hosts.slice(0, 3).join(', ')}${hosts.length > 3 ? ' and more' : ''}): left out of the control.`,
    remedy: 'Name control hosts that no measure is for.',
  }));

const standing = ({ withdrawn, boundary }: MeasurePlan, isFinal: boolean, after: ScopeSeries) => [
  ...(isFinal
    ? []
    : [
        {
          flag: 'provisional',
          text: 'This is no report date of the plan: the figure moves until then, and no verdict is given for good.',
          remedy: '',
        },
      ]),
  ...(withdrawn === undefined
    ? []
    : [{ flag: 'withdrawn', text: `The measure was given up: ${withdrawn}.`, remedy: '' }]),
  ...(boundary !== 'facility' && !after.pue.some(Number.isFinite)
    ? [
        {
          flag: 'it_only',
          text: 'No PUE is known: CO2e is that of the hosts, without cooling and supply of the site.',
          remedy: 'State the PUE of the site (site.pue).',
        },
      ]
    : []),
];
