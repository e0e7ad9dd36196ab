import { type EvaluationTools, type Reader, readInto } from './evaluate-tools.ts';
import type { Comparison, MeasureOutcome, Side } from './model/comparison.ts';
import type { Remark } from './model/estimate.ts';
import type { TimeWindow, WorkTerm } from './model/history.ts';
import type { MeasurePlan } from './model/measure.ts';
import { adjustedBaseline } from './savings/adjusted-baseline.ts';
import { chartOf } from './savings/chart-series.ts';
import { comparisonSentence } from './savings/comparison-words.ts';
import { countFlags } from './savings/guard-figures.ts';
import { factorRemarks, originOf } from './savings/guard-grid.ts';
import { meterFlags } from './savings/guard-meter.ts';
import { buildLedger, type HostLedger, type HostRecord } from './savings/host-ledger.ts';
import { changeFlags, hostsLeftOut, leftOutOfWork } from './savings/hosts-left-out.ts';
import { hashSeries } from './savings/input-hash.ts';
import { compositionShift, missingRemarks } from './savings/missing.ts';
import { outcomeOf } from './savings/outcome.ts';
import { ASSUMED_RESIDUAL } from './savings/plan-defaults.ts';
import { plausibleHistory } from './savings/plausible.ts';
import { seededRandom } from './savings/random.ts';
import { buildScope, type ScopeBuilder } from './savings/scope-series.ts';
import { buildSide, type SideBuilder, workOf } from './savings/sides.ts';
import { type GramsPerKWh, gramsPerKWh } from './units.ts';

const WEEK = 7 * 86_400;
const UNPLANNED = { kind: 'other', nonRoutine: [] } as const;

export interface CompareInput extends EvaluationTools {
  readonly before: { readonly label: string; readonly window: TimeWindow; readonly hosts: readonly string[] };
  readonly after: { readonly label: string; readonly window: TimeWindow; readonly hosts: readonly string[] };
  readonly work: readonly WorkTerm[];
  readonly step: number;
  /** One factor for both sides; left out: the mean of both, where the history kept one. */
  readonly factor?: GramsPerKWh | undefined;
  readonly factorSource?: string | undefined;
  readonly seed: string;
  readonly version: string;
  /** The command that would give stronger evidence, for the last line. */
  readonly next: string;
}

interface Half {
  readonly side: SideBuilder;
  readonly scope: ScopeBuilder;
}

/**
 * Two windows, or two sets of hosts, beside each other. Without a plan it is a change, not yet a saving; at the same work
 * an estimate of at most grade D, for the same hosts before and after.
 */
export const compareSides = (input: CompareInput): Promise<Comparison> => compareWithout(input, 0);

