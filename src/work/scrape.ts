import { SourceError } from '../model/source-error.ts';
import type { WorkReading } from '../model/work.ts';
import { type Seconds, seconds } from '../units.ts';
import { getMetrics } from './get.ts';
import { lines } from './lines.ts';
import { createMatcher, mappingOf } from './matching.ts';
import type { WorkOptions } from './options.ts';
import { polling } from './polling.ts';
import type { Trouble, Way } from './way.ts';

/** As Prometheus has it by default (scrape_timeout). */
const LONGEST_ANSWER = 10;

/** An endpoint in the text format of Prometheus or OpenMetrics, asked on its own clock. */
export const scrapeWay = (options: WorkOptions['scrape'][number]): Way => {
  const url = new URL(options.url);
  const mapping = mappingOf(url.href, options);
  const timeout: Seconds = seconds(Math.min(LONGEST_ANSWER, options.interval));
  let waiting: readonly WorkReading[] = [];
  let trouble: Trouble | undefined;
  let series: number | undefined;
  let hasFitted = false;

  const ask = async (signal: AbortSignal): Promise<void> => {
    const matcher = createMatcher([mapping]);
    const text = lines(matcher.line);
    try {
      await getMetrics(url, { timeout, signal, onChunk: text.write });
      text.end();
    } catch (error) {
      trouble = troubleOf(url, error);
      return;
    }
    const { readings, problem } = matcher.result();
    waiting = readings;
    series = readings.length;
    hasFitted ||= readings.length > 0;
    trouble = problem === undefined ? nothingFits() : { reason: `${url.href}: ${problem}`, fix: FORMAT };
  };
  const nothingFits = (): Trouble | undefined =>
    hasFitted
      ? undefined
      : {
          reason: `${url.href} answers, and no series of ${options.metric} fits`,
          fix: `See \`curl ${url.href} | grep ${options.metric}\`; correct metric or labels in work.scrape.`,
        };
  const poll = polling(options.interval, ask);
  return {
    detail: () => `${url.href}: ${trouble !== undefined ? 'in trouble' : found(options.metric, series)}`,
    take: () => {
      const taken = waiting;
      waiting = [];
      return taken;
    },
    trouble: () => trouble,
    refresh: poll.now,
    close: poll.close,
  };
};

const found = (metric: string, series: number | undefined): string =>
  series === undefined ? 'not answered yet' : `${series} series of ${metric}`;

const FORMAT = 'See the page with curl; `promtool check metrics` names what is wrong with it.';

const troubleOf = (url: URL, error: unknown): Trouble => {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    reason: reason.startsWith(url.href) ? reason : `${url.href}: ${reason}`,
    fix: (error instanceof SourceError ? error.fix : '') || 'Correct the address in work.scrape.',
  };
};
