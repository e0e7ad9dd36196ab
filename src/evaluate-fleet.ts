import { pastRequest } from './evaluate-counters.ts';
import { LATEST } from './evaluate-standing.ts';
import { measureHtml } from './exporters/measure-html.ts';
import { type ArchivingEngine, besideArchive, withArchive } from './history/archive.ts';
import { sourceOf } from './history/archive-series.ts';
import { type HistoryOptions, openHistory } from './history/index.ts';
import type { MeasureReport } from './model/comparison.ts';
import { counted, plural } from './model/counted.ts';
import { type HistoryEngine, HistoryError, type HistoryRequest } from './model/history.ts';
import type { MeasurePlan } from './model/measure.ts';
import { HOUR } from './model/usage.ts';
import { archiveFile, hasArchive, openArchive } from './store/archive.ts';
import { writeReport } from './store/standings.ts';

const DAY = 86_400;

export interface FleetHistory {
  readonly engine: ArchivingEngine;
  /** Keeps all that evaluations of a plan read or will read; why it could not, where it could not. */
  fill(plan: MeasurePlan): Promise<string | undefined>;
  /** Writes the page of a report. */
  pageOf(name: string): (report: MeasureReport) => void;
}

/** An engine that holds a fleet. */
export interface EnginePast {
  readonly of: 'engine';
  readonly options: HistoryOptions;
  /** How long days are kept in the archive, seconds. */
  readonly retention: number;
  /** Stands above every report, where the figures are nobody's. */
  readonly notice?: string;
}

interface FleetInput {
  /** State directory: the archive, and pages of reports. */
  readonly directory: string;
  /** Seconds since 1970 UTC. */
  readonly now: number;
  readonly past: EnginePast;
  readonly onRemark: (remark: string) => void;
}

/** The history of a fleet with its archive. Throws HistoryError. */
export const openFleetHistory = async ({
  directory,
  now,
  past,
  onRemark,
}: FleetInput): Promise<FleetHistory> => {
  const opened = await openHistory(past.options, {
    local: () => Promise.reject(new HistoryError('no history is named', 'name one under the key history')),
  });
  const days = await openArchive(directory);
  const oldest = Math.floor((now - past.retention) / DAY) * DAY;
  days.prune(oldest);
  const complete = now - LATEST;
  const engine = withArchive(opened, {
    ...{ days, complete },
    onRestated: (count, day) =>
      onRemark(
        `${counted(count, 'interval')} of ${new Date(day * 1000).toISOString().slice(0, 10)} ${plural(count, 'reads', 'read')} otherwise now than before: the newer figures are kept`,
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
        if (error instanceof HistoryError) return `${error.message}; ${error.fix}`;
        return error instanceof Error ? error.message : String(error);
      }
    },
    pageOf: (name) => (report) => writeReport(directory, name, measureHtml(report, past.notice)),
  };
};

/**
 * A history with what the service of a fleet archived of it in a directory, read beside that service, which may be
 * writing there; the history itself where it archived nothing of it. Throws HistoryError.
 *
 * @param now seconds since 1970 UTC.
 */
export const withArchiveOf = async (
  engine: HistoryEngine,
  directory: string,
  now: number,
): Promise<HistoryEngine> => {
  if (!hasArchive(directory)) return engine;
  const days = await openArchive(directory, { isReader: true });
  const complete = now - LATEST;
  if (days.hosts(sourceOf(engine), 0, complete).length === 0) {
    days.close();
    return engine;
  }
  const about = { ...engine.about, archive: archiveFile(directory) };
  return { ...besideArchive(engine, { days, complete }), about };
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
  // For statements of a year, which are made of hours.
  const hours = { from: Math.ceil(window.from / HOUR) * HOUR, to: Math.floor(window.to / HOUR) * HOUR };
  const hourly = {
    ...{ window: hours, step: HOUR, hosts: [...hosts, ...control] },
    ...{ work: [], drivers: [], guards: [] },
  };
  return [
    { ...common, hosts, work, guards },
    ...(control.length === 0 ? [] : [untouched]),
    ...both,
    ...(step === HOUR || hours.to <= hours.from ? [] : [hourly]),
  ];
};
