import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  bytes,
  type CarbonAt,
  type Config,
  classRulesOf,
  createEngine,
  createSampler,
  createSources,
  createWork,
  type EmbodiedPolicy,
  type Engine,
  type EnginePolicy,
  embodiedPolicy,
  embodiedTables,
  fullInventory,
  type GridEvent,
  type HostPaths,
  type Inventory,
  type LastReload,
  type MeasureArm,
  type Point,
  type PushState,
  quickInventory,
  ratio,
  readApart,
  type Sample,
  type Sampler,
  type Setting,
  type Snapshot,
  type Source,
  type SourceStatus,
  type Store,
  seconds,
  systemClock,
  type Work,
} from '../src/index.ts';
import { openCarbon, openPue, pinsIn } from './carbon.ts';
import { CONFIG_DIRECTORY, type Loaded } from './configuration.ts';
import { hardwareOfChild } from './hardware-child.ts';
import { type LiveGrid, openLiveGrid } from './live-grid.ts';
import { stateDirectoryOf } from './state.ts';
import { version } from './version.ts';

/** systemd and hypervisor tools answer within tens of milliseconds; a hung one must not hold the inventory. */
const INVENTORY_TIMEOUT_MS = 10_000;

/** Of the process, seconds since 1970 UTC: one value, whatever is reloaded and however the clock is set. */
const STARTED_AT = Date.now() / 1000 - process.uptime();

export interface Agent {
  readonly inventory: () => Inventory;
  /** Made when it is first asked for, from what the store holds by then. */
  readonly engine: Engine & { readonly warnings: readonly string[] };
  readonly statuses: () => readonly SourceStatus[];
  /** What the hardware took to make; undefined where that is switched off. */
  readonly embodied: () => EmbodiedPolicy | undefined;
  /** Why no manufacturer's sheets could be read, and the next step; undefined: they were. */
  readonly withoutSheets: { readonly reason: string; readonly fix: string } | undefined;
  readonly carbonAt: CarbonAt;
  /** Live data of the grid; undefined where no provider is configured. Nobody is asked before it is started. */
  readonly grid: LiveGrid | undefined;
  /** Reads everything once and books it. */
  tick(): Snapshot;
  /** Where programs of this host send their work; undefined where none is taken. */
  readonly push: Work['push'];
  /** Reads the counters of work now; resolves when each has answered or failed. */
  refreshWork(): Promise<void>;
  /** Asks the system's tools for what files did not tell; safe to repeat. */
  refreshInventory(): Promise<string | undefined>;
  close(): void;
}

export interface AgentOptions {
  readonly loaded: Loaded;
  readonly store: Store;
  readonly onSource: (status: SourceStatus) => void;
  /** What is wrong with a counter of work, beside the state of that source, and the next step. */
  readonly onWork?: (message: string, fix: string) => void;
  /** Overrides the configured interval, for one-shot commands; meters too slow for two readings in it are left out. */
  readonly interval?: number;
  /** Milliseconds to wait for slow sources before the first reading. */
  readonly patience?: number;
  /** Whether there is a server that work can be pushed to. */
  readonly serves?: boolean;
  /** Why the measured PUE cannot be read, and the next step; undefined: it is read again. */
  readonly onPue?: (trouble: { readonly reason: string; readonly fix: string } | undefined) => void;
  /** How pushes of metrics went; undefined where none are configured. */
  readonly pushes?: () => PushState | undefined;
  /** What on/off tests of measures ask for now; absent where none is configured. */
  readonly arms?: () => readonly MeasureArm[];
  /** What is exported of measures of this host; absent where none is configured. */
  readonly savings?: () => readonly Point[];
  /** Whether the last save of the state went well. */
  readonly stateKept?: () => boolean;
  /** How the last reload of the configuration went. */
  readonly lastReload?: () => LastReload;
  /** How the last reload of the web-config file went; undefined where none is named. */
  readonly webReload?: () => LastReload | undefined;
  /** What happens with providers of grid data; each thing once, when it changes. */
  readonly onGrid?: (event: GridEvent) => void;
  /** What became of the energy that was used while the agent was down. */
  readonly onResumed?: (told: { readonly level: 'info' | 'warn'; readonly message: string }) => void;
  /** Why the factors that years were begun with cannot be read or kept, and the next step. */
  readonly onPins?: (message: string, fix: string) => void;
}

