import { createPrometheusExporter, openPlans, type Point } from '../src/index.ts';
import { type FlagValues, type Loaded, load } from './configuration.ts';
import { CommandError } from './exit.ts';
import { type Fleet, openFleet } from './fleet.ts';
import { fleetRoutes } from './fleet-routes.ts';
import { listenWith } from './http.ts';
import { createLog } from './log.ts';
import type { Answer } from './routes.ts';
import { stateDirectoryOf } from './state.ts';
import { version } from './version.ts';

/** Runs the service of a fleet until a signal ends it; SIGHUP has it take up its configuration anew. */
export const serveFleet = async (flags: FlagValues): Promise<void> => {
  const loaded = await load(flags);
  const { config } = loaded;
  const directory = stateDirectoryOf(config);
  if (directory === undefined)
    throw new CommandError('negawatt fleet needs a state directory; name one with --state.dir');
  const log = createLog({
    ...config.log,
    example: loaded.example,
    write: (line) => process.stderr.write(line),
  });
  const plans = await openPlans();
  plans.makeDirectory(directory);
  const lock = await plans.lockDirectory(directory);
  if (!lock.found) throw new CommandError(`${lock.reason}; ${lock.fix}`);
  const web =
    config.web.config_file === undefined
      ? undefined
      : await (await import('./web-config.ts')).openWebConfig({
          file: config.web.config_file,
          log: {
            info: (message) => log.info(message),
            warn: (message) => log.warn(message),
            error: (message) => log.error(message),
          },
        });
  try {
    const startedAt = Date.now() / 1000;
    const reload = { successful: true, at: startedAt };
    let current = loaded;
    let fleet = await openFleet({ config, directory, log });
    const telemetryPath = config.web.telemetry_path;
    const exporter = createPrometheusExporter(() => ({
      points: [...fleet.points(), ...ownPoints(current, startedAt, reload, plans.METHOD_VERSION)],
      setting: { version, startedAt },
      view: { sample: { wall: Date.now() } },
    }));
    const answer: Answer = (request, proceed) =>
      fleetRoutes({ fleet, directory, telemetryPath, metrics: exporter.render })(request, proceed);
    const signalled = new Promise<string>((resolve) => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name));
    });
    let reloading: Promise<void> = Promise.resolve();
    process.on('SIGHUP', () => {
      reloading = reloading.then(async () => {
        try {
          const next = await load(flags);
          const opened = await openFleet({ config: { ...next.config, state: config.state }, directory, log });
          replace(opened, next);
        } catch (cause) {
          reload.successful = false;
          log.error(
            `the configuration was not taken up, the one before stays in force: ${cause instanceof Error ? cause.message : String(cause)}`,
          );
        }
      });
    });
    const replace = (opened: Fleet, next: Loaded): void => {
      fleet.close();
      fleet = opened;
      current = next;
      Object.assign(reload, { successful: true, at: Date.now() / 1000 });
      fleet.begin();
      log.info({ config_sha256: next.sha256 }, 'the configuration is in force');
    };
    const server = await listenWith(answer, {
      ...{ listenAddress: config.web.listen_address, web, log: (message: string) => log.warn(message) },
    });
    fleet.begin();
    process.stdout.write(
      [
        `negawatt fleet ${version}`,
        `  metrics  ${server.url}${telemetryPath}`,
        `  page     ${server.url}/`,
        `  measures ${config.measures.map(({ name }) => name).join(', ') || 'none'}`,
        `  state    ${directory}`,
        `  config   ${loaded.file ?? 'defaults'}`,
        '',
      ].join('\n'),
    );
    log.info({ signal: await signalled }, 'stopping: what was evaluated is kept');
    await reloading;
    fleet.close();
    await server.close();
  } finally {
    web?.close();
    lock.value.release();
  }
};

const ownPoints = (
  { sha256 }: Loaded,
  startedAt: number,
  { successful, at }: { readonly successful: boolean; readonly at: number },
  method: string,
): readonly Point[] => [
  {
    metric: 'negawatt_build_info',
    labels: { version, node_version: process.versions.node, method_version: method },
    value: 1,
  },
  { metric: 'negawatt_config_info', labels: { sha256 }, value: 1 },
  { metric: 'negawatt_config_last_reload_successful', labels: {}, value: successful ? 1 : 0 },
  { metric: 'negawatt_config_last_reload_success_timestamp_seconds', labels: {}, value: at },
  { metric: 'process_start_time_seconds', labels: {}, value: startedAt },
];
