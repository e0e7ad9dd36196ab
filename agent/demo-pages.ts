import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  createPrometheusExporter,
  type EvaluatedMeasure,
  METHOD_VERSION,
  openComparing,
  type Point,
} from '../src/index.ts';
import type { DemoPast } from './demo-past.ts';
import { SIMULATED } from './demo-verdicts.ts';
import { fleetRoutes } from './fleet-routes.ts';
import { type AnsweringServer, createAnsweringServer } from './http.ts';
import { version } from './version.ts';
import { assetText } from './web/assets.ts';
import { fleetPage } from './web/fleet-page.ts';

interface DemoResults {
  readonly past: DemoPast;
  readonly results: readonly EvaluatedMeasure[];
  /** What the operator of each measure says of it. */
  readonly claims: ReadonlyMap<string, string>;
}

/** The page of the fleet as a file, with links to the reports beside it. Gives where it is. */
export const writePage = async (
  directory: string,
  { past, results, claims }: DemoResults,
): Promise<string> => {
  const { reportFile } = await openComparing();
  const style = await assetText('/style.css');
  const body = fleetPage({
    ...{ standings: results.map(({ standing }) => standing), waiting: [], claims },
    ...{ notice: SIMULATED, problem: undefined },
    place: { style, reportOf: (name) => relative(directory, reportFile(past.state, name)) },
  });
  const file = join(directory, 'index.html');
  writeFileSync(file, body);
  return file;
};

/** Serves what `negawatt fleet` would, of measures that were evaluated once. Rejects with a CommandError where it cannot listen. */
export const serveDemo = (
  { past, results, claims }: DemoResults,
  listenAddress: string,
): Promise<AnsweringServer> => {
  const log = (message: string): void => void process.stderr.write(`${message}\n`);
  const startedAt = Date.now() / 1000;
  const { node } = process.versions;
  const build = { version, node_version: node, method_version: METHOD_VERSION };
  const points: readonly Point[] = [
    { metric: 'negawatt_build_info', labels: build, value: 1 },
    // The one series that tells whoever scrapes it what it is.
    { metric: 'negawatt_config_info', labels: { sha256: 'simulated' }, value: 1 },
    ...results.flatMap((one) => one.points),
  ];
  const exporter = createPrometheusExporter(
    () => ({ points, setting: { version, startedAt }, view: { sample: { wall: Date.now() } } }),
    { onDiagnostic: log },
  );
  const { web } = past.config;
  const answer = fleetRoutes({
    ...{ telemetryPath: web.telemetry_path, maxRequests: web.max_requests, directory: past.state, log },
    ...{ notice: SIMULATED, claims },
    metrics: (format) => exporter.render(format),
    standings: () => results.map(({ standing }) => standing),
    health: () => ({ succeededAt: past.end, problem: undefined }),
    planned: () => results.map(({ name }) => name),
    arms: () => [],
  });
  return createAnsweringServer({ listenAddress, log }, answer);
};
