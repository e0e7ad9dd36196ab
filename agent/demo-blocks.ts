import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type MetricName, openLab, type Point } from '../src/index.ts';
import type { DemoPast } from './demo-past.ts';
import type { Progress } from './progress.ts';
import { version } from './version.ts';

/** Seconds between two scrapes. */
const STEP = 300;
const DAY = 86_400;

/** Times of the first and the last scrape, seconds since 1970 UTC. */
export const blocksWindow = (now: number, days: number): { readonly from: number; readonly to: number } => {
  const to = Math.floor(now / STEP) * STEP;
  return { from: to - Math.round((days * DAY) / STEP) * STEP, to };
};

interface BlocksInput {
  readonly directory: string;
  readonly seed: string;
  readonly hosts: number;
  readonly days: number;
  /** Seconds since 1970 UTC; the last scrape is at the step before it. */
  readonly now: number;
  /** Measures, and what a service that evaluates them exports at a time; undefined: there are none. */
  readonly savings?:
    | { readonly past: DemoPast; readonly pointsAt: (at: number) => readonly Point[] }
    | undefined;
  /** Of a host; the others are left out, as with metric_relabel_configs. Undefined: all. */
  readonly metrics?: readonly MetricName[] | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Writes what a Prometheus would have scraped of a simulated fleet, a file for each of its blocks. */
export const writeBlocks = async (input: BlocksInput): Promise<readonly string[]> => {
  const { directory, seed, hosts, days, now, savings, metrics, progress, signal } = input;
  const { createBlockWriter, createLabFleet, mixedHosts } = await openLab();
  const { from, to } = blocksWindow(now, days);
  const measured = savings?.past.hosts ?? [];
  const { greener } = savings?.past ?? {};
  const fleet = createLabFleet({
    ...{ seed, from, to, step: STEP, version },
    hosts: [...mixedHosts(hosts, from, days), ...measured],
    // The hosts of the measures are those of the months behind them, under the same weather.
    began: Math.min(from, ...measured.map((spec) => spec.from ?? from)),
    ...(greener === undefined ? {} : { greener }),
  });
  const kept = metrics === undefined ? undefined : new Set<MetricName>(metrics);
  const writer = createBlockWriter(
    join(directory, 'openmetrics'),
    kept === undefined ? undefined : (metric) => kept.has(metric),
  );
  for (const { at, all } of fleet.scrapes()) {
    for (const { host, snapshot } of all)
      writer.add(at, { job: 'negawatt', instance: `${host.spec.name}:10202` }, snapshot?.points);
    if (savings !== undefined) {
      const points = savings.pointsAt(at);
      if (points.length > 0) writer.add(at, { job: 'negawatt', instance: 'fleet:10202' }, points);
    }
    progress.tell((at - from) / (to - from));
    await setImmediate();
    signal.throwIfAborted();
  }
  const files = writer.close();
  progress.end();
  return files;
};
