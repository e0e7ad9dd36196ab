import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  exampleOf,
  type FactorPins,
  fullInventory,
  type Gauge,
  type GridEvent,
  gridZoneOf,
  type HostPaths,
  type Inventory,
  isExample,
  loadConfig,
  localTime,
  openFactors,
  openGauge,
  type Problem,
  quickInventory,
  ratio,
  readPins,
  readServerSheets,
  type Sample,
  type Sampler,
  type Setting,
  type Snapshot,
  type Source,
  type SourceStatus,
  type Store,
  seconds,
  systemClock,
  utcTime,
  type Work,
  writePins,
} from '../src/index.ts';
import { CommandError, USAGE } from './exit.ts';
import { hardwareOfChild } from './hardware-child.ts';
import { type LiveGrid, openLiveGrid } from './live-grid.ts';
import { stateDirectoryOf } from './state.ts';
import { version } from './version.ts';

/** Folder of the shipped configuration: beside `dist/` in a build. */
export const CONFIG_DIRECTORY = join(dirname(fileURLToPath(import.meta.url)), '..', 'config');
const DEFAULT_CONFIG = '/etc/negawatt/negawatt.yaml';
/** systemd and hypervisor tools answer within tens of milliseconds; a hung one must not hold the inventory. */
const INVENTORY_TIMEOUT_MS = 10_000;

export type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

export interface Loaded {
  readonly config: Config;
  readonly sha256: string;
  readonly warnings: readonly string[];
  /** `EXAMPLE ZONE DE` while CO2e rests on an example, else undefined. */
  readonly example: string | undefined;
  /** File that was read; undefined where there is none. */
  readonly file: string | undefined;
}

/** Splits `--config.file` from the flags that set keys; falls back to the system's file where that exists. */
export const configInput = (flags: FlagValues) => {
  const { 'config.file': named, ...keys } = flags;
  const file = typeof named === 'string' ? named : existsSync(DEFAULT_CONFIG) ? DEFAULT_CONFIG : undefined;
  return { ...(file === undefined ? {} : { file }), env: process.env, flags: keys };
};

export const problemText = (problems: readonly Problem[]): string =>
  problems.map(({ place, what }) => (place === '' ? what : `${place}: ${what}`)).join('\n');

export const load = async (flags: FlagValues): Promise<Loaded> => {
  const input = configInput(flags);
  const loaded = await loadConfig(input);
  if (!loaded.ok) {
    const usage = loaded.problems.every(({ place }) => place.startsWith('--'));
    throw new CommandError(
      `the configuration is not usable:\n${problemText(loaded.problems)}`,
      usage ? USAGE : undefined,
    );
  }
  const { config, sha256, warnings } = loaded;
  return { config, sha256, warnings, example: exampleOf(config), file: input.file };
};

