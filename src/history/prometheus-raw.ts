import type { TimeWindow } from '../model/history.ts';
import { LONGEST_GAP, type Samples } from './counter-differences.ts';
import { keyOf, type Series } from './prometheus-answer.ts';
import type { PrometheusClient } from './prometheus-client.ts';

/** Raw samples are asked for an hour at a time: 240 a series at a scrape of 15 s. */
const RAW_SPAN = 3600;

/** Raw samples of all series of a selector around the intervals that need them. */
export const readRaw = async (
  client: PrometheusClient,
  selector: string,
  { from }: TimeWindow,
  step: number,
  looks: readonly boolean[],
  isBlank: (value: number) => boolean,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Samples>> => {
  const asked: Promise<readonly Series[]>[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const [at, isLooked] of looks.entries()) {
    if (!isLooked) continue;
    const last = from + (at + 1) * step;
    // The first sample of an interval needs the one before it.
    let start = Math.max(end, from + at * step - LONGEST_GAP);
    while (start < last) {
      const span = Math.min(RAW_SPAN, last - start);
      start += span;
      asked.push(client.instant(`${selector}[${span}s]`, start, signal));
    }
    end = last;
  }
  const held = new Map<string, { times: number[]; values: number[] }>();
  for (const series of await Promise.all(asked)) {
    for (const { labels, times, values } of series) {
      const key = keyOf(labels);
      const own = held.get(key) ?? { times: [], values: [] };
      held.set(key, own);
      for (const [at, time] of times.entries()) {
        const value = values[at] ?? Number.NaN;
        // Releases before 3 give the sample at the first instant of a range too: it is there already.
        if (Number.isNaN(value) || isBlank(value) || time <= (own.times.at(-1) ?? Number.NEGATIVE_INFINITY))
          continue;
        own.times.push(time);
        own.values.push(value);
      }
    }
  }
  return held;
};
