import type { Comparison, MeasureOutcome, MeasureReport, Side } from './model/comparison.ts';
import type { DesignOutcome, Remark } from './model/estimate.ts';
import {
  type HistoryChunk,
  type HistoryEngine,
  HistoryError,
  type TimeWindow,
  type WorkTerm,
} from './model/history.ts';
import type { MeasurePlan, Registration } from './model/measure.ts';
import { adjustedBaseline } from './savings/adjusted-baseline.ts';
import { comparisonSentence } from './savings/comparison-words.ts';
import { differences } from './savings/differences.ts';
import { planReasons, sidesAgree } from './savings/guards.ts';
import type { HostHalves } from './savings/host-model.ts';
import { ASSUMED_RESIDUAL } from './savings/plan-defaults.ts';
import { pools } from './savings/pools.ts';
import { seededRandom } from './savings/random.ts';
import { buildScope, type ScopeBuilder } from './savings/scope-series.ts';
import { type ScopeSeries, slice } from './savings/series.ts';
import { buildSide, type SideBuilder, type SideInput } from './savings/sides.ts';
import { switchback } from './savings/switchback.ts';
import { syntheticControl } from './savings/synthetic-control.ts';
import { outcomeOf } from './savings/verdict.ts';
import { type GramsPerKWh, gramsPerKWh } from './units.ts';

/** Hash of what is fed to it piece by piece, as hexadecimal text at its end. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  hex(): string;
}

export interface EvaluationTools {
  readonly engine: HistoryEngine;
  readonly newHash: () => Hasher;
  /** Price of a kWh at an instant, seconds since 1970 UTC. */
  readonly price?: SideInput['price'];
  /** Share of the work that is done, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DAY = 86_400;
const WEEK = 7 * DAY;
/** History before the baseline that is asked for: a year, in which ten windows of four weeks have room. */
const CALIBRATION = 365 * DAY;

/** Columns as bytes: two histories with the same hash are the same numbers. */
const hashOf = (series: ScopeSeries, tools: EvaluationTools): string => {
  const hash = tools.newHash();
  const { energy, demanded, coverage, grid, pue, work, drivers, guards } = series;
  for (const column of [energy, demanded, coverage, grid, pue, ...work, ...drivers, ...guards])
    hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  return hash.hex();
};

/** Reads a window once and hands every chunk to whoever adds it up. */
const readInto = async (
  tools: EvaluationTools,
  request: Parameters<HistoryEngine['read']>[0],
  builders: readonly { add(chunk: HistoryChunk): void }[],
  progress: (done: number) => void,
): Promise<void> => {
  const { from, to } = request.window;
  for await (const chunk of tools.engine.read(request, tools.signal)) {
    for (const builder of builders) builder.add(chunk);
    progress((chunk.from + chunk.length * chunk.step - from) / Math.max(to - from, 1));
  }
};

export interface CompareInput extends EvaluationTools {
  readonly before: { readonly label: string; readonly window: TimeWindow; readonly hosts: readonly string[] };
  readonly after: { readonly label: string; readonly window: TimeWindow; readonly hosts: readonly string[] };
  readonly work: readonly WorkTerm[];
  readonly step: number;
  /** One factor for both sides; left out: the mean of both, where the history kept one. */
  readonly factor?: GramsPerKWh | undefined;
  readonly factorSource?: string | undefined;
  readonly seed: string;
  /** The command that would give stronger evidence, for the last line. */
  readonly next: string;
}

