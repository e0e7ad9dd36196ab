import { createHash } from 'node:crypto';
import type { ArchiveDays, KeptDay } from '../model/archive.ts';
import { canonical } from '../model/canonical-json.ts';
import type {
  FactorOrigin,
  HistoryChunk,
  HistoryEngine,
  HistoryRequest,
  HostHistory,
  NamedQuery,
  TimeWindow,
  WorkTerm,
} from '../model/history.ts';
import { merged } from './archive-day.ts';
import { checkRequest, DAY, daysOf, sumOverHosts, uniqueOrigins, unknown, unknownHost } from './intervals.ts';

/** Late data is waited for so long after the end of a day, seconds; then the day is closed and never changes. */
export const LOOK_BACK = 2 * DAY;

export interface ArchiveDeps {
  readonly days: ArchiveDays;
  /** Seconds since 1970 UTC up to which all is complete: later intervals are read and not kept. */
  readonly complete: number;
  /** Is told of intervals of an open day that the engine had said otherwise before. */
  readonly onRestated?: (intervals: number, day: number) => void;
}

/** A history that keeps all that is read through it, and goes on to know what its engine has forgotten. */
export interface ArchivingEngine extends HistoryEngine {
  /** Keeps what is not kept yet of a request. */
  fill(request: HistoryRequest, signal?: AbortSignal): Promise<void>;
}

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);

/** What all series of an engine begin with: other queries are other figures, the same behind another address are not. */
const sourceOf = ({ about }: HistoryEngine): string =>
  short(canonical([about.engine, about.engine === 'csv' ? about.where : [about.method, about.queries]]));

/** Names of the series of a request. What is counted for the whole scope is of these hosts alone. */
const namesOf = (source: string, { step, hosts, work, drivers, guards }: HistoryRequest) => {
  const scope = short(canonical([...hosts].sort()));
  const name = (...parts: readonly unknown[]): string => `${source} ${canonical([step, ...parts])}`;
  const ofScope = (kind: string, term: WorkTerm | NamedQuery): string =>
    term.query === undefined || term.query.includes('$') ? name(kind, term, scope) : name(kind, term);
  return {
    host: (host: string) => name('host', host),
    hostWork: (host: string, term: WorkTerm) => name('work of host', host, term),
    conditions: name('conditions', scope),
    terms: [
      ...work.map((term) => ofScope('work', term)),
      ...drivers.map((term) => ofScope('driver', term)),
      ...guards.map((term) => ofScope('guard', term)),
    ],
  };
};
type Names = ReturnType<typeof namesOf>;

/** Series that a day is whole with; work of hosts is there where it is counted by host. */
const neededOf = (names: Names, { hosts }: HistoryRequest): readonly string[] => [
  ...hosts.map(names.host),
  names.conditions,
  ...names.terms,
];

const aboutOf = ({ quality, meter, inventory }: HostHistory): string =>
  JSON.stringify([quality ?? null, meter, inventory]);

