/** SIGKILL of the real agent, over and over, on one state directory and a meter whose truth is known. */
import { join } from 'node:path';
import { type RunningAgent, startAgent } from '../fixtures/agent-process.ts';
import { type Exposition, readExposition } from '../fixtures/exposition.ts';
import { movingMeter } from '../fixtures/moving-meter.ts';
import { numbers } from '../fixtures/numbers.ts';

/** The shortest that the configuration takes. */
export const INTERVAL_S = 1;
const WATTS = [100, 20] as const;
export const POWER = WATTS[0] + WATTS[1];
/** Longest life after the start, so that kills fall before, in and after ticks, saves and scrapes. */
const LIFE_MS = 1300;
/** A kill within so long of its start meets an agent that has not listened yet. */
const START_MS = 450;
/** Ends with the process by its nature. */
const OWN = 'process_cpu_seconds_total';

export interface KillLoop {
  readonly kills: number;
  /** Of them before the agent listened. */
  readonly atStart: number;
  readonly scrapes: number;
  /** Joules that the meter counted, all zones. */
  readonly truth: number;
  /** Joules of the host at the end, and the sum over its workloads and reserved rows. */
  readonly host: number;
  readonly rows: number;
  /** Joules of the host in the last scrape. */
  readonly scraped: number;
  /** Counters that rose in scrapes. */
  readonly rising: number;
  /** Each counter that was lower in a scrape than in one before. */
  readonly backwards: readonly string[];
  /** Lines of the agents that are warnings or errors, without their times, each once. */
  readonly complaints: readonly string[];
}

interface SnapshotJson {
  readonly tick: number;
  readonly host: { readonly energyJoules: number };
  readonly workloads: readonly { readonly energyJoules: number }[];
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

export const killLoop = async (kills: number, seed: number): Promise<KillLoop> => {
  const pick = numbers(seed);
  const meter = await movingMeter();
  const { paths, root } = meter.host;
  const flags = [
    `--state.dir=${join(root, 'state')}`,
    `--path.procfs=${paths.procfs}`,
    `--path.sysfs=${paths.sysfs}`,
    `--path.rootfs=${root}`,
    '--no-source.process',
  ];
  const start = (more?: Parameters<typeof startAgent>[2]): Promise<RunningAgent> =>
    startAgent(flags, { NEGAWATT_SAMPLING_INTERVAL: `${INTERVAL_S}s`, NEGAWATT_GRID_ZONE: 'FR' }, more);
  const seen = new Map<string, number>();
  const backwards: string[] = [];
  const complaints = new Set<string>();
  let scrapes = 0;
  let atStart = 0;
  const look = (exposition: Exposition, round: number): void => {
    scrapes += 1;
    for (const { key, name, value } of exposition.series) {
      if (!name.endsWith('_total') || name === OWN) continue;
      const before = seen.get(key) ?? 0;
      if (value < before) backwards.push(`round ${round}: ${key} from ${before} to ${value}`);
      seen.set(key, Math.max(before, value));
    }
  };
  const hear = (errors: string): void => {
    for (const line of errors.split('\n'))
      if (/level=(warn|error)/.test(line)) complaints.add(line.replace(/^time=\S+ /, ''));
  };

  const first = await start();
  // The baseline is kept before the first kill: what was never saved cannot be gone on from.
  look(readExposition(await first.get('/metrics')), -1);
  await meter.draw(...WATTS);
  await first.stop('SIGKILL');
  hear(first.errors());

  for (let round = 1; round < kills; round += 1) {
    if (pick(4) === 0) {
      const delay = pick(START_MS);
      const ended = await start({
        onSpawn: (child) => setTimeout(() => child.kill('SIGKILL'), delay),
      }).catch(() => undefined);
      if (ended === undefined) atStart += 1;
      await ended?.stop('SIGKILL');
      continue;
    }
    const agent = await start();
    const end = performance.now() + pick(LIFE_MS);
    const killed = sleep(end - performance.now()).then(() => agent.stop('SIGKILL'));
    while (performance.now() < end) {
      // What breaks off in the kill was seen by nobody.
      const body = await agent.get('/metrics').catch(() => undefined);
      if (body === undefined) break;
      look(readExposition(body), round);
      await sleep(pick(200));
    }
    await killed;
    hear(agent.errors());
  }

  const last = await start();
  const truth = (await meter.draw(0, 0)).reduce((sum, joules) => sum + joules, 0);
  const held = (await last.json<SnapshotJson>('/api/v1/snapshot')).tick;
  let shown: SnapshotJson;
  do {
    await sleep(200);
    shown = await last.json<SnapshotJson>('/api/v1/snapshot');
  } while (shown.tick < held + 2);
  const exposition = readExposition(await last.get('/metrics'));
  look(exposition, kills);
  await last.stop();
  hear(last.errors());
  await meter.dispose();
  return {
    kills,
    atStart,
    scrapes,
    truth,
    host: shown.host.energyJoules,
    rows: shown.workloads.reduce((sum, { energyJoules }) => sum + energyJoules, 0),
    scraped: exposition.sum('hw_host_energy_joules_total'),
    rising: [...seen.values()].filter((value) => value > 0).length,
    backwards,
    complaints: [...complaints],
  };
};
