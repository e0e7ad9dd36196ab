/** What the benchmarks measure with. Times in milliseconds unless a name says otherwise. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folder of the bundled benchmarks, with copies of dist/ and config/. */
export const MADE = import.meta.dirname;
/** Folder of their sources. */
export const SOURCES = process.argv[2] ?? '';
export const QUICK = process.argv.includes('--quick');

export const note = (text: string): void => console.error(`  ${text}`);

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Processor time of a process so far, its threads included: utime + stime of /proc/PID/stat, in ticks of 10 ms. */
export const cpuOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

/** Processor time of this process so far. */
export const ownCpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

export interface Memory {
  readonly resident: number;
  readonly anonymous: number;
}

/** Memory of a process in MB (10^6 bytes). */
export const memoryOf = (pid: number): Memory => {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const field = (name: string): number =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / 1e6;
  return { resident: field('VmRSS'), anonymous: field('RssAnon') };
};

/** The options that `npm start` gives to Node, so that what is measured is what is run. */
export const startFlags = (): readonly string[] => {
  const { scripts } = JSON.parse(readFileSync(join(MADE, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  const given = /\bnode ((?:--\S+ )*)dist\/negawatt\.js/.exec(scripts.start)?.[1];
  if (given === undefined) throw new Error('scripts.start of package.json does not run dist/negawatt.js');
  return given.split(' ').filter((flag) => flag !== '');
};

const AS_STARTED = '--as-started';

/**
 * Runs `measure` in a process of its own with the options of `npm start`, and `tell` here with what it found. The script
 * calls this last: the other process runs the same script.
 *
 * @param flags further options of Node.
 */
export const asStarted = async <T>(
  script: string,
  measure: () => Promise<T>,
  tell: (found: T) => void,
  flags: readonly string[] = [],
): Promise<void> => {
  if (process.argv.includes(AS_STARTED)) {
    process.stdout.write(JSON.stringify(await measure()));
    return;
  }
  const args = [...flags, ...startFlags(), script, SOURCES, AS_STARTED, ...(QUICK ? ['--quick'] : [])];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`the measuring process ended with status ${status}`);
  tell(JSON.parse(stdout) as T);
};
