import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { canonical } from '../model/canonical-json.ts';
import {
  type HistoryChunk,
  type HistoryEngine,
  HistoryError,
  type HistoryRequest,
  type HostHistory,
  type PastIndex,
} from '../model/history.ts';
import { sumOverHosts, uniqueOrigins, unknown } from './intervals.ts';
import { openRecorded, recordHistory } from './recorded.ts';

/**
 * Keeps in a directory all that a request gives, whole or not at all; what an attempt before left there is replaced.
 * Throws HistoryError, and errors of the file system.
 */
export const keepPast = async (
  engine: HistoryEngine,
  request: HistoryRequest,
  directory: string,
  signal?: AbortSignal,
): Promise<PastIndex> => {
  const next = `${directory}.new`;
  rmSync(next, { recursive: true, force: true });
  const { engine: recorder, finish } = recordHistory(engine, next);
  for await (const _ of recorder.read(request, signal)) signal?.throwIfAborted();
  const files = finish();
  rmSync(directory, { recursive: true, force: true });
  renameSync(next, directory);
  return { request, files };
};

/** Throws HistoryError where a file is not the one that was kept. */
const checkFiles = ({ files }: PastIndex, directory: string): void => {
  for (const [name, wanted] of Object.entries(files)) {
    const path = join(directory, name);
    let found: string;
    try {
      found = createHash('sha256').update(readFileSync(path)).digest('hex');
    } catch (cause) {
      throw new HistoryError(`${path} cannot be read: ${String(cause)}`, RESTORE, { cause });
    }
    if (found !== wanted) throw new HistoryError(`${path} is not what was kept at the start`, RESTORE);
  }
};
const RESTORE = 'Restore it from a copy: the baseline of the measure rests on it.';

/** Where each term that is asked for stands among those that were kept; undefined: one of them was not kept. */
const placesOf = (asked: readonly unknown[], kept: readonly unknown[]): readonly number[] | undefined => {
  const names = kept.map(canonical);
  const places = asked.map((one) => names.indexOf(canonical(one)));
  return places.includes(-1) ? undefined : places;
};

interface Places {
  readonly work: readonly number[];
  readonly drivers: readonly number[];
  readonly guards: readonly number[];
}

/** Undefined: the request asks for something else than was kept, as after an edit of the plan. */
const placesIn = (asked: HistoryRequest, kept: HistoryRequest): Places | undefined => {
  const hosts = new Set(kept.hosts);
  if (asked.step !== kept.step || !asked.hosts.every((host) => hosts.has(host))) return undefined;
  const [work, drivers, guards] = [
    placesOf(asked.work, kept.work),
    placesOf(asked.drivers, kept.drivers),
    placesOf(asked.guards, kept.guards),
  ];
  return work && drivers && guards && { work, drivers, guards };
};

/** What is of a scope as a whole: it was kept of all hosts together, and is no figure of fewer of them. */
interface OfScope extends Pick<HistoryChunk, 'factors' | 'grid' | 'pue'> {
  readonly work: (term: number) => Float64Array;
  readonly drivers: (term: number) => Float64Array;
  readonly guards: (term: number) => Float64Array;
}

/** Columns of a window as the engine tells them now, cut to a chunk. */
const ofScopeNow = async (
  chunks: AsyncIterable<HistoryChunk>,
  { window, step }: HistoryRequest,
): Promise<(from: number, length: number) => OfScope> => {
  const all: HistoryChunk[] = [];
  // Columns of hosts are kept: they need not be held twice.
  for await (const chunk of chunks) all.push({ ...chunk, hosts: [] });
  const whole = (pick: (chunk: HistoryChunk) => Float64Array | undefined): Float64Array => {
    const column = unknown((window.to - window.from) / step);
    for (const chunk of all) column.set(pick(chunk) ?? [], (chunk.from - window.from) / step);
    return column;
  };
  return (from, length) => {
    const first = (from - window.from) / step;
    const cut = (pick: (chunk: HistoryChunk) => Float64Array | undefined): Float64Array =>
      whole(pick).subarray(first, first + length);
    const to = from + length * step;
    const within = all.filter((one) => one.from < to && one.from + one.length * step > from);
    return {
      work: (term) => cut((one) => one.work[term]),
      drivers: (term) => cut((one) => one.drivers[term]),
      guards: (term) => cut((one) => one.guards[term]),
      ...{ grid: cut((one) => one.grid), pue: cut((one) => one.pue) },
      factors: uniqueOrigins(within.flatMap(({ factors = [] }) => factors)),
    };
  };
};

/** A query is of these very hosts where it names them by `$hosts`. */
const isOfHosts = (query: string): boolean => query.includes('$');

/**
 * The part of a chunk that is asked for, hosts and terms in the order of the request. @param now left out: all hosts that
 * were kept are asked for, so what was kept of the scope is of them.
 */
