import { type EvaluationTools, readInto } from './evaluate-tools.ts';
import type { OverlapOutcome } from './model/comparison.ts';
import { HistoryError } from './model/history.ts';
import type { MeasurePlan } from './model/measure.ts';
import { eventsOf, withoutEvents } from './savings/non-routine.ts';
import { overlapOf } from './savings/overlap-model.ts';
import { buildScope } from './savings/scope-series.ts';
import { armAt } from './savings/switchback-arm.ts';

export interface OverlapAsked extends EvaluationTools {
  /** Plans that share hosts and time; their work and drivers are those of the first. */
  readonly plans: readonly MeasurePlan[];
  /** End of the report, seconds since 1970 UTC. */
  readonly now: number;
}

/**
 * What measures that share hosts avoided together while all were in force, and what of it each did, as far as the evidence
 * goes: one model of the hosts that all of them are for. Model intervals alone, so grade D at most. Throws HistoryError
 * where no host is in all of them, or they count time in different steps.
 */
export const evaluateOverlap = async (asked: OverlapAsked): Promise<OverlapOutcome> => {
  const { plans, now } = asked;
  const [first, ...others] = plans;
  const names = plans.map(({ name }) => name).join(' and ');
  if (first === undefined || others.length === 0)
    throw new HistoryError('one measure overlaps with none', 'Name two measures or more.');
  const { step, work, drivers, residual } = first;
  const hosts = first.hosts.filter((host) => others.every((plan) => plan.hosts.includes(host)));
  if (hosts.length === 0 || others.some((plan) => plan.step !== step))
    throw new HistoryError(
      hosts.length === 0 ? `${names} share no host` : `${names} count time in different steps`,
      hosts.length === 0 ? 'Look at each of them by itself.' : 'Give their plans the same step.',
    );
  const window = {
    from: Math.min(...plans.map(({ baseline }) => Math.ceil(baseline.from / step) * step)),
    to: Math.floor(now / step) * step,
  };
  const scope = buildScope({
    ...{ window, step, hosts, work: work.length, drivers: drivers.length, guards: 0, residual },
  });
  await readInto(asked, { window, step, hosts, work, drivers, guards: [] }, [scope], (done) =>
    asked.onProgress?.(done),
  );
  const events = plans.flatMap(({ nonRoutine }) => nonRoutine);
  const isIn = (at: number, { from, to }: MeasurePlan['baseline']): boolean => from <= at && at < to;
  return overlapOf({
    hosts: hosts.length,
    series: withoutEvents(scope.series, eventsOf(uniqueEvents(events), hosts)),
    terms: { work: work.map(({ unit }) => unit), drivers: drivers.map(({ name }) => name) },
    measures: plans.map((plan) => ({ name: plan.name, isActive: (at) => isActive(plan, at) })),
    isBaseline: (at) => plans.some(({ baseline }) => isIn(at, baseline)),
  });
};

/** An event that two plans name is one event. */
const uniqueEvents = (events: MeasurePlan['nonRoutine']): MeasurePlan['nonRoutine'] => {
  const keys = events.map(({ at, what, evidence }) => `${at} ${what} ${evidence}`);
  return events.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
};

const isActive = ({ start, schedule, reportAt }: MeasurePlan, at: number): boolean =>
  at >= start &&
  (schedule?.design !== 'switchback' || armAt(schedule, start, reportAt.at(-1) ?? at + 1, at).arm === 'on');
