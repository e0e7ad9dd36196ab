/**
 * What the agent costs at its defaults on a host of 1,000 processes in 200 control groups, scraped every 15 s: its
 * processor time beside node_exporter's in the same minutes, where it goes, and its memory.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type AgentProcess, scrape, startAgent } from './agent-process.ts';
import { EXPORTER_MISSING, type ExporterProcess, startExporter } from './exporter-process.ts';
import { loadHost } from './host-load.ts';
import { cpuOf, MADE, memoryOf, note, QUICK, sleep, startFlags } from './measure.ts';
import { give, notMeasured } from './row.ts';

const WARM_UP_S = QUICK ? 15 : 60;
const MEASURED_S = QUICK ? 60 : 240;
const SCRAPE_S = 15;
const WHAT = 'processor time a minute, 5 s sampling, 15 s scrapes';
const BUDGET = 2.5;
const RESIDENT = 70;
const ANONYMOUS = 22;

interface Parts {
  readonly pid: number;
  readonly reset: () => void;
  readonly end: () => Promise<Readonly<Record<string, number>>>;
}

const startParts = (): Promise<Parts> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...startFlags(), join(MADE, 'parts.mjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the stages ended with status ${code}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said !== 'ready\n') return;
      resolve({
        pid: child.pid ?? 0,
        reset: () => child.kill('SIGUSR2'),
        end: () =>
          new Promise((ended) => {
            child.once('close', () => ended(JSON.parse(said.slice('ready\n'.length))));
            child.kill('SIGTERM');
          }),
      });
    });
  });

/** Scrapes until told to stop. */
const startScraping = (urls: readonly string[]): (() => void) => {
  const ask = (url: string): void => {
    scrape(url).catch((cause: unknown) => note(`a scrape failed: ${String(cause)}`));
  };
  const timers = urls.map((url) => setInterval(() => ask(url), SCRAPE_S * 1000));
  return () => timers.forEach(clearInterval);
};

const measure = async (
  agent: AgentProcess,
  exporter: ExporterProcess | undefined,
  parts: Parts,
): Promise<void> => {
  const stop = startScraping([agent.url, ...(exporter === undefined ? [] : [exporter.url])]);
  await sleep(WARM_UP_S * 1000);
  const pids = [agent.pid, parts.pid, ...(exporter === undefined ? [] : [exporter.pid])];
  const before = pids.map(cpuOf);
  parts.reset();
  await sleep(MEASURED_S * 1000);
  const [ours = 0, staged = 0, theirs = 0] = pids.map(
    (pid, i) => ((cpuOf(pid) - (before[i] ?? 0)) * 60) / MEASURED_S,
  );
  const memory = memoryOf(agent.pid);
  stop();
  const stages = Object.entries(await parts.end()).map(
    ([stage, ms]) => [stage, (ms * 60) / MEASURED_S] as const,
  );
  const how = `utime + stime of /proc/PID/stat over ${MEASURED_S} s after ${WARM_UP_S} s; 1,000 sleeping processes in 200 groups, one of each group wakes once a second`;
  const format = (value: number): string => `${value.toFixed(1)} ms`;
  if (exporter === undefined)
    give({ ...notMeasured(WHAT, `<= ${BUDGET}`, EXPORTER_MISSING), ours: format(ours) });
  else {
    give({
      what: WHAT,
      ours: format(ours),
      reference: `${format(theirs)} (node_exporter)`,
      ratio: ours / theirs,
      budget: `<= ${BUDGET}`,
      met: ours / theirs <= BUDGET,
      how: `${how}; reference: Debian's node_exporter, default collectors, in the same minutes`,
    });
  }
  const stage = (what: string, value: number, told: string): void =>
    give({ what: `- ${what}`, ours: format(value), reference: '', budget: '', how: told });
  for (const [name, value] of stages) stage(name, value, 'stamped in a second agent without an HTTP server');
  const known = stages.reduce((total, [, value]) => total + value, 0);
  stage('HTTP, timers, idle runtime', ours - known, 'what the stages leave of the agent');
  note(`the agent without an HTTP server: ${format(staged)} a minute, of it ${format(known)} in the stages`);
  give({
    what: 'resident memory while scraped',
    ours: `${memory.resident.toFixed(1)} MB`,
    reference:
      exporter === undefined ? '' : `${memoryOf(exporter.pid).resident.toFixed(1)} MB (node_exporter)`,
    ratio: memory.resident / RESIDENT,
    budget: `<= ${RESIDENT} MB`,
    met: memory.resident <= RESIDENT,
    how: `VmRSS at the end of those minutes, options of npm start; ratio to the budget`,
  });
  give({
    what: 'of it anonymous',
    ours: `${memory.anonymous.toFixed(1)} MB`,
    reference:
      exporter === undefined ? '' : `${memoryOf(exporter.pid).anonymous.toFixed(1)} MB (node_exporter)`,
    ratio: memory.anonymous / ANONYMOUS,
    budget: `<= ${ANONYMOUS} MB`,
    met: memory.anonymous <= ANONYMOUS,
    how: 'RssAnon; ratio to the budget',
  });
};

if (process.getuid?.() !== 0) {
  for (const what of [WHAT, 'resident memory while scraped'])
    give(notMeasured(what, '', 'control groups are made as root'));
  process.exit();
}
const load = await loadHost(1000, 200);
const exporter = await startExporter();
try {
  const agent = await startAgent();
  try {
    await measure(agent, exporter, await startParts());
  } finally {
    await agent.stop();
  }
} finally {
  exporter?.stop();
  await load.dispose();
}
process.exit();
