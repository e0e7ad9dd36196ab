import type { HistoryChunk } from '../model/history.ts';
import type { MeasurePlan } from '../model/measure.ts';
import { expectedOf } from './frozen-baseline.ts';
import { isMetered, isToldOff } from './metered.ts';
import { buildScope } from './scope-series.ts';
import { type FrozenBaseline, inForceFrom, type SavingsCounters } from './standing.ts';

/** Counters of a measure before its first full interval. */
export const noCounters = (plan: MeasurePlan, baseline: FrozenBaseline | undefined): SavingsCounters => {
  const from = Math.ceil(inForceFrom(plan) / plan.step) * plan.step;
  return {
    ...{ from, until: from, energy: 0, residual: 0 },
    baseline: baseline === undefined || baseline.terms.length === 0 ? undefined : 0,
    work: plan.work.map(({ unit }) => ({ unit, amount: 0 })),
    ...{ hostTime: 0, demanded: 0, powered: 0 },
    hosts: { on: 0, off: 0, unknown: plan.hosts.length },
  };
};

/**
 * Counters after the intervals of a chunk that begin where they ended. An interval counts whole or not at all: one of
 * which a part is not known is missing for good, so that no sum ever falls or is told twice.
 */
export const withChunk = (
  before: SavingsCounters,
  plan: MeasurePlan,
  baseline: FrozenBaseline | undefined,
  chunk: HistoryChunk,
): SavingsCounters => {
  let counters = before;
  for (let i = 0; i < chunk.length; i += 1) {
    const at = chunk.from + i * chunk.step;
    if (at < counters.until) continue;
    counters = withInterval(counters, plan, baseline, chunk, at);
  }
  return counters;
};

const withInterval = (
  before: SavingsCounters,
  plan: MeasurePlan,
  baseline: FrozenBaseline | undefined,
  chunk: HistoryChunk,
  at: number,
): SavingsCounters => {
  const { hosts, step, work, drivers, guards, residual } = plan;
  const scope = buildScope({
    ...{ window: { from: at, to: at + step }, step, hosts, residual },
    ...{ work: work.length, drivers: drivers.length, guards: guards.length },
  });
  scope.add(chunk);
  const { series } = scope;
  const counters = {
    ...before,
    until: at + step,
    hostTime: before.hostTime + step * hosts.length,
    hosts: statesAt(plan, chunk, Math.round((at - chunk.from) / step)),
  };
  if (series.usable[0] !== 1) return counters;
  const expected = baseline === undefined ? Number.NaN : expectedOf(baseline, series, 0);
  return {
    ...counters,
    energy: before.energy + (series.energy[0] ?? 0),
    residual: before.residual + scope.residual(),
    baseline:
      before.baseline === undefined ? undefined : before.baseline + (Number.isNaN(expected) ? 0 : expected),
    work: before.work.map(({ unit, amount }, term) => ({
      unit,
      amount: amount + Math.max(0, series.work[term]?.[0] ?? 0),
    })),
    demanded: before.demanded + (series.demanded[0] ?? 0),
    powered: before.powered + (series.powered[0] ?? 0),
  };
};

/** Hosts by what is known of them in one interval; off is told, never concluded from silence. */
const statesAt = (plan: MeasurePlan, chunk: HistoryChunk, i: number): SavingsCounters['hosts'] => {
  const wanted = new Set(plan.hosts);
  let [on, off] = [0, 0];
  for (const host of chunk.hosts) {
    if (!wanted.has(host.host)) continue;
    if (isToldOff(host, i)) off += 1;
    else if (isMetered(host, i)) on += 1;
  }
  return { on, off, unknown: wanted.size - on - off };
};
