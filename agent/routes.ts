import type { IncomingMessage } from 'node:http';
import {
  type Counters,
  type ExpositionFormat,
  exampleMark,
  exampleNotice,
  type GridState,
  type GuestJson,
  type HostJson,
  type MeasureArm,
  type MeasureStandingJson,
  type PushWay,
  type Snapshot,
} from '../src/index.ts';
import { acceptsGzip, prefersOpenMetrics } from './accept.ts';
import { greenestReply, gridReply } from './grid-routes.ts';
import { atMost } from './in-flight.ts';
import { MEASURES, measuresReply } from './measures-route.ts';
import { metricsBody } from './metrics-body.ts';
import { type Reload, reloadRoute } from './reload-route.ts';
import { json, type Reply, text } from './reply.ts';
import { patienceOf, TooSlow, within } from './scrape-timeout.ts';
import { createScrapeObserver, type ScrapeObserver } from './scrapes.ts';
import { SWITCHBACK, switchbackReply } from './switchback-route.ts';
import { ICON } from './web/icon.ts';
import { SCRIPT } from './web/script.ts';
import { STYLE } from './web/style.ts';
import { workRoute } from './work-route.ts';

export interface RouteOptions {
  /** Path of the metrics. */
  readonly telemetryPath: string;
  /** Scrapes that are answered at a time; 0, or not told: any number. */
  readonly maxRequests?: number;
  /** The snapshot in force; undefined before the first tick. Nothing here ever samples. */
  readonly snapshot: () => Snapshot | undefined;
  /** Text of the metrics; a rejection is answered with status 500 and its reason. */
  readonly metrics: (format: ExpositionFormat) => Promise<string>;
  readonly page: (snapshot: Snapshot) => string;
  readonly api: (snapshot: Snapshot, counters: Counters) => HostJson;
  /** What is handed on to guests; undefined where nothing is. */
  readonly guests?: () => readonly GuestJson[];
  /** What live providers of grid data tell now; undefined where none is configured. */
  readonly grid?: (() => readonly GridState[]) | undefined;
  /** What on/off tests of measures ask for now; undefined where none is configured. */
  readonly arms?: (() => readonly MeasureArm[]) | undefined;
  /** How measures of this host stand; undefined where none is configured. */
  readonly measures?: (() => readonly MeasureStandingJson[]) | undefined;
  /** Milliseconds since 1970 UTC; `Date.now` unless told. */
  readonly wall?: () => number;
  /** Whether the loop has ticked lately. */
  readonly healthy: () => boolean;
  /** Remembers who scrapes; default: one of its own. */
  readonly scrapes?: ScrapeObserver;
  /** Hears after each scrape the longest recent time between two, seconds. */
  readonly onScrapeInterval?: (longest: number) => void;
  /** Takes what applications count; undefined: refused. */
  readonly work?: PushWay | undefined;
  /** Takes up the configuration anew; absent: that is not enabled. */
  readonly reload?: Reload;
  readonly log: (message: string) => void;
}

type Route = (request: IncomingMessage) => Reply | Promise<Reply>;

/** The version is part of the type: a scraper takes the rest as it likes. */
const METRICS_TYPE: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};
const STANDS = 'no sample was taken within the last 3 intervals';
const GUESTS = '/api/v1/guests';
const NOT_YET = text(503, 'there is no snapshot yet: the first sample is being taken', {
  'Retry-After': '1',
});

/** Answers one request. @param proceed asks for a body that the client holds back; called only where one is wanted. */
export type Answer = (request: IncomingMessage, proceed: () => void) => Promise<Reply>;

const WORK = '/api/v1/work';
const RELOAD = '/-/reload';

/** Answers requests. Reads the current snapshot and changes nothing but the record of scrape times; work is handed on. */
export const createRoutes = (options: RouteOptions): Answer => {
  const { snapshot } = options;
  const withSnapshot =
    (make: (current: Snapshot, request: IncomingMessage) => Reply): Route =>
    (request) => {
      const current = snapshot();
      return current === undefined ? NOT_YET : make(current, request);
    };
  const host = ofLast((current) => options.api(current, 'exported'));
  const booked = ofLast((current) => options.api(current, 'booked'));
  const page = ofLast(options.page);
  const routes = new Map<string, Route>([
    [
      '/',
      withSnapshot((current) => ({ status: 200, type: 'text/html; charset=utf-8', body: page(current) })),
    ],
    [options.telemetryPath, atMost(options.maxRequests ?? 0, metricsRoute(options))],
    [
      '/api/v1/snapshot',
      withSnapshot((current, request) => json(wantsBooked(request) ? booked(current) : host(current))),
    ],
    ['/api/v1/workloads', withSnapshot((current) => json(workloadsOf(host(current))))],
    ['/api/v1/sources', withSnapshot((current) => json(partOf(host(current), 'sources')))],
    [
      '/-/healthy',
      () =>
        options.healthy() ? text(200, ['healthy', ...noticeOf(snapshot())].join('\n')) : text(503, STANDS),
    ],
    [
      '/-/ready',
      withSnapshot((current) => (options.healthy() ? text(200, readiness(current)) : text(503, STANDS))),
    ],
    ['/style.css', () => ({ status: 200, type: 'text/css; charset=utf-8', body: STYLE })],
    ['/icon.svg', () => ({ status: 200, type: 'image/svg+xml', body: ICON })],
    ['/page.js', () => ({ status: 200, type: 'text/javascript; charset=utf-8', body: SCRIPT })],
  ]);
  const { guests, grid, arms, measures, wall = Date.now } = options;
  if (grid !== undefined) {
    routes.set('/api/v1/grid', (request) => gridReply(request, grid(), wall()));
    routes.set('/api/v1/greenest', (request) => greenestReply(request, grid(), wall()));
  }
  if (arms !== undefined) routes.set(SWITCHBACK, () => switchbackReply(SWITCHBACK, arms()));
  if (measures !== undefined) routes.set(MEASURES, () => measuresReply(MEASURES, measures()));
  if (guests !== undefined) routes.set(GUESTS, () => json({ guests: guests() }));
  const unknown = text(
    404,
    `there is nothing here; what there is:\n${[...routes.keys(), `POST ${WORK}`, `POST ${RELOAD}`].join('\n')}`,
  );
  const work = workRoute(options.work);
  const reload = reloadRoute(options.reload);
  return async (request, proceed) => {
    const path = pathOf(request);
    if (path === WORK) return work(request, proceed);
    if (path === RELOAD) return reload(request);
    const route =
      routes.get(path) ??
      guestRoute(path, guests) ??
      armRoute(path, arms) ??
      measureRoute(path, measures) ??
      (() => unknown);
    return refusal(request) ?? route(request);
  };
};

