import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPEN_METRICS_END, openMetricsHead } from '../exporters/open-metrics.ts';
import { cleaned } from '../exporters/producer.ts';
import type { Labels, MetricName, Point } from '../metrics.ts';

/** Seconds: Prometheus keeps its data in blocks of two hours, aligned to 1970 UTC. */
const BLOCK = 7200;

/** What a scraper adds to every series. */
export interface Target {
  readonly job: string;
  readonly instance: string;
}

/** What a scraper saw, in OpenMetrics with timestamps: a file for each block, `negawatt-20260105T0000Z.om`. */
export interface BlockWriter {
  /**
   * One scrape of a target. Times never fall.
   *
   * @param at seconds since 1970 UTC. @param points undefined: nobody answered; `up` is 0.
   */
  add(at: number, target: Target, points: readonly Point[] | undefined): void;
  /** Writes what is left. Paths of all files that were written. */
  close(): readonly string[];
}

type Family = Map<string, string>;

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const labelText = (labels: Labels): string =>
  Object.entries(cleaned(labels))
    .map(([name, value]) => `,${name}="${escaped(value)}"`)
    .join('');

const valueText = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);

const UP_HEAD = '# HELP up 1 if the scrape had an answer.\n# TYPE up gauge';

const fileName = (from: number): string => {
  const text = new Date(from * 1000).toISOString();
  return `negawatt-${text.slice(0, 13).replaceAll('-', '')}${text.slice(14, 16)}Z.om`;
};

/**
 * Only the block at hand is held in memory: families stand together in OpenMetrics, and so do the samples of a series.
 *
 * @param isKept which metrics go in; left out: all, as a scrape has them.
 */
export const createBlockWriter = (
  directory: string,
  isKept: (metric: MetricName) => boolean = () => true,
): BlockWriter => {
  mkdirSync(directory, { recursive: true });
  const written: string[] = [];
  let families = new Map<MetricName | 'up', Family>();
  let block: number | undefined;
  /** Texts of labels by their object: those of counters live as long as their series. */
  const known = new WeakMap<Labels, string>();
  const textOf = (labels: Labels): string => {
    const held = known.get(labels);
    if (held !== undefined) return held;
    const text = labelText(labels);
    known.set(labels, text);
    return text;
  };
  const flush = (): void => {
    if (block === undefined || families.size === 0) return;
    const path = join(directory, fileName(block));
    const file = openSync(path, 'w');
    try {
      for (const [name, family] of [...families].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const head = name === 'up' ? UP_HEAD : openMetricsHead(name);
        writeFileSync(file, `${head}\n${[...family.values()].join('')}`);
      }
      writeFileSync(file, OPEN_METRICS_END);
    } finally {
      closeSync(file);
    }
    written.push(path);
    families = new Map();
  };
  const put = (metric: MetricName | 'up', series: string, line: string): void => {
    let family = families.get(metric);
    if (family === undefined) {
      family = new Map();
      families.set(metric, family);
    }
    family.set(series, (family.get(series) ?? '') + line);
  };
  return {
    add: (at, { job, instance }, points) => {
      const own = Math.floor(at / BLOCK) * BLOCK;
      if (block !== own) {
        flush();
        block = own;
      }
      const target = `{job="${escaped(job)}",instance="${escaped(instance)}"`;
      put('up', target, `up${target}} ${points === undefined ? 0 : 1} ${at}\n`);
      for (const { metric, labels, value } of points ?? []) {
        if (!isKept(metric)) continue;
        const series = `${target}${textOf(labels)}}`;
        put(metric, series, `${metric}${series} ${valueText(value)} ${at}\n`);
      }
    },
    close: () => {
      flush();
      return written;
    },
  };
};
