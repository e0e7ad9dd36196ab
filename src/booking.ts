import type { AttributionStep } from './attribution/attribute.ts';
import type { ProcessRows } from './attribution/process-rows.ts';
import { processRowKey } from './attribution/process-rows.ts';
import type { ProcessUse } from './attribution/process-use.ts';
import type { WorkDone } from './attribution/work.ts';
import { NO_OVERHEAD, operationalEmissions } from './carbon/emissions.ts';
import type { CarbonInForce } from './carbon/in-force.ts';
import type { MeteringStep } from './energy/metering.ts';
import { METER_EVENTS } from './energy/span.ts';
import type { Booking } from './ledger.ts';
import type { Labels, MetricName } from './metrics.ts';
import type { Factor } from './model/factor.ts';
import type { Meter } from './model/meter.ts';
import type { Sample } from './model/sample.ts';
import type { Resource, Workload } from './model/workload.ts';
import type { Joules, Seconds } from './units.ts';

export interface BookingInput {
  readonly sample: Sample;
  readonly duration: Seconds;
  readonly metered: MeteringStep;
  readonly attributed: AttributionStep;
  readonly carbon: CarbonInForce;
  /** Set where a pass finished and processes have series. */
  readonly processes: { readonly use: ProcessUse; readonly rows: ProcessRows } | undefined;
  readonly self: Joules;
  readonly work: readonly WorkDone[];
  /** End of what was booked for the host before this tick; 0 before the first. */
  readonly bookedUntil: Seconds;
}

/** OpenTelemetry `hw.type` of a component. */
export const HW_TYPE: Readonly<Record<Resource, string>> = {
  cpu: 'cpu',
  memory: 'memory',
  gpu: 'gpu',
  other: 'enclosure',
};

/** Labels of a row as every workload series carries them. */
export const rowLabels = ({ id, kind, class: workloadClass }: Workload): Labels => ({
  workload: id,
  kind,
  class: workloadClass,
});

/** GHG Protocol scope of electricity bought for a host that its operator owns and controls. */
const SCOPE = '2';

/** All that one tick adds to the ledger. Pure. Amounts of 0 open a series before its first joule. */
export const bookingsOf = (input: BookingInput): readonly Booking[] => [
  ...hostBookings(input),
  ...meterBookings(input),
  ...rowBookings(input),
  ...emissionBookings(input),
  ...processBookings(input),
  ...input.work.map(({ workload, unit, amount }) => of('negawatt_work_total', amount, { workload, unit })),
];

const of = (metric: MetricName, amount: number, labels: Labels = {}): Booking => ({ metric, labels, amount });

const hostBookings = ({
  duration,
  metered,
  attributed,
  self,
  bookedUntil,
}: BookingInput): readonly Booking[] => {
  const { host } = metered;
  const hole = host === undefined || bookedUntil === 0 ? 0 : Math.max(0, host.from - bookedUntil);
  return [
    of('hw_host_energy_joules_total', host?.energy ?? 0),
    of('negawatt_host_static_energy_joules_total', host?.fixed ?? 0),
    of('negawatt_host_dynamic_energy_joules_total', host?.dynamic ?? 0),
    of('negawatt_host_source_changes_total', host?.changed === true ? 1 : 0),
    of('negawatt_host_powered_on_seconds_total', duration),
    of('negawatt_host_unmetered_seconds_total', hole),
    of('negawatt_attribution_discrepancy_seconds_total', attributed.discrepancy),
    of('negawatt_self_energy_joules_total', self),
    ...METER_EVENTS.map((event) =>
      of('negawatt_meter_events_total', metered.events.filter((one) => one.event === event).length, {
        event,
      }),
    ),
  ];
};

const meterBookings = ({ metered }: BookingInput): readonly Booking[] => {
  const bookings: Booking[] = [];
  for (const { meter, role, resource } of metered.placed) {
    const energy = metered.components.find((component) => component.id === meter.id)?.metered ?? 0;
    const { counters, powers } = metered.state.meters;
    // A part that was never read has no series: 0 J would be a figure.
    const wasRead = counters.has(meter.id) || powers.has(meter.id);
    if (role === 'component' && resource !== undefined && wasRead) {
      bookings.push(of('hw_energy_joules_total', energy, { hw_id: meter.id, hw_type: HW_TYPE[resource] }));
    }
    if (meter.source === 'rapl' && wasRead) {
      const raw = metered.reports.get(meter.id)?.spans ?? [];
      bookings.push(
        of('negawatt_rapl_energy_joules_total', sumOf(raw.map((span) => span.energy)), raplLabels(meter)),
      );
    }
  }
  return bookings;
};

const raplLabels = (meter: Meter): Labels => ({
  package: meter.socket === undefined ? '' : String(meter.socket),
  domain: meter.domain === 'unknown' || meter.id.includes('-die-') ? meter.id : meter.domain,
});

const sumOf = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const rowBookings = ({ attributed }: BookingInput): readonly Booking[] => [
  ...attributed.shares.map(({ workload, resource, part, energy }) =>
    of('negawatt_workload_energy_joules_total', energy, { ...rowLabels(workload), resource, part }),
  ),
  ...attributed.uses.map(({ workload, cpu }) =>
    of('negawatt_workload_cpu_seconds_total', cpu, rowLabels(workload)),
  ),
];

const emissionBookings = ({ metered, attributed, carbon }: BookingInput): readonly Booking[] => {
  const { location, market, zone } = carbon;
  const pue = carbon.pue ?? NO_OVERHEAD;
  const energy = metered.host?.energy ?? (0 as Joules);
  const labels = (factor: Factor): Labels => ({
    scope: SCOPE,
    part: 'operational',
    grid_zone: zone ?? '',
    factor: factor.id,
  });
  const bookings: Booking[] = [];
  if (location !== undefined) {
    const host = operationalEmissions(energy, location, pue);
    bookings.push(of('negawatt_emissions_location_grams_total', host.total, labels(location)));
    const byRow = new Map<Workload, number>();
    const rows = new Map<string, Workload>();
    for (const { workload, energy: share } of attributed.shares) {
      const key = `${workload.kind} ${workload.id} ${workload.class}`;
      const row = rows.get(key) ?? workload;
      rows.set(key, row);
      byRow.set(row, (byRow.get(row) ?? 0) + operationalEmissions(share, location, pue).total);
    }
    for (const [row, grams] of byRow) {
      bookings.push(
        of('negawatt_workload_emissions_grams_total', grams, { ...rowLabels(row), part: 'operational' }),
      );
    }
  }
  if (market !== undefined) {
    const host = operationalEmissions(energy, market, pue);
    bookings.push(of('negawatt_emissions_market_grams_total', host.total, labels(market)));
  }
  return bookings;
};

const processBookings = ({ processes }: BookingInput): readonly Booking[] => {
  if (processes === undefined) return [];
  const { use, rows } = processes;
  const own = use.processes.filter((process) => rows.has(processRowKey(process)));
  const others = use.processes.filter((process) => !rows.has(processRowKey(process)));
  const labels = (pid: number, start: number, name: string): Labels => ({
    process_pid: String(pid),
    process_start_ticks: String(start),
    process_executable_name: name,
  });
  return [
    ...own.map((process) =>
      of(
        'negawatt_process_energy_joules_total',
        process.energy,
        labels(process.pid, process.startTicks, process.name),
      ),
    ),
    of(
      'negawatt_process_energy_joules_total',
      use.rest + sumOf(others.map(({ energy }) => energy)),
      labels(0, 0, 'other'),
    ),
  ];
};
