/**
 * What the agent costs at its defaults on a host of 1,000 processes in 200 control groups, scraped every 15 s: its
 * processor time beside node_exporter's in the same minutes, where it goes, and its memory.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type AgentProcess, scrape, startAgent } from './agent-process.ts';
import { EXPORTER_MISSING, type ExporterProcess, startExporter } from './exporter-process.ts';
import { loadHost } from './host-load.ts';
import { cpuOf, MADE, median, memoryOf, note, QUICK, sleep, startFlags } from './measure.ts';
import { give, notMeasured } from './row.ts';

const WARM_UP_S = QUICK ? 15 : 60;
const MEASURED_S = QUICK ? 60 : 240;
/** By then V8 has compiled what a tick runs: a service runs so for years. The minutes before are told too. */
const SETTLED_S = QUICK ? 30 : 360;
/** The stages are steadier than the whole: they are stamped for a shorter time. */
const STAGES_S = 60;
const SCRAPE_S = 15;
const WHAT = 'processor time a minute, 5 s sampling, 15 s scrapes';
const BUDGET = 2;
const RESIDENT = 70;
const ANONYMOUS = 22;

interface Parts {
  readonly pid: number;
  readonly reset: () => void;
  readonly end: () => Promise<Readonly<Record<string, number>>>;
}

