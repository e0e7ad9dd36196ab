import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Config,
  createPrometheusExporter,
  hasNoPort,
  type LastReload,
  METHOD_VERSION,
  openPlans,
  type Point,
} from '../src/index.ts';
import { type FlagValues, type Loaded, load } from './configuration.ts';
import { CommandError } from './exit.ts';
import { fleetPast, openFleetMeasures } from './fleet-measures.ts';
import { fleetRoutes } from './fleet-routes.ts';
import { createAnsweringServer } from './http.ts';
import { inTurn } from './in-turn.ts';
import { createLog, type Logger } from './log.ts';
import type { MeasureRounds, RoundsHealth } from './measure-rounds.ts';
import { openArms } from './measures.ts';
import type { Reload } from './reload-route.ts';
import { stateDirectoryOf } from './state.ts';
import { version } from './version.ts';

/** Arms of on/off tests change by the clock, seconds at most after they are due. */
const TURN_MS = 5_000;

/** What is at work under one configuration. */
interface Work {
  readonly loaded: Loaded;
  readonly log: Logger;
  readonly rounds: MeasureRounds;
  readonly arms: Awaited<ReturnType<typeof openArms>>;
}

/** The measures of a fleet, evaluated on a schedule and served, until a signal ends it. SIGHUP takes up its file anew. */
export const serveFleet = async (flags: FlagValues): Promise<void> => {
  const loaded = await load(flags);
  const { directory, lock } = await lockedDirectory(loaded.config);
  const startedAt = Date.now() / 1000;
  let last: LastReload = { successful: true, at: startedAt };
  const open = (next: Loaded): Promise<Work> => openWork(next, directory);
  let work: Work | undefined;
  let turn: NodeJS.Timeout | undefined;
  let isEnding = false;
  try {
    let current = await open(loaded);
    work = current;
    const { config } = loaded;
    const reload: Reload = inTurn(async () => {
      try {
        const next = await open(await load(flags));
        const before = current;
        await before.rounds.close();
        if (isEnding) return 'the service is ending';
        current = next;
        work = next;
        last = { successful: true, at: Date.now() / 1000 };
        next.rounds.begin();
        next.log.info({ sha256: next.loaded.sha256 }, 'the configuration was taken up anew');
        await before.arms.files.remove(new Set(next.loaded.config.measures.map((one) => one.arm_file)));
        return undefined;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        last = { ...last, successful: false };
        current.log.error({}, `the configuration was not taken up, the one before stays in force: ${why}`);
        return why;
      }
    });
    const points = (): readonly Point[] => [
      ...serviceMetrics(current.loaded.sha256, startedAt, last),
      ...healthPoints(current.rounds.health(), directory),
      ...current.arms.points(),
      ...current.rounds.points(),
    ];
    const exposed = () => ({
      points: points(),
      setting: { version, startedAt },
      view: { sample: { wall: Date.now() } },
    });
    const exporter = createPrometheusExporter(exposed, {
      onDiagnostic: (message) => current.log.warn({}, message),
    });
    const web = await openWeb(config.web.config_file, () => current.log);
    const log = (message: string): void => current.log.warn({}, message);
    const signalled = signal();
    process.on('SIGHUP', () => void reload());
    const answer = fleetRoutes({
      telemetryPath: config.web.telemetry_path,
      maxRequests: config.web.max_requests,
      directory,
      metrics: (format) => exporter.render(format),
      standings: () => current.rounds.standings(),
      health: () => current.rounds.health(),
      planned: () => current.loaded.config.measures.map(({ name }) => name),
      arms: () => current.arms.arms(),
      ...(config.web.enable_lifecycle ? { reload } : {}),
      log,
    });
    const server = hasNoPort(config)
      ? undefined
      : await createAnsweringServer({ listenAddress: config.web.listen_address, web, log }, answer);
    process.stdout.write(banner(current, server?.url, directory));
    current.rounds.begin();
    const write = (): void => current.arms.files.write(current.arms.arms());
    write();
    turn = setInterval(write, TURN_MS);
    const said = await signalled;
    current.log.info({ signal: said }, 'stopping');
    await Promise.all([server?.close(), web?.close()]);
  } finally {
    isEnding = true;
    clearInterval(turn);
    await work?.rounds.close();
    await work?.arms.files.remove();
    lock.release();
  }
};

