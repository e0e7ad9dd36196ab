import { createHash } from 'node:crypto';
import { counted, plural } from '../model/counted.ts';
import { SourceError } from '../model/source-error.ts';
import { HOST_WORKLOAD, isWork, WORK_UNIT, type WorkOwner, type WorkReading } from '../model/work.ts';
import { compileLabels, type LabelTest } from './labels.ts';
import type { MappedMetric } from './options.ts';
import { isPlausible, parseSample, utf8 } from './sample-line.ts';
import { isName, shown } from './text.ts';

/** A metric that counts work, ready to be looked for. */
export interface Mapping {
  readonly metric: string;
  readonly fits: LabelTest;
  /** Whose work in which unit a series counts; undefined where its labels do not say it. */
  readonly pairOf: (labels: ReadonlyMap<string, string>) => { workload: WorkOwner; unit: string } | undefined;
  /** Tells its counters from those of any other mapping, also over restarts. */
  readonly identity: string;
}

/** @param where the endpoint or directory that it is looked for in. */
export const mappingOf = (where: string, { metric, labels = {}, unit, workload }: MappedMetric): Mapping => {
  const pair = { workload: workload === undefined ? HOST_WORKLOAD : ownerOf(workload), unit };
  return {
    metric,
    // The schema has compiled it before.
    fits: compileLabels(labels) ?? (() => false),
    pairOf: () => pair,
    identity: JSON.stringify([where, metric, unit, workload ?? null]),
  };
};

const ownerOf = (workload: NonNullable<MappedMetric['workload']>): WorkOwner =>
  typeof workload === 'string'
    ? workload
    : { name: workload.name, ...(workload.kind === undefined ? {} : { kind: workload.kind }) };

/** `negawatt_work_total{workload,unit}`: work that says itself whose it is. Without `workload` it is the host's. */
export const ownMetric = (where: string): Mapping => ({
  metric: 'negawatt_work_total',
  fits: () => true,
  pairOf: (labels) => {
    const workload = labels.get('workload') || HOST_WORKLOAD;
    const unit = labels.get('unit') ?? '';
    return WORK_UNIT.test(unit) && isName(workload) ? { workload, unit } : undefined;
  },
  identity: JSON.stringify([where, 'negawatt_work_total']),
});

/** Series that fit at one place: each is remembered by itself, for its resets. */
const MOST_SERIES = 1000;

/** What one pass over a text, or several, found. */
export interface Matched {
  readonly readings: readonly WorkReading[];
  /** What was wrong with series that fit, first of all; such series were left out. */
  readonly problem: string | undefined;
}

/** Looks at lines one by one and keeps what fits. */
export interface Matcher {
  /** Throws SourceError where the text is no metrics at all, or too much of it fits. */
  line(text: string): void;
  result(): Matched;
}

export const createMatcher = (mappings: readonly Mapping[]): Matcher => {
  const readings = new Map<string, WorkReading>();
  const problems: string[] = [];
  const seen = new Set<string>();
  const take = (mapping: Mapping, line: string): void => {
    const { metric } = mapping;
    const text = utf8(line);
    if (text === undefined) return void problems.push(`a series of ${metric} is not UTF-8`);
    const sample = parseSample(text, metric.length);
    if (sample === undefined) return void problems.push(`cannot read the line "${shown(text)}"`);
    const { labels, value } = sample;
    if (!mapping.fits(labels)) return;
    const pair = mapping.pairOf(labels);
    if (pair === undefined) {
      return void problems.push(
        `the line "${shown(text)}" has no unit such as requests, or no usable workload`,
      );
    }
    if (!isWork(value)) return void problems.push(`no count of work in the line "${shown(text)}"`);
    const counter = counterOf(mapping, labels);
    if (seen.has(counter)) return void problems.push(`stands twice: "${shown(text)}"`);
    seen.add(counter);
    if (seen.size > MOST_SERIES) {
      throw new SourceError('retry', `more than ${MOST_SERIES} series of ${metric} fit`, {
        fix: 'Name labels that fewer series have, or a counter that is already a sum.',
      });
    }
    readings.set(counter, { ...pair, counter, total: value });
  };
  return {
    line: (text) => {
      if (text === '') return;
      for (const mapping of mappings) {
        const { metric } = mapping;
        if (text.startsWith(metric) && /^[ \t{]/.test(text.slice(metric.length, metric.length + 1))) {
          take(mapping, text);
        } else if (text.startsWith(`# TYPE ${metric} gauge`))
          problems.push(`${metric} is a gauge, no counter`);
      }
      if (isPlausible(text) || text.trim() === '') return;
      const kind = /^\s*</.test(text) ? 'this is HTML or XML, not metrics' : 'this is no text of metrics';
      throw new SourceError('retry', `${kind}: "${shown(text)}"`);
    },
    result: () => ({ readings: [...readings.values()], problem: summary(problems) }),
  };
};

const summary = ([first, ...more]: readonly string[]): string | undefined =>
  first === undefined || more.length === 0
    ? first
    : `${first}, and ${counted(more.length, 'more line')} that ${plural(more.length, 'was', 'were')} left out`;

const counterOf = ({ identity }: Mapping, labels: ReadonlyMap<string, string>): string =>
  createHash('sha256')
    .update(JSON.stringify([identity, [...labels].sort(([a], [b]) => (a < b ? -1 : 1))]))
    .digest('base64url')
    .slice(0, 22);