const partOf = (
  chunk: HistoryChunk,
  { window, hosts, work, drivers, guards }: HistoryRequest,
  places: Places,
  now?: (from: number, length: number) => OfScope,
): HistoryChunk | undefined => {
  const first = Math.max(0, (window.from - chunk.from) / chunk.step);
  const last = Math.min(chunk.length, (window.to - chunk.from) / chunk.step);
  if (last <= first) return undefined;
  const cut = (column: Float64Array): Float64Array => column.subarray(first, last);
  const picked = (columns: readonly Float64Array[], at: readonly number[]): readonly Float64Array[] =>
    columns.length === 0 ? [] : at.map((place) => cut(columns[place] ?? new Float64Array(chunk.length)));
  const byName = new Map(chunk.hosts.map((one) => [one.host, one]));
  const [from, length] = [chunk.from + first * chunk.step, last - first];
  const own = hosts.flatMap((name): readonly HostHistory[] => {
    const host = byName.get(name);
    if (host === undefined) return [];
    const { energy, coverage, poweredOn, cpu, gpu } = host;
    return [
      {
        ...host,
        ...{ energy: cut(energy), coverage: cut(coverage), poweredOn: cut(poweredOn) },
        ...{ cpu: cut(cpu), gpu: cut(gpu), work: picked(host.work, places.work) },
      },
    ];
  });
  const part = { from, step: chunk.step, length, hosts: own };
  const kept = {
    work: picked(chunk.work, places.work),
    drivers: picked(chunk.drivers, places.drivers),
    guards: picked(chunk.guards, places.guards),
  };
  const { factors } = chunk;
  if (now === undefined)
    return {
      ...{ ...part, ...kept, grid: cut(chunk.grid), pue: cut(chunk.pue) },
      ...(factors === undefined ? {} : { factors }),
    };
  const told = now(from, length);
  const queried = (
    columns: readonly Float64Array[],
    terms: HistoryRequest['drivers'],
    of: (term: number) => Float64Array,
  ): readonly Float64Array[] =>
    columns.map((column, at) => (isOfHosts(terms[at]?.query ?? '') ? of(at) : column));
  const isByHost = own.some((host) => host.work.length > 0);
  return {
    ...{ ...part, grid: told.grid, pue: told.pue, factors: told.factors },
    work: kept.work.map((column, at) => {
      const query = work[at]?.query;
      if (query !== undefined) return isOfHosts(query) ? told.work(at) : column;
      const ofHosts = own.map((host) => host.work[at] ?? unknown(length));
      return isByHost ? sumOverHosts(ofHosts, length) : told.work(at);
    }),
    drivers: queried(kept.drivers, drivers, told.drivers),
    guards: queried(kept.guards, guards, told.guards),
  };
};

/**
 * An engine whose past is the one that was kept: retention and restated data change it no more. What was not kept, and
 * what other hosts or terms are asked, comes from the engine itself; so does what is of a scope as a whole (grid, PUE,
 * queries of `$hosts`) where fewer hosts are asked for than were kept. Throws HistoryError where a file was changed.
 */
export const withKeptPast = (engine: HistoryEngine, index: PastIndex, directory: string): HistoryEngine => {
  checkFiles(index, directory);
  const kept = openRecorded(directory);
  const { window: span } = index.request;

  async function* read(request: HistoryRequest, signal?: AbortSignal): AsyncGenerator<HistoryChunk> {
    const { from, to } = request.window;
    const [first, last] = [Math.max(from, span.from), Math.min(to, span.to)];
    const places = placesIn(request, index.request);
    if (places === undefined || last <= first) {
      yield* engine.read(request, signal);
      return;
    }
    if (from < first) yield* engine.read({ ...request, window: { from, to: first } }, signal);
    const past = { ...request, window: { from: first, to: last } };
    const isAll = new Set(index.request.hosts).size === request.hosts.length;
    const now = isAll ? undefined : await ofScopeNow(engine.read(past, signal), past);
    for await (const chunk of kept.read(index.request, signal)) {
      const part = partOf(chunk, past, places, now);
      if (part !== undefined) yield part;
    }
    if (last < to) yield* engine.read({ ...request, window: { from: last, to } }, signal);
  }

  return {
    about: engine.about,
    list: (selector, window, signal) => engine.list(selector, window, signal),
    read,
    span: async (selector, signal) => {
      const now = await engine.span(selector, signal);
      const isKept = selector.hosts?.every((host) => index.request.hosts.includes(host)) === true;
      if (!isKept || selector.match !== undefined) return now;
      return { from: Math.min(span.from, now?.from ?? span.from), to: Math.max(span.to, now?.to ?? span.to) };
    },
    close: () => engine.close(),
  };
};
