import {
  type FactorOrigin,
  HistoryError,
  type HistoryRequest,
  type HostHistory,
  originKey,
  type TimeWindow,
} from '../model/history.ts';

export const DAY = 86_400;
/** Below a minute no agent keeps anything and no scraper looks. */
const SHORTEST_STEP = 60;

/** Columns of a host that are filled in place, handed out as a HostHistory. */
export type HostColumns = {
  -readonly [K in keyof Omit<HostHistory, 'work'>]: HostHistory[K];
} & { readonly work: readonly Float64Array[] };

export const unknown = (length: number): Float64Array => new Float64Array(length).fill(Number.NaN);

/** A host of which nothing is known. @param terms columns of work: 0 where work is not counted by host. */
export const unknownHost = (host: string, length: number, terms: number): HostColumns => ({
  host,
  energy: unknown(length),
  coverage: new Float64Array(length),
  poweredOn: unknown(length),
  cpu: unknown(length),
  gpu: unknown(length),
  work: Array.from({ length: terms }, () => unknown(length)),
  quality: undefined,
  meter: '',
  inventory: '',
});

/** @throws HistoryError where no engine could answer: it would be a mistake of the caller's or of a plan. */
export const checkRequest = ({ window, step, hosts }: HistoryRequest): void => {
  if (!Number.isInteger(step) || step < SHORTEST_STEP || DAY % step !== 0)
    throw new HistoryError(
      `a step of ${step} s does not divide a day`,
      'Ask for a step of whole seconds from 60 that divides 86400, such as 900, 3600 or 86400.',
    );
  if (!(window.from < window.to) || window.from % step !== 0 || window.to % step !== 0)
    throw new HistoryError(
      `the window from ${instant(window.from)} to ${instant(window.to)} is empty or does not begin and end at whole ones of ${step} s`,
      'Let the window begin and end at full hours of UTC, or at whole days.',
    );
  if (new Set(hosts).size !== hosts.length)
    throw new HistoryError('a host is named twice', 'Name each host of the scope once.');
};

/** Parts of a window that lie within one day of UTC each: what is read at once, wherever a window begins. */
export const daysOf = ({ from, to }: TimeWindow): readonly TimeWindow[] => {
  const days: TimeWindow[] = [];
  for (let at = from; at < to; ) {
    const end = Math.min(to, (Math.floor(at / DAY) + 1) * DAY);
    days.push({ from: at, to: end });
    at = end;
  }
  return days;
};

/** An instant as messages show it; a number that is none is shown as it is. */
export const instant = (at: number): string =>
  Math.abs(at) <= 8.64e12 ? new Date(at * 1000).toISOString().replace('.000Z', 'Z') : String(at);

/** Work of the scope: the sum over the hosts for which it is known; NaN in intervals in which none is. */
export const sumOverHosts = (columns: readonly Float64Array[], length: number): Float64Array => {
  const sums = unknown(length);
  for (const column of columns)
    for (let at = 0; at < length; at += 1) {
      const value = column[at] ?? Number.NaN;
      if (!Number.isNaN(value)) sums[at] = Number.isNaN(sums[at]) ? value : (sums[at] ?? 0) + value;
    }
  return sums;
};

/** Mean of a condition over hosts, weighted by the energy of those that know both; NaN where none does. */
export const weightedByEnergy = (
  hosts: readonly { readonly energy: Float64Array; readonly value: Float64Array }[],
  length: number,
): Float64Array => {
  const [sums, weights] = [new Float64Array(length), new Float64Array(length)];
  for (const { energy, value } of hosts)
    for (let at = 0; at < length; at += 1) {
      const [weight, one] = [energy[at] ?? Number.NaN, value[at] ?? Number.NaN];
      if (!(weight > 0) || Number.isNaN(one)) continue;
      sums[at] = (sums[at] ?? 0) + weight * one;
      weights[at] = (weights[at] ?? 0) + weight;
    }
  return sums.map((sum, at) => sum / (weights[at] || Number.NaN));
};

/** Each once, in one order. */
export const uniqueOrigins = (origins: readonly FactorOrigin[]): readonly FactorOrigin[] => {
  const byKey = new Map(origins.map((one) => [originKey(one), one]));
  return [...byKey.keys()].sort().flatMap((key) => byKey.get(key) ?? []);
};
