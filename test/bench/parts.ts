/**
 * The stages of the agent's loop one by one, at their real pace, each with the processor time that it took: what the
 * agent does at its defaults, without the HTTP server. Runs until SIGTERM, then prints milliseconds by stage since the
 * last SIGUSR2 as JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { metricsBody } from '../../agent/metrics-body.ts';
import { loadConfig } from '../../src/config/index.ts';
import {
  createPrometheusExporter,
  createSampler,
  createSources,
  gridZoneOf,
  isExample,
  openFactors,
  openSqliteStore,
  quickInventory,
  type Sample,
  type Snapshot,
  seconds,
  systemClock,
} from '../../src/index.ts';
import { book, close, emptyLedger, toPersisted } from '../../src/ledger.ts';
import { encode } from '../../src/model/codec.ts';
import type { ProcessPass } from '../../src/model/process.ts';
import { initialEngine, tick } from '../../src/pipeline.ts';
import { initialPowers, nextPowers, snapshotOf } from '../../src/snapshot.ts';
import { ProcessFiles } from '../../src/sources/process-files.ts';
import { PROCESS_LIMIT, startPass } from '../../src/sources/process-pass.ts';
import { MADE, ownCpu } from './measure.ts';

const loaded = await loadConfig({
  file: join(MADE, 'config', 'quickstart.yaml'),
  env: { NEGAWATT_SOURCES_CGROUP_HIERARCHY: process.argv[2] ?? 'auto' },
  flags: {},
});
if (!loaded.ok) throw new Error('config/quickstart.yaml is not usable');
const { config } = loaded;
const inventory = quickInventory(config.path);
const carbonOf = await openFactors({
  directory: join(MADE, 'config', 'factors'),
  userFiles: [],
  zone: gridZoneOf(config),
  example: isExample(config),
  location: config.grid.location,
  market: config.grid.market,
  pue: config.site.pue,
});
const sampler = await createSampler({
  sources: createSources(config.sources, inventory),
  paths: config.path,
  clock: systemClock,
  disabled: ['process'],
});
const state = mkdtempSync(join(tmpdir(), 'negawatt-bench-state-'));
const store = await openSqliteStore(state);
if (!store.found) throw new Error(store.reason);
const policy = {
  metering: { interval: config.sampling.interval, floors: new Map() },
  attribution: {
    staticShare: config.attribution.static_share,
    top: config.attribution.top,
    retention: config.attribution.retention,
  },
  processMetrics: config.attribution.process_metrics,
};
const setting = {
  inventory,
  staticLabels: {},
  version: 'bench',
  nodeVersion: process.versions.node,
  configSha256: '',
  startedAt: Date.now() / 1000,
};

const STAGES = ['read', 'compute', 'book', 'snapshot', 'process pass', 'scrape', 'state save'] as const;
type Stage = (typeof STAGES)[number];
const spent = new Map<Stage, number>();
const since = (stage: Stage, start: number): number => {
  const now = ownCpu();
  spent.set(stage, (spent.get(stage) ?? 0) + now - start);
  return now;
};

let engine: ReturnType<typeof initialEngine> | undefined;
let ledger = emptyLedger;
let powers = initialPowers;
let number = 0;
let pass: ProcessPass | undefined;
let snapshot: Snapshot | undefined;

const takeSample = (): Sample => {
  const sample = { ...sampler.sample(), ...(pass === undefined ? {} : { processes: pass }) };
  pass = undefined;
  return sample;
};

/** As src/engine.ts puts the stages together. */
const step = (): void => {
  let at = ownCpu();
  const sample = takeSample();
  at = since('read', at);
  const result = tick(engine ?? initialEngine(sample.bootId), sample, carbonOf, policy);
  engine = result.state;
  at = since('compute', at);
  ledger = close(book(ledger, result.bookings, sample.at), result.retires);
  at = since('book', at);
  powers = nextPowers(powers, result.view);
  snapshot = snapshotOf(number++, ledger, powers, result.view, setting, seconds(sample.at - 30), undefined);
  since('snapshot', at);
};
const files = new ProcessFiles(config.path.procfs);
const readProcesses = (): void => {
  const at = ownCpu();
  pass = startPass(config.path.procfs, systemClock, PROCESS_LIMIT, files).advance(seconds(60));
  since('process pass', at);
};
const exporter = createPrometheusExporter(() => snapshot);
const body = metricsBody(
  () => snapshot,
  () => exporter.render(),
);
const scrape = async (): Promise<void> => {
  const at = ownCpu();
  await body.gzipped();
  since('scrape', at);
};
const save = (): void => {
  const at = ownCpu();
  if (snapshot === undefined) return;
  const { bootId, at: savedAt, wall } = snapshot.view.sample;
  store.value.save(
    {
      bootId,
      savedAt,
      wall,
      counters: toPersisted(ledger),
      engine: encode({ ...engine, processes: undefined }),
      version: 1,
    },
    [],
  );
  since('state save', at);
};

readProcesses();
step();
setInterval(step, config.sampling.interval * 1000);
setInterval(readProcesses, config.sources.process.interval * 1000);
setInterval(() => void scrape(), 15_000);
setInterval(save, 60_000);

process.on('SIGUSR2', () => spent.clear());
process.on('SIGTERM', () => {
  process.stdout.write(
    `${JSON.stringify(Object.fromEntries(STAGES.map((stage) => [stage, spent.get(stage) ?? 0])))}\n`,
  );
  sampler.close();
  store.value.close();
  rmSync(state, { recursive: true, force: true });
  process.exit();
});
process.stdout.write('ready\n');