/** Wires the agent from its parts. The one place where they meet. */
export const composeAgent = async (options: AgentOptions): Promise<Agent> => {
  const {
    loaded,
    store,
    onSource,
    onWork,
    interval,
    patience,
    serves = false,
    onPins = () => {},
    onGrid = () => {},
    onPue = () => {},
    lastReload,
    webReload = () => undefined,
    stateKept,
    pushes = () => undefined,
    arms,
    savings,
  } = options;
  const { config, sha256 } = loaded;
  const paths: HostPaths = config.path;
  let inventory = withName(await firstInventory(paths), config);
  const directory = stateDirectoryOf(config);
  const grid = await openLiveGrid({
    config,
    host: inventory.hostName,
    directory: serves ? directory : undefined,
    onEvent: onGrid,
  });
  const pueGauge = openPue(config, onPue);
  const setting = (): Setting => {
    const pushed = pushes();
    const web = webReload();
    return {
      inventory,
      staticLabels: config.host.labels,
      version,
      nodeVersion: process.versions.node,
      configSha256: sha256,
      startedAt: STARTED_AT,
      ...(stateKept === undefined ? {} : { stateKept: stateKept() }),
      ...(lastReload === undefined ? {} : { lastReload: lastReload() }),
      ...(web === undefined ? {} : { webReload: web }),
      gpuDetails: config.metrics.gpu_details,
      ...(grid === undefined ? {} : { grid: grid.states() }),
      ...(pushed === undefined ? {} : { pushes: pushed }),
      ...(arms === undefined ? {} : { arms: arms() }),
      ...(savings === undefined ? {} : { savings: savings() }),
    };
  };
  const work = createWork({ ...config.work, push: serves && config.work.push }, onWork);
  const opening = openSampler(
    config,
    [...createSources(config.sources, inventory), work.source],
    paths,
    onSource,
    patience,
  );
  const [carbonAt, sheets, sampler] = await Promise.all([
    openCarbon(config, pinsIn(directory, config, serves, onPins), grid, pueGauge),
    readApart('serverSheets', join(CONFIG_DIRECTORY, 'hardware')),
    opening,
  ]).catch(async (cause: unknown) => {
    // A reload that is refused leaves nothing open: the agent goes on for years.
    grid?.close();
    pueGauge?.close();
    (await opening).close();
    throw cause;
  });
  const policy = policyOf(config, interval);
  const tables = embodiedTables(sheets.found ? sheets.value : []);
  const embodied = oncePer((of: Inventory) => embodiedPolicy(config.embodied, of, tables));
  const enginePolicy = (): EnginePolicy => ({ ...policy, embodied: embodied(inventory) });
  let made: Agent['engine'] | undefined;
  const engine = (): Agent['engine'] => {
    made ??= createEngine(setting, enginePolicy, store.load(), options.onResumed);
    return made;
  };
  return {
    inventory: () => inventory,
    get engine() {
      return engine();
    },
    statuses: () => sampler.statuses(),
    embodied: () => embodied(inventory),
    withoutSheets: sheets.found ? undefined : sheets,
    carbonAt,
    tick: () => {
      const whole = withSelf(sampler.sample());
      const sample = interval === undefined ? whole : withoutSlow(whole, interval);
      const snapshot = engine().step(sample, carbonAt);
      work.heard(snapshot.view.work);
      return snapshot;
    },
    push: work.push,
    refreshWork: async () => {
      await work.refresh();
      // The sampler takes note of a source that was just opened in its own turn.
      await new Promise((resolve) => setImmediate(resolve));
    },
    refreshInventory: async () => {
      const full = await fullInventory(paths, inventory, {
        timeout: INVENTORY_TIMEOUT_MS,
        load: () => hardwareOfChild(INVENTORY_TIMEOUT_MS),
      });
      if (full.found) inventory = withName(full.value, config);
      return full.found ? undefined : full.reason;
    },
    grid,
    close: () => {
      grid?.close();
      pueGauge?.close();
      sampler.close();
    },
  };
};

/** On Linux files tell enough at once; elsewhere the model needs to be told which processor this is. */
const firstInventory = async (paths: HostPaths): Promise<Inventory> => {
  const quick = quickInventory(paths);
  if (process.platform === 'linux') return quick;
  const full = await fullInventory(paths, quick, { timeout: INVENTORY_TIMEOUT_MS });
  return full.found ? full.value : quick;
};

const withName = (inventory: Inventory, config: Config): Inventory => ({
  ...inventory,
  hostName: config.host.name ?? (inventory.hostName || hostname()),
});

/** Made anew when it is of something else. */
const oncePer = <K, T>(make: (of: K) => T): ((of: K) => T) => {
  let last: { readonly of: K; readonly made: T } | undefined;
  return (of) => {
    if (last?.of !== of) last = { of, made: make(of) };
    return last.made;
  };
};

const openSampler = (
  config: Config,
  sources: readonly Source[],
  paths: HostPaths,
  onChange: (status: SourceStatus) => void,
  patience: number | undefined,
): Promise<Sampler> => {
  const entries = Object.entries(config.sources) as [string, { readonly enabled: boolean }][];
  const disabled = entries.filter(([, { enabled }]) => !enabled).map(([name]) => name);
  const waits = patience === undefined ? {} : { patience };
  return createSampler({ sources, paths, clock: systemClock, disabled, onChange, ...waits });
};

const policyOf = (config: Config, interval: number | undefined): EnginePolicy => ({
  metering: {
    interval: interval === undefined ? config.sampling.interval : seconds(interval),
    floors: new Map(Object.entries(config.energy.floors)),
    calibration: new Map(
      Object.entries(config.energy.calibration).map(([id, factor]) => [id, ratio(factor)]),
    ),
  },
  attribution: {
    staticShare: config.attribution.static_share,
    top: config.attribution.top,
    retention: config.attribution.retention,
    // One object for the life of the agent: names and classes are worked out anew whenever it is another one.
    naming: { facts: new Map(), rules: classRulesOf(config.classes) },
  },
  processMetrics: config.attribution.process_metrics,
});

/** A BMC that is asked every 15 s gives no energy in a run of 5 s, and would be waited for: the next best meter does. */
const withoutSlow = (sample: Sample, interval: number): Sample => {
  const meters = sample.meters.filter((meter) => 2 * meter.interval <= interval);
  const ids = new Set(meters.map(({ id }) => id));
  return { ...sample, meters, readings: sample.readings.filter(({ meter }) => ids.has(meter)) };
};

const withSelf = (sample: Sample): Sample => {
  const { user, system } = process.cpuUsage();
  return {
    ...sample,
    self: { cpu: seconds((user + system) / 1e6), memory: bytes(process.memoryUsage.rss()) },
  };
};
