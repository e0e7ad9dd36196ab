import { readFile } from 'node:fs/promises';
import { type ExpositionFormat, openPlans } from '../src/index.ts';
import { prefersOpenMetrics } from './accept.ts';
import type { Fleet } from './fleet.ts';
import { MEASURES, measuresReply } from './measures-route.ts';
import { json, type Reply, text } from './reply.ts';
import type { Answer } from './routes.ts';
import { SWITCHBACK, switchbackReply } from './switchback-route.ts';
import { version } from './version.ts';
import { fleetPage } from './web/fleet-page.ts';
import { STYLE } from './web/style.ts';

export interface FleetRoutes {
  readonly fleet: Fleet;
  readonly directory: string;
  readonly telemetryPath: string;
  readonly metrics: (format: ExpositionFormat) => Promise<string>;
}

const REPORTS = '/measures/';
/** A report is one file with its style inside, and loads nothing. */
const REPORT_POLICY = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};
const TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};
const PLACES = ['/', '/metrics', MEASURES, SWITCHBACK, `${REPORTS}NAME`, '/-/healthy', '/-/ready'];

/** Answers for the measures of a fleet, from what was evaluated last: no question waits for an engine. */
export const fleetRoutes =
  ({ fleet, directory, telemetryPath, metrics }: FleetRoutes): Answer =>
  async ({ method, url = '/', headers }) => {
    if (method !== 'GET' && method !== 'HEAD')
      return text(405, 'only GET and HEAD are answered here', { Allow: 'GET, HEAD', Connection: 'close' });
    const path = /^[^?#]*/.exec(url)?.[0] ?? '/';
    const all = fleet.standings();
    if (path === '/') return html(fleetPage(all, fleet.health(), { telemetryPath, version }));
    if (path === '/style.css') return { status: 200, type: 'text/css; charset=utf-8', body: STYLE };
    if (path === telemetryPath) {
      const format = prefersOpenMetrics(headers.accept) ? 'openmetrics' : 'text';
      return { status: 200, type: TYPES[format], body: await metrics(format), headers: { Vary: 'Accept' } };
    }
    if (path === MEASURES) {
      const { succeededAt, problem } = fleet.health();
      const at = succeededAt === undefined ? undefined : new Date(succeededAt * 1000).toISOString();
      return json({ measures: all, evaluation: { succeededAt: at, problem } });
    }
    if (path.startsWith(`${MEASURES}/`)) return measuresReply(path, all);
    if (path === SWITCHBACK || path.startsWith(`${SWITCHBACK}/`)) return switchbackReply(path, fleet.arms());
    if (path === '/-/healthy') return text(200, 'healthy');
    if (path === '/-/ready') return ready(fleet);
    if (path.startsWith(REPORTS)) return report(path.slice(REPORTS.length), fleet, directory);
    return text(404, `there is nothing here; what there is:\n${PLACES.join('\n')}`);
  };

const html = (body: string, headers: Reply['headers'] = {}): Reply => ({
  ...{ status: 200, type: 'text/html; charset=utf-8', body, headers },
});

/** Results of an earlier time are results: an engine that is away makes the service no less ready. */
const ready = (fleet: Fleet): Reply => {
  const { problem, succeededAt } = fleet.health();
  if (succeededAt === undefined && problem === undefined && fleet.standings().length === 0)
    return text(503, 'the first evaluation is not over yet', { 'Retry-After': '5' });
  return text(
    200,
    problem === undefined ? 'ready' : `ready, with older results: ${problem.reason}; ${problem.fix}`,
  );
};

const report = async (name: string, fleet: Fleet, directory: string): Promise<Reply> => {
  const one = fleet.standings().find((each) => each.name === name);
  if (one === undefined) return text(404, 'there is no measure of that name; / lists them');
  const { reportFile } = await openPlans();
  const page = await readFile(reportFile(directory, name), 'utf8').catch(() => undefined);
  if (page !== undefined && one.verdict !== undefined) return html(page, REPORT_POLICY);
  const why = one.problem === undefined ? '' : `: ${one.problem.reason}; ${one.problem.fix}`;
  return text(404, `there is no report of ${name} yet; it is in force from ${one.start} on${why}`);
};
