import { armPoints } from './arm-points.ts';
import type { ProcessUse } from './attribution/process-use.ts';
import { HW_TYPE } from './booking.ts';
import { REST } from './energy/components.ts';
import { gpuModels, gpuPoints } from './gpu-points.ts';
import { gridPoints } from './grid-points.ts';
import { type Ledger, pointsOf } from './ledger.ts';
import type { Labels, MetricName, Point } from './metrics.ts';
import { METHOD_VERSION } from './metrics.ts';
import type { MeasureArm } from './model/arm.ts';
import type { GridState } from './model/grid-state.ts';
import type { CpuMode, Inventory } from './model/host.ts';
import type { PushState } from './model/push-state.ts';
import type { Seconds, Watts } from './units.ts';
import { powerOf, seconds, toYears } from './units.ts';
import type { TickView } from './view.ts';

/** How a reload of a configuration went, the start being the first. */
export interface LastReload {
  readonly successful: boolean;
  /** Of the last that was successful, seconds since 1970 UTC. */
  readonly at: number;
}

/** What stays the same between ticks: the host, the agent, its config. */
export interface Setting {
  readonly inventory: Inventory;
  readonly staticLabels: Labels;
  readonly version: string;
  readonly nodeVersion: string;
  readonly configSha256: string;
  /** Seconds since 1970 UTC. */
  readonly startedAt: number;
  /** Whether the last save of the state went well; absent where none is kept. */
  readonly stateKept?: boolean;
  /** How the last reload of the configuration went; absent where none can be. */
  readonly lastReload?: LastReload;
  /** How the last reload of the web-config file went; absent where none is named. */
  readonly webReload?: LastReload;
  /** Whether gauges of each GPU are exported, `metrics.gpu_details`; default: no. */
  readonly gpuDetails?: boolean;
  /** What live providers of grid data tell now; absent where none is configured. */
  readonly grid?: readonly GridState[];
  /** How pushes over OTLP went; absent where none are configured. */
  readonly pushes?: PushState;
  /** What the on/off tests ask for now; absent where none is configured. */
  readonly arms?: readonly MeasureArm[];
  /** What the measures of this host came to, as they were evaluated last; absent where none is. */
  readonly savings?: readonly Point[];
}

/** Powers of the last spans; slow meters keep theirs until they report again. */
export interface Powers {
  readonly host: Watts | undefined;
  readonly components: ReadonlyMap<string, Watts>;
}

/** The whole agent at one tick. Immutable; every screen, scrape and push reads one and only formats it. */
export interface Snapshot {
  /** Ticks since the agent started; 0 is the first reading, which can book nothing. */
  readonly number: number;
  readonly points: readonly Point[];
  readonly ledger: Ledger;
  readonly powers: Powers;
  readonly view: TickView;
  readonly setting: Setting;
  /** The last finished pass over the processes; absent until two have finished. */
  readonly processes?: ProcessUse;
}

export const initialPowers: Powers = { host: undefined, components: new Map() };

/** A power that nothing has confirmed for so long is not shown as the power now; slow meters report within it. */
const STALE_AFTER = seconds(120);

/** Mean powers after a tick: of what was booked now, else as they were while they are fresh. */
export const nextPowers = (before: Powers, { metered, sample }: TickView): Powers => {
  const components = new Map(before.components);
  for (const { id, from, to, energy } of metered.components) {
    if (to > from) components.set(id, powerOf(energy, (to - from) as Seconds));
  }
  const present = new Set(metered.placed.map(({ meter }) => meter.id));
  for (const id of components.keys()) if (id !== REST && !present.has(id)) components.delete(id);
  const { host } = metered;
  const isStale = sample.at - metered.state.host.bookedUntil > STALE_AFTER;
  return { host: host?.power ?? (isStale ? undefined : before.host), components };
};

/** Snapshot of one tick. @param shownUpTo counters born later are held at their starting value for the scrapers. */
export const snapshotOf = (
  number: number,
  ledger: Ledger,
  powers: Powers,
  view: TickView,
  setting: Setting,
  shownUpTo: Seconds,
  processes: ProcessUse | undefined,
): Snapshot => {
  let points: readonly Point[] | undefined;
  return {
    number,
    ledger,
    powers,
    view,
    setting,
    ...(processes === undefined ? {} : { processes }),
    // Made when first read: at the defaults two of three snapshots are replaced before anybody asks.
    get points() {
      points ??= [
        ...pointsOf(ledger, shownUpTo),
        ...gaugesOf(powers, view),
        ...(setting.gpuDetails === true ? gpuPoints(view) : []),
        ...armPoints(setting.arms ?? []),
        ...(setting.savings ?? []),
        ...infoOf(view, setting),
      ];
      return points;
    },
  };
};

