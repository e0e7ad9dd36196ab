import type { HistoryChunk, HostHistory, TimeWindow } from '../model/history.ts';
import { QUALITIES } from '../model/usage.ts';

/** The part of a chunk that lies in a window; undefined: none. */
export const cutChunk = (chunk: HistoryChunk, { from, to }: TimeWindow): HistoryChunk | undefined => {
  const first = Math.max(0, Math.ceil((from - chunk.from) / chunk.step));
  const last = Math.min(chunk.length, Math.floor((to - chunk.from) / chunk.step));
  if (last <= first) return undefined;
  if (first === 0 && last === chunk.length) return chunk;
  const cut = (column: Float64Array): Float64Array => column.slice(first, last);
  const all = (columns: readonly Float64Array[]): readonly Float64Array[] => columns.map(cut);
  return {
    ...{ from: chunk.from + first * chunk.step, step: chunk.step, length: last - first },
    hosts: chunk.hosts.map((host) => ({
      ...host,
      ...{ energy: cut(host.energy), coverage: cut(host.coverage), poweredOn: cut(host.poweredOn) },
      ...{ cpu: cut(host.cpu), gpu: cut(host.gpu), work: all(host.work) },
    })),
    ...{ work: all(chunk.work), drivers: all(chunk.drivers), guards: all(chunk.guards) },
    ...{ grid: cut(chunk.grid), pue: cut(chunk.pue) },
  };
};

const concat = (columns: readonly Float64Array[]): Float64Array => {
  const whole = new Float64Array(columns.reduce((length, column) => length + column.length, 0));
  let at = 0;
  for (const column of columns) {
    whole.set(column, at);
    at += column.length;
  }
  return whole;
};

const concatAll = (columns: readonly (readonly Float64Array[])[]): readonly Float64Array[] =>
  (columns[0] ?? []).map((_, at) => concat(columns.map((each) => each[at] ?? new Float64Array(0))));

/** Names of parts in one word, as engines join them. */
const joinedNames = (names: readonly string[]): string =>
  [...new Set(names.flatMap((name) => name.split('+')).filter((name) => name !== ''))].sort().join('+');

const joinHost = (parts: readonly HostHistory[]): HostHistory => {
  const qualities = parts.flatMap(({ quality }) => quality ?? []);
  const worst = [...QUALITIES].reverse().find((one) => qualities.includes(one));
  const { host = '', inventory = '' } = parts.at(-1) ?? {};
  return {
    host,
    energy: concat(parts.map(({ energy }) => energy)),
    coverage: concat(parts.map(({ coverage }) => coverage)),
    poweredOn: concat(parts.map(({ poweredOn }) => poweredOn)),
    cpu: concat(parts.map(({ cpu }) => cpu)),
    gpu: concat(parts.map(({ gpu }) => gpu)),
    work: concatAll(parts.map(({ work }) => work)),
    quality: worst,
    meter: joinedNames(parts.map(({ meter }) => meter)),
    inventory,
  };
};

/** Chunks that follow one another, of the same hosts, as one. */
export const joinChunks = (parts: readonly HistoryChunk[]): HistoryChunk | undefined => {
  const [first] = parts;
  if (first === undefined || parts.length === 1) return first;
  return {
    ...{ from: first.from, step: first.step, length: parts.reduce((sum, { length }) => sum + length, 0) },
    hosts: first.hosts.map((_, at) => joinHost(parts.flatMap(({ hosts }) => hosts[at] ?? []))),
    work: concatAll(parts.map(({ work }) => work)),
    drivers: concatAll(parts.map(({ drivers }) => drivers)),
    guards: concatAll(parts.map(({ guards }) => guards)),
    grid: concat(parts.map(({ grid }) => grid)),
    pue: concat(parts.map(({ pue }) => pue)),
  };
};