export interface Agent {
  readonly inventory: () => Inventory;
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
  /** Why the factors that years were begun with cannot be read or kept, and the next step. */
  /** Why the measured PUE cannot be read, and the next step; undefined: it is read again. */
  readonly onPue?: (trouble: { readonly reason: string; readonly fix: string } | undefined) => void;
  /** What happens with providers of grid data; each thing once, when it changes. */
  readonly onGrid?: (event: GridEvent) => void;
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
  } = options;
  const { config, sha256 } = loaded;
  const paths: HostPaths = config.path;
  let inventory = withName(await firstInventory(paths), config);
  const startedAt = Date.now() / 1000 - process.uptime();
  const directory = stateDirectoryOf(config);
  const grid = openLiveGrid({
    config,
    host: inventory.hostName,
    directory: serves ? directory : undefined,
    onEvent: onGrid,
  });
  const pueGauge = openPue(config, onPue);
  const setting = (): Setting => ({
    inventory,
    staticLabels: config.host.labels,
    version,
    nodeVersion: process.versions.node,
    configSha256: sha256,
    startedAt,
    gpuDetails: config.metrics.gpu_details,
    ...(grid === undefined ? {} : { grid: grid.states() }),
  });
  const work = createWork({ ...config.work, push: serves && config.work.push }, onWork);
  const [carbonAt, sheets, sampler] = await Promise.all([
    openCarbon(config, pinsIn(directory, config, serves, onPins), grid, pueGauge),
    readServerSheets(join(CONFIG_DIRECTORY, 'hardware')),
    openSampler(
      config,
      [...createSources(config.sources, inventory), work.source],
      paths,
      onSource,
      patience,
    ),
  ]);
  const policy = policyOf(config, interval);
  const tables = embodiedTables(sheets.found ? sheets.value : []);
  const embodied = oncePer((of: Inventory) => embodiedPolicy(config.embodied, of, tables));
  const engine = createEngine(setting, () => ({ ...policy, embodied: embodied(inventory) }), store.load());
  return {
    inventory: () => inventory,
    engine,
    statuses: () => sampler.statuses(),
    embodied: () => embodied(inventory),
    withoutSheets: sheets.found ? undefined : sheets,
    carbonAt,
    tick: () => {
      const whole = withSelf(sampler.sample());
      const sample = interval === undefined ? whole : withoutSlow(whole, interval);
      const snapshot = engine.step(sample, carbonAt);
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

/** PUE as an exporter of the building measures it; undefined where none is named. */
const openPue = (
  { site: { pue_metric: options } }: Config,
  tell: NonNullable<AgentOptions['onPue']>,
): Gauge | undefined => {
  if (options === undefined) return undefined;
  const wrong = (value: number): string | undefined =>
    value >= 1 && value <= MOST_PUE
      ? undefined
      : `a PUE of ${value} cannot be: it is 1 or more, and ${MOST_PUE} at most`;
  return openGauge({ interval: seconds(60), ...options }, wrong, tell, () => performance.now() / 1000);
};

/** Small sheds at night reach 5; more is a percentage, or a broken meter. */
const MOST_PUE = 10;

interface CarbonPins {
  readonly held: FactorPins;
  readonly keep: (pins: FactorPins) => void;
  readonly restate: readonly number[];
}

/** Years stay with the factors that they began with, also for a command that only looks; the running agent keeps them. */
const pinsIn = (
  dir: string | undefined,
  { grid: { restate } }: Config,
  keeps: boolean,
  tell: (message: string, fix: string) => void,
): CarbonPins | undefined => {
  if (dir === undefined) return undefined;
  const read = readPins(dir);
  if (!read.found && read.state === 'unreadable') tell(read.reason, read.fix);
  const keep = (pins: FactorPins): void => {
    if (!keeps) return;
    try {
      writePins(dir, pins);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      tell(`the factors of this year cannot be kept: ${why}`, `Make ${dir} writable for the agent.`);
    }
  };
  return { held: read.found ? read.value : new Map(), keep, restate };
};

const tariffOf = ({ site: { tariff } }: Config) => {
  if (tariff === undefined) return undefined;
  const { timezone, ...prices } = tariff;
  return { tariff: prices, local: timezone === undefined ? utcTime : localTime(timezone) };
};

/** Factors of the zone in force. Throws CommandError where a table cannot be read or a row of it is wrong. */
export const openCarbon = async (
  config: Config,
  pins?: CarbonPins,
  grid?: LiveGrid,
  pue?: Gauge,
): Promise<CarbonAt> => {
  try {
    return await openFactors({
      directory: join(CONFIG_DIRECTORY, 'factors'),
      userFiles: config.grid.files,
      zone: gridZoneOf(config),
      example: isExample(config),
      location: config.grid.location,
      market: config.grid.market,
      pue: config.site.pue,
      puePeriods: config.site.pue_periods,
      instruments: config.grid.instruments,
      fallback: config.grid.fallback,
      tenancy: config.site.tenancy,
      tariff: tariffOf(config),
      ...(pins === undefined ? {} : { pins }),
      ...(grid === undefined ? {} : { live: grid.live }),
      ...(pue === undefined ? {} : { pueNow: pue.value }),
      wue: config.site.wue,
      erf: config.site.erf,
      upstream: { loss: config.grid.loss, upstream: config.grid.upstream },
    });
  } catch (cause) {
    throw new CommandError(
      `the factor tables are not usable: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
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
