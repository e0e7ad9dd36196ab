/** The agent as `npm start` runs it, at ten times the rate of a scraper, while workloads come and go. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freshDirectory, type RunningAgent, startAgent } from '../fixtures/agent-process.ts';
import { realGroups } from '../fixtures/real-groups.ts';
import { startFlags } from '../fixtures/start-flags.ts';

/** The shortest that the configuration takes, a fifth of the default. */
const SAMPLING = '1s';
/** A tenth of the 15 s that most servers scrape at. */
const SCRAPE_MS = 1500;
/** A tenth of the 15 minutes that an ended workload is kept for, so that what is kept is full as soon. */
const RETENTION = '90s';
/** A tenth of the time between two passes over the processes. */
const PASS = '6s';
const LOOK_MS = 5000;

export interface Look {
  readonly minute: number;
  /** MB (10^6 bytes). */
  readonly resident: number;
  readonly anonymous: number;
  /** Descriptors that are of no living process and of no group that still is. */
  readonly descriptors: number;
  /** Those of living processes, for each process that lives: one is kept for each, so their number follows the host. */
  readonly perProcess: number;
  /** Those of groups that are there, for each group that has one. */
  readonly perGroup: number;
  readonly handles: number;
}

export interface Soak {
  readonly looks: readonly Look[];
  readonly scrapes: number;
  /** Groups with a process in them that came and went; 0 where groups cannot be made. */
  readonly workloads: number;
  /** What the agent said after its start, without the time. */
  readonly said: readonly string[];
  readonly end: number | NodeJS.Signals | null;
}

/** The process that lives, or the control group that is there, which a descriptor is of. */
const ownerOf = (
  target: string,
): { readonly kind: 'process' | 'group'; readonly path: string } | undefined => {
  const process = /^\/proc\/\d+(?=\/)/.exec(target)?.[0];
  const path = process ?? (target.startsWith('/sys/fs/cgroup/') ? dirname(target) : undefined);
  if (path === undefined || !existsSync(path)) return undefined;
  return { kind: process === undefined ? 'group' : 'process', path };
};

const lookAt = (pid: number, handles: string, minute: number): Look => {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const field = (name: string): number =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / 1e6;
  const targets = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      // Closed since it was listed.
      return [];
    }
  });
  const owners = targets.map(ownerOf);
  const groups = owners.flatMap((owner) => (owner?.kind === 'group' ? [owner.path] : []));
  const living = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
  return {
    minute,
    resident: field('VmRSS'),
    anonymous: field('RssAnon'),
    descriptors: owners.filter((owner) => owner === undefined).length,
    perProcess: owners.filter((owner) => owner?.kind === 'process').length / living,
    perGroup: groups.length / Math.max(1, new Set(groups).size),
    handles: Number(readFileSync(handles, 'latin1')),
  };
};

/** A new group with a process in it each second; gone some seconds later. */
const churn = (): { count(): number; stop(): Promise<void> } => {
  const groups = realGroups();
  if ('why' in groups) {
    console.warn(`the soak goes without groups of its own: ${groups.why}`);
    return { count: () => 0, stop: async () => {} };
  }
  let made = 0;
  const living: { readonly name: string; readonly child: ChildProcess }[] = [];
  const removed = async (name: string): Promise<void> => {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      try {
        groups.remove(name);
        return;
      } catch {
        // The kernel has yet to let go of the last process.
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  const end = ({ name, child }: (typeof living)[number]): Promise<void> =>
    new Promise((resolve) => {
      child.once('exit', () => void removed(name).then(resolve));
      child.kill('SIGKILL');
    });
  const timer = setInterval(() => {
    const name = `docker-${process.pid.toString(16).padStart(32, 'f')}${made.toString(16).padStart(32, '0')}.scope`;
    made += 1;
    groups.make(name);
    // Some work, then rest: it dies with this process, however that ends.
    const script = 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec sleep 60';
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'sh', '-c', script], { stdio: 'ignore' });
    if (child.pid !== undefined) groups.join(name, child.pid);
    living.push({ name, child });
    if (living.length > 8) void end(living.shift() as (typeof living)[number]);
  }, 1000);
  return {
    count: () => made,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(living.map(end));
    },
  };
};

/** @param minutes in all; the caller leaves out those of the start. */
export const soak = async (minutes: number): Promise<Soak> => {
  const directory = freshDirectory();
  const handles = join(directory.path, 'handles');
  const agent: RunningAgent = await startAgent(
    [`--state.dir=${join(directory.path, 'state')}`],
    {
      NEGAWATT_SAMPLING_INTERVAL: SAMPLING,
      NEGAWATT_SOURCES_PROCESS_INTERVAL: PASS,
      NEGAWATT_ATTRIBUTION_RETENTION: RETENTION,
      NEGAWATT_GRID_ZONE: 'FR',
      NEGAWATT_TEST_HANDLES: handles,
    },
    { node: [...startFlags(), '--import', join(import.meta.dirname, '..', 'fixtures', 'handle-count.mjs')] },
  );
  const pid = agent.process.pid ?? 0;
  const atStart = agent.errors().length;
  const workloads = churn();
  let scrapes = 0;
  let failure: unknown;
  const failed = (error: unknown): void => {
    failure ??= error;
  };
  const scraping = setInterval(() => {
    agent.get('/metrics').then(() => {
      scrapes += 1;
    }, failed);
    // What a page and a dashboard ask beside, and a program that tells its work.
    if (scrapes % 10 === 0) {
      agent.get('/').catch(failed);
      agent.get('/api/v1/snapshot').catch(failed);
      const work = { unit: 'request', total: scrapes };
      fetch(`${agent.url}/api/v1/work`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(work),
      })
        .then(async (response) => {
          const said = await response.text();
          if (!response.ok) throw new Error(`work was refused: ${said}`);
        })
        .catch(failed);
    }
  }, SCRAPE_MS);
  const looks: Look[] = [];
  const began = performance.now();
  const minute = (): number => (performance.now() - began) / 60_000;
  while (minute() < minutes && failure === undefined) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    looks.push(lookAt(pid, handles, minute()));
  }
  clearInterval(scraping);
  await workloads.stop();
  const end = await agent.stop();
  directory.remove();
  if (failure !== undefined) throw new Error('the agent stopped answering', { cause: failure });
  const said = agent.errors().slice(atStart).split('\n');
  return {
    looks,
    scrapes,
    workloads: workloads.count(),
    said: [
      ...new Set(
        said.filter((line) => /level=(warn|error)/.test(line)).map((line) => line.replace(/^time=\S+ /, '')),
      ),
    ],
    end,
  };
};
