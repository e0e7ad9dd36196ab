import { CALIBRATION_WINDOWS } from './evaluate.ts';
import { cut } from './evaluate-scope.ts';
import { type EvaluationTools, readInto } from './evaluate-tools.ts';
import type { HistoryRequest, TimeWindow } from './model/history.ts';
import type { MeasurePlan } from './model/measure.ts';
import { noCounters, withChunk } from './savings/counters.ts';
import { freezeBaseline } from './savings/frozen-baseline.ts';
import { eventsOf, withoutEvents } from './savings/non-routine.ts';
import { plausibleHistory } from './savings/plausible.ts';
import { buildScope } from './savings/scope-series.ts';
import { type FrozenBaseline, inForceFrom, type SavingsCounters } from './savings/standing.ts';

const DAY = 86_400;

export interface FrozenPlan {
  readonly plan: MeasurePlan;
  readonly sha256: string;
}

const windowOf = ({ baseline, step }: MeasurePlan): TimeWindow => ({
  from: Math.ceil(baseline.from / step) * step,
  to: Math.floor(baseline.to / step) * step,
});

/**
 * All that an evaluation of a plan reads of the time before its start, at any of its report dates: baseline, and what
 * intervals are calibrated on, of the scope and of untouched hosts. @param oldest first instant with energy.
 */
export const pastRequest = (plan: MeasurePlan, oldest: number | undefined): HistoryRequest => {
  const { hosts, control, step, work, drivers, guards, reportAt } = plan;
  const window = windowOf(plan);
  const longest = CALIBRATION_WINDOWS * Math.max(0, (reportAt.at(-1) ?? 0) - inForceFrom(plan));
  const from = Math.min(window.from, Math.max(oldest ?? window.from, window.from - longest));
  const days = Math.ceil((window.from - from) / DAY);
  return {
    window: { from: window.from - days * DAY, to: window.to },
    hosts: [...new Set([...hosts, ...control])].sort(),
    ...{ step, work, drivers, guards },
  };
};

/**
 * Works out the baseline of a frozen plan, once: from then on it is kept. Undefined where the plan compares no before
 * with no after (randomised in time or hosts), or counts no work. Throws HistoryError.
 *
 * @param now seconds since 1970 UTC, after the end of the baseline. @param method METHOD_VERSION.
 */
export const workOutBaseline = async (
  tools: EvaluationTools,
  { plan, sha256 }: FrozenPlan,
  now: number,
  method: string,
): Promise<FrozenBaseline | undefined> => {
  const { schedule, work, drivers, guards, hosts, step, residual } = plan;
  if (schedule !== undefined || work.length === 0) return undefined;
  const span = await tools.engine.span({ hosts }, tools.signal);
  const { window } = pastRequest(plan, span && Math.ceil(span.from / step) * step);
  const scope = buildScope({
    ...{ window, step, hosts, residual },
    ...{ work: work.length, drivers: drivers.length, guards: guards.length },
  });
  await readInto(tools, { window, step, hosts, work, drivers, guards }, [scope], () => {});
  const history = withoutEvents(scope.series, eventsOf(plan.nonRoutine, hosts));
  const from = inForceFrom(plan);
  return freezeBaseline({
    history,
    series: cut(history, windowOf(plan)),
    raw: cut(scope.series, windowOf(plan)),
    start: from,
    reports: plan.reportAt.map((at) => at - from).filter((length) => length > 0),
    names: { work: work.map(({ unit }) => unit), drivers: drivers.map(({ name }) => name) },
    ...{ planSha256: sha256, at: now, method, newHash: tools.newHash },
  });
};

/**
 * Counters up to the last full interval before `until`, from those of the evaluation before: only what came since is
 * read, and the first time the baseline too, by which hosts are known well enough to tell what no meter says. Throws
 * HistoryError, and then the ones before still hold.
 */
export const countOn = async (
  tools: EvaluationTools,
  plan: MeasurePlan,
  baseline: FrozenBaseline | undefined,
  before: SavingsCounters | undefined,
  until: number,
): Promise<SavingsCounters> => {
  let counters = before ?? noCounters(plan, baseline);
  const { step, hosts, work, drivers, guards } = plan;
  const to = Math.floor(until / step) * step;
  if (to <= counters.until) return counters;
  const { usual } = counters;
  const from = usual === undefined ? Math.min(windowOf(plan).from, counters.until) : counters.until;
  const plausible = plausibleHistory(usual);
  const add = (chunk: Parameters<typeof withChunk>[3]): void => {
    counters = withChunk(counters, plan, baseline, chunk);
  };
  const request = { window: { from, to }, step, hosts, work, drivers, guards };
  await readInto(tools, request, [{ add }], () => {}, plausible);
  return { ...counters, usual: plausible.kept() };
};
