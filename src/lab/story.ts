import type { MeasurePlan } from '../model/measure.ts';
import { armAt } from '../savings/switchback-arm.ts';
import type { LabHostSpec } from './host.ts';
import type { RoleName } from './roles.ts';
import type { LabChange } from './truth.ts';

const DAY = 86_400;

/** A measure of the simulated fleet: what its operator believes and plans, and what it truly does to its hosts. */
export interface LabMeasure {
  readonly name: string;
  /** What its operator says of it, one line. */
  readonly claim: string;
  readonly role: RoleName;
  readonly hosts: number;
  readonly kind: MeasurePlan['kind'];
  readonly design: 'switchback' | 'before-after';
  /** Days: known before the start, and from the start to the verdict. */
  readonly before: number;
  readonly report: number;
  /** What is multiplied by what while it is in force; nothing: it does nothing. */
  readonly effect: Omit<LabChange, 'from' | 'until' | 'isOn'>;
}

/** Five measures of which two do nothing for energy. Lengths are the shortest that the method takes. */
export const MEASURES: readonly LabMeasure[] = [
  {
    name: 'autoscaler',
    claim: 'replicas follow demand: fewer of them poll for nothing',
    ...{ role: 'web', hosts: 3, kind: 'autoscale', design: 'switchback', before: 28, report: 28 },
    effect: { background: 0.3, idle: 0.88 },
  },
  {
    name: 'colocation',
    claim: 'batch jobs share hosts with services at night, idle ones sleep deeper',
    ...{ role: 'batch', hosts: 3, kind: 'colocation', design: 'before-after', before: 119, report: 7 },
    effect: { idle: 0.7 },
  },
  {
    name: 'image-cache',
    claim: 'energy fell by a fifth since the cache was put in (so did the number of requests)',
    ...{ role: 'web', hosts: 3, kind: 'other', design: 'before-after', before: 56, report: 14 },
    effect: { demand: 0.6 },
  },
  {
    name: 'greener-contract',
    claim: 'CO2e of the databases fell (so did that of the whole grid)',
    ...{ role: 'database', hosts: 3, kind: 'other', design: 'before-after', before: 119, report: 7 },
    effect: {},
  },
  {
    name: 'tracing',
    claim: 'tracing of every request pays for itself',
    ...{ role: 'web', hosts: 3, kind: 'other', design: 'switchback', before: 28, report: 14 },
    effect: { background: 4 },
  },
];

/** How much of its emissions the grid has left from the start of the last measure that is told by its grid alone. */
export const GREENER = 0.6;

export interface StoryOptions {
  /** The end of it all: every verdict is due by then. Seconds since 1970 UTC, a whole day. */
  readonly end: number;
  readonly measures?: readonly LabMeasure[];
  /** Leaves all effects out: then no verdict may find one. */
  readonly withoutEffects?: boolean;
}

/** Instants of a measure, seconds since 1970 UTC. */
export const timesOf = ({ before, report }: LabMeasure, end: number) => ({
  from: end - (report + before) * DAY,
  start: end - report * DAY,
  report: end,
});

/** From when on its grid emits less, milliseconds since 1970 UTC; undefined where no measure is told by that. */
export const greenerFrom = ({
  end,
  measures = MEASURES,
}: StoryOptions): { readonly from: number; readonly factor: number } | undefined => {
  const greener = measures.find(({ name }) => name === 'greener-contract');
  return greener && { from: timesOf(greener, end).start * 1000, factor: GREENER };
};

export const hostNames = ({ name, hosts }: LabMeasure): readonly string[] =>
  Array.from({ length: hosts }, (_, number) => `${name}-${number + 1}`);

const day = (at: number): string => new Date(at * 1000).toISOString().slice(0, 10);

/** The configuration of the fleet, as an operator would have written it before the first of these measures began. */
export const storyConfig = (
  { end, measures = MEASURES }: StoryOptions,
  { state, csv }: { readonly state: string; readonly csv: string },
): string =>
  [
    '# A SIMULATED fleet: no host, no meter and no measure in it exists. Written by `negawatt demo`.',
    'state:',
    `  dir: ${JSON.stringify(state)}`,
    'history:',
    `  csv: {path: ${JSON.stringify(csv)}}`,
    'measures:',
    ...measures.flatMap((measure) => {
      const { start, report } = timesOf(measure, end);
      const baseline = Math.min(28, measure.before);
      return [
        `  # ${measure.claim}`,
        `  - name: ${measure.name}`,
        `    kind: ${measure.kind}`,
        `    hosts: [${hostNames(measure).join(', ')}]`,
        `    work: ${UNITS[measure.role]}`,
        `    baseline: {from: ${day(start - baseline * DAY)}, to: ${day(start)}}`,
        `    start: ${day(start)}`,
        `    report_at: [${day(report)}]`,
        ...(measure.design === 'switchback'
          ? ['    schedule: {design: switchback, block: 6h, washout: 1h}']
          : []),
      ];
    }),
    '',
  ].join('\n');

const UNITS: Readonly<Record<RoleName, string>> = {
  web: 'requests',
  database: 'transactions',
  batch: 'jobs',
  training: 'training_samples',
  guest: 'requests',
};

/** Hosts on which the measures have the effects that they truly have, switched by the very schedules of their plans. */
export const storyHosts = (
  { end, measures = MEASURES, withoutEffects = false }: StoryOptions,
  plans: readonly MeasurePlan[],
): readonly LabHostSpec[] =>
  measures.flatMap((measure) => {
    const { from, start, report } = timesOf(measure, end);
    const schedule = plans.find(({ name }) => name === measure.name)?.schedule;
    const change: LabChange = {
      from: start,
      ...measure.effect,
      ...(schedule?.design === 'switchback'
        ? { isOn: (at: number) => armAt(schedule, start, report, at).arm === 'on' }
        : {}),
    };
    return hostNames(measure).map(
      (name): LabHostSpec => ({
        ...{ name, role: measure.role, pool: measure.name, from },
        changes: withoutEffects ? [] : [change],
      }),
    );
  });