const guestRoute = (path: string, guests: RouteOptions['guests']): Route | undefined => {
  if (!path.startsWith(`${GUESTS}/`)) return undefined;
  const id = path.slice(GUESTS.length + 1);
  return () => {
    const all = guests?.() ?? [];
    const guest = all.find((one) => one.id === id);
    if (guest !== undefined) return json(guest);
    const why =
      guests === undefined
        ? 'set guests.directory'
        : `there are: ${all.map((one) => one.id).join(', ') || 'none'}`;
    return text(404, `no energy is handed on to a guest of that name; ${why}`);
  };
};

const armRoute = (path: string, arms: RouteOptions['arms']): Route | undefined =>
  path.startsWith(`${SWITCHBACK}/`) ? () => switchbackReply(path, arms?.() ?? []) : undefined;

const measureRoute = (path: string, measures: RouteOptions['measures']): Route | undefined =>
  path.startsWith(`${MEASURES}/`) ? () => measuresReply(path, measures?.() ?? []) : undefined;

/** `?counters=booked`: new counters too show all that they hold; for whoever takes differences of two snapshots. */
const wantsBooked = ({ url = '/' }: IncomingMessage): boolean => /[?&]counters=booked(?:[&#]|$)/.test(url);

const pathOf = ({ url = '/' }: IncomingMessage): string => /^[^?#]*/.exec(url)?.[0] ?? '/';

/** Nothing is changed through the rest of this server, so nothing is taken in. */
const refusal = ({ method, headers }: IncomingMessage): Reply | undefined => {
  if (method !== 'GET' && method !== 'HEAD') {
    return text(405, 'only GET and HEAD are answered here', { Allow: 'GET, HEAD', Connection: 'close' });
  }
  const length = headers['content-length'];
  if ((length === undefined || length === '0') && headers['transfer-encoding'] === undefined)
    return undefined;
  return text(413, 'a request must have no body here', { Connection: 'close' });
};

const metricsRoute = (options: RouteOptions) => {
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

/** A part of the whole answer, with what every answer carries. */
const partOf = (
  { example, format, tick, time, ...host }: HostJson,
  part: 'workloads' | 'sources',
): object => ({
  ...(example === undefined ? {} : { example }),
  format,
  tick,
  time,
  [part]: host[part],
});

/** Workloads, with the line of the host that they are parts of. */
const workloadsOf = (current: HostJson): object => {
  const { name, energyJoules, dynamicJoules, energyPerWork, sci } = current.host;
  const { embodied } = current;
  return {
    ...partOf(current, 'workloads'),
    host: {
      ...{ name, energyJoules, dynamicJoules },
      ...(energyPerWork === undefined ? {} : { energyPerWork }),
      ...(sci === undefined ? {} : { sci }),
      ...(embodied === undefined ? {} : { embodied }),
    },
  };
};

/** The line of a text answer while grams are an example. */
const noticeOf = (current: Snapshot | undefined): readonly string[] => {
  const mark = current === undefined ? undefined : exampleMark(current.view.carbon);
  return mark === undefined ? [] : [exampleNotice(mark)];
};

/** A source that cannot be read does not make the agent unready; it is named. */
const readiness = (current: Snapshot): string =>
  [
    'ready',
    ...noticeOf(current),
    ...current.view.sample.sources
      .filter(({ state }) => state === 'unreadable' || state === 'failing')
      .map(({ source, state, why, fix }) => `${source} is ${state}: ${why}${fix === '' ? '' : `; ${fix}`}`),
  ].join('\n');

/** Makes a thing once for each snapshot: the last one is kept. */
const ofLast = <T>(make: (snapshot: Snapshot) => T): ((snapshot: Snapshot) => T) => {
  let last: { readonly of: Snapshot; readonly made: T } | undefined;
  return (snapshot) => {
    if (last?.of !== snapshot) last = { of: snapshot, made: make(snapshot) };
    return last.made;
  };
};
