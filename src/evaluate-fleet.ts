import { setTimeout as sleep } from 'node:timers/promises';
import { pastRequest } from './evaluate-counters.ts';
import { LATEST } from './evaluate-standing.ts';
import { measureHtml } from './exporters/measure-html.ts';
import { type ArchivingEngine, withArchive } from './history/archive.ts';
import type { HistoryOptions } from './history/index.ts';
import type { MeasureReport } from './model/comparison.ts';
import { type HistoryEngine, HistoryError, type HistoryRequest } from './model/history.ts';
import type { MeasurePlan } from './model/measure.ts';
import { openArchive } from './store/archive.ts';
import { writePage } from './store/standings.ts';

const DAY = 86_400;

/** What is to be read of many hosts, and kept. */
export interface FleetJob {
  readonly history: HistoryOptions;
  /** Seconds that hours are kept in the archive. */
  readonly retention: number;
}

export interface FleetHistory {
  readonly engine: ArchivingEngine;
  /** Keeps all that evaluations of a plan read or will read; why it could not, where it could not. */
  fill(plan: MeasurePlan): Promise<string | undefined>;
  /** Writes the page of a report. */
  pageOf(name: string): (report: MeasureReport) => void;
}

const engineOf = async ({ history: { prometheus, csv } }: FleetJob): Promise<HistoryEngine> => {
  if (csv !== undefined) return (await import('./history/csv.ts')).openCsvHistory(csv);
  if (prometheus === undefined)
    throw new HistoryError('no history is named', 'name one under the key history');
  const { openPrometheusHistory } = await import('./history/prometheus.ts');
  return openPrometheusHistory(prometheus, {
    now: () => Date.now() / 1000,
    wait: (seconds, signal) => sleep(seconds * 1000, undefined, signal === undefined ? {} : { signal }),
  });
};

/** The history of a fleet with its archive. Throws HistoryError. */
export const openFleetHistory = async (
  { directory, now }: { readonly directory: string; readonly now: number },
  fleet: FleetJob,
  onRemark: (remark: string) => void,
): Promise<FleetHistory> => {
  const days = await openArchive(directory);
  const oldest = Math.floor((now - fleet.retention) / DAY) * DAY;
  days.prune(oldest);
  const complete = now - LATEST;
  const engine = withArchive(await engineOf(fleet), {
    ...{ days, complete },
    onRestated: (count, day) =>
      onRemark(
        `${count} intervals of ${new Date(day * 1000).toISOString().slice(0, 10)} read otherwise now than before: the newer figures are kept`,
      ),
  });
  return {
    engine,
    fill: async (plan) => {
      try {
        const span = await engine.span({ hosts: [...plan.hosts, ...plan.control] });
        if (span === undefined) return undefined;
        for (const request of requestsOf(plan, span.from, Math.max(oldest, span.from), complete))
          await engine.fill(request);
        return undefined;
      } catch (error) {
        // The evaluation meets the same, and says it.
        return error instanceof Error ? error.message : String(error);
      }
    },
    pageOf: (name) => (report) => writePage(directory, name, measureHtml(report)),
  };
};

/** As evaluations ask: the scope, untouched hosts (a query of work counts the scope), and both of the time before. */
const requestsOf = (
  plan: MeasurePlan,
  first: number,
  oldest: number,
  complete: number,
): readonly HistoryRequest[] => {
  const { step, hosts, control, work, drivers, guards } = plan;
  const past = pastRequest(plan, Math.ceil(first / step) * step);
  const window = {
    from: Math.ceil(Math.max(past.window.from, oldest) / step) * step,
    to: Math.floor(complete / step) * step,
  };
  if (window.to <= window.from) return [];
  const common = { window, step, drivers };
  const before = { from: window.from, to: Math.min(window.to, past.window.to) };
  const both = control.length === 0 || before.to <= before.from ? [] : [{ ...past, window: before }];
  const untouched = {
    ...{ ...common, hosts: control, guards: [] },
    work: work.filter(({ query }) => query === undefined),
  };
  return [{ ...common, hosts, work, guards }, ...(control.length === 0 ? [] : [untouched]), ...both];
};
