import { canonical } from '../model/canonical-json.ts';
import type { MeasurePlan, NonRoutineEvent } from '../model/measure.ts';
import { utcInstant } from './utc-instant.ts';

/** What was worked out by whom: part of the plan, because another engine may give another figure. */
export interface PlanEngine {
  /** Version of the method (`METHOD_VERSION`). */
  readonly version: string;
  /** Texts of the queries that the history asks, by what they give; empty for files. */
  readonly queries: Readonly<Record<string, string>>;
}

/** What may be added to a plan after its start, and never be changed or taken away. */
export type Additions = Pick<MeasurePlan, 'nonRoutine' | 'overlaps' | 'overrides' | 'withdrawn'>;

const FORMAT = 'negawatt-plan-1';

const byText = (items: readonly unknown[]): readonly unknown[] =>
  items
    .map((item) => ({ item, text: canonical(item) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ item }) => item);

const iso = (instants: readonly number[]): readonly string[] => instants.map(utcInstant);

/**
 * The plan as text that is hashed: keys sorted, instants in UTC, lists of which the order means nothing sorted. The same
 * for the same plan, however it was written. What may be added later is not in it (`additionsText`).
 */
export const planText = (plan: MeasurePlan, engine: PlanEngine): string => {
  const { nonRoutine, overlaps, overrides, withdrawn, ...fixed } = plan;
  const { baseline, selector, controlSelector, schedule } = plan;
  const sorted = <T extends { readonly hosts?: readonly string[] }>(of: T): T =>
    of.hosts === undefined ? of : { ...of, hosts: [...of.hosts].sort() };
  return canonical({
    format: FORMAT,
    engine: engine.version,
    queries: engine.queries,
    plan: {
      ...fixed,
      selector: sorted(selector),
      hosts: [...plan.hosts].sort(),
      controlSelector: controlSelector && sorted(controlSelector),
      control: [...plan.control].sort(),
      baseline: { from: utcInstant(baseline.from), to: utcInstant(baseline.to) },
      start: utcInstant(plan.start),
      ramp: plan.ramp.map(([at, share]) => [utcInstant(at), share]),
      schedule: schedule?.design === 'ab' ? { ...schedule, treated: [...schedule.treated].sort() } : schedule,
      work: byText(plan.work),
      drivers: byText(plan.drivers),
      guards: byText(plan.guards),
      reportAt: iso(plan.reportAt),
    },
  });
};

const eventText = (event: NonRoutineEvent): unknown => ({
  ...event,
  at: utcInstant(event.at),
  ...(event.until === undefined ? {} : { until: utcInstant(event.until) }),
});

/** One text for each thing that was added, so that two lists can be held against each other; sorted. */
export const additionsText = ({ nonRoutine, overlaps, overrides, withdrawn }: Additions): readonly string[] =>
  [
    ...nonRoutine.map((event) => `nonroutine ${canonical(eventText(event))}`),
    ...overlaps.map((name) => `overlaps ${canonical(name)}`),
    ...Object.entries(overrides).map((entry) => `overrides ${canonical(entry)}`),
    ...(withdrawn === undefined ? [] : [`withdrawn ${canonical(withdrawn)}`]),
  ].sort();

/** The plan that a text of `planText` holds, with nothing added; undefined where it is no such text. */
export const readPlanText = (
  text: string,
): { readonly plan: MeasurePlan; readonly engine: PlanEngine } | undefined => {
  try {
    const { format, engine, queries, plan } = JSON.parse(text) as {
      readonly format: unknown;
      readonly engine: string;
      readonly queries: PlanEngine['queries'];
      readonly plan: Readonly<Record<string, unknown>>;
    };
    if (format !== FORMAT) return undefined;
    const at = (value: unknown): number => Date.parse(String(value)) / 1000;
    const window = plan.baseline as Readonly<Record<string, unknown>>;
    const read = {
      ...plan,
      controlSelector: plan.controlSelector,
      schedule: plan.schedule,
      baseline: { from: at(window.from), to: at(window.to) },
      start: at(plan.start),
      ramp: (plan.ramp as readonly [string, number][]).map(([when, share]) => [at(when), share]),
      reportAt: (plan.reportAt as readonly string[]).map(at),
      ...{ nonRoutine: [], overlaps: [], overrides: {}, withdrawn: undefined },
    } as unknown as MeasurePlan;
    const isWhole = Number.isFinite(read.start) && Array.isArray(read.hosts) && typeof read.name === 'string';
    return isWhole ? { plan: read, engine: { version: engine, queries } } : undefined;
  } catch {
    return undefined;
  }
};
