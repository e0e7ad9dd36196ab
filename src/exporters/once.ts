import type { EnergyPerWork } from '../attribution/energy-per-work.ts';
import { intensityOf } from '../carbon/host-emissions.ts';
import { HOST_WORKLOAD } from '../model/work.ts';
import type { Workload } from '../model/workload.ts';
import type { Snapshot } from '../snapshot.ts';
import { type Joules, joules } from '../units.ts';
import type { SciJson } from './host-json.ts';
import { tickSci, withSci } from './sci-json.ts';
import { tickEnergyPerWork, withEnergyPerWork } from './work-json.ts';

/** One workload in one interval, before small ones are folded into `other`. */
export interface IntervalRow {
  readonly workload: string;
  readonly name: string;
  readonly kind: string;
  readonly class: string;
  readonly cpuSeconds: number;
  readonly dynamicJoules: number;
  readonly staticShareJoules: number;
  /** Location-based, PUE included; absent without a factor. */
  readonly grams?: number;
  /** In this interval; absent where no work was counted. */
  readonly energyPerWork?: readonly EnergyPerWork[];
  readonly sci?: readonly SciJson[];
}

export interface IntervalReport {
  readonly seconds: number;
  /** Absent where no source gave the host total in this interval. */
  readonly hostJoules?: number;
  readonly hostWatts?: number;
  readonly staticJoules?: number;
  readonly dynamicJoules?: number;
  readonly busyRatio?: number;
  readonly grams?: number;
  /** Embodied, of the host and its GPUs in this interval; absent where the host has no figure. */
  readonly embodiedGrams?: number;
  readonly sci?: readonly SciJson[];
  /** Of the work that was counted for the whole host. */
  readonly energyPerWork?: readonly EnergyPerWork[];
  /** Work of each workload and unit in this interval, whether or not its energy is known; absent where nothing counts. */
  readonly work?: readonly { readonly workload: string; readonly unit: string; readonly done: number }[];
  /** Largest first. Their joules sum to those of the components. */
  readonly workloads: readonly IntervalRow[];
}

/** The last interval of a snapshot in full detail, for a one-shot report. */
export const onceReport = (snapshot: Snapshot): IntervalReport => {
  const { view, powers } = snapshot;
  const { metered, attributed, cpu, duration } = view;
  const perJoule = intensityOf(view.course);
  const gramsOf = (energy: number): { readonly grams?: number } =>
    perJoule === undefined ? {} : { grams: energy * perJoule };
  const rows = new Map<string, { workload: Workload; cpu: number; dynamic: number; fixed: number }>();
  const rowOf = (workload: Workload) => {
    const key = `${workload.kind} ${workload.id} ${workload.class}`;
    const row = rows.get(key) ?? { workload, cpu: 0, dynamic: 0, fixed: 0 };
    rows.set(key, row);
    return row;
  };
  const detail = attributed.detail();
  for (const { workload, part, energy } of detail.shares) {
    const row = rowOf(workload);
    if (part === 'dynamic') row.dynamic += energy;
    else row.fixed += energy;
  }
  for (const use of detail.uses) rowOf(use.workload).cpu += use.amount;
  const owned = [...rows.values()].filter(({ workload: { kind } }) => !RESERVED.has(kind));
  const perWork = tickEnergyPerWork(
    snapshot,
    new Map(
      owned.map(({ workload, dynamic, fixed }): [string, Joules] => [workload.id, joules(dynamic + fixed)]),
    ),
  );
  const sci = tickSci(snapshot);
  const workloads = [...rows.values()]
    .sort((a, b) => b.dynamic + b.fixed - a.dynamic - a.fixed)
    .map(
      ({ workload, cpu: used, dynamic, fixed }): IntervalRow => ({
        workload: workload.id,
        name: workload.labels.name ?? workload.id,
        kind: workload.kind,
        class: workload.class,
        cpuSeconds: used,
        dynamicJoules: dynamic,
        staticShareJoules: fixed,
        ...gramsOf(dynamic + fixed),
        ...(RESERVED.has(workload.kind)
          ? {}
          : { ...withEnergyPerWork(perWork, workload.id), ...withSci(sci, workload.id) }),
      }),
    );
  const { host } = metered;
  return {
    seconds: duration,
    ...(cpu === undefined ? {} : { busyRatio: cpu.load }),
    ...(host === undefined
      ? {}
      : {
          hostJoules: host.energy,
          staticJoules: host.fixed,
          dynamicJoules: host.dynamic,
          ...gramsOf(host.energy),
          ...(powers.host === undefined ? {} : { hostWatts: powers.host }),
        }),
    ...withEnergyPerWork(perWork, HOST_WORKLOAD),
    ...withSci(sci, HOST_WORKLOAD),
    ...embodiedGrams(snapshot),
    ...(view.work.done.length === 0
      ? {}
      : { work: view.work.done.map(({ workload, unit, amount }) => ({ workload, unit, done: amount })) }),
    workloads,
  };
};

const embodiedGrams = ({ view: { embodied } }: Snapshot): { readonly embodiedGrams?: number } => {
  const { host, gpu = 0 } = embodied?.booked ?? {};
  return host === undefined ? {} : { embodiedGrams: host + gpu };
};

/** Rows without an owner do no work. */
const RESERVED: ReadonlySet<string> = new Set(['idle', 'other', 'ended']);