/** @param hierarchy version of the tree of control groups that it reads. */
const startParts = (hierarchy: string): Promise<Parts> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...startFlags(), join(MADE, 'parts.mjs'), hierarchy], {
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

/** Node that does nothing but wake as often as the agent samples: what the runtime costs on this machine at this hour. */
const startBare = (): { readonly pid: number; readonly stop: () => void } => {
  const child = spawn(process.execPath, [...startFlags(), '-e', 'setInterval(() => {}, 5000)'], {
    stdio: 'ignore',
  });
  return { pid: child.pid ?? 0, stop: () => child.kill('SIGKILL') };
};

const COLD_BYTES = 4 * 1024 * 1024;
const COLD_ROUNDS = QUICK ? 5 : 20;

/**
 * What touching 4 MB costs after a second of sleep, and what it costs again at once. Where the host of a virtual machine
 * takes back what the guest has not touched for a while, the first is many times the second, and whoever sleeps and
 * wakes pays it at each turn.
 */
const measureCold = async (): Promise<void> => {
  const block = Buffer.alloc(COLD_BYTES, 1);
  const touch = (): number => {
    const start = process.hrtime.bigint();
    let sum = 0;
    for (let at = 0; at < COLD_BYTES; at += 4096) sum += block[at] ?? 0;
    return sum > 0 ? Number(process.hrtime.bigint() - start) / 1e6 : 0;
  };
  const rounds: { readonly cold: number; readonly warm: number }[] = [];
  touch();
  for (let round = 0; round < COLD_ROUNDS; round++) {
    await sleep(1000);
    rounds.push({ cold: touch(), warm: touch() });
  }
  const cold = median(rounds.map((round) => round.cold));
  const warm = median(rounds.map((round) => round.warm));
  give({
    what: '- of the machine: 4 MB touched after 1 s of sleep',
    ours: `${cold.toFixed(2)} ms`,
    reference: `${warm.toFixed(2)} ms (again at once)`,
    ratio: cold / warm,
    budget: '',
    how: `one byte a page, median of ${COLD_ROUNDS}; what a process pays on this machine for having slept`,
  });
};

/** Scrapes until told to stop. */
const startScraping = (urls: readonly string[]): (() => void) => {
  const ask = (url: string): void => {
    scrape(url).catch((cause: unknown) => note(`a scrape failed: ${String(cause)}`));
  };
  const timers = urls.map((url) => setInterval(() => ask(url), SCRAPE_S * 1000));
  return () => timers.forEach(clearInterval);
};

/** Milliseconds of processor time a minute: of the agent, of the exporter and of a bare Node in the same minutes. */
const measure = async (
  agent: AgentProcess,
  exporter: ExporterProcess | undefined,
  bare: number,
): Promise<void> => {
  const stop = startScraping([agent.url, ...(exporter === undefined ? [] : [exporter.url])]);
  const pids = [agent.pid, bare, ...(exporter === undefined ? [] : [exporter.pid])];
  /** Milliseconds a minute, each process, over the minutes that begin now. */
  const minutes = async (): Promise<readonly number[]> => {
    const before = pids.map(cpuOf);
    await sleep(MEASURED_S * 1000);
    return pids.map((pid, i) => ((cpuOf(pid) - (before[i] ?? 0)) * 60) / MEASURED_S);
  };
  await sleep(WARM_UP_S * 1000);
  const [early = 0, , theirsEarly = 0] = await minutes();
  await sleep(Math.max(0, SETTLED_S - WARM_UP_S - MEASURED_S) * 1000);
  const [ours = 0, idle = 0, theirs = 0] = await minutes();
  const memory = memoryOf(agent.pid);
  stop();
  const settled = Math.max(SETTLED_S, WARM_UP_S + MEASURED_S);
  const how = `utime + stime of /proc/PID/stat over ${MEASURED_S} s after ${settled} s; 1,000 sleeping processes in 200 groups, one of each group wakes once a second`;
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
  if (exporter !== undefined) {
    give({
      what: '- soon after its start',
      ours: format(early),
      reference: `${format(theirsEarly)} (node_exporter)`,
      ratio: early / theirsEarly,
      budget: '',
      how: `the same over ${MEASURED_S} s after ${WARM_UP_S} s, while V8 still compiles`,
    });
  }
  give({
    what: '- a bare Node process that wakes every 5 s',
    ours: format(idle),
    reference: exporter === undefined ? '' : `${format(theirs)} (node_exporter)`,
    ...(exporter === undefined ? {} : { ratio: idle / theirs }),
    budget: '',
    how: 'an empty timer in the same minutes with the options of npm start: what no agent in Node can go below',
  });
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

const format = (value: number): string => `${value.toFixed(1)} ms`;

/** Where the time goes, in minutes of their own: a second agent beside the first would take its caches away. */
const measureStages = async (hierarchy: string): Promise<void> => {
  const parts = await startParts(hierarchy);
  await sleep((STAGES_S / 2) * 1000);
  const before = cpuOf(parts.pid);
  parts.reset();
  await sleep(STAGES_S * 1000);
  const staged = ((cpuOf(parts.pid) - before) * 60) / STAGES_S;
  const stages = Object.entries(await parts.end()).map(
    ([stage, ms]) => [stage, (ms * 60) / STAGES_S] as const,
  );
  const stage = (what: string, value: number, told: string): void =>
    give({ what: `- ${what}`, ours: format(value), reference: '', budget: '', how: told });
  for (const [name, value] of stages)
    stage(name, value, `stamped over ${STAGES_S} s in a second agent without an HTTP server, afterwards`);
  const known = stages.reduce((total, [, value]) => total + value, 0);
  stage('timers, garbage collection, runtime', staged - known, 'what the stages leave of that second agent');
  note(`the agent without an HTTP server: ${format(staged)} a minute, of it ${format(known)} in the stages`);
};

if (process.getuid?.() !== 0) {
  for (const what of [WHAT, 'resident memory while scraped'])
    give(notMeasured(what, '', 'control groups are made as root'));
  process.exit();
}
const load = await loadHost(1000, 200);
const exporter = await startExporter();
try {
  const agent = await startAgent([], { NEGAWATT_SOURCES_CGROUP_HIERARCHY: load.hierarchy });
  const bare = startBare();
  try {
    await measure(agent, exporter, bare.pid);
  } finally {
    bare.stop();
    await agent.stop();
  }
  await measureCold();
  await measureStages(load.hierarchy);
} finally {
  exporter?.stop();
  await load.dispose();
}
process.exit();