const point = (metric: MetricName, value: number, labels: Labels = {}): Point => ({ metric, labels, value });

const gaugesOf = (powers: Powers, view: TickView): readonly Point[] => {
  const { sample, metered, attributed, carbon } = view;
  const points: Point[] = [];
  if (powers.host !== undefined) points.push(point('hw_host_power_watts', powers.host));
  for (const { meter, role, resource } of metered.placed) {
    const power = powers.components.get(meter.id);
    if (role !== 'component' || resource === undefined || power === undefined) continue;
    points.push(point('hw_power_watts', power, { hw_id: meter.id, hw_type: HW_TYPE[resource] }));
  }
  for (const { meter, role } of metered.placed) {
    const last = metered.state.meters.powers.get(meter.id);
    if (role === 'component' || last === undefined || sample.at - last.at > STALE_AFTER) continue;
    points.push(
      point('negawatt_meter_power_watts', last.power * (meter.factor ?? 1), {
        hw_id: meter.id,
        domain: meter.domain,
      }),
    );
  }
  for (const [id, { floor }] of metered.state.floors) {
    points.push(point('negawatt_floor_watts', floor.power, { hw_id: id, method: floor.method }));
  }
  const model = metered.placed.find(({ role }) => role === 'model')?.meter;
  if (metered.state.host.source === 'model' && model?.reads.as === 'curve') {
    points.push(point('negawatt_host_power_error_ratio', model.reads.curve.errorBand));
  }
  points.push(point('negawatt_energy_mismatch_joules', metered.state.rest.excess));
  for (const { meter } of metered.placed) {
    if (meter.factor !== undefined)
      points.push(point('negawatt_meter_calibration_ratio', meter.factor, { hw_id: meter.id }));
  }
  for (const { meter, against, ratio } of metered.drift) {
    points.push(point('negawatt_meter_drift_ratio', ratio, { meter, against }));
  }
  for (const [mode, value] of Object.entries(sample.cpu?.modes ?? {}) as [CpuMode, Seconds][]) {
    points.push(point('system_cpu_time_seconds_total', value, { cpu_mode: mode }));
  }
  if (sample.cpu !== undefined) points.push(point('negawatt_host_processors', sample.cpu.processors));
  if (sample.memory !== undefined) {
    const { total, available } = sample.memory;
    points.push(point('system_memory_usage_bytes', total - available, { system_memory_state: 'used' }));
    points.push(point('system_memory_usage_bytes', available, { system_memory_state: 'available' }));
  }
  points.push(point('negawatt_workloads', attributed.alive, { state: 'alive' }));
  points.push(point('negawatt_workloads', attributed.state.top.exported.size, { state: 'exported' }));
  for (const factor of [carbon.location, carbon.market]) {
    if (factor === undefined) continue;
    const labels = {
      grid_zone: carbon.zone ?? '',
      basis: factor.row.basis,
      signal: factor.method,
      provider: factor.provider,
    };
    points.push(point('negawatt_grid_intensity_grams_per_kilowatt_hour', factor.row.value, labels));
  }
  if (carbon.pue !== undefined) points.push(point('negawatt_pue_ratio', carbon.pue));
  if (carbon.price !== undefined) {
    const { perKWh, currency } = carbon.price;
    points.push(point('negawatt_tariff_per_kilowatt_hour', perKWh, { currency }));
  }
  points.push(point('negawatt_config_example', carbon.example ? 1 : 0));
  if (sample.self !== undefined) {
    points.push(point('process_cpu_seconds_total', sample.self.cpu));
    points.push(point('process_resident_memory_bytes', sample.self.memory));
  }
  for (const { source, state, duration, neverThere } of sample.sources) {
    if (neverThere === true) continue;
    points.push(point('negawatt_source_up', state === 'up' ? 1 : 0, { source }));
    if (state === 'up') points.push(point('negawatt_source_duration_seconds', duration, { source }));
  }
  return points;
};

