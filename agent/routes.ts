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
  powerJson,
  type Snapshot,
} from '../src/index.ts';
import { greenestReply, gridReply } from './grid-routes.ts';
import { atMost } from './in-flight.ts';
import { MEASURES, measuresReply } from './measures-route.ts';
import { metricsRoute } from './metrics-route.ts';
import { packed, packing } from './packed.ts';
import { calendarFor, calendarReply, type Past, pastReply } from './past-routes.ts';
import { type Reload, reloadRoute } from './reload-route.ts';
import { json, type Reply, text } from './reply.ts';
import { NOT_YET, pathOf, refusal } from './requests.ts';
import type { ScrapeObserver } from './scrapes.ts';
import { armJson, SWITCHBACK, switchbackReply } from './switchback-route.ts';
import { ASSETS, assetReply } from './web/assets.ts';
import type { PageData } from './web/page.ts';
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
  /** The status page; its maker is loaded when somebody looks. */
  readonly page: (data: PageData) => Promise<string>;
  /** What is kept of the past; undefined: nothing is asked for it. */
  readonly past?: Past;
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

const STANDS = 'no sample was taken within the last 3 intervals';
const GUESTS = '/api/v1/guests';
/** Answers one request. @param proceed asks for a body that the client holds back; called only where one is wanted. */
export type Answer = (request: IncomingMessage, proceed: () => void) => Promise<Reply>;

const WORK = '/api/v1/work';
const RELOAD = '/-/reload';

/** Answers requests. Reads the current snapshot and changes nothing but the record of scrape times; work is handed on. */
export const createRoutes = (options: RouteOptions): Answer => {
  const { snapshot } = options;
  const withSnapshot =
    (make: (current: Snapshot, request: IncomingMessage) => Reply | Promise<Reply>): Route =>
    (request) => {
      const current = snapshot();
      return current === undefined ? NOT_YET : make(current, request);
    };
  const host = ofLast((current) => options.api(current, 'exported'));
  const booked = ofLast((current) => options.api(current, 'booked'));
  const power = ofLast(powerJson);
  const page = ofLast((current: Snapshot) =>
    options.page({
      host: booked(current),
      calendar: calendarFor(options.past, current),
      measures: options.measures?.(),
      arms: options.arms?.().map(armJson),
    }),
  );
  const routes = new Map<string, Route>([
    [
      '/',
      withSnapshot(async (current, request) =>
        packed(request, {
          status: 200,
          type: 'text/html; charset=utf-8',
          body: await page(current),
        }),
      ),
    ],
    [options.telemetryPath, atMost(options.maxRequests ?? 0, metricsRoute(options))],
    [
      '/api/v1/snapshot',
      withSnapshot((current, request) =>
        packed(request, json(wantsBooked(request) ? booked(current) : host(current))),
      ),
    ],
    ['/api/v1/power', withSnapshot((current) => json(power(current)))],
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
    ...ASSETS.map((name): [string, Route] => [name, (request) => assetReply(name, request)]),
  ]);
  const { guests, grid, arms, measures, wall = Date.now } = options;
  const { past } = options;
  if (past !== undefined) {
    routes.set(
      '/api/v1/history',
      withSnapshot((current, request) => packing(request, pastReply(request, past, current, wall()))),
    );
    routes.set(
      '/api/v1/calendar',
      withSnapshot((current) => calendarReply(past, current)),
    );
  }
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
