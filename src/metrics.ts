/**
 * The catalogue: every series that negawatt exports. Names, labels and units are a public contract; the docs, the lint
 * and the dashboards are made from here. OpenTelemetry semantic-convention names where they exist.
 */

import { SAVINGS_METRICS } from './metrics-savings.ts';
import type { Metric } from './model/metric.ts';

export type { Metric, MetricKind } from './model/metric.ts';

const WORKLOAD = ['workload', 'kind', 'class'] as const;
const EMISSIONS = ['scope', 'part', 'grid_zone', 'factor'] as const;

export const METRICS = {
  hw_host_energy_joules_total: {
    kind: 'counter',
    unit: 'J',
    labels: [],
    persisted: true,
    help: 'Energy of the whole host, each instant from exactly one source; see negawatt_host_energy_source_info.',
  },
  hw_host_power_watts: {
    kind: 'gauge',
    unit: 'W',
    labels: [],
    help: 'Mean power of the whole host over the last booked span; independent of scrapes.',
  },
  hw_energy_joules_total: {
    kind: 'counter',
    unit: 'J',
    labels: ['hw_id', 'hw_type'],
    persisted: true,
    help: 'Energy of one metered component; components are disjoint, so a sum over them means something.',
  },
  hw_power_watts: {
    kind: 'gauge',
    unit: 'W',
    labels: ['hw_id', 'hw_type'],
    help: 'Mean power of one metered component over its last span.',
  },
  system_cpu_time_seconds_total: {
    kind: 'counter',
    unit: 's',
    labels: ['cpu_mode'],
    help: 'CPU time of all processors since boot by mode; guest time is inside user, stolen time is neither busy nor idle.',
  },
  negawatt_host_processors: {
    kind: 'gauge',
    unit: '1',
    labels: [],
    help: 'Processors that are online.',
  },
  system_memory_usage_bytes: {
    kind: 'gauge',
    unit: 'By',
    labels: ['system_memory_state'],
    help: 'Memory by state: used or available.',
  },
  negawatt_host_info: {
    kind: 'info',
    unit: '1',
    labels: ['host_name', 'cpu_model', 'cores', 'memory_gib', 'gpu_model'],
    open: true,
    help: 'What this host is, with the static labels of the config.',
  },
  negawatt_host_energy_source_info: {
    kind: 'info',
    unit: '1',
    labels: ['source', 'quality', 'complete'],
    help: 'Where the host total comes from now: measured, derived or estimated; complete is false where board and supply are left out.',
  },
  negawatt_host_source_changes_total: {
    kind: 'counter',
    unit: '1',
    labels: [],
    persisted: true,
    help: 'Times that the host total switched to another source; a switch inside a window forbids a comparison.',
  },
  negawatt_host_powered_on_seconds_total: {
    kind: 'counter',
    unit: 's',
    labels: [],
    persisted: true,
    help: 'Time that the agent watched this host powered on.',
  },
  negawatt_host_unmetered_seconds_total: {
    kind: 'counter',
    unit: 's',
    labels: [],
    persisted: true,
    help: 'Watched time for which no source gave the host total; missing, not zero.',
  },
  negawatt_host_static_energy_joules_total: {
    kind: 'counter',
    unit: 'J',
    labels: [],
    persisted: true,
    help: 'Part of the host total that the host draws when idle: its floor over time.',
  },
  negawatt_host_dynamic_energy_joules_total: {
    kind: 'counter',
    unit: 'J',
    labels: [],
    persisted: true,
    help: 'Part of the host total above the idle floor.',
  },
  negawatt_floor_watts: {
    kind: 'gauge',
    unit: 'W',
    labels: ['hw_id', 'method'],
    help: 'Idle floor of a component and how it is known: configured, learnt, observed, curve or none.',
  },
  negawatt_host_power_error_ratio: {
    kind: 'gauge',
    unit: '1',
    labels: [],
    help: 'Half-width of the error band of an estimated host total, an assumption unless calibrated; absent where measured.',
  },
  negawatt_rapl_energy_joules_total: {
    kind: 'counter',
    unit: 'J',
    labels: ['package', 'domain'],
    persisted: true,
    help: 'RAPL domains as they are; they overlap (psys, package, core): for diagnosis, never to be summed.',
  },
  negawatt_meter_events_total: {
    kind: 'counter',
    unit: '1',
    labels: ['event'],
    persisted: true,
    help: 'Readings that were not ordinary: wrap, reset, gap, sentinel, implausible, frozen.',
  },
  negawatt_energy_mismatch_joules: {
    kind: 'gauge',
    unit: 'J',
    labels: [],
    help: 'Energy by which the components exceed the host meter so far, awaiting balance; 0 where the whole covers its parts.',
  },
  hw_gpu_utilization_ratio: {
    kind: 'gauge',
    unit: '1',
    labels: ['hw_id'],
    optIn: 'metrics.gpu_details',
    help: 'Share of the time since the last reading in which any kernel ran on the board, by samples of the driver; no measure of power.',
  },
  hw_gpu_memory_usage_bytes: {
    kind: 'gauge',
    unit: 'By',
    labels: ['hw_id'],
    optIn: 'metrics.gpu_details',
    help: 'Device memory in use.',
  },
  hw_gpu_memory_limit_bytes: {
    kind: 'gauge',
    unit: 'By',
    labels: ['hw_id'],
    optIn: 'metrics.gpu_details',
    help: 'Device memory of the board.',
  },
  hw_temperature_celsius: {
    kind: 'gauge',
    unit: 'Cel',
    labels: ['hw_id', 'hw_type'],
    optIn: 'metrics.gpu_details',
    help: 'Temperature of the board as its driver tells it.',
  },
  negawatt_gpu_clock_hertz: {
    kind: 'gauge',
    unit: 'Hz',
    labels: ['hw_id', 'clock'],
    optIn: 'metrics.gpu_details',
    help: 'Clock of the board at the last reading: compute or memory.',
  },
  negawatt_gpu_throttled: {
    kind: 'gauge',
    unit: '1',
    labels: ['hw_id', 'reason'],
    optIn: 'metrics.gpu_details',
    help: '1 while the clocks of the board are held down for this reason; no series otherwise.',
  },
  negawatt_gpu_power_limit_watts: {
    kind: 'gauge',
    unit: 'W',
    labels: ['hw_id'],
    optIn: 'metrics.gpu_details',
    help: 'Power limit in force on the board.',
  },
  negawatt_gpu_info: {
    kind: 'info',
    unit: '1',
    labels: ['hw_id', 'model', 'vendor', 'driver', 'pci_address'],
    optIn: 'metrics.gpu_details',
    help: 'What a board is: product, vendor, version of the driver and PCI address.',
  },
  negawatt_gpu_busy_seconds_total: {
    kind: 'counter',
    unit: 's',
    labels: ['hw_id'],
    persisted: true,
    help: 'Time in which any kernel ran on the board, by the driver; occupancy in time, no measure of power.',
  },
  negawatt_gpu_memory_byte_seconds_total: {
    kind: 'counter',
    unit: 'By.s',
    labels: ['hw_id', 'state'],
    persisted: true,
    help: 'Device memory over time: used, and of divided boards allocated to instances; what pooling could give back.',
  },
  negawatt_gpu_instance_energy_joules_total: {
    kind: 'counter',
    unit: 'J',
    labels: ['hw_id', 'gpu_instance', 'profile', 'part'],
    persisted: true,
    help: "Energy of a divided board by instance, by slices and activity; with `unallocated` they sum to the board's.",
  },
  negawatt_meter_power_watts: {
    kind: 'gauge',
    unit: 'W',
    labels: ['hw_id', 'domain'],
    help: 'Last power of a meter that is no component: of the whole host, in or out of its supplies, or of unknown parts; never to be summed.',
  },
  negawatt_meter_drift_ratio: {
    kind: 'gauge',
    unit: '1',
    labels: ['meter', 'against'],
    help: 'Energy of a meter (components: the processor counters) over that of another, over the same minutes; a step or a trend tells of a meter that changed.',
  },
  negawatt_meter_calibration_ratio: {
    kind: 'gauge',
    unit: '1',
    labels: ['hw_id'],
    help: 'What the energy of a meter is multiplied by because the operator says so; absent: as it is read. A change forbids a comparison over it.',
  },
  negawatt_workload_energy_joules_total: {
    kind: 'counter',
    unit: 'J',
    labels: [...WORKLOAD, 'resource', 'part'],
    persisted: true,
    help: 'Energy by workload, resource and part; with idle, other and ended the sum is the whole. A new row stands at 0 for up to two minutes before it shows its energy.',
  },
  negawatt_workload_cpu_seconds_total: {
    kind: 'counter',
    unit: 's',
    labels: WORKLOAD,
    persisted: true,
    help: 'CPU time by workload, dead processes included.',
  },
  negawatt_workload_gpu_seconds_total: {
    kind: 'counter',
    unit: 's',
    labels: WORKLOAD,
    persisted: true,
    help: 'Use of GPUs by row, in seconds of a whole board.',
  },
  negawatt_workload_reserved_cpu_seconds_total: {
    kind: 'counter',
    unit: 's',
    labels: WORKLOAD,
    persisted: true,
    help: 'Processor time kept for a row by request, allocation or quota; what it did not use is slack.',
  },
  negawatt_workload_reserved_gpu_seconds_total: {
    kind: 'counter',
    unit: 's',
    labels: WORKLOAD,
    persisted: true,
    help: 'GPUs kept for a workload times time, as its orchestrator says; beside the GPU seconds it shows slack.',
  },
  negawatt_workload_info: {
    kind: 'info',
    unit: '1',
    labels: ['workload', 'name'],
    open: true,
    help: 'Names and ids behind a workload.',
  },
  negawatt_workload_emissions_grams_total: {
    kind: 'counter',
    unit: 'g',
    labels: [...WORKLOAD, 'part', 'factor'],
    persisted: true,
    help: "Location-based CO2e of a workload by factor: its energy x PUE x the factor; over all rows the host's operational CO2e of that factor, overhead inside.",
  },
  negawatt_work_total: {
    kind: 'counter',
    unit: '1',
    labels: ['workload', 'unit'],
    persisted: true,
    help: 'Useful work by workload and unit, as applications count it; host is the whole host. It begins with the first reading.',
  },
  negawatt_workloads: {
    kind: 'gauge',
    unit: '1',
    labels: ['state'],
    help: 'Workloads seen in the last interval, and those of them with series of their own.',
  },
  negawatt_attribution_discrepancy_seconds_total: {
    kind: 'counter',
    unit: 's',
    labels: [],
    persisted: true,
    help: 'CPU time that control groups counted beyond what the kernel counted for the host.',
  },
  negawatt_process_energy_joules_total: {
    kind: 'counter',
    unit: 'J',
    labels: ['process_pid', 'process_start_ticks', 'process_executable_name'],
    optIn: 'attribution.process_metrics',
    help: 'Dynamic energy of the largest processes; the row with pid 0 is the rest.',
  },
  negawatt_emissions_location_grams_total: {
    kind: 'counter',
    unit: 'g',
    labels: EMISSIONS,
    persisted: true,
    help: 'CO2e of the host by the grid it stands in (location-based), PUE applied once.',
  },
  negawatt_emissions_market_grams_total: {
    kind: 'counter',
    unit: 'g',
    labels: EMISSIONS,
    persisted: true,
    help: 'CO2e of the host by what its operator buys (market-based), PUE applied once; never netted with the other.',
  },
  negawatt_emissions_overhead_grams_total: {
    kind: 'counter',
    unit: 'g',
    labels: ['method', 'scope', 'grid_zone', 'factor'],
    persisted: true,
    help: 'Part of the operational CO2e that the building adds: energy x (PUE - 1) x factor; contained in the metric of the method.',
  },
  negawatt_energy_without_factor_joules_total: {
    kind: 'counter',
    unit: 'J',
    labels: ['method'],
    persisted: true,
    help: 'Energy of the host for which no factor was held, or no grid zone was set: it is in no total of CO2e, and its emissions are not 0.',
  },
  negawatt_embodied_emissions_grams_total: {
    kind: 'counter',
    unit: 'g',
    labels: ['part'],
    persisted: true,
    help: 'CO2e of making the hardware, amortised over its lifetime by calendar time, downtime included; host and gpu apart. Scope 3: in no other series.',
  },
  negawatt_embodied_info: {
    kind: 'info',
    unit: '1',
    labels: ['part', 'item', 'kg_co2e', 'method', 'quality', 'boundary', 'lifetime_years', 'source'],
    help: 'Figures behind embodied emissions: kg CO2e of each item, how it was come by, what it counts, its lifetime and source.',
  },
  negawatt_energy_cost_total: {
    kind: 'counter',
    unit: '1',
    labels: ['currency'],
    persisted: true,
    help: 'What the energy of the host cost the site, PUE included, at the tariff of the time, in units of the currency.',
  },
  negawatt_tariff_per_kilowatt_hour: {
    kind: 'gauge',
    unit: '1',
    labels: ['currency'],
    help: 'Price of a kWh in force, in units of the currency (site.tariff).',
  },
  negawatt_site_water_litres_total: {
    kind: 'counter',
    unit: 'L',
    labels: [],
    persisted: true,
    help: 'Water that the site takes for the energy of the host: energy x WUE (site.wue).',
  },
  negawatt_factor_info: {
    kind: 'info',
    unit: '1',
    labels: ['factor', 'basis', 'gases', 'gwp', 'year', 'provider', 'status'],
    help: 'Emission factor in force: what it counts, which year, who says so, and how well it fits.',
  },
  negawatt_grid_intensity_grams_per_kilowatt_hour: {
    kind: 'gauge',
    unit: 'g/kWh',
    labels: ['grid_zone', 'basis', 'signal', 'provider'],
    help: 'Emission factor in force for the grid zone, in g CO2e (CO2 where the factor holds no other gas) per kWh.',
  },
  negawatt_grid_intensity_age_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: ['grid_zone', 'basis', 'signal', 'provider'],
    help: 'Time since the end of the newest live reading; 0 while it lasts. It grows while a provider is silent.',
  },
  negawatt_grid_intensity_forecast_grams_per_kilowatt_hour: {
    kind: 'gauge',
    unit: 'g/kWh',
    labels: ['grid_zone', 'basis', 'signal', 'provider', 'horizon_hours'],
    help: 'Expected intensity of the grid so many hours from now, as its provider foretells it; booked nowhere.',
  },
  negawatt_grid_restated_readings_total: {
    kind: 'counter',
    unit: '1',
    labels: ['grid_zone', 'basis', 'signal', 'provider'],
    optIn: 'grid.providers',
    help: 'Readings that the provider told anew with another value since the agent started; what was booked by the first value stays.',
  },
  negawatt_pue_ratio: {
    kind: 'gauge',
    unit: '1',
    labels: [],
    help: 'Facility energy over IT energy as configured; absent where it was not told: then no overhead is counted.',
  },
  negawatt_source_up: {
    kind: 'gauge',
    unit: '1',
    labels: ['source'],
    help: '1 if the source was read at the last tick.',
  },
  negawatt_source_info: {
    kind: 'info',
    unit: '1',
    labels: ['source', 'reason', 'quality'],
    help: 'State of a source: up, absent, unreadable, failing or off; the log and doctor say what to do.',
  },
  negawatt_source_duration_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: ['source'],
    help: 'Time that the last read of a source took.',
  },
  negawatt_fleet_last_evaluation_successful: {
    kind: 'gauge',
    unit: '1',
    labels: [],
    optIn: 'negawatt fleet',
    help: '0 while the last evaluation of all measures failed, as when their engine cannot be read, and older results are shown; else 1.',
  },
  negawatt_fleet_last_evaluation_timestamp_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: [],
    optIn: 'negawatt fleet',
    help: 'When all measures were last evaluated with success, seconds since 1970 UTC.',
  },
  negawatt_fleet_archive_bytes: {
    kind: 'gauge',
    unit: 'By',
    labels: [],
    optIn: 'negawatt fleet',
    help: 'Size of the archive of the hours of all hosts in scope.',
  },
  negawatt_build_info: {
    kind: 'info',
    unit: '1',
    labels: ['version', 'node_version', 'method_version'],
    help: 'Version of the agent, of its runtime, and of the method that makes its figures.',
  },
  negawatt_config_info: {
    kind: 'info',
    unit: '1',
    labels: ['sha256'],
    help: 'Hash of the configuration in force.',
  },
  negawatt_config_last_reload_successful: {
    kind: 'gauge',
    unit: '1',
    labels: [],
    help: '0 while the configuration that was last to be taken up was refused and the one before is in force, else 1.',
  },
  negawatt_config_last_reload_success_timestamp_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: [],
    help: 'When the configuration in force was taken up, seconds since 1970 UTC.',
  },
  negawatt_web_config_last_reload_successful: {
    kind: 'gauge',
    unit: '1',
    labels: [],
    optIn: 'web.config_file',
    help: '0 while the web-config file, or a certificate or key that it names, has changed and cannot be used, so that what was read before is in force; else 1.',
  },
  negawatt_web_config_last_reload_success_timestamp_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: [],
    optIn: 'web.config_file',
    help: 'When the web-config file in force, with its certificates, was taken up, seconds since 1970 UTC.',
  },
  negawatt_state_last_save_successful: {
    kind: 'gauge',
    unit: '1',
    labels: [],
    help: '0 while the state cannot be kept, such as on a full disk: counters would start anew with the agent. Else 1.',
  },
  negawatt_switchback_arm: {
    kind: 'gauge',
    unit: '1',
    labels: ['measure', 'arm'],
    help: 'Arm of a randomised on/off test that is to hold now: 1 for on or off, 0 for the other; both 0 once it is over.',
  },
  negawatt_switchback_next_change_timestamp_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: ['measure'],
    help: 'When the arm of a randomised on/off test changes next, seconds since 1970 UTC; absent once it is over.',
  },
  ...SAVINGS_METRICS,
  negawatt_config_example: {
    kind: 'gauge',
    unit: '1',
    labels: [],
    help: "1 while CO2e is computed with an EXAMPLE ZONE: not this host's emissions.",
  },
  negawatt_self_energy_joules_total: {
    kind: 'counter',
    unit: 'J',
    labels: [],
    persisted: true,
    help: "Dynamic energy of this agent itself, by its share of the host's CPU time.",
  },
  negawatt_otlp_exports_total: {
    kind: 'counter',
    unit: '1',
    labels: ['outcome'],
    optIn: 'export.otlp.url',
    help: 'Pushes over OTLP by outcome: success, partial, failure (of an attempt), dropped (an export that was refused, had no room, or could not be made).',
  },
  negawatt_otlp_queued_exports: {
    kind: 'gauge',
    unit: '1',
    labels: [],
    optIn: 'export.otlp.url',
    help: 'Exports that wait for the receiver of OTLP; they are sent in the order in which they were made.',
  },
  negawatt_otlp_last_success_timestamp_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: [],
    optIn: 'export.otlp.url',
    help: 'When a push over OTLP was last taken, seconds since 1970 UTC.',
  },
  process_cpu_seconds_total: {
    kind: 'counter',
    unit: 's',
    labels: [],
    help: 'CPU time of the agent, user and system.',
  },
  process_resident_memory_bytes: {
    kind: 'gauge',
    unit: 'By',
    labels: [],
    help: 'Resident memory of the agent.',
  },
  process_start_time_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: [],
    help: 'Start of the agent, seconds since 1970 UTC.',
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;

/** A value of the catalogue as the type that holds for every entry. */
export const metricOf = (name: MetricName): Metric => METRICS[name];
export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

/**
 * Version of the method that turns readings into energy, shares and grams. It grows whenever a change of it could move
 * a figure, so that a comparison across versions can be refused.
 */
export const METHOD_VERSION = '1';

export type Labels = Readonly<Record<string, string>>;

/** One exported value. */
export interface Point {
  readonly metric: MetricName;
  readonly labels: Labels;
  readonly value: number;
}
