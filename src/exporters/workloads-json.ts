import { balance, type Ledger } from '../ledger.ts';
import type { Labels, Point } from '../metrics.ts';
import { type Part, type Resource, rowKey, type Workload, type WorkloadKind } from '../model/workload.ts';
import type { Snapshot } from '../snapshot.ts';
import {
  type GramsCO2e,
  grams,
  joules,
  ratioOf,
  type Seconds,
  seconds,
  sum,
  toKilowattHours,
} from '../units.ts';
import { embodiedByRow, embodiedKey } from './embodied-json.ts';
import type { WorkloadJson } from './host-json.ts';
import type { PointIndex } from './points.ts';
import { type SciByOwner, withSci } from './sci-json.ts';
import { type EnergyPerWorkByOwner, withEnergyPerWork } from './work-json.ts';

interface Row {
  readonly labels: Labels;
  readonly energy: WorkloadJson['energy'][number][];
  settling: boolean;
  cpuSeconds?: Seconds;
  gpuSeconds?: Seconds;
  grams?: GramsCO2e;
}

/** The rows of the partition with all their series put together, largest dynamic energy first. */
export const workloadsJson = (
  snapshot: Snapshot,
  points: PointIndex,
  perWork: EnergyPerWorkByOwner,
  sci: SciByOwner,
): readonly WorkloadJson[] => {
  const rows = rowsOf(points, snapshot.ledger);
  const names = new Map(
    points.all('negawatt_workload_info').map(({ labels: { workload = '', ...more } }) => [workload, more]),
  );
  const embodied = embodiedByRow(snapshot);
  const { ended } = snapshot.view.attributed.state;
  const whole = sum([...rows.values()].map((row) => energyOf(row, 'dynamic')));
  return [...rows.values()]
    .map((row): WorkloadJson => {
      const { workload = '', kind = 'other', class: workloadClass = '' } = row.labels;
      const { name, ...labels } = names.get(workload) ?? {};
      const dynamic = energyOf(row, 'dynamic');
      const kept = embodied.get(embodiedKey({ id: workload, kind, class: workloadClass }));
      const energy = sum(row.energy.map((one) => one.joules));
      return {
        workload,
        kind: kind as WorkloadKind,
        class: workloadClass,
        name: name ?? workload,
        labels,
        ended: ended.has(rowKey({ id: workload, kind: kind as WorkloadKind } as Workload)),
        settling: row.settling,
        energyJoules: energy,
        energyKwh: toKilowattHours(energy),
        dynamicJoules: dynamic,
        staticShareJoules: energyOf(row, 'static_share'),
        ...(whole > 0 ? { dynamicShare: ratioOf(dynamic, whole) } : {}),
        energy: row.energy,
        ...(row.cpuSeconds === undefined ? {} : { cpuSeconds: row.cpuSeconds }),
        ...(row.gpuSeconds === undefined ? {} : { gpuSeconds: row.gpuSeconds }),
        ...(row.grams === undefined ? {} : { grams: row.grams }),
        ...(kept === undefined ? {} : { embodied: kept }),
        ...(isReserved(kind) ? {} : { ...withEnergyPerWork(perWork, workload), ...withSci(sci, workload) }),
      };
    })
    .sort((a, b) => b.dynamicJoules - a.dynamicJoules || b.energyJoules - a.energyJoules);
};

/** A row without an owner does no work. */
const isReserved = (kind: string): boolean => kind === 'idle' || kind === 'other' || kind === 'ended';

const rowsOf = (points: PointIndex, ledger: Ledger): ReadonlyMap<string, Row> => {
  const rows = new Map<string, Row>();
  const rowOf = ({ labels: { workload = '', kind = '', class: workloadClass = '' } }: Point): Row => {
    const key = JSON.stringify([workload, kind, workloadClass]);
    const held = rows.get(key) ?? {
      labels: { workload, kind, class: workloadClass },
      energy: [],
      settling: false,
    };
    rows.set(key, held);
    return held;
  };
  for (const point of points.all('negawatt_workload_energy_joules_total')) {
    const { resource, part } = point.labels;
    const row = rowOf(point);
    row.settling ||= point.value < balance(ledger, point.metric, point.labels);
    row.energy.push({
      resource: resource as Resource,
      part: part as Part,
      joules: joules(point.value),
    });
  }
  for (const point of points.all('negawatt_workload_cpu_seconds_total')) {
    rowOf(point).cpuSeconds = seconds(point.value);
  }
  // A row that holds processors and used none yet has its part of the hardware all the same.
  for (const point of points.all('negawatt_workload_reserved_cpu_seconds_total')) rowOf(point);
  for (const point of points.all('negawatt_workload_gpu_seconds_total')) {
    rowOf(point).gpuSeconds = seconds(point.value);
  }
  for (const point of points.all('negawatt_workload_emissions_grams_total')) {
    const row = rowOf(point);
    row.grams = grams((row.grams ?? 0) + point.value);
  }
  return rows;
};

const energyOf = (row: Row, part: Part) =>
  sum(row.energy.filter((one) => one.part === part).map((one) => one.joules));
