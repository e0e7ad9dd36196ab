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

/** The part of a chunk that is asked for, hosts and terms in the order of the request. */
const partOf = (
  chunk: HistoryChunk,
  { window, hosts }: HistoryRequest,
  places: Places,
): HistoryChunk | undefined => {
  const first = Math.max(0, (window.from - chunk.from) / chunk.step);
  const last = Math.min(chunk.length, (window.to - chunk.from) / chunk.step);
  if (last <= first) return undefined;
  const cut = (column: Float64Array): Float64Array => column.subarray(first, last);
  const picked = (columns: readonly Float64Array[], at: readonly number[]): readonly Float64Array[] =>
    columns.length === 0 ? [] : at.map((place) => cut(columns[place] ?? new Float64Array(chunk.length)));
  const byName = new Map(chunk.hosts.map((one) => [one.host, one]));
  return {
    ...{ from: chunk.from + first * chunk.step, step: chunk.step, length: last - first },
    hosts: hosts.flatMap((name): readonly HostHistory[] => {
      const host = byName.get(name);
      if (host === undefined) return [];
      const { energy, coverage, poweredOn, cpu, gpu, work } = host;
      return [
        {
          ...host,
          ...{ energy: cut(energy), coverage: cut(coverage), poweredOn: cut(poweredOn) },
          ...{ cpu: cut(cpu), gpu: cut(gpu), work: picked(work, places.work) },
        },
      ];
    }),
    work: picked(chunk.work, places.work),
    drivers: picked(chunk.drivers, places.drivers),
    guards: picked(chunk.guards, places.guards),
    ...{ grid: cut(chunk.grid), pue: cut(chunk.pue) },
  };
};

/**
 * An engine whose past is the one that was kept: retention and restated data change it no more. What was not kept, and
 * what other hosts or terms are asked, comes from the engine itself. Throws HistoryError where a file was changed.
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
    for await (const chunk of kept.read(index.request, signal)) {
      const part = partOf(chunk, past, places);
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
