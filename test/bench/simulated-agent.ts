/** The agent's loop on a simulated host whose groups and clock a benchmark moves: real sources, engine and exporter. */
import { loadConfig } from '../../src/config/index.ts';
import {
  createEngine,
  createPrometheusExporter,
  createSampler,
  createSources,
  quickInventory,
  type Snapshot,
  type Store,
  seconds,
} from '../../src/index.ts';
import { type FakeHost, fakeClock } from '../fixtures/fake-host.ts';
import { hex64, twoSocketDram } from '../fixtures/hosts.ts';
import { NO_CARBON } from '../fixtures/run-engine.ts';
import { ownCpu } from './measure.ts';

export const TICK_S = 5;
/** Once a minute. */
const SAVE_EVERY = 12;

export interface SimulatedAgent {
  readonly host: FakeHost;
  /** Lets 5 s pass in which each of the containers used some processor time, then takes a tick; its own CPU, ms. */
  tick(containers: Iterable<string>): number;
  /** Lets time pass without a tick. */
  skip(duration: number): void;
  /** Drops what it counts for containers that were removed. */
  forget(containers: Iterable<string>): void;
  render(): Promise<string>;
  close(): void;
}

/** Path of a container, as Docker names it under systemd. */
export const container = (number: number): string => `/system.slice/docker-${hex64(number)}.scope`;

/** A file of the kernel's length and order (cgroup-v2.rst), so that finding one line costs what it costs there. */
const memoryStat = (anonymous: number): string =>
  [
    `anon ${anonymous}`,
    'file 104857600',
    ...Array.from({ length: 36 }, (_, i) => `kernel_field_${i} ${i * 4096}`),
  ].join('\n');

/**
 * Two packages and their DRAM, metered, on a host with control groups of version 2. Time stands still between ticks.
 *
 * @param store what is kept goes there, once a minute and before each scrape; without it it is let go.
 */
export const simulatedAgent = async (store?: Pick<Store, 'save'>): Promise<SimulatedAgent> => {
  const loaded = await loadConfig({ env: {}, flags: {} });
  if (!loaded.ok) throw new Error('the defaults are not usable');
  const { config } = loaded;
  const host = twoSocketDram();
  host.write('proc/mounts', `cgroup2 ${host.root}/sys/fs/cgroup cgroup2 rw 0 0`);
  const clock = fakeClock();
  const used = new Map<string, number>();
  let joules = 100_000_000_000n;
  let all = 0;
  let idle = 0;
  const use = (path: string, microseconds: number): void => {
    const before = used.get(path);
    if (before === undefined && path !== '/') {
      host.write(`sys/fs/cgroup${path}/memory.stat`, memoryStat(64 * 2 ** 20));
      host.write(`sys/fs/cgroup${path}/cpu.max`, '200000 100000');
    }
    const now = (before ?? 0) + microseconds;
    used.set(path, now);
    host.group(path, now);
  };
  const pass = (containers: Iterable<string>): void => {
    let total = 0;
    for (const path of containers) {
      use(path, 1000);
      total += 1000;
    }
    use('/system.slice', total);
    use('/', total);
    // As Linux 4.14 and later tell it.
    host.write('sys/fs/cgroup/cgroup.stat', `nr_descendants ${used.size - 1}\nnr_dying_descendants 0`);
    all += total / 10_000;
    idle += TICK_S * 128 * 100 - total / 10_000;
    host.cpu([all, 0, 0, idle]);
    joules += 500_000_000n;
    for (const socket of [0, 1]) host.energy(`intel-rapl:${socket}`, joules);
    for (const socket of [0, 1]) host.energy(`intel-rapl:${socket}:0`, joules / 8n);
    clock.advance(TICK_S);
  };
  pass([]);
  const sampler = await createSampler({
    sources: createSources(config.sources, quickInventory(host.paths)),
    paths: host.paths,
    clock,
    disabled: ['process'],
  });
  const setting = {
    inventory: quickInventory(host.paths),
    staticLabels: {},
    version: 'bench',
    nodeVersion: process.versions.node,
    configSha256: '',
    startedAt: 0,
  };
  const policy = {
    metering: { interval: config.sampling.interval, floors: new Map() },
    attribution: {
      staticShare: config.attribution.static_share,
      top: config.attribution.top,
      retention: seconds(900),
    },
    processMetrics: false,
  };
  const engine = createEngine(
    () => setting,
    () => policy,
  );
  let last: Snapshot | undefined;
  let ticks = 0;
  const exporter = createPrometheusExporter(() => last);
  const keep = (): void => {
    const { state, usage, ended } = engine.persist(false);
    store?.save(state, usage, ended);
    engine.confirmPersisted();
  };
  return {
    host,
    tick: (containers) => {
      pass(containers);
      const before = ownCpu();
      last = engine.step(sampler.sample(), () => NO_CARBON);
      const spent = ownCpu() - before;
      ticks += 1;
      // As the agent does: what is kept is let go.
      if (ticks % SAVE_EVERY === 0) keep();
      return spent;
    },
    skip: (duration) => clock.advance(duration),
    forget: (containers) => {
      for (const path of containers) used.delete(path);
    },
    render: () => {
      if (store !== undefined) keep();
      return exporter.render();
    },
    close: () => {
      sampler.close();
      host.dispose();
    },
  };
};
