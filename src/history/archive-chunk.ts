import type { KeptDay } from '../model/archive.ts';
import type {
  FactorOrigin,
  HistoryChunk,
  HistoryRequest,
  HostHistory,
  TimeWindow,
} from '../model/history.ts';
import type { Names } from './archive-series.ts';
import { DAY, sumOverHosts, uniqueOrigins, unknown, unknownHost } from './intervals.ts';

export const isAnythingKnown = ({ hosts, work }: HistoryChunk): boolean =>
  hosts.some(({ energy, poweredOn }) => energy.some(Number.isFinite) || poweredOn.some(Number.isFinite)) ||
  work.some((column) => column.some(Number.isFinite));

export const dayOfChunk = ({ from }: HistoryChunk): number => Math.floor(from / DAY) * DAY;

/** A day as one chunk, however an engine cuts it. */
export const joined = (
  all: readonly HistoryChunk[],
  request: HistoryRequest,
  { from, to }: TimeWindow,
): HistoryChunk => {
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  const { step } = request;
  const length = (to - from) / step;
  const column = (pick: (chunk: HistoryChunk) => Float64Array | undefined): Float64Array => {
    const made = unknown(length);
    for (const chunk of all) made.set(pick(chunk) ?? [], (chunk.from - from) / step);
    return made;
  };
  return {
    ...{ from, step, length },
    hosts: request.hosts.map((host, i) => {
      const last = all.findLast((chunk) => chunk.hosts[i]?.quality !== undefined)?.hosts[i];
      return {
        ...(last ?? unknownHost(host, 0, 0)),
        ...{
          energy: column((one) => one.hosts[i]?.energy),
          coverage: column((one) => one.hosts[i]?.coverage),
        },
        poweredOn: column((one) => one.hosts[i]?.poweredOn),
        ...{ cpu: column((one) => one.hosts[i]?.cpu), gpu: column((one) => one.hosts[i]?.gpu) },
        work: (all[0]?.hosts[i]?.work ?? []).map((_, at) => column((one) => one.hosts[i]?.work[at])),
      };
    }),
    work: request.work.map((_, at) => column((one) => one.work[at])),
    drivers: request.drivers.map((_, at) => column((one) => one.drivers[at])),
    guards: request.guards.map((_, at) => column((one) => one.guards[at])),
    ...{ grid: column((one) => one.grid), pue: column((one) => one.pue) },
    factors: uniqueOrigins(all.flatMap(({ factors = [] }) => factors)),
  };
};

/** A part of a kept day, as the request has it; what is not kept is unknown. */
export const chunkOf = (
  request: HistoryRequest,
  names: Names,
  window: TimeWindow,
  kept: ReadonlyMap<string, KeptDay>,
): HistoryChunk => {
  const { step, hosts, work, drivers } = request;
  const length = (window.to - window.from) / step;
  const first = (window.from % DAY) / step;
  const cut = (name: string, at = 0, missing = Number.NaN): Float64Array => {
    const column = kept.get(name)?.columns[at];
    return Float64Array.from({ length }, (_, i) => column?.[first + i] ?? missing);
  };
  const isByHost = hosts.some((host) => work.some((term) => kept.has(names.hostWork(host, term))));
  const found = hosts.map((host): HostHistory => {
    const name = names.host(host);
    const held = kept.get(name);
    const [energy, coverage, poweredOn] = [cut(name), cut(name, 1, 0), cut(name, 2)];
    const [quality, meter, inventory] = JSON.parse(held?.about || '[null,"",""]') as [
      HostHistory['quality'] | null,
      string,
      string,
    ];
    return {
      ...{ host, energy, coverage, poweredOn, cpu: cut(name, 3), gpu: cut(name, 4) },
      work: isByHost ? work.map((term) => cut(names.hostWork(host, term))) : [],
      quality: quality ?? undefined,
      ...{ meter, inventory },
    };
  });
  const terms = names.terms.map((name, at) => {
    const isSumOfHosts = !kept.has(name) && isByHost && work[at] !== undefined;
    return isSumOfHosts
      ? sumOverHosts(
          found.map((one) => one.work[at] ?? unknown(length)),
          length,
        )
      : cut(name);
  });
  return {
    ...{ from: window.from, step, length, hosts: found },
    work: terms.slice(0, work.length),
    drivers: terms.slice(work.length, work.length + drivers.length),
    guards: terms.slice(work.length + drivers.length),
    ...{ grid: cut(names.conditions), pue: cut(names.conditions, 1) },
    factors: JSON.parse(kept.get(names.conditions)?.about || '[]') as readonly FactorOrigin[],
  };
};
