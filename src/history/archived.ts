import { canonical } from '../model/canonical-json.ts';
import type { DayArchive } from '../model/day-archive.ts';
import {
  type HistoryChunk,
  type HistoryEngine,
  HistoryError,
  type HistoryRequest,
  type TimeWindow,
} from '../model/history.ts';
import { cutChunk, joinChunks } from './chunk-parts.ts';
import { dayFrom, dayText } from './day-text.ts';

const DAY = 86_400;

export interface ArchivedEngine extends HistoryEngine {
  /** Keeps what is not kept yet of the days of a request. Throws HistoryError. */
  fill(request: HistoryRequest, signal?: AbortSignal): Promise<void>;
}

export interface ArchivedOptions {
  /** Seconds since 1970 UTC. */
  readonly now: () => number;
  /** A day is kept this long after its end, seconds: what comes in later is not in it. */
  readonly settle: number;
}

/** A day, in order: from the archive, or by the engine. */
interface Run {
  readonly isKept: boolean;
  readonly from: number;
  readonly to: number;
}

const shapeOf = ({ hosts, step, work, drivers, guards }: HistoryRequest): string =>
  canonical({ hosts, step, work, drivers, guards });

/**
 * An engine whose whole days (UTC) are kept for good once they are over: asked again, they are as they were then, however
 * long the engine itself keeps them. A day on which nothing was known is not kept: the engine is asked again.
 */
export const withArchive = (
  engine: HistoryEngine,
  archive: DayArchive,
  { now, settle }: ArchivedOptions,
): ArchivedEngine => {
  const runsOf = (shape: string, { from, to }: TimeWindow): readonly Run[] => {
    const [first, end] = [Math.floor(from / DAY) * DAY, Math.ceil(to / DAY) * DAY];
    const kept = new Set(archive.days(shape, first, end));
    const settled = Math.floor((now() - settle) / DAY) * DAY;
    const runs: { isKept: boolean; from: number; to: number; isSettled: boolean }[] = [];
    for (let day = first; day < end; day += DAY) {
      const isKept = kept.has(day);
      const isSettled = day + DAY <= settled;
      const last = runs.at(-1);
      if (last !== undefined && last.isKept === isKept && last.isSettled === isSettled) last.to = day + DAY;
      else runs.push({ isKept, isSettled, from: day, to: day + DAY });
    }
    // What is not kept afterwards is read as it was asked for.
    return runs.map(({ isKept, isSettled, ...run }) =>
      isKept || isSettled
        ? { isKept, ...run }
        : { isKept, from: Math.max(run.from, from), to: Math.min(run.to, to) },
    );
  };

  const keptDay = (shape: string, day: number): HistoryChunk => {
    const text = archive.read(shape, day);
    const chunk = text === undefined ? undefined : dayFrom(text);
    if (chunk !== undefined) return chunk;
    throw new HistoryError(
      `${archive.where} has a day that cannot be read`,
      'restore it from a copy, or move it away',
    );
  };

  async function* asked(
    request: HistoryRequest,
    shape: string,
    { from, to }: Run,
    signal?: AbortSignal,
  ): AsyncGenerator<HistoryChunk> {
    const settled = Math.floor((now() - settle) / DAY) * DAY;
    let parts: HistoryChunk[] = [];
    for await (const chunk of engine.read({ ...request, window: { from, to } }, signal)) {
      parts.push(chunk);
      const end = chunk.from + chunk.length * chunk.step;
      if (end % DAY !== 0) continue;
      for (const day of daysIn(parts)) if (day.from + DAY <= settled) keepDay(shape, day);
      yield* parts;
      parts = [];
    }
    yield* parts;
  }

  const keepDay = (shape: string, day: HistoryChunk): void => {
    if (day.length * day.step !== DAY || day.from % DAY !== 0) return;
    if (!day.hosts.some(({ energy }) => energy.some((joules) => !Number.isNaN(joules)))) return;
    archive.keep(shape, day.from, dayText(day));
  };

  async function* read(request: HistoryRequest, signal?: AbortSignal): AsyncGenerator<HistoryChunk> {
    const shape = shapeOf(request);
    for (const run of runsOf(shape, request.window)) {
      if (run.isKept) {
        for (let day = run.from; day < run.to; day += DAY) {
          signal?.throwIfAborted();
          const part = cutChunk(keptDay(shape, day), request.window);
          if (part !== undefined) yield part;
        }
      } else {
        for await (const chunk of asked(request, shape, run, signal)) {
          const part = cutChunk(chunk, request.window);
          if (part !== undefined) yield part;
        }
      }
    }
  }

  return {
    about: engine.about,
    read,
    list: (selector, window, signal) => engine.list(selector, window, signal),
    span: async (selector, signal) => {
      const spans = archive
        .shapes()
        .filter(({ shape }) => isOf(shape, selector.hosts ?? []))
        .map(({ from, to }): TimeWindow => ({ from, to }));
      const live = await engine.span(selector, signal);
      const all = live === undefined ? spans : [...spans, live];
      if (all.length === 0) return undefined;
      return {
        from: Math.min(...all.map(({ from }) => from)),
        to: Math.max(...all.map(({ to }) => to)),
      };
    },
    fill: async (request, signal) => {
      const shape = shapeOf(request);
      const until = Math.floor((now() - settle) / DAY) * DAY;
      const { from } = request.window;
      const window = { from, to: Math.min(request.window.to, until) };
      if (window.to <= from) return;
      for (const run of runsOf(shape, window))
        if (!run.isKept) for await (const _ of asked(request, shape, run, signal)) signal?.throwIfAborted();
    },
    close: async () => {
      archive.close();
      await engine.close();
    },
  };
};

/** Whether a shape is of all these hosts. */
const isOf = (shape: string, hosts: readonly string[]): boolean => {
  if (hosts.length === 0) return false;
  const kept = new Set((JSON.parse(shape) as { readonly hosts: readonly string[] }).hosts);
  return hosts.every((host) => kept.has(host));
};

/** Chunks up to the end of a day, as days: engines cut where the request began. */
const daysIn = (parts: readonly HistoryChunk[]): readonly HistoryChunk[] => {
  const whole = joinChunks(parts);
  if (whole === undefined) return [];
  const days: HistoryChunk[] = [];
  const first = Math.ceil(whole.from / DAY) * DAY;
  const end = whole.from + whole.length * whole.step;
  for (let day = first; day + DAY <= end; day += DAY) {
    const one = cutChunk(whole, { from: day, to: day + DAY });
    if (one !== undefined) days.push(one);
  }
  return days;
};
