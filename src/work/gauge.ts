import { SourceError } from '../model/source-error.ts';
import { type Seconds, seconds } from '../units.ts';
import { getMetrics } from './get.ts';
import { compileLabels } from './labels.ts';
import { lines } from './lines.ts';
import { polling } from './polling.ts';
import { isPlausible, parseSample, utf8 } from './sample-line.ts';
import { shown } from './text.ts';

/** A gauge at an endpoint in the text format of Prometheus, such as the PUE that a building's own exporter has. */
export interface GaugeOptions {
  readonly url: string;
  readonly metric: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly interval: Seconds;
}

export interface Gauge {
  /** The last value; undefined before the first, and once it is older than ten intervals. */
  value(): number | undefined;
  /** Reads now; resolves when there is an answer or none. Never rejects. */
  refresh(): Promise<void>;
  close(): void;
}

const LONGEST_ANSWER = 10;
/** A value that nobody confirms for so long is no value of now. */
const MOST_MISSED = 10;

/**
 * @param check why a value cannot be, or undefined if it can. @param tell hears once of each trouble, and once when it
 * is over (undefined). @param clock monotonic seconds.
 */
export const openGauge = (
  { url: address, metric, labels = {}, interval }: GaugeOptions,
  check: (value: number) => string | undefined,
  tell: (trouble: { readonly reason: string; readonly fix: string } | undefined) => void,
  clock: () => number,
): Gauge => {
  const url = new URL(address);
  const fits = compileLabels(labels) ?? (() => false);
  const timeout = seconds(Math.min(LONGEST_ANSWER, interval));
  let held: { readonly value: number; readonly at: number } | undefined;
  let told: string | undefined;
  const say = (reason: string | undefined, fix: string): void => {
    if (reason === told) return;
    told = reason;
    tell(reason === undefined ? undefined : { reason, fix });
  };
  const ask = async (signal: AbortSignal): Promise<void> => {
    const found: number[] = [];
    const text = lines((line) => take(line, metric, fits, found));
    try {
      await getMetrics(url, { timeout, signal, onChunk: text.write });
      text.end();
    } catch (cause) {
      if (signal.aborted) return;
      const error =
        cause instanceof SourceError ? cause : new SourceError('retry', shown(String(cause), 120));
      return say(error.message, error.fix.replace('work.scrape', 'site.pue_metric'));
    }
    const [value, second] = found;
    const fix = `See \`curl ${url.href} | grep ${metric}\`; correct metric or labels in site.pue_metric.`;
    if (value === undefined) return say(`${url.href} answers, and no series of ${metric} fits`, fix);
    if (second !== undefined)
      return say(`${url.href}: ${found.length} series of ${metric} fit, one is needed`, fix);
    const wrong = check(value);
    if (wrong !== undefined) return say(`${url.href}: ${wrong}`, fix);
    held = { value, at: clock() };
    say(undefined, '');
  };
  const poll = polling(interval, ask);
  return {
    value: () => (held !== undefined && clock() - held.at <= MOST_MISSED * interval ? held.value : undefined),
    refresh: poll.now,
    close: poll.close,
  };
};

const take = (
  line: string,
  metric: string,
  fits: (labels: ReadonlyMap<string, string>) => boolean,
  found: number[],
): void => {
  if (line.startsWith(metric) && /^[ \t{]/.test(line.slice(metric.length, metric.length + 1))) {
    const text = utf8(line);
    const sample = text === undefined ? undefined : parseSample(text, metric.length);
    if (sample !== undefined && fits(sample.labels)) found.push(sample.value);
    return;
  }
  if (isPlausible(line) || line.trim() === '') return;
  throw new SourceError('retry', `this is no text of metrics: "${shown(line)}"`);
};