/** An engine whose days are kept, so that its retention ends no baseline. */
export const withArchive = (
  engine: HistoryEngine,
  { days, complete, onRestated = () => {} }: ArchiveDeps,
): ArchivingEngine => {
  const source = sourceOf(engine);
  /** Asked once within the life of this engine: a day that changes in between would make two figures of one. */
  const asked = new Set<string>();

  const whole = (start: number, step: number): TimeWindow => ({
    from: start,
    to: Math.min(start + DAY, Math.floor(complete / step) * step),
  });

  const isKept = (request: HistoryRequest, names: Names, start: number): boolean => {
    const { to } = whole(start, request.step);
    const marks = days.marks(start);
    const isAsked = asked.has(askedOf(names, start));
    return neededOf(names, request).every((name) => {
      const mark = marks.get(name);
      return mark !== undefined && (mark.isClosed || (isAsked && mark.length >= (to - start) / request.step));
    });
  };
  const askedOf = (names: Names, start: number): string =>
    [start, names.conditions, ...names.terms].join('\n');

  /** Asks the engine once for all of these days, which follow each other, and keeps each as it comes: a file is read through once. */
  const fetchDays = async (
    request: HistoryRequest,
    names: Names,
    { first, last }: { readonly first: number; readonly last: number },
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    const window = { from: first, to: whole(last, request.step).to };
    let chunks: HistoryChunk[] = [];
    for await (const chunk of engine.read({ ...request, window }, signal)) {
      if (chunks[0] !== undefined && dayOfChunk(chunks[0]) !== dayOfChunk(chunk)) {
        keepDay(request, names, dayOfChunk(chunks[0]), chunks);
        chunks = [];
      }
      chunks.push(chunk);
    }
    if (chunks[0] !== undefined) keepDay(request, names, dayOfChunk(chunks[0]), chunks);
  };

  /** Days of which the engine knows nothing are asked for again another time. */
  const keepDay = (
    request: HistoryRequest,
    names: Names,
    start: number,
    chunks: readonly HistoryChunk[],
  ): void => {
    const window = whole(start, request.step);
    const length = (window.to - window.from) / request.step;
    const fresh = joined(chunks, request, window);
    asked.add(askedOf(names, start));
    if (!isAnythingKnown(fresh)) return;
    const isClosed = complete >= start + DAY + LOOK_BACK;
    const made = new Map<string, KeptDay>();
    const put = (name: string, about: string, columns: readonly Float64Array[]): void =>
      void made.set(name, { length, isClosed, about, columns });
    const hosts = new Map<string, string>();
    for (const one of fresh.hosts) {
      const { energy, coverage, poweredOn, cpu, gpu } = one;
      put(names.host(one.host), aboutOf(one), [energy, coverage, poweredOn, cpu, gpu]);
      for (const [at, term] of request.work.entries()) {
        const column = one.work[at];
        if (column !== undefined && (term.query === undefined || column.some(Number.isFinite)))
          put(names.hostWork(one.host, term), '', [column]);
      }
    }
    put(names.conditions, JSON.stringify(fresh.factors ?? []), [fresh.grid, fresh.pue]);
    for (const [at, column] of [...fresh.work, ...fresh.drivers, ...fresh.guards].entries())
      put(names.terms[at] ?? '', '', [column]);
    const before = days.read(start, [...made.keys()]);
    let restated = 0;
    for (const [name, day] of made) {
      const older = before.get(name);
      // What was closed may be in a baseline that was frozen.
      const next = older?.isClosed === true ? { day: older, restated: 0 } : merged(older, day);
      made.set(name, next.day);
      restated += next.restated;
    }
    for (const { host } of fresh.hosts)
      if (made.get(names.host(host))?.columns[0]?.some(Number.isFinite)) hosts.set(names.host(host), host);
    days.write(start, made, hosts);
    if (restated > 0) onRestated(restated, start);
  };

  const dayOf = async (
    request: HistoryRequest,
    names: Names,
    window: TimeWindow,
    signal: AbortSignal | undefined,
  ): Promise<HistoryChunk> => {
    const start = Math.floor(window.from / DAY) * DAY;
    if (!isKept(request, names, start) && !asked.has(askedOf(names, start)))
      await fetchDays(request, names, { first: start, last: start }, signal);
    return chunkOf(request, names, window, days.read(start, seriesOf(names, request)));
  };

  async function* read(request: HistoryRequest, signal?: AbortSignal): AsyncGenerator<HistoryChunk> {
    checkRequest(request);
    const names = namesOf(source, request);
    for (const window of daysOf(request.window)) {
      signal?.throwIfAborted();
      const { to } = whole(Math.floor(window.from / DAY) * DAY, request.step);
      if (window.to > to) yield* engine.read({ ...request, window }, signal);
      else yield await dayOf(request, names, window, signal);
    }
  }

  return {
    about: engine.about,
    read,
    fill: async (request, signal) => {
      checkRequest(request);
      const names = namesOf(source, request);
      let run: { readonly first: number; readonly last: number } | undefined;
      const fetchRun = async (): Promise<void> => {
        if (run !== undefined) await fetchDays(request, names, run, signal);
        run = undefined;
      };
      for (const { from } of daysOf(request.window)) {
        signal?.throwIfAborted();
        const start = Math.floor(from / DAY) * DAY;
        const isAsked = asked.has(askedOf(names, start)) || whole(start, request.step).to <= start;
        if (isAsked || isKept(request, names, start)) await fetchRun();
        else run = { first: run?.first ?? start, last: start };
      }
      await fetchRun();
    },
    list: async (selector, window, signal) => {
      const found = await engine.list(selector, window, signal);
      // Labels are not kept: hosts that are chosen by them are those that the engine knows.
      const named = new Set(selector.match === undefined ? selector.hosts : []);
      const isAll = selector.match === undefined && selector.hosts === undefined;
      const known = new Set(found.map(({ host }) => host));
      const more = days
        .hosts(source, Math.floor(window.from / DAY) * DAY, window.to)
        .filter(({ host }) => !known.has(host) && (isAll || named.has(host)))
        .map(({ host }) => ({ host, labels: {} }));
      return [...found, ...more].sort((a, b) => (a.host < b.host ? -1 : 1));
    },
    span: async (selector, signal) => {
      const now = await engine.span(selector, signal);
      const named = selector.hosts === undefined ? undefined : new Set(selector.hosts);
      const kept =
        selector.match === undefined
          ? days.hosts(source, 0, complete).filter(({ host }) => named === undefined || named.has(host))
          : [];
      if (kept.length === 0) return now;
      const from = Math.min(...kept.map((one) => one.from), now?.from ?? Number.POSITIVE_INFINITY);
      const last = Math.min(Math.max(...kept.map((one) => one.to)) + DAY, complete);
      return { from, to: now?.to ?? last };
    },
    close: async () => {
      days.close();
      await engine.close();
    },
  };
};

const seriesOf = (names: Names, request: HistoryRequest): readonly string[] => [
  ...neededOf(names, request),
  ...request.hosts.flatMap((host) => request.work.map((term) => names.hostWork(host, term))),
];

const isAnythingKnown = ({ hosts, work }: HistoryChunk): boolean =>
  hosts.some(({ energy, poweredOn }) => energy.some(Number.isFinite) || poweredOn.some(Number.isFinite)) ||
  work.some((column) => column.some(Number.isFinite));

const dayOfChunk = ({ from }: HistoryChunk): number => Math.floor(from / DAY) * DAY;

/** A day as one chunk, however an engine cuts it. */
const joined = (
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
const chunkOf = (
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