/** Two windows, or two sets of hosts, beside each other. Without a plan it is a change, not yet a saving. */
export const compareSides = async (input: CompareInput): Promise<Comparison> => {
  const { before, after, work, step, price, onProgress } = input;
  const residual = ASSUMED_RESIDUAL;
  const sideOf = ({ label, window, hosts }: CompareInput['before']): SideBuilder =>
    buildSide({ label, window, step, hosts, work, residual, price });
  const scopeOf = ({ window, hosts }: CompareInput['before']): ScopeBuilder =>
    buildScope({ window, step, hosts, work: work.length, drivers: 0, guards: 0, residual });
  const [first, second] = [sideOf(before), sideOf(after)];
  const [scopeBefore, scopeAfter] = [scopeOf(before), scopeOf(after)];
  const isOneWindow = before.window.from === after.window.from && before.window.to === after.window.to;
  const asked = (window: TimeWindow, hosts: readonly string[]) => ({
    ...{ window, step, hosts, work, drivers: [], guards: [] },
  });
  if (isOneWindow) {
    const hosts = [...new Set([...before.hosts, ...after.hosts])].sort();
    await readInto(input, asked(before.window, hosts), [first, second, scopeBefore, scopeAfter], (done) =>
      onProgress?.(done),
    );
  } else {
    await readInto(input, asked(before.window, before.hosts), [first, scopeBefore], (done) =>
      onProgress?.(done / 2),
    );
    await readInto(input, asked(after.window, after.hosts), [second, scopeAfter], (done) =>
      onProgress?.(0.5 + done / 2),
    );
  }
  const kept = meanOf([first.meanFactor(), second.meanFactor()]);
  const factor = input.factor ?? (kept === undefined ? undefined : gramsPerKWh(kept));
  const sides = [first.result(factor), second.result(factor)] as const;
  const adjusted =
    isOneWindow || work.length === 0 || sides.some((side) => side.work.length === 0)
      ? undefined
      : adjustedOutcome(input, scopeBefore.series, scopeAfter.series, sides);
  const judged = sidesAgree(...sides);
  const perDay = before.window.to - before.window.from !== after.window.to - after.window.from;
  // That no plan was made is in the sentence; how often the method is right was not asked.
  const told =
    adjusted?.flags.filter(({ flag }) => flag !== 'model_only' && flag !== 'coverage_unknown') ?? [];
  const remarks = [...judged.refusals, ...judged.flags, ...notes(sides), ...told];
  const grade = adjusted?.estimate === undefined ? 'E' : 'D';
  return {
    ...{ before: sides[0], after: sides[1], factor, perDay, grade, adjusted, remarks, next: input.next },
    factorSource: input.factorSource ?? (factor === undefined ? '' : 'mean of both sides, as booked'),
    sentence: comparisonSentence({ sides, perDay, isOneWindow, adjusted }),
  };
};

const meanOf = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
};

const notes = ([first, second]: readonly [Side, Side]): readonly Remark[] =>
  first.quality === 'estimated' || second.quality === 'estimated'
    ? [
        {
          flag: 'estimated_power',
          text: 'Energy is estimated by a model, not metered.',
          remedy: 'Meter these hosts: negawatt doctor says how.',
        },
      ]
    : [];

