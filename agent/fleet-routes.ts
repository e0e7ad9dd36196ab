import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { ExpositionFormat, MeasureArm, MeasureStandingJson } from '../src/index.ts';
import { openComparing } from '../src/index.ts';
import { atMost } from './in-flight.ts';
import type { RoundsHealth } from './measure-rounds.ts';
import { MEASURES, measuresReply } from './measures-route.ts';
import { metricsRoute } from './metrics-route.ts';
import { reasonAndFix } from './reason-and-fix.ts';
import { type Reload, reloadRoute } from './reload-route.ts';
import { json, type Reply, text } from './reply.ts';
import { pathOf, refusal } from './requests.ts';
import type { Answer } from './routes.ts';
import { SWITCHBACK, switchbackReply } from './switchback-route.ts';
import { utcTime } from './utc-time.ts';
import { assetReply } from './web/assets.ts';
import { fleetPage } from './web/fleet-page.ts';

export interface FleetRoutesOptions {
  readonly telemetryPath: string;
  readonly maxRequests: number;
  /** Where reports are. */
  readonly directory: string;
  /** Said on the page and wherever there is room for words, where the figures are nobody's. */
  readonly notice?: string;
  /** What is said of a measure beforehand, by its name. */
  readonly claims?: ReadonlyMap<string, string>;
  readonly metrics: (format: ExpositionFormat) => Promise<string>;
  /** As they were evaluated last. */
  readonly standings: () => readonly MeasureStandingJson[];
  readonly health: () => RoundsHealth;
  /** Names of all measures, evaluated or not. */
  readonly planned: () => readonly string[];
  readonly arms: () => readonly MeasureArm[];
  readonly reload?: Reload;
  readonly log: (message: string) => void;
}

type Route = (request: IncomingMessage) => Reply | Promise<Reply>;

const RELOAD = '/-/reload';
const REPORTS = '/measures/';

/** Answers the requests of the service: nothing is evaluated for one, all is as it was found last. */
export const fleetRoutes = (options: FleetRoutesOptions): Answer => {
  const { telemetryPath, directory, notice, claims, standings, health, planned, arms } = options;
  const waiting = (): readonly string[] => {
    const known = new Set(standings().map(({ name }) => name));
    return planned().filter((name) => !known.has(name));
  };
  const metrics = metricsRoute({
    // A new object each time: figures change when an evaluation ends, and nobody asks often.
    snapshot: () => ({}),
    metrics: options.metrics,
    log: options.log,
  });
  const routes = new Map<string, Route>([
    [
      '/',
      () => ({
        status: 200,
        type: 'text/html; charset=utf-8',
        body: fleetPage({
          standings: standings(),
          waiting: waiting(),
          place: { telemetryPath },
          ...{ notice, claims },
          problem: health().problem,
        }),
      }),
    ],
    [telemetryPath, atMost(options.maxRequests, metrics)],
    [
      MEASURES,
      () =>
        json({
          ...(notice === undefined ? {} : { notice }),
          evaluation: evaluationOf(health()),
          measures: standings(),
        }),
    ],
    [SWITCHBACK, () => switchbackReply(SWITCHBACK, arms())],
    ['/-/healthy', () => text(200, [...(notice === undefined ? [] : [notice]), 'healthy'].join('\n'))],
    ['/-/ready', () => readiness(standings(), waiting(), health())],
    ...(['/style.css', '/icon.svg'] as const).map((name): [string, Route] => [
      name,
      (request) => assetReply(name, request),
    ]),
  ]);
  const unknown = text(
    404,
    `there is nothing here; what there is:\n${[...routes.keys(), `${REPORTS}NAME`, `POST ${RELOAD}`].join('\n')}`,
  );
  const reload = reloadRoute(options.reload);
  return async (request) => {
    const path = pathOf(request);
    if (path === RELOAD) return reload(request);
    const refused = refusal(request);
    if (refused !== undefined) return refused;
    const route = routes.get(path);
    if (route !== undefined) return route(request);
    if (path.startsWith(`${MEASURES}/`)) return measuresReply(path, standings());
    if (path.startsWith(`${SWITCHBACK}/`)) return switchbackReply(path, arms());
    if (path.startsWith(REPORTS)) return report(directory, path.slice(REPORTS.length), planned());
    return unknown;
  };
};

/** How the last evaluation went; instants are ISO 8601, UTC. */
const evaluationOf = ({ succeededAt, problem }: RoundsHealth) => ({
  ...(succeededAt === undefined ? {} : { succeededAt: utcTime(succeededAt * 1000) }),
  ...(problem === undefined ? {} : { problem }),
});

/** Ready once each measure was evaluated, or shows what it came to before; what is older than it should be is named. */
const readiness = (
  standings: readonly MeasureStandingJson[],
  waiting: readonly string[],
  { problem }: RoundsHealth,
): Reply => {
  if (problem !== undefined && standings.length === 0)
    return text(503, `no measure could be evaluated: ${reasonAndFix(problem.reason, problem.fix)}`, {
      'Retry-After': '60',
    });
  if (waiting.length > 0)
    return text(503, `not evaluated yet: ${waiting.join(', ')}`, { 'Retry-After': '10' });
  const failed = standings.flatMap((one) =>
    one.problem === undefined
      ? []
      : [`${one.name} could not be evaluated: ${reasonAndFix(one.problem.reason, one.problem.fix)}`],
  );
  const older =
    problem === undefined || failed.length > 0
      ? []
      : [`the last evaluation failed: ${reasonAndFix(problem.reason, problem.fix)}`];
  const told = [...older, ...failed];
  return text(200, ['ready', ...(told.length === 0 ? [] : ['older results are shown:']), ...told].join('\n'));
};

const report = async (directory: string, name: string, planned: readonly string[]): Promise<Reply> => {
  if (!planned.includes(name))
    return text(404, `there is no measure of that name; there are: ${planned.join(', ') || 'none'}`);
  const { reportFile } = await openComparing();
  try {
    const body = await readFile(reportFile(directory, name));
    const headers = { 'Content-Security-Policy': policyFor(body.toString()) };
    return { status: 200, type: 'text/html; charset=utf-8', body, headers };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    return text(404, `there is no report of ${name} yet: nothing of it can be evaluated so far`);
  }
};

/** A report holds its own style sheet, known by its hash; it loads nothing. */
const policyFor = (markup: string): string => {
  const hashes = [...markup.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(
    ([, sheet = '']) => `'sha256-${createHash('sha256').update(sheet).digest('base64')}'`,
  );
  return `default-src 'none'; style-src ${hashes.join(' ') || "'none'"}; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
};
