import type { Found } from '../model/found.ts';
import {
  type HistoryChunk,
  type HistoryEngine,
  HistoryError,
  type HistoryRequest,
  type HostSelector,
  type TimeWindow,
} from '../model/history.ts';
import { HOUR, type Usage } from '../model/usage.ts';
import { checkRequest, DAY, daysOf, unknown, unknownHost, weightedByEnergy } from './intervals.ts';
import { addHours, blankHours } from './local-hours.ts';

export interface LocalHistoryDeps {
  /** State directory, for messages. */
  readonly where: string;
  /** Name of this host, as the agent exports it, and its static labels. */
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Rows of hours with `from <= start < to`, beside an agent that may be writing them; any scope. */
  readonly readHours: (from: number, to: number) => Promise<Found<readonly Usage[]>>;
  /** Starts of the first and the last hour of the host with energy; undefined: there is none. */
  readonly readSpan: () => Promise<Found<readonly [first: number, last: number] | undefined>>;
  /** What the agent found the host to be made of, hashed; '' where it is not known. */
  readonly inventory: string;
}

/** The past of this host, as its own agent kept it by the hour. */
export const openLocalHistory = (deps: LocalHistoryDeps): HistoryEngine => {
  const { where, host, labels, readHours, readSpan } = deps;
  const isMeant = ({ hosts, match }: HostSelector): boolean =>
    (hosts === undefined && match === undefined) ||
    hosts?.includes(host) === true ||
    (match !== undefined && Object.entries(match).every(([name, value]) => labels[name] === value));
  const spanOf = async (): Promise<TimeWindow | undefined> => {
    const span = valueIn(where, await readSpan());
    return span && { from: span[0], to: span[1] + HOUR };
  };
  return {
    about: { engine: 'local', where, method: 'hours', queries: {} },
    list: async (selector, { from, to }) => {
      if (!isMeant(selector)) return [];
      const rows = valueIn(where, await readHours(from, to));
      return rows.some(isEnergy) ? [{ host, labels }] : [];
    },
    read: (request) => readLocal(deps, request),
    span: async (selector) => (isMeant(selector) ? spanOf() : undefined),
    close: async () => {},
  };
};

/** Rows of time alone have no energy and no quality. */
const isEnergy = ({ scope, energy, quality }: Usage): boolean =>
  scope === 'host' && (energy > 0 || quality !== undefined);

const valueIn = <T>(where: string, found: Found<T>): T => {
  if (found.found) return found.value;
  throw new HistoryError(`the history in ${where} cannot be read: ${found.reason}`, found.fix);
};

/**
 * Two weeks, seconds: each read opens the file, and what it held is only let go with the next collection of garbage; two
 * years in days took 170 MB.
 */
const READ_AT_ONCE = 14 * DAY;

async function* readLocal(deps: LocalHistoryDeps, request: HistoryRequest): AsyncGenerator<HistoryChunk> {
  checkRequest(request);
  const { step, hosts, work, drivers, guards, window } = request;
  if (step % HOUR !== 0)
    throw new HistoryError(
      `the history in ${deps.where} is kept by the hour, not by ${step} s`,
      'Ask for a step of whole hours, or read a time-series engine with --prometheus.',
    );
  const named = [
    ...drivers,
    ...guards,
    ...work.flatMap(({ unit, query }) => (query === undefined ? [] : [{ name: unit, query }])),
  ];
  if (named[0] !== undefined)
    throw new HistoryError(
      `the history of this host answers no queries, such as that of ${named[0].name}: ${named[0].query}`,
      'Read a time-series engine with --prometheus, or let the agent count the work and leave out the query.',
    );
  let held: readonly Usage[] = [];
  let heldUntil = Number.NEGATIVE_INFINITY;
  for (const day of daysOf(window)) {
    if (day.to > heldUntil) {
      heldUntil = Math.min(window.to, day.from + READ_AT_ONCE);
      held = valueIn(deps.where, await deps.readHours(day.from, heldUntil));
    }
    const rows = held.filter(({ start }) => start >= day.from && start < day.to);
    const length = (day.to - day.from) / step;
    const own = blankHours(deps.host, length, work.length);
    addHours(own, rows, day.from, step, work);
    const columns = hosts.map((name) =>
      name === deps.host
        ? { ...own.host, inventory: own.host.quality === undefined ? '' : deps.inventory }
        : unknownHost(name, length, work.length),
    );
    const isAsked = hosts.includes(deps.host);
    const mean = (value: Float64Array): Float64Array =>
      weightedByEnergy(isAsked ? [{ energy: own.host.energy, value }] : [], length);
    yield {
      from: day.from,
      step,
      length,
      hosts: columns,
      work: work.map((_, at) => (isAsked ? (own.host.work[at] ?? unknown(length)) : unknown(length))),
      drivers: [],
      guards: [],
      grid: mean(own.grid),
      pue: mean(own.pue),
    };
  }
}