const openWork = async (loaded: Loaded, directory: string): Promise<Work> => {
  const { config, example, warnings } = loaded;
  const log = createLog({ ...config.log, example, write: (line) => process.stderr.write(line) });
  for (const warning of warnings) log.warn({}, warning);
  if (config.measures.length === 0)
    log.warn({ fix: 'negawatt measure draft NAME writes one' }, 'the configuration declares no measure');
  const rounds = await openFleetMeasures({ config, directory, log });
  return { loaded, log, rounds, arms: await openArms(config, log, Date.now) };
};

/** One writer: two would register one plan twice. */
const lockedDirectory = async (config: Config) => {
  fleetPast(config);
  const directory = stateDirectoryOf(config);
  if (directory === undefined)
    throw new CommandError('there is no directory to keep plans and results in: name one with --state.dir');
  const { lockState } = await openPlans();
  const lock = await lockState(directory);
  if (!lock.found) throw new CommandError(`${lock.reason}; ${lock.fix}`);
  return { directory, lock: lock.value };
};

const serviceMetrics = (sha256: string, startedAt: number, last: LastReload): readonly Point[] => [
  {
    metric: 'negawatt_build_info',
    labels: { version, node_version: process.versions.node, method_version: METHOD_VERSION },
    value: 1,
  },
  { metric: 'negawatt_config_info', labels: { sha256 }, value: 1 },
  { metric: 'negawatt_config_last_reload_successful', labels: {}, value: last.successful ? 1 : 0 },
  { metric: 'negawatt_config_last_reload_success_timestamp_seconds', labels: {}, value: last.at },
  { metric: 'process_start_time_seconds', labels: {}, value: startedAt },
];

const healthPoints = ({ succeededAt, problem }: RoundsHealth, directory: string): readonly Point[] => {
  const archive = statSync(join(directory, 'archive.db'), { throwIfNoEntry: false });
  return [
    {
      metric: 'negawatt_fleet_last_evaluation_successful',
      labels: {},
      value: problem === undefined ? 1 : 0,
    },
    ...(succeededAt === undefined
      ? []
      : [
          {
            metric: 'negawatt_fleet_last_evaluation_timestamp_seconds' as const,
            labels: {},
            value: succeededAt,
          },
        ]),
    ...(archive === undefined
      ? []
      : [{ metric: 'negawatt_fleet_archive_bytes' as const, labels: {}, value: archive.size }]),
  ];
};

const banner = ({ loaded: { config, file } }: Work, url: string | undefined, directory: string): string => {
  const { prometheus, csv } = fleetPast(config);
  const facts: readonly (readonly [string, string])[] = [
    ...(url === undefined
      ? ([['port', 'none is opened (web.listen_address)']] as const)
      : ([
          ['metrics', `${url}${config.web.telemetry_path}`],
          ['page', `${url}/`],
        ] as const)),
    ['history', prometheus?.url ?? csv?.path ?? ''],
    ['measures', config.measures.map(({ name }) => name).join(', ') || 'none is declared'],
    ['schedule', `now, and by ${config.savings.schedule} (UTC)`],
    ['state', directory],
    ['config', file ?? 'defaults'],
  ];
  return [
    `negawatt ${version} fleet`,
    ...facts.map(([name, text]) => `  ${name.padEnd(8)} ${text}`),
    '',
  ].join('\n');
};

const openWeb = async (file: string | undefined, log: () => Logger) => {
  if (file === undefined) return undefined;
  return (await import('./web-config.ts')).openWebConfig({
    file,
    log: {
      info: (message) => log().info(message),
      warn: (message) => log().warn(message),
      error: (message) => log().error(message),
    },
  });
};

const signal = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name));
  });