const pushPoints = ({ taken, partial, failed, dropped, waiting, lastTaken }: PushState): readonly Point[] => [
  ...Object.entries({ success: taken, partial, failure: failed, dropped }).map(([outcome, count]) =>
    point('negawatt_otlp_exports_total', count, { outcome }),
  ),
  point('negawatt_otlp_queued_exports', waiting),
  ...(lastTaken === undefined
    ? []
    : [point('negawatt_otlp_last_success_timestamp_seconds', lastTaken / 1000)]),
];

const infoOf = (view: TickView, setting: Setting): readonly Point[] => {
  const { sample, metered, attributed, carbon } = view;
  const { inventory } = setting;
  const points: Point[] = [
    point('negawatt_host_info', 1, {
      host_name: inventory.hostName,
      cpu_model: inventory.cpuModel ?? '',
      cores: inventory.cores === undefined ? '' : String(inventory.cores),
      memory_gib: inventory.memory === undefined ? '' : String(Math.round(inventory.memory / 2 ** 30)),
      gpu_model: gpuModels(view),
      ...setting.staticLabels,
    }),
    point('negawatt_build_info', 1, {
      version: setting.version,
      node_version: setting.nodeVersion,
      method_version: METHOD_VERSION,
    }),
    point('negawatt_config_info', 1, { sha256: setting.configSha256 }),
    ...reloadPoints('negawatt_config_last_reload', setting.lastReload),
    ...reloadPoints('negawatt_web_config_last_reload', setting.webReload),
    ...(setting.stateKept === undefined
      ? []
      : [point('negawatt_state_last_save_successful', setting.stateKept ? 1 : 0)]),
    point('process_start_time_seconds', setting.startedAt),
  ];
  const { source, quality, complete } = metered.state.host;
  if (source !== undefined && quality !== undefined) {
    points.push(
      point('negawatt_host_energy_source_info', 1, { source, quality, complete: String(complete === true) }),
    );
  }
  const { top, ended } = attributed.state;
  const rows = [...top.exported.values(), ...[...ended.values()].map(({ workload }) => workload)];
  for (const { id, labels } of rows) {
    points.push(point('negawatt_workload_info', 1, { workload: id, ...labels }));
  }
  for (const { source: name, state, quality, neverThere } of sample.sources) {
    if (neverThere === true) continue;
    points.push(point('negawatt_source_info', 1, { source: name, reason: state, quality: quality ?? '' }));
  }
  if (setting.pushes !== undefined) points.push(...pushPoints(setting.pushes));
  points.push(...gridPoints(setting.grid ?? [], carbon.zone ?? '', sample.wall));
  for (const { part, item, grams, method, quality, boundary, source } of view.embodied?.items ?? []) {
    const labels = {
      ...{ part, item, kg_co2e: String(Math.round(grams) / 1000) },
      ...{ method, quality, boundary },
      lifetime_years: String(toYears(view.embodied?.lifetime ?? seconds(0))),
      source,
    };
    points.push(point('negawatt_embodied_info', 1, labels));
  }
  const covering = (carbon.covered ?? []).map(({ factor }) => factor);
  const inForce = [carbon.location, carbon.market, ...covering];
  for (const factor of new Map(inForce.map((one) => [one?.id, one])).values()) {
    if (factor === undefined) continue;
    const { basis, gases, gwp, year } = factor.row;
    const labels = {
      factor: factor.id,
      basis,
      gases,
      gwp,
      year: String(year),
      provider: factor.provider,
      status: factor.status,
    };
    points.push(point('negawatt_factor_info', 1, labels));
  }
  for (const { factor, official } of carbon.adders ?? []) {
    // Losses as a share count at the factor of the grid, which is told above.
    if (official === undefined || official.row.part === 'loss') continue;
    const { gases = '', gwp = '', year } = official.row;
    const more = { basis: 'upstream', gases, gwp, year: String(year), provider: 'table' };
    points.push(point('negawatt_factor_info', 1, { factor, ...more, status: official.status }));
  }
  return points;
};

const reloadPoints = (
  of: 'negawatt_config_last_reload' | 'negawatt_web_config_last_reload',
  last: LastReload | undefined,
): readonly Point[] =>
  last === undefined
    ? []
    : [point(`${of}_successful`, last.successful ? 1 : 0), point(`${of}_success_timestamp_seconds`, last.at)];
