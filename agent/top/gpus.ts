import type { HostJson } from '../../src/index.ts';
import { figure, memory } from '../figures.ts';
import { textWidth } from '../text-width.ts';
import { inColumns, packed } from './packed.ts';
import { plain, safe, share } from './words.ts';

type Gpu = NonNullable<HostJson['gpus']>[number];
type Names = ReadonlyMap<Gpu, string>;

/** So many a host has lines for, or a model cells where they are packed; more are counted, and are in the JSON. */
const MOST_GPUS = 16;
/** Longer ids, such as NVIDIA's UUIDs, say less to people than where the board sits. */
const LONGEST_ID = 12;
/** More boards than this are counted, not named. */
const MOST_NAMED = 3;

/**
 * The boards: a line each, or, where one of those is wider than `width` or `isPacked` asks for it, a line for all of a
 * model and several boards on each line below it.
 */
export const gpusText = ({ gpus = [] }: HostJson, width: number, isPacked: boolean): readonly string[] => {
  const shown = gpus.slice(0, MOST_GPUS);
  const whole = shown.map((gpu) => headed(nameOf(gpu, safe(gpu.hwId)), factsOf(gpu)).join(', '));
  if (!isPacked && whole.every((line) => textWidth(line) <= width)) return [...whole, ...leftOut(gpus)];
  const names = shortNames(gpus);
  const models = [...new Set(gpus.map(({ model }) => model))];
  return models.flatMap((model) =>
    linesOf(
      gpus.filter((one) => one.model === model),
      names,
      width,
    ),
  );
};

const leftOut = ({ length }: readonly Gpu[]): readonly string[] =>
  length > MOST_GPUS ? [`and ${length - MOST_GPUS} more`] : [];

/** Boards of one model. */
const linesOf = (boards: readonly Gpu[], names: Names, width: number): readonly string[] => {
  const [only, ...others] = boards;
  if (only !== undefined && others.length === 0)
    return packed(headed(nameOf(only, names.get(only) ?? ''), factsOf(only)), width);
  const model = only?.model === undefined ? 'GPU' : safe(only.model);
  const cells = boards.slice(0, MOST_GPUS).map((one) => `${names.get(one)} ${shortText(one)}`);
  return [
    ...packed(headed(`${boards.length} x ${model}`, sumsOf(boards, names)), width),
    ...inColumns([...cells, ...leftOut(boards)], width),
  ];
};

const nameOf = ({ model }: Gpu, name: string): string =>
  model === undefined ? name : `${name} (${safe(model)})`;

const headed = (name: string, [first, ...rest]: readonly string[]): readonly string[] =>
  first === undefined ? [name] : [`${name}: ${first}`, ...rest];

/** `321 of 640 GiB`, with both units where they differ. */
const memoryText = (used: number, total: number | undefined): string => {
  const [text, all] = [plain(memory(used)), total === undefined ? undefined : plain(memory(total))];
  if (all === undefined) return text;
  const [figureOfUsed, unit = ''] = text.split(' ');
  return all.endsWith(` ${unit}`) ? `${figureOfUsed} of ${all}` : `${text} of ${all}`;
};
const powerText = (power: number, limit: number | undefined): string =>
  `${figure(power)}${limit === undefined ? '' : ` of ${figure(limit)}`} W`;

const factsOf = (gpu: Gpu): readonly string[] => {
  const { powerWatts, utilization, memoryUsedBytes, temperatureCelsius, throttled = [] } = gpu;
  const known = [
    ...(powerWatts === undefined ? [] : [powerText(powerWatts, gpu.powerLimitWatts)]),
    ...(utilization === undefined ? [] : [`${share(utilization)} busy`]),
    ...(memoryUsedBytes === undefined ? [] : [memoryText(memoryUsedBytes, gpu.memoryTotalBytes)]),
    ...(temperatureCelsius === undefined ? [] : [`${Math.round(temperatureCelsius)} C`]),
    ...(throttled.length === 0 ? [] : [`clocks held down: ${throttled.map(safe).join(', ')}`]),
  ];
  return known.length === 0 ? ['tells nothing'] : known;
};

/** Power, busy share, temperature: in the order of the line above them. */
const shortText = ({ powerWatts, utilization, temperatureCelsius }: Gpu): string => {
  const known = [
    ...(powerWatts === undefined ? [] : [`${figure(powerWatts)} W`]),
    ...(utilization === undefined ? [] : [share(utilization)]),
    ...(temperatureCelsius === undefined ? [] : [`${Math.round(temperatureCelsius)} C`]),
  ];
  return known.length === 0 ? 'tells nothing' : known.join(' ');
};

/** Undefined where one of them does not tell it: a sum of some looks like that of all. */
const sum = (values: readonly (number | undefined)[]): number | undefined =>
  values.reduce((all, one) => (all === undefined || one === undefined ? undefined : all + one), 0);

/** What boards do together: sums, and the mean of their busy shares. */
const sumsOf = (boards: readonly Gpu[], names: Names): readonly string[] => {
  const of = (value: (gpu: Gpu) => number | undefined): number | undefined => sum(boards.map(value));
  const power = of(({ powerWatts }) => powerWatts);
  const busy = of(({ utilization }) => utilization);
  const used = of(({ memoryUsedBytes }) => memoryUsedBytes);
  const held = boards.filter(({ throttled = [] }) => throttled.length > 0);
  return [
    ...(power === undefined
      ? []
      : [
          powerText(
            power,
            of(({ powerLimitWatts }) => powerLimitWatts),
          ),
        ]),
    ...(busy === undefined ? [] : [`${share(busy / boards.length)} busy`]),
    ...(used === undefined
      ? []
      : [
          memoryText(
            used,
            of(({ memoryTotalBytes }) => memoryTotalBytes),
          ),
        ]),
    ...(held.length === 0 ? [] : [heldText(held, boards.length, names)]),
  ];
};

const heldText = (held: readonly Gpu[], all: number, names: Names): string => {
  const why = [...new Set(held.flatMap(({ throttled = [] }) => throttled.map(safe)))].join(', ');
  const some = held.length > MOST_NAMED ? String(held.length) : held.map((one) => names.get(one)).join(', ');
  return `clocks of ${held.length === all ? 'all' : some} held down: ${why}`;
};

/**
 * What is short enough to stand for a board: its id, or the PCI address without a domain of 0 and without the function, as
 * NVIDIA's driver has it in the kernel's log (Xid messages, `PCI:0000:1b:00`). Whole ids where two would be one.
 */
const shortNames = (boards: readonly Gpu[]): Names => {
  const all = boards.map(({ hwId, pciAddress }) =>
    pciAddress === undefined || hwId.length <= LONGEST_ID
      ? hwId
      : pciAddress.replace(/^0+:/, '').replace(/\.[0-7]$/, ''),
  );
  const isUnique = new Set(all).size === all.length;
  return new Map(boards.map((one, i) => [one, safe(isUnique ? (all[i] ?? one.hwId) : one.hwId)]));
};
