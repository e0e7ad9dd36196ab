/**
 * A sample of eight NVIDIA boards: our own processor time beside that of the driver, which a stand-in of no cost plays.
 * Also as `npm start` runs it, without V8's optimising compiler, and with a process and its control group on each board.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { loadNvml } from '../../src/sources/nvml-library.ts';
import { NvmlSession } from '../../src/sources/nvml-session.ts';
import { median, note, ownCpu, QUICK, SOURCES, startFlags } from './measure.ts';
import { give, notMeasured } from './row.ts';

const WHAT = 'reading of 8 NVIDIA boards, 10 queries each: own CPU of the thread, hand-over apart';
const BUDGET = '<= 50 us';
const LIMIT = 50;
const BOARDS = 8;
const ROUNDS = QUICK ? 5 : 15;
const PASSES = QUICK ? 400 : 2000;
const AS_STARTED = '--as-started';

const compile = (folder: string): string | undefined => {
  const library = join(folder, 'libnvidia-ml.so.1');
  const source = join(SOURCES, '..', 'fixtures', 'nvml', 'fake-nvml.c');
  const built = spawnSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, source], { stdio: 'inherit' });
  return built.status === 0 ? library : undefined;
};

/** Median microseconds of own processor time of one call. */
const cost = (call: () => void): number => {
  for (let pass = 0; pass < PASSES; pass++) call();
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = ownCpu();
    for (let pass = 0; pass < PASSES; pass++) call();
    rounds.push(((ownCpu() - before) * 1000) / PASSES);
  }
  return median(rounds);
};

interface Figures {
  /** The reading in the thread. */
  readonly read: number;
  /** With handing over to the main thread, both sides. */
  readonly whole: number;
  /** Handing over included, with one process on each board. */
  readonly processes: number;
}

const measure = async (library: string, folder: string): Promise<Figures> => {
  const session = async (name: string, control: readonly string[]): Promise<NvmlSession> => {
    // A name of this process's own: what another one has mapped must not be written to.
    const copy = join(folder, `${process.pid}-${name}`);
    copyFileSync(library, copy);
    writeFileSync(`${copy}.control`, `${control.join('\n')}\n`);
    return new NvmlSession(await loadNvml(copy), {
      library: copy,
      interval: 1,
      procfs: '/proc',
      hierarchy: 'auto',
    });
  };
  const { port1, port2 } = new MessageChannel();
  const handedOver = (from: NvmlSession) => (): void => {
    for (const message of from.round()) port1.postMessage(message);
    while (receiveMessageOnPort(port2) !== undefined);
  };
  const bare = await session('bare.so', [`gpus ${BOARDS}`]);
  const busy = await session('busy.so', [
    `gpus ${BOARDS}`,
    ...Array.from({ length: BOARDS }, (_, i) => `gpu ${i} process ${process.pid} 1073741824 -1`),
    ...Array.from({ length: BOARDS }, (_, i) => `gpu ${i} sample ${process.pid} 60`),
  ]);
  const figures = {
    read: cost(() => void bare.round()),
    whole: cost(handedOver(bare)),
    processes: cost(handedOver(busy)),
  };
  port1.close();
  bare.close();
  busy.close();
  return figures;
};

/** The same measurement in a process with the options of `npm start`. */
const asStarted = (library: string, folder: string): Figures => {
  const args = [...startFlags(), import.meta.filename, SOURCES, AS_STARTED, library, folder];
  const { stdout } = spawnSync(process.execPath, QUICK ? [...args, '--quick'] : args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(stdout) as Figures;
};

const compare = async (library: string, folder: string): Promise<void> => {
  const optimised = await measure(library, folder);
  const started = asStarted(library, folder);
  const text = ({ read, whole, processes }: Figures): string =>
    `reading ${read.toFixed(1)} us, handed over ${whole.toFixed(1)} us, with 8 processes ${processes.toFixed(1)} us`;
  note(`optimised: ${text(optimised)}`);
  note(`as started: ${text(started)}`);
  give({
    what: WHAT,
    ours: `${started.read.toFixed(1)} us`,
    reference: '',
    ratio: started.read / LIMIT,
    budget: BUDGET,
    met: started.read <= LIMIT,
    how:
      `the thread's reading with the options of npm start, stand-in library, median of ${ROUNDS} x ${PASSES}; ` +
      `${text(started)}; with V8's optimising compiler: ${text(optimised)}`,
  });
};

const made = process.argv.indexOf(AS_STARTED);
if (made > 0) {
  const [library = '', folder = ''] = process.argv.slice(made + 1);
  process.stdout.write(JSON.stringify(await measure(library, folder)));
} else {
  const folder = mkdtempSync(join(tmpdir(), 'negawatt-bench-'));
  try {
    const library = compile(folder);
    if (library === undefined) give(notMeasured(WHAT, BUDGET, 'no C compiler (Debian: gcc, libc6-dev)'));
    else await compare(library, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