/** @param left hosts that were left out of both sides before. */
const compareWithout = async (input: CompareInput, left: number): Promise<Comparison> => {
  const { before, after, work, step, price, onProgress } = input;
  const residual = ASSUMED_RESIDUAL;
  const halfOf = ({ label, window, hosts }: CompareInput['before']): Half => ({
    side: buildSide({ label, window, step, hosts, work, residual, price }),
    scope: buildScope({ window, step, hosts, work: work.length, drivers: 0, guards: 0, residual }),
  });
  const [first, second] = [halfOf(before), halfOf(after)];
  const isApart = before.window.to <= after.window.from;
  const plausible = plausibleHistory();
  const isSameHosts = sameNames(before.hosts, after.hosts);
  const isOneWindow = before.window.from === after.window.from && before.window.to === after.window.to;
  const ledger = buildLedger(before.hosts, before.window, after.window, residual);
  const read = (
    { window, hosts }: CompareInput['before'],
    { side, scope }: Half,
    ledgers: readonly HostLedger[],
    done: (share: number) => void,
  ) =>
    readInto(
      input,
      { window, step, hosts, work, drivers: [], guards: [] },
      [side, scope, ...ledgers] satisfies readonly Reader[],
      done,
      isApart ? plausible : undefined,
    );
  // In order of time, so that what changed is seen as it came. Pools of one window are read apart: work counted by a
  // query is that of the hosts that it was asked for.
  const ledgers = isSameHosts ? [ledger] : [];
  const isInOrder = before.window.from <= after.window.from;
  const readFirst = () => read(before, first, ledgers, (done) => onProgress?.(done / 2));
  const readSecond = () => read(after, second, ledgers, (done) => onProgress?.(0.5 + done / 2));
  if (isInOrder) {
    await readFirst();
    await readSecond();
  } else {
    await readSecond();
    await readFirst();
  }
  const records = ledger.records();
  const leave = isSameHosts ? hostsLeftOut(UNPLANNED, records) : undefined;
  if (leave !== undefined && leave.hosts.length > 0) {
    const without = (one: CompareInput['before']) => ({
      ...one,
      hosts: one.hosts.filter((host) => !leave.hosts.includes(host)),
    });
    const fewer = { ...input, before: without(before), after: without(after) };
    const made = await compareWithout(fewer, left + leave.hosts.length);
    return { ...made, remarks: [...leave.flags, ...made.remarks] };
  }
  const [was, is] = [first, second].map(({ side }) => originOf(side.result(undefined).factors));
  // One stated factor is that of both sides.
  const asBooked = input.factor === undefined ? factorRemarks(was, is) : NOTHING_TO_SAY;
  const kept = asBooked.isRefused ? undefined : meanOf([first.side.meanFactor(), second.side.meanFactor()]);
  const factor = input.factor ?? (kept === undefined ? undefined : gramsPerKWh(kept));
  const sideOf = ({ side, scope }: Half): Side => {
    const made = side.result(factor);
    return { ...made, work: workOf(scope.series, work) };
  };
  const sides = [sideOf(first), sideOf(second)] as const;
  const isCounted =
    work.length > 0 &&
    [first, second].every(({ scope }) => scope.series.work.every((column) => column.some(Number.isFinite)));
  const [scopeBefore, scopeAfter] = [first.scope.series, second.scope.series];
  const adjusted =
    isCounted && isApart && isSameHosts
      ? adjustedOutcome(input, [first, second], sides, { records, left })
      : undefined;
  const perDay = before.window.to - before.window.from !== after.window.to - after.window.from;
  return {
    ...{ before: sides[0], after: sides[1], factor, perDay, adjusted, next: input.next },
    grade: adjusted?.estimate === undefined ? 'E' : 'D',
    remarks: unique([...remarksOf(sides, adjusted, isSameHosts ? records : [], step), ...asBooked.flags]),
    charts: {
      before: chartOf(scopeBefore, undefined),
      after: chartOf(scopeAfter, adjusted?.estimate?.expectedSeries),
    },
    history: input.engine.about,
    inputs: {
      ...hashSeries('before', scopeBefore, input.newHash),
      ...hashSeries('after', scopeAfter, input.newHash),
    },
    ...{ seed: input.seed, version: input.version },
    factorSource: input.factorSource ?? (factor === undefined ? '' : 'mean of both sides, as booked'),
    sentence: comparisonSentence({ sides, perDay, isOneWindow: !isSameHosts || isOneWindow, adjusted }),
  };
};

const NOTHING_TO_SAY = { flags: [], isRefused: false } as const;

/** Each remark once: an estimate may have made it already. */
const unique = (remarks: readonly Remark[]): readonly Remark[] => [
  ...new Map(remarks.map((one) => [`${one.flag} ${one.text}`, one])).values(),
];

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name) => b.includes(name));

const meanOf = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
};

