import type { ArchiveDays } from '../model/archive.ts';
import type { HistoryChunk, HistoryEngine, HistoryRequest, TimeWindow } from '../model/history.ts';
import { chunkOf, dayOfChunk, isAnythingKnown, joined } from './archive-chunk.ts';
import { type MergedDay, mergedDay } from './archive-day.ts';
import { type Names, namesOf, neededOf, seriesOf, sourceOf } from './archive-series.ts';
import { checkRequest, DAY, daysOf } from './intervals.ts';

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

/** An engine whose days are kept, so that its retention ends no baseline. */
export const withArchive = (
  engine: HistoryEngine,
  { days, complete, onRestated = () => {} }: ArchiveDeps,
): ArchivingEngine => {
  const layers = layersOf(engine, days, complete);
  const { source, whole, isClosed, freshDays } = layers;
  /** Asked once within the life of this engine: a day that changes in between would make two figures of one. */
  const asked = new Set<string>();
  const askedOf = (names: Names, start: number): string =>
    [start, names.conditions, ...names.terms].join('\n');

  const isKept = (request: HistoryRequest, names: Names, start: number): boolean => {
    const { to } = whole(start, request.step);
    const marks = days.marks(start);
    const isAsked = asked.has(askedOf(names, start));
    return neededOf(names, request).every((name) => {
      const mark = marks.get(name);
      return mark !== undefined && (mark.isClosed || (isAsked && mark.length >= (to - start) / request.step));
    });
  };

  /** Asks the engine once for all of these days, which follow each other, and keeps each as it comes. */
  const fetchDays = async (
    request: HistoryRequest,
    names: Names,
    run: DayRun,
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    for await (const { start, fresh } of freshDays(request, run, signal)) {
      asked.add(askedOf(names, start));
      // Days of which the engine knows nothing are asked for again another time.
      if (!isAnythingKnown(fresh)) continue;
      const made = mergedDay(request, names, fresh, isClosed(start), (series) => days.read(start, series));
      days.write(start, made.days, made.hosts);
      if (made.restated > 0) onRestated(made.restated, start);
    }
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
      let run: DayRun | undefined;
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
    ...layers.found,
  };
};

/**
 * The same for whoever reads beside the one that keeps the days, and keeps none: closed days as they were kept, of others
 * what the engine knows now over what was kept.
 */
export const besideArchive = (
  engine: HistoryEngine,
  { days, complete }: Omit<ArchiveDeps, 'onRestated'>,
): HistoryEngine => {
  const { source, whole, isClosed, freshDays, found } = layersOf(engine, days, complete);

  const isKept = (request: HistoryRequest, names: Names, start: number): boolean => {
    const marks = days.marks(start);
    return neededOf(names, request).every((name) => marks.get(name)?.isClosed === true);
  };

  /** Some windows of days that follow each other, asked for in one go. */
  async function* asked(
    request: HistoryRequest,
    names: Names,
    windows: readonly TimeWindow[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<HistoryChunk> {
    const starts = windows.map(({ from }) => Math.floor(from / DAY) * DAY);
    const [first, last] = [starts[0], starts.at(-1)];
    if (first === undefined || last === undefined) return;
    for await (const { start, fresh } of freshDays(request, { first, last }, signal)) {
      const window = windows[starts.indexOf(start)];
      if (window === undefined) continue;
      const read = (series: readonly string[]) => days.read(start, series);
      const made: MergedDay['days'] = isAnythingKnown(fresh)
        ? mergedDay(request, names, fresh, isClosed(start), read).days
        : new Map();
      const kept = read(seriesOf(names, request));
      yield chunkOf(request, names, window, new Map([...kept, ...made]));
    }
  }

  async function* read(request: HistoryRequest, signal?: AbortSignal): AsyncGenerator<HistoryChunk> {
    checkRequest(request);
    const names = namesOf(source, request);
    let run: TimeWindow[] = [];
    for (const window of daysOf(request.window)) {
      signal?.throwIfAborted();
      const start = Math.floor(window.from / DAY) * DAY;
      const isOpen = window.to > whole(start, request.step).to;
      if (!isOpen && !isKept(request, names, start)) {
        run.push(window);
        continue;
      }
      yield* asked(request, names, run, signal);
      run = [];
      if (isOpen) yield* engine.read({ ...request, window }, signal);
      else yield chunkOf(request, names, window, days.read(start, seriesOf(names, request)));
    }
    yield* asked(request, names, run, signal);
  }

  return { about: engine.about, read, ...found };
};

/** Starts of the first and the last of some days that follow each other. */
interface DayRun {
  readonly first: number;
  readonly last: number;
}

/** What an engine and its archive tell together, whoever reads. */
const layersOf = (engine: HistoryEngine, days: ArchiveDays, complete: number) => {
  const source = sourceOf(engine);
  const whole = (start: number, step: number): TimeWindow => ({
    from: start,
    to: Math.min(start + DAY, Math.floor(complete / step) * step),
  });

  /** Whole days as the engine tells them now, asked for once: a file is read through once. */
  async function* freshDays(
    request: HistoryRequest,
    { first, last }: DayRun,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<{ readonly start: number; readonly fresh: HistoryChunk }> {
    let chunks: HistoryChunk[] = [];
    const day = () => {
      const [one] = chunks;
      if (one === undefined) return [];
      const start = dayOfChunk(one);
      return [{ start, fresh: joined(chunks, request, whole(start, request.step)) }];
    };
    const window = { from: first, to: whole(last, request.step).to };
    for await (const chunk of engine.read({ ...request, window }, signal)) {
      if (chunks[0] !== undefined && dayOfChunk(chunks[0]) !== dayOfChunk(chunk)) {
        yield* day();
        chunks = [];
      }
      chunks.push(chunk);
    }
    yield* day();
  }

  const found: Pick<HistoryEngine, 'list' | 'span' | 'close'> = {
    list: async (selector, window, signal) => {
      const now = await engine.list(selector, window, signal);
      // Labels are not kept: hosts that are chosen by them are those that the engine knows.
      const named = new Set(selector.match === undefined ? selector.hosts : []);
      const isAll = selector.match === undefined && selector.hosts === undefined;
      const known = new Set(now.map(({ host }) => host));
      const more = days
        .hosts(source, Math.floor(window.from / DAY) * DAY, window.to)
        .filter(({ host }) => !known.has(host) && (isAll || named.has(host)))
        .map(({ host }) => ({ host, labels: {}, isForgotten: true }));
      return [...now, ...more].sort((a, b) => (a.host < b.host ? -1 : 1));
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
  const isClosed = (start: number): boolean => complete >= start + DAY + LOOK_BACK;
  return { source, whole, isClosed, freshDays, found };
};
