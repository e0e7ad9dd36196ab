import { type EvaluationTools, readInto } from './evaluate-tools.ts';
import type { TimeWindow } from './model/history.ts';
import type { MeasurePlan } from './model/measure.ts';
import { buildLedger, type HostRecord } from './savings/host-ledger.ts';
import type { HostHalves } from './savings/host-model.ts';
import { eventsOf, withoutEvents } from './savings/non-routine.ts';
import { buildScope } from './savings/scope-series.ts';
import { type ScopeSeries, slice } from './savings/series.ts';
import { buildSide, type SideBuilder } from './savings/sides.ts';

/** Windows of an evaluation; ends are whole steps. */
export interface Windows {
  /** All that is read: from the oldest history to the end of what is evaluated. */
  readonly whole: TimeWindow;
  readonly before: TimeWindow;
  readonly after: TimeWindow;
}

export interface ScopeAsked {
  readonly plan: MeasurePlan;
  readonly hosts: readonly string[];
  readonly windows: Windows;
  /** Whether single hosts are needed, and not the sum alone. */
  readonly isByHost: boolean;
  /** Untouched hosts: a query of work counts the scope, so none of theirs is known by it. */
  readonly isControl: boolean;
}

export interface ScopeRead {
  /** As it was read. */
  readonly raw: ScopeSeries;
  /** Dated events of the plan taken out. */
  readonly series: ScopeSeries;
  readonly before: ScopeSeries;
  readonly after: ScopeSeries;
  readonly halves: readonly HostHalves[];
  readonly records: readonly HostRecord[];
  readonly sides: readonly [SideBuilder, SideBuilder];
}

export const cut = (series: ScopeSeries, { from, to }: TimeWindow): ScopeSeries =>
  slice(
    series,
    Math.max(0, Math.round((from - series.from) / series.step)),
    Math.max(0, Math.round((to - series.from) / series.step)),
  );

/** Reads a set of hosts once: their sum, their two sides, what is known of each, and each by itself where asked for. */
export const readScope = async (
  tools: EvaluationTools,
  { plan, hosts, windows, isByHost, isControl }: ScopeAsked,
  progress: (done: number) => void,
): Promise<ScopeRead> => {
  const { step, drivers, guards, residual } = plan;
  const { whole, before, after } = windows;
  const work = isControl ? plan.work.filter(({ query }) => query === undefined) : plan.work;
  const shape = {
    window: whole,
    step,
    work: work.length,
    drivers: drivers.length,
    guards: guards.length,
    residual,
  };
  const scope = buildScope({ ...shape, hosts });
  const apart = isByHost
    ? hosts.map((host) =>
        buildScope({ ...shape, hosts: [host], sharedBy: hosts.length, conditions: scope.series }),
      )
    : [];
  const ledger = buildLedger(hosts, before, after, residual);
  const sideOf = (label: string, window: TimeWindow): SideBuilder =>
    buildSide({ label, window, step, hosts, work, residual, price: tools.price });
  const sides = [sideOf('before', before), sideOf('after', after)] as const;
  await readInto(
    tools,
    { window: whole, step, hosts, work, drivers, guards: isControl ? [] : guards },
    [scope, ...apart, ledger, ...sides],
    progress,
  );
  const series = withoutEvents(scope.series, eventsOf(plan.nonRoutine, hosts));
  return {
    raw: scope.series,
    series,
    before: cut(series, before),
    after: cut(series, after),
    halves: apart.map((one, at) => {
      const host = hosts[at] ?? '';
      const own = withoutEvents(one.series, eventsOf(plan.nonRoutine, [host], hosts.length));
      return { host, before: cut(own, before), after: cut(own, after) };
    }),
    records: ledger.records(),
    sides,
  };
};
