import type { HistoryRequest, TimeWindow, WorkTerm } from '../model/history.ts';
import { unknown } from './intervals.ts';
import type { PrometheusClient } from './prometheus-client.ts';
import { type Part, readParts } from './prometheus-energy.ts';
import type { Preset } from './prometheus-presets.ts';
import type { Selectors } from './prometheus-selector.ts';

/** Whether any work is counted for each host: without a query of its own. */
export const countedTerms = (work: readonly WorkTerm[]): boolean =>
  work.some(({ query }) => query === undefined);

/** Host and workload as one key. */
const member = (host: string, workload: string): string => `${host}\n${workload}`;

/** Workloads of the classes that are asked for, by class, over the whole window. */
export const classMembers = async (
  client: PrometheusClient,
  selectors: Selectors,
  preset: Preset,
  { work, window }: HistoryRequest,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> => {
  const members = new Map<string, Set<string>>();
  const names = new Set(work.map((term) => (term.query === undefined ? (term.workloadClass ?? '') : '')));
  for (const name of names) {
    if (name === '' || preset.work === undefined) continue;
    const selector = selectors.of({ metric: preset.work.classes, matchers: `class=${JSON.stringify(name)}` });
    const series = await client.series(selector, window.from, window.to, signal);
    members.set(
      name,
      new Set(
        series.map((labels) =>
          member(selectors.hostOf(labels[selectors.hostLabel] ?? ''), labels.workload ?? ''),
        ),
      ),
    );
  }
  return members;
};

/**
 * Work by host and term on one day: what the counters of its workloads counted, together. A workload comes and goes; its
 * series tell what it did while they were there.
 */
export const readWork = async (
  client: PrometheusClient,
  selectors: Selectors,
  preset: Preset,
  input: {
    readonly values: readonly string[];
    readonly window: TimeWindow;
    readonly step: number;
    readonly copies: readonly string[];
    readonly work: readonly WorkTerm[];
    readonly classes: ReadonlyMap<string, ReadonlySet<string>>;
  },
  signal?: AbortSignal,
): Promise<(host: string) => readonly Float64Array[]> => {
  const { values, window, step, copies, work, classes } = input;
  const length = (window.to - window.from) / step;
  const byUnit = new Map<string, readonly Part[]>();
  const units = new Set(work.flatMap((term) => (term.query === undefined ? [term.unit] : [])));
  for (const unit of units) {
    if (preset.work === undefined) continue;
    const source = {
      metric: preset.work.metric,
      matchers: `unit=${JSON.stringify(unit)}`,
      perUnit: 1,
      as: 'counter',
      parts: ['workload'],
    } as const;
    const query = { source, values, window, step, copies, mostPerSecond: Number.POSITIVE_INFINITY };
    byUnit.set(unit, await readParts(client, selectors, query, signal));
  }
  return (host) =>
    work.map(({ query, unit, workloadClass }) => {
      const column = unknown(length);
      const members = workloadClass === undefined ? undefined : classes.get(workloadClass);
      for (const { host: own, labels, pieces } of query === undefined ? (byUnit.get(unit) ?? []) : []) {
        if (own !== host) continue;
        if (workloadClass !== undefined && members?.has(member(host, labels.workload ?? '')) !== true)
          continue;
        for (const [at, piece] of pieces.entries()) {
          if (piece === undefined) continue;
          column[at] = (Number.isNaN(column[at]) ? 0 : (column[at] ?? 0)) + piece.amount;
        }
      }
      return column;
    });
};
