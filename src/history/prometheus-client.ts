import { HistoryError } from '../model/history.ts';
import { dataIn, type Labels, labelSetsIn, type Series, seriesIn, wordsIn } from './prometheus-answer.ts';
import { AT_ONCE, createLine, type LineOptions } from './prometheus-line.ts';

/** Waits between attempts, seconds. */
const WAITS = [1, 2, 4] as const;

export interface PrometheusClient {
  /** Values at `start, start + step, ... <= end`, seconds since 1970 UTC. */
  range(
    query: string,
    start: number,
    end: number,
    step: number,
    signal?: AbortSignal,
  ): Promise<readonly Series[]>;
  /** Raw samples of a selector with a range, or a value now. */
  instant(query: string, time: number, signal?: AbortSignal): Promise<readonly Series[]>;
  /** Label sets of the series that have samples between two instants, about. */
  series(match: string, start: number, end: number, signal?: AbortSignal): Promise<readonly Labels[]>;
  values(
    label: string,
    match: string,
    start: number,
    end: number,
    signal?: AbortSignal,
  ): Promise<readonly string[]>;
  close(): void;
}

export interface ClientOptions extends LineOptions {
  /** Waits some seconds; rejects where the signal is aborted. */
  readonly wait: (seconds: number, signal?: AbortSignal) => Promise<void>;
}

/** Asked of all: Thanos and VictoriaMetrics then refuse instead of answering in part; others do not know the words. */
const WHOLE = {
  partial_response: 'false',
  dedup: 'true',
  max_source_resolution: '0s',
  deny_partial_response: '1',
  nocache: '1',
};

/** Every function throws HistoryError and nothing else. */
export const createClient = (options: ClientOptions): PrometheusClient => {
  const { url, wait } = options;
  const place = `${url.origin}${url.pathname.replace(/\/$/, '')}`;
  const line = createLine(options, place);
  let free = AT_ONCE;
  const waiting: (() => void)[] = [];

  const ask = async (path: string, form: Record<string, string>, signal?: AbortSignal): Promise<unknown> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      for (const pause of [...WAITS, undefined]) {
        const answer = await line.exchange(path, { ...form, ...WHOLE }, signal);
        if ('body' in answer) return dataIn(answer.body, place);
        if (!answer.again || pause === undefined) throw answer.error;
        await wait(Math.max(pause, answer.wait ?? 0), signal);
      }
      throw new HistoryError(`${place} was not asked`, '');
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
  const span = (start: number, end: number) => ({ start: String(start), end: String(end) });
  return {
    range: async (query, start, end, step, signal) =>
      seriesIn(await ask('query_range', { query, ...span(start, end), step: String(step) }, signal), place),
    instant: async (query, time, signal) =>
      seriesIn(await ask('query', { query, time: String(time) }, signal), place),
    series: async (match, start, end, signal) =>
      labelSetsIn(await ask('series', { 'match[]': match, ...span(start, end) }, signal), place),
    values: async (label, match, start, end, signal) =>
      wordsIn(await ask(`label/${label}/values`, { 'match[]': match, ...span(start, end) }, signal), place),
    close: () => line.close(),
  };
};