/** What a reader must know of both sides, whether or not there is an estimate. */
const remarksOf = (
  sides: readonly [Side, Side],
  adjusted: MeasureOutcome | undefined,
  records: readonly HostRecord[],
  step: number,
): readonly Remark[] => {
  const left = hostsLeftOut(UNPLANNED, records);
  const remarks: Remark[] = [
    ...(adjusted?.refusals ?? left.refusals),
    ...(adjusted?.flags ?? [
      ...left.flags,
      ...countFlags(
        records.map(({ before }) => before),
        step,
        'Before',
      ),
      ...countFlags(
        records.map(({ after }) => after),
        step,
        'After',
      ),
      ...meterFlags(records, step),
    ]),
  ];
  const [then, now] = sides.map(({ meters }) => meters.join(', '));
  if (records.length === 0 && then !== now && then !== '' && now !== '')
    remarks.push({
      flag: 'meters_differ',
      text: `Energy is counted by ${then} on the one side and by ${now} on the other: two meters differ by more than most savings.`,
      remedy: 'Compare hosts with the same meter.',
    });
  const qualities = new Set(sides.map(({ quality }) => quality));
  if (qualities.has('estimated'))
    remarks.push({
      flag: 'estimated_power',
      text: 'Energy of some hosts is worked out from their load and not metered.',
      remedy: 'Meter these hosts: negawatt doctor says how.',
    });
  return remarks;
};

/** At the work of the after side, without a plan: at most grade D. */
const adjustedOutcome = (
  input: CompareInput,
  [first, second]: readonly [Half, Half],
  sides: readonly [Side, Side],
  known: { readonly records: readonly HostRecord[]; readonly left: number },
): MeasureOutcome => {
  const { records } = known;
  const plan = adHocPlan(input);
  const [before, after] = [first.scope.series, second.scope.series];
  const design = adjustedBaseline({
    terms: { work: input.work.map(({ unit }) => unit), drivers: [] },
    ...{ before, after, histories: [before] },
    random: seededRandom(input.seed),
  });
  const left = hostsLeftOut(plan, records);
  const changed = changeFlags(plan, records);
  return outcomeOf({
    ...{ plan, registration: undefined, designs: [design], before, after, sides },
    ...{ uncertainty: 0, service: [], composition: compositionShift(records) },
    leftOut: leftOutOfWork(known.left, records),
    didMeterVary: changed.some(({ flag }) => flag === 'meter_varied'),
    // One stated factor is that of both sides.
    factors:
      input.factor === undefined
        ? { before: originOf(sides[0].factors), after: originOf(sides[1].factors) }
        : undefined,
    flags: [
      ...countFlags(
        records.map((record) => record.before),
        input.step,
        'Before',
      ),
      ...countFlags(
        records.map((record) => record.after),
        input.step,
        'After',
      ),
      ...meterFlags(records, input.step),
      ...changed,
    ],
    refusals: [...left.refusals, ...missingRemarks([before, after], records)],
  });
};

/** What holds of a comparison that nobody planned. */
const adHocPlan = ({ before, after, work, step }: CompareInput): MeasurePlan => ({
  name: 'comparison',
  kind: 'other',
  ...{ selector: { hosts: after.hosts }, hosts: after.hosts, controlSelector: undefined, control: [] },
  ...{ baseline: before.window, start: after.window.from, ramp: [], schedule: undefined },
  ...{ work, drivers: [], guards: [], boundary: 'host', option: 'B', residual: ASSUMED_RESIDUAL },
  ...{ reportAt: [after.window.to], step, nonRoutine: [], overlaps: [], overrides: {}, withdrawn: undefined },
});

/** Whole weeks before and after a date, of the same length: as many as there are, four at most. */
export const weeksAround = (at: number, span: TimeWindow): readonly [TimeWindow, TimeWindow] => {
  const weeks = Math.max(
    1,
    Math.min(4, Math.floor((at - span.from) / WEEK), Math.floor((span.to - at) / WEEK)),
  );
  return [
    { from: at - weeks * WEEK, to: at },
    { from: at, to: at + weeks * WEEK },
  ];
};
