import {
  type EndedPod,
  type EndedQuery,
  type EndedWorkload,
  endedPods,
  energyOfEnded,
  exampleNotice,
  readEnded,
  toKilowattHours,
} from '../src/index.ts';
import type { Loaded } from './configuration.ts';
import { CommandError } from './exit.ts';
import { cpuTime, duration, energy, figure, mass, together } from './figures.ts';
import { stateDirectoryOf } from './state.ts';
import { csv, printable, table } from './table.ts';
import { utcTime } from './utc-time.ts';

/** Prints the workloads that have ended. Throws CommandError where there is no state that could tell. */
export const printEnded = async (loaded: Loaded, query: EndedQuery, format: string): Promise<void> => {
  const dir = stateDirectoryOf(loaded.config);
  if (dir === undefined)
    throw new CommandError('there is no state directory: no home to look in; name one with --state.dir');
  const isOfPods = query.kind === POD;
  const read = await readEnded(dir, isOfPods ? { kind: 'container' } : query);
  if (!read.found) throw new CommandError(`${read.reason}; ${read.fix}`);
  const ended = isOfPods ? podsFor(read.value, query) : read.value;
  const { example } = loaded;
  if (format === 'json') {
    const answer = { ...(example === undefined ? {} : { example }), format: 1, workloads: ended.map(jsonOf) };
    process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  } else if (format === 'csv') {
    process.stdout.write(
      csv(
        HEAD_CSV,
        ended.map((one) => [...csvRow(one), example ?? '']),
      ),
    );
  } else process.stdout.write(textOf(ended, example));
};

type Ended = EndedWorkload | EndedPod;

/** A kind that is asked for by name alone: its containers are in the list of all. */
export const POD = 'pod';

/** A container that ended before that time may be one of a pod that ended after it. */
const podsFor = (containers: readonly EndedWorkload[], query: EndedQuery): readonly EndedPod[] =>
  endedPods(containers).filter(
    (pod) =>
      pod.end >= (query.since ?? Number.NEGATIVE_INFINITY) &&
      (query.class === undefined || pod.class === query.class),
  );

/** A public contract: units end the names, times are ISO 8601 in UTC, what is not known is left out. */
const jsonOf = (one: Ended) => ({
  workload: one.id,
  kind: one.kind,
  class: one.class,
  name: one.name,
  labels: one.labels,
  start: utcTime(one.start),
  end: utcTime(one.end),
  durationSeconds: (one.end - one.start) / 1000,
  energyJoules: energyOfEnded(one),
  dynamicJoules: one.dynamic,
  staticShareJoules: one.staticShare,
  ...(one.location === undefined ? {} : { locationGrams: one.location }),
  ...(one.market === undefined ? {} : { marketGrams: one.market }),
  cpuSeconds: one.cpu,
  gpuSeconds: one.gpu,
  work: [...one.work].map(([unit, amount]) => ({ unit, amount })),
  ...(one.quality === undefined ? {} : { quality: one.quality }),
  ...(one.source === undefined ? {} : { source: one.source }),
  partial: one.partial,
});

const HEAD_CSV = [
  ...['workload', 'kind', 'class', 'name', 'start', 'end', 'energy_joules', 'cpu_dynamic_joules'],
  ...['memory_dynamic_joules', 'gpu_dynamic_joules', 'other_dynamic_joules', 'static_share_joules'],
  ...['location_grams', 'market_grams', 'cpu_seconds', 'gpu_seconds', 'work', 'quality', 'source', 'partial'],
  'example',
];

const csvRow = (one: Ended): readonly string[] => [
  ...[one.id, one.kind, one.class, one.name, utcTime(one.start), utcTime(one.end)],
  ...[energyOfEnded(one), one.dynamic.cpu, one.dynamic.memory, one.dynamic.gpu, one.dynamic.other].map(
    String,
  ),
  ...[one.staticShare, one.location ?? '', one.market ?? '', one.cpu, one.gpu].map(String),
  [...one.work].map(([unit, amount]) => `${unit}=${amount}`).join(' '),
  ...[one.quality ?? '', one.source ?? '', one.partial.join(' ')],
];

const HEAD = [
  'ENDED (UTC)',
  'LASTED',
  'KIND',
  'NAME',
  'CLASS',
  'ENERGY',
  'CPU TIME',
  'GPU TIME',
  'CO2E',
  'WORK',
  'METHOD',
];

/** An id may be a path of 128 bytes; its name is for people. */
const LONGEST_NAME = 40;

const shortened = (name: string): string =>
  name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1)}…`;

const textOf = (ended: readonly Ended[], example: string | undefined): string => {
  const notice = example === undefined ? [] : [`${exampleNotice(example)}; none of them is listed here.`];
  if (ended.length === 0)
    return `${['no workload with a row of its own has ended, as far as was asked for and is kept', ...notice].join('\n')}\n`;
  const rows = ended.map((one) => [
    utcTime(one.end).slice(0, 16).replace('T', ' '),
    duration((one.end - one.start) / 1000),
    one.kind,
    `${shortened(printable(one.name))}${one.partial.length > 0 ? ' *' : ''}`,
    printable(one.class),
    together(energy(toKilowattHours(energyOfEnded(one)))),
    cpuTime(one.cpu),
    one.gpu > 0 ? cpuTime(one.gpu) : '-',
    one.location === undefined ? '-' : together(mass(one.location)),
    [...one.work].map(([unit, amount]) => `${figure(amount)} ${printable(unit)}`).join(', ') || '-',
    [one.quality, one.source].filter((part) => part !== undefined).join(', ') || '-',
  ]);
  const notes = [
    'CO2e is location-based, PUE included. Energy is dynamic energy and the idle share by attribution.static_share.',
    'METHOD is how sure the energy of the host was, at its least, and its meter.',
    ...(ended.some(({ partial }) => partial.length > 0) ? ['* seen in part only; --json says why.'] : []),
    ...notice,
  ];
  return `${table(HEAD, rows)}\n${notes.join('\n')}\n`;
};
