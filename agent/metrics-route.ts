import type { IncomingMessage } from 'node:http';
import type { ExpositionFormat } from '../src/index.ts';
import { acceptsGzip, prefersOpenMetrics } from './accept.ts';
import { metricsBody } from './metrics-body.ts';
import { type Reply, text } from './reply.ts';
import { NOT_YET } from './requests.ts';
import { patienceOf, TooSlow, within } from './scrape-timeout.ts';
import { createScrapeObserver, type ScrapeObserver } from './scrapes.ts';

export interface MetricsRouteOptions {
  /** What is exported now: the same object as long as nothing changed; undefined: nothing yet. */
  readonly snapshot: () => object | undefined;
  /** Text of the metrics; a rejection is answered with status 500 and its reason. */
  readonly metrics: (format: ExpositionFormat) => Promise<string>;
  /** Remembers who scrapes; default: one of its own. */
  readonly scrapes?: ScrapeObserver;
  /** Hears after each scrape the longest recent time between two, seconds. */
  readonly onScrapeInterval?: (longest: number) => void;
  readonly log: (message: string) => void;
}

/** The version is part of the type: a scraper takes the rest as it likes. */
const METRICS_TYPE: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** Answers a scrape: in the format and encoding that it asks for, within the time that it has. */
export const metricsRoute = (options: MetricsRouteOptions) => {
  const bodies = {
    text: metricsBody(options.snapshot, () => options.metrics('text')),
    openmetrics: metricsBody(options.snapshot, () => options.metrics('openmetrics')),
  };
  const { scrapes = createScrapeObserver() } = options;
  let failing = false;
  return async (request: IncomingMessage): Promise<Reply> => {
    if (options.snapshot() === undefined) return NOT_YET;
    if (request.method === 'GET') {
      const longest = scrapes.observe(request.socket.remoteAddress ?? '', performance.now() / 1000);
      options.onScrapeInterval?.(longest);
    }
    const zip = acceptsGzip(request.headers['accept-encoding']?.toString());
    const format = prefersOpenMetrics(request.headers.accept) ? 'openmetrics' : 'text';
    try {
      const made = zip ? bodies[format].gzipped() : bodies[format].plain();
      const bytes = await within(patienceOf(request.headers), made);
      failing = false;
      const headers = { Vary: 'Accept, Accept-Encoding', ...(zip ? { 'Content-Encoding': 'gzip' } : {}) };
      return { status: 200, type: METRICS_TYPE[format], body: bytes, headers };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!failing) options.log(`a scrape failed: ${reason}`);
      failing = true;
      return text(error instanceof TooSlow ? 503 : 500, `the metrics cannot be given: ${reason}`);
    }
  };
};
