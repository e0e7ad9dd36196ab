import type { AttributionStep } from './attribution/attribute.ts';
import type { BoardTime } from './attribution/board-time.ts';
import { instanceEnergy } from './attribution/gpu-instances.ts';
import type { ProcessRows } from './attribution/process-rows.ts';
import { processRowKey } from './attribution/process-rows.ts';
import type { ProcessUse } from './attribution/process-use.ts';
import type { WorkDone } from './attribution/work.ts';
import type { Piece } from './carbon/course.ts';
import type { EmbodiedStep } from './carbon/embodied-step.ts';
import { NO_OVERHEAD } from './carbon/emissions.ts';
import { type HostEmission, hostEmissions, intensitiesOf, uncoveredOf } from './carbon/host-emissions.ts';
import { costOf, waterOf } from './carbon/site.ts';
import type { MeteringStep } from './energy/metering.ts';
import { METER_EVENTS } from './energy/span.ts';
import type { Booking } from './ledger.ts';
import type { Labels, MetricName } from './metrics.ts';
import type { Meter } from './model/meter.ts';
import type { Sample } from './model/sample.ts';
import type { Resource, Workload } from './model/workload.ts';
import { type Joules, joules, type Seconds } from './units.ts';

export interface BookingInput {
  readonly sample: Sample;
  readonly duration: Seconds;
  readonly metered: MeteringStep;
  readonly attributed: AttributionStep;
  /** What GPUs were used for, by the id of their meter. */
  readonly boards: ReadonlyMap<string, BoardTime>;
  /** Factors over the time that the host's energy is booked for. */
  readonly course: readonly Piece[];
  /** Set where a pass finished and processes have series. */
  readonly processes: { readonly use: ProcessUse; readonly rows: ProcessRows } | undefined;
  readonly self: Joules;
  readonly work: readonly WorkDone[];
  /** Undefined where it is switched off. */
  readonly embodied?: EmbodiedStep | undefined;
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

const labelsOfRows = new WeakMap<Workload, Map<string, Labels>>();

/** Labels of one series of a row, the same object each time: ticks ask for them again and again. */
const rowSeries = (workload: Workload, series: string, more: () => Labels): Labels => {
  let known = labelsOfRows.get(workload);
  if (known === undefined) {
    known = new Map();
    labelsOfRows.set(workload, known);
  }
  const held = known.get(series);
  if (held !== undefined) return held;
  const made = { ...rowLabels(workload), ...more() };
  known.set(series, made);
  return made;
};

const NO_LABELS: Labels = {};

/** All that one tick adds to the ledger. Pure. Amounts of 0 open a series before its first joule. */
export const bookingsOf = (input: BookingInput): readonly Booking[] => [
  ...hostBookings(input),
  ...meterBookings(input),
  ...rowBookings(input),
  ...keptBookings(input),
  ...gpuBookings(input),
  ...instanceBookings(input),
  ...emissionBookings(input),
  ...siteBookings(input),
  ...embodiedBookings(input),
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
    of(
      'negawatt_workload_energy_joules_total',
      energy,
      rowSeries(workload, `${resource} ${part}`, () => ({ resource, part })),
    ),
  ),
  ...attributed.uses.map(({ workload, amount }) =>
    of(
      'negawatt_workload_cpu_seconds_total',
      amount,
      rowSeries(workload, 'use', () => NO_LABELS),
    ),
  ),
];

/** Shares of boards and processors that were kept: what is used beside what is paid for. */
const keptBookings = ({ attributed, duration }: BookingInput): readonly Booking[] => [
  ...attributed.gpuSeconds.map(({ workload, amount }) =>
    of(
      'negawatt_workload_gpu_seconds_total',
      amount,
      rowSeries(workload, 'use', () => NO_LABELS),
    ),
  ),
  ...attributed.reserved.map(({ workload, amount }) =>
    of(
      'negawatt_workload_reserved_cpu_seconds_total',
      amount * duration,
      rowSeries(workload, 'use', () => NO_LABELS),
    ),
  ),
  ...attributed.reservedGpus.map(({ workload, amount }) =>
    of(
      'negawatt_workload_reserved_gpu_seconds_total',
      amount * duration,
      rowSeries(workload, 'use', () => NO_LABELS),
    ),
  ),
];

