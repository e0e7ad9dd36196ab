/** A real host to measure on: processes that sleep, spread over control groups. Needs root for the groups. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { sleep } from './measure.ts';

export interface HostLoad {
  readonly pids: readonly number[];
  /** Usage file of each group with its kind as reading.c names it: `n` version 1, `g` version 2. */
  readonly usage: readonly { readonly kind: 'n' | 'g'; readonly path: string }[];
  /** Version of the tree that they are in: on a hybrid host an agent left to itself may read the other one. */
  readonly hierarchy: 'v1' | 'v2';
  /** Ends the processes and removes the groups. */
  dispose(): Promise<void>;
}

const CGROUP = '/sys/fs/cgroup';
/** The tree that counts CPU time: version 1 where it is mounted, as on a hybrid host, else version 2. */
const TREES = [
  { mount: `${CGROUP}/cpuacct`, kind: 'n', file: 'cpuacct.usage', procs: 'cgroup.procs' },
  { mount: `${CGROUP}/cpu,cpuacct`, kind: 'n', file: 'cpuacct.usage', procs: 'cgroup.procs' },
  { mount: CGROUP, kind: 'g', file: 'cpu.stat', procs: 'cgroup.procs' },
] as const;

/** Wakes once a second, so that the groups are in use and every exported row is taken. */
const BREATHE = ['perl', '-e', 'select undef, undef, undef, 1 while 1'];
const SLEEP = ['sleep', 'infinity'];

/** @param groups of them get an equal part of the processes each; 0 leaves all where they are. */
export const loadHost = async (processes: number, groups: number): Promise<HostLoad> => {
  const tree = TREES.find(
    ({ mount, file }) => existsSync(`${mount}/cgroup.procs`) && existsSync(`${mount}/${file}`),
  );
  if (tree === undefined && groups > 0)
    throw new Error(`no tree of control groups counts CPU time below ${CGROUP}`);
  const parent = `${tree?.mount}/negawatt-bench-${process.pid}`;
  const folders = Array.from(
    { length: groups },
    (_, i) => `${parent}/docker-${(i + 1).toString(16).padStart(64, '0')}.scope`,
  );
  const children: ChildProcess[] = [];
  const dispose = async (): Promise<void> => {
    for (const child of children) child.kill('SIGKILL');
    // A group can go once the kernel has let go of its last process.
    for (let attempt = 0; attempt < 100; attempt++) {
      try {
        for (const folder of [...folders, ...(groups > 0 ? [parent] : [])])
          if (existsSync(folder)) rmdirSync(folder);
        return;
      } catch {
        await sleep(50);
      }
    }
  };
  try {
    for (const folder of folders) mkdirSync(folder, { recursive: true });
    for (let i = 0; i < processes; i++) {
      // They die with this process, however that ends.
      const command = ['--pdeathsig', 'KILL', ...(i < groups ? BREATHE : SLEEP)];
      const child = spawn('setpriv', command, { stdio: 'ignore' });
      child.on('error', () => {});
      children.push(child);
      const folder = folders[i % Math.max(1, groups)];
      if (folder !== undefined && child.pid !== undefined)
        writeFileSync(`${folder}/${tree?.procs}`, String(child.pid));
    }
    const pids = children.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    if (pids.length < processes) throw new Error(`only ${pids.length} of ${processes} processes started`);
    const usage = folders.map((folder) => ({ kind: tree?.kind ?? 'n', path: `${folder}/${tree?.file}` }));
    return { pids, usage, hierarchy: tree?.kind === 'g' ? 'v2' : 'v1', dispose };
  } catch (cause) {
    await dispose();
    throw cause;
  }
};
