/** Processor time of one scrape against prom-client 15, for the same series, in turns in one process. */
import { Counter, Registry } from 'prom-client';
import { createPrometheusExporter } from '../../src/exporters/prometheus.ts';
import { metricOf, type Point } from '../../src/metrics.ts';
import { drivenHost } from '../fixtures/samples.ts';
import { median, note, ownCpu, QUICK } from './measure.ts';
import { give } from './row.ts';

const SERIES = 10_000;
const ROUNDS = QUICK ? 15 : 60;
/** A tick of process.cpuUsage is a microsecond, but one scrape is short beside a garbage collection: some at a time. */
const SCRAPES = 5;
const WARM_UP = QUICK ? 3 : 10;

const METRIC = 'negawatt_workload_energy_joules_total';
const points: readonly Point[] = Array.from({ length: SERIES }, (_, i) => ({
  metric: METRIC,
  labels: {
    workload: `kubepods.slice/pod-${Math.floor(i / 2)}.scope`,
    kind: 'container',
    class: 'unclassified',
    resource: 'cpu',
    part: i % 2 === 0 ? 'dynamic' : 'static_share',
  },
  value: i * 17.25 + 0.1,
}));

/** As the ledger does it: from tick to tick a series keeps its labels and only the value moves. */
let tick = 0;
const base = drivenHost().step();
const snapshotNow = () => ({
  ...base,
  points: points.map((point) => ({ ...point, value: point.value + tick })),
});
let snapshot = snapshotNow();
const exporter = createPrometheusExporter(() => snapshot);
const registry = new Registry();
const counter = new Counter({
  name: METRIC,
  help: metricOf(METRIC).help,
  labelNames: [...metricOf(METRIC).labels],
  registers: [registry],
});
for (const { labels, value } of points) counter.inc(labels, value);

const lines = (text: string): string => text.trim().split('\n').sort().join('\n');
if (lines(await exporter.render()) !== lines(await registry.metrics())) {
  throw new Error('the two do not write the same series: nothing is compared');
}

const cost = async (scrape: () => Promise<string>): Promise<number> => {
  const before = ownCpu();
  for (let i = 0; i < SCRAPES; i++) Buffer.from(await scrape());
  return (ownCpu() - before) / SCRAPES;
};
/** Of an exporter that meets every series for the first time. */
const firstCost = async (): Promise<number> => {
  const fresh = { ...base, points: points.map((point) => ({ ...point, labels: { ...point.labels } })) };
  const one = createPrometheusExporter(() => fresh);
  const before = ownCpu();
  Buffer.from(await one.render());
  return ownCpu() - before;
};

const ours: number[] = [];
const theirs: number[] = [];
const firsts: number[] = [];
for (let round = -WARM_UP; round < ROUNDS; round++) {
  tick += 1;
  snapshot = snapshotNow();
  const one = await cost(() => exporter.render());
  const other = await cost(() => registry.metrics());
  const first = await firstCost();
  if (round < 0) continue;
  ours.push(one);
  theirs.push(other);
  firsts.push(first);
}
const [mine, reference, first] = [median(ours), median(theirs), median(firsts)];
note(
  `scrape of ${SERIES} series: ${mine.toFixed(1)} ms, the first one ${first.toFixed(1)} ms; prom-client ${reference.toFixed(1)} ms`,
);
give({
  what: `scrape of ${SERIES} series`,
  ours: `${mine.toFixed(1)} ms CPU`,
  reference: `${reference.toFixed(1)} ms CPU`,
  ratio: mine / reference,
  budget: 'no dearer than prom-client 15',
  met: mine <= reference,
  how: `medians of ${ROUNDS} rounds of ${SCRAPES} scrapes each, in turns in one process; text as a Buffer, not compressed`,
});
give({
  what: `first scrape of ${SERIES} new series`,
  ours: `${first.toFixed(1)} ms CPU`,
  reference: `${reference.toFixed(1)} ms CPU`,
  ratio: first / reference,
  budget: '',
  how: 'each series is new to the exporter: once in its life',
});