/** What the boards were used for beside energy: the evidence for pooling and sharing. */
const gpuBookings = ({ boards }: BookingInput): readonly Booking[] => {
  const bookings: Booking[] = [];
  for (const [meter, { busy, used, allocated }] of boards) {
    const counted = (metric: MetricName, amount: number | undefined, more: Labels): void => {
      if (amount !== undefined) bookings.push(of(metric, amount, { hw_id: meter, ...more }));
    };
    counted('negawatt_gpu_busy_seconds_total', busy, {});
    counted('negawatt_gpu_memory_byte_seconds_total', used, { state: 'used' });
    counted('negawatt_gpu_memory_byte_seconds_total', allocated, { state: 'allocated' });
  }
  return bookings;
};

/** Energy of the instances of divided boards: they share their board's by slices and activity, the rest is nobody's. */
const instanceBookings = ({ metered, attributed }: BookingInput): readonly Booking[] =>
  metered.components.flatMap((component) => {
    const readings = attributed.state.seen.gpus.get(component.id) ?? [];
    return instanceEnergy(component, readings.at(-1)).map(({ instance, profile, part, energy }) =>
      of('negawatt_gpu_instance_energy_joules_total', energy, {
        hw_id: component.id,
        gpu_instance: instance,
        profile,
        part,
      }),
    );
  });

const emissionBookings = ({ metered, attributed, course }: BookingInput): readonly Booking[] => {
  const energy = metered.host?.energy ?? joules(0);
  const lines = hostEmissions(energy, course);
  const bookings = [
    ...lines.map(emissionBooking),
    ...overheadBookings(lines, course),
    ...uncoveredBookings(energy, course),
  ];
  const energies = new Map<Workload, number>();
  for (const { workload, energy: share } of attributed.shares)
    energies.set(workload, (energies.get(workload) ?? 0) + share);
  for (const [factor, perJoule] of intensitiesOf(course)) {
    for (const [row, own] of energies) {
      bookings.push(
        of(
          'negawatt_workload_emissions_grams_total',
          own * perJoule,
          rowSeries(row, `grams ${factor}`, () => ({ part: 'operational', factor })),
        ),
      );
    }
  }
  return bookings;
};

/** What the site pays and drinks for the host, where its operator told what that is per kWh. */
const siteBookings = ({ metered, course }: BookingInput): readonly Booking[] => {
  const energy = metered.host?.energy ?? joules(0);
  const water = waterOf(energy, course);
  return [
    ...[...costOf(energy, course)].map(([currency, amount]) =>
      of('negawatt_energy_cost_total', amount, { currency }),
    ),
    ...(water === undefined ? [] : [of('negawatt_site_water_litres_total', water)]),
  ];
};

const EMISSIONS = {
  location: 'negawatt_emissions_location_grams_total',
  market: 'negawatt_emissions_market_grams_total',
} as const;

/** Where a PUE above 1 is known; without one nothing is known of the building, which is not nothing. */
const overheadBookings = (lines: readonly HostEmission[], course: readonly Piece[]): readonly Booking[] =>
  course.every(({ carbon }) => (carbon.pue ?? NO_OVERHEAD) <= 1)
    ? []
    : lines
        .filter(({ part }) => part === 'operational')
        .map(({ method, scope, gridZone, factor, overhead }) =>
          of('negawatt_emissions_overhead_grams_total', overhead, {
            method,
            scope,
            grid_zone: gridZone,
            factor,
          }),
        );

/** Energy that is in no total: also where no zone is set, for one may be set later, and grams are read over joules. */
const uncoveredBookings = (energy: Joules, course: readonly Piece[]): readonly Booking[] =>
  (['location', 'market'] as const).map((method) =>
    of('negawatt_energy_without_factor_joules_total', uncoveredOf(method, energy, course), { method }),
  );

const emissionBooking = ({ method, scope, part, gridZone, factor, grams }: HostEmission): Booking =>
  of(EMISSIONS[method], grams, { scope, part, grid_zone: gridZone, factor });

/** In a metric of their own: Scope 3 never stands in a series of Scope 2. */
const embodiedBookings = ({ embodied }: BookingInput): readonly Booking[] =>
  Object.entries(embodied?.booked ?? {}).map(([part, amount]) =>
    of('negawatt_embodied_emissions_grams_total', amount, { part }),
  );

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