/** At the work of the after side, without a plan: at most grade D. */
const adjustedOutcome = (
  input: CompareInput,
  before: ScopeSeries,
  after: ScopeSeries,
  sides: readonly [Side, Side],
): MeasureOutcome => {
  const terms = { work: input.work.map(({ unit }) => unit), drivers: [] };
  const design = adjustedBaseline({
    ...{ terms, before, after, histories: [before] },
    random: seededRandom(input.seed),
  });
  const none: Registration = { hashAtStart: undefined, frozenAt: undefined, hashNow: '' };
  const plan = adHocPlan(input);
  return outcomeOf({
    ...{ plan, designs: [design], before, after },
    sides: sidesAgree(...sides),
    reasons: planReasons(none, plan, sides),
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

export interface EvaluateInput extends EvaluationTools {
  readonly plan: MeasurePlan;
  readonly registration: Registration;
  /** Now, seconds since 1970 UTC: the last report date before it is evaluated; before the first, what there is. */
  readonly now: number;
  readonly seed: string;
  readonly version: string;
}

/** A planned measure at its last report date: every design that the plan allows, the strongest of them, a verdict. */
export const evaluateMeasure = async (input: EvaluateInput): Promise<MeasureReport> => {
  const { plan, registration, now, seed, version, engine } = input;
  const { step, hosts, control, work, drivers, guards, baseline, start } = plan;
  const due = plan.reportAt.filter((at) => at <= now).at(-1);
  const asOf = Math.floor((due ?? Math.min(now, plan.reportAt[0] ?? now)) / step) * step;
  if (asOf <= start)
    throw new HistoryError(
      `${plan.name} starts at ${new Date(start * 1000).toISOString()}: there is nothing to report yet`,
      `negawatt measure check ${plan.name} says what it could show`,
    );
  const span = await engine.span({ hosts }, input.signal);
  const oldest = span === undefined ? baseline.from : Math.ceil(span.from / step) * step;
  // The history that the interval is calibrated on ends with the baseline.
  const from = Math.min(
    baseline.from,
    Math.max(oldest, baseline.to - CALIBRATION - (baseline.to - baseline.from)),
  );
  const whole: TimeWindow = { from, to: asOf };
  const all = [...new Set([...hosts, ...control])].sort();
  const shape = {
    step,
    work: work.length,
    drivers: drivers.length,
    guards: guards.length,
    residual: plan.residual,
  };
  const scope = buildScope({ ...shape, window: whole, hosts });
  const needsHosts = control.length > 0 || plan.schedule?.design === 'ab';
  const apart = needsHosts
    ? all.map((host) => buildScope({ ...shape, window: whole, hosts: [host], ownWork: true }))
    : [];
  const after: TimeWindow = { from: start, to: asOf };
  const sideOf = (label: string, window: TimeWindow): SideBuilder =>
    buildSide({ label, window, step, hosts, work, residual: plan.residual, price: input.price });
  const [first, second] = [sideOf('before', baseline), sideOf('after', after)];
  await readInto(
    input,
    { window: whole, step, hosts: all, work, drivers, guards },
    [scope, ...apart, first, second],
    (done) => input.onProgress?.(0.9 * done),
  );
  const cut = (series: ScopeSeries, window: TimeWindow): ScopeSeries =>
    slice(series, Math.round((window.from - from) / step), Math.round((window.to - from) / step));
  const [seriesBefore, seriesAfter] = [cut(scope.series, baseline), cut(scope.series, after)];
  const factor = second.meanFactor();
  const sides = [first, second].map((side) =>
    side.result(factor === undefined ? undefined : gramsPerKWh(factor)),
  ) as unknown as readonly [Side, Side];
  const halves = apart.map(
    ({ series }, at): HostHalves => ({
      host: all[at] ?? '',
      before: cut(series, baseline),
      after: cut(series, after),
    }),
  );
  const past = { from, to: baseline.to };
  const untouched = apart.flatMap(({ series }, at) =>
    control.includes(all[at] ?? '') ? [cut(series, whole)] : [],
  );
  const designs = designsOf(plan, seed, {
    ...{ scope: scope.series, before: seriesBefore, after: seriesAfter, halves },
    histories: [cut(scope.series, past), ...untouched],
  });
  const reasons = planReasons(registration, plan, sides);
  const outcome = outcomeOf({
    ...{ plan, designs, before: seriesBefore, after: seriesAfter, reasons },
    sides: sidesAgree(...sides),
  });
  input.onProgress?.(1);
  const chart = (series: ScopeSeries, expected: Float64Array | undefined) => ({
    ...{ from: series.from, step, energy: series.energy, expected, work: series.work[0] },
  });
  return {
    ...{ plan, registration, asOf, outcome, seed, version },
    isFinal: due === asOf,
    before: sides[0],
    after: sides[1],
    charts: {
      before: chart(seriesBefore, undefined),
      after: chart(seriesAfter, outcome.estimate?.expectedSeries),
    },
    history: engine.about,
    inputs: { scope: hashOf(scope.series, input), plan: registration.hashNow },
  };
};

interface Material {
  readonly scope: ScopeSeries;
  readonly before: ScopeSeries;
  readonly after: ScopeSeries;
  readonly halves: readonly HostHalves[];
  readonly histories: readonly ScopeSeries[];
}

/** Every design that the plan allows, the strongest first. */
const designsOf = (plan: MeasurePlan, seed: string, material: Material): readonly DesignOutcome[] => {
  const { schedule, hosts, control, work, drivers } = plan;
  const { before, after, halves, histories } = material;
  const terms = { work: work.map(({ unit }) => unit), drivers: drivers.map(({ name }) => name) };
  const of = (names: readonly string[]) => halves.filter(({ host }) => names.includes(host));
  const found: DesignOutcome[] = [];
  if (schedule?.design === 'switchback')
    // Half of the time it is off: before and after would compare two things at once.
    return [switchback({ series: after, schedule, start: plan.start, seed: `${seed} switchback` })];
  if (schedule?.design === 'ab') found.push(pools({ hosts: of(hosts), schedule, seed: `${seed} pools` }));
  if (control.length > 0) {
    found.push(differences({ treated: of(hosts), control: of(control), seed: `${seed} differences` }));
    found.push(syntheticControl({ treated: of(hosts), donors: of(control) }));
  }
  found.push(adjustedBaseline({ terms, before, after, histories, random: seededRandom(`${seed} baseline`) }));
  return found;
};

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
