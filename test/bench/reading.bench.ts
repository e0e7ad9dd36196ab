/** Reading and parsing through kept descriptors, against a C program that does the same on the same files. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessReading } from '../../src/model/process.ts';
import { parseCpuTicks } from '../../src/sources/cpu.ts';
import { DescriptorBudget } from '../../src/sources/descriptors.ts';
import { parseProcess } from '../../src/sources/process-stat.ts';
import { KeptFile, landing } from '../../src/sources/reader.ts';
import { type HostLoad, loadHost } from './host-load.ts';
import { median, note, QUICK, SOURCES } from './measure.ts';
import { give, notMeasured } from './row.ts';

const WHAT = 'read and parse 1,000 processes, 200 groups, 9 other files';
const BUDGET = '<= 1.6';
const ROUNDS = QUICK ? 5 : 15;
const PASSES = QUICK ? 60 : 200;
const USAGE = Buffer.from('usage_usec ');

type Kind = 'p' | 'g' | 'n' | 's';

/** Eight numbers that every Linux keeps in sysfs, beside /proc/stat. */
const numbers = (): readonly string[] => {
  const folder = '/sys/class/net/lo/statistics';
  return readdirSync(folder)
    .sort()
    .slice(0, 8)
    .map((name) => `${folder}/${name}`);
};

const reader = (kind: Kind, path: string, budget: DescriptorBudget): (() => number) => {
  const file = new KeptFile(path, budget);
  if (kind === 'n') return () => file.readUnsigned();
  if (kind === 'g') return () => file.readKey(USAGE);
  if (kind === 's') return () => parseCpuTicks(landing.bytes.subarray(0, file.read()), path).processors;
  // As the process pass does: with what it read before, so that a name is taken from the bytes once in a life.
  let last: ProcessReading | undefined;
  return () => {
    last = parseProcess(landing.bytes, file.read(), last);
    return last?.cpu ?? 0;
  };
};

/** Median microseconds of a pass. */
const ours = (readers: readonly (() => number)[]): number => {
  const took: number[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const start = process.hrtime.bigint();
    for (const read of readers) read();
    took.push(Number(process.hrtime.bigint() - start) / 1000);
  }
  return median(took);
};

const compile = (folder: string): string | undefined => {
  const program = join(folder, 'reading');
  const built = spawnSync('cc', ['-O2', '-o', program, join(SOURCES, 'reading.c')], { stdio: 'inherit' });
  return built.status === 0 ? program : undefined;
};

const compare = async (program: string): Promise<void> => {
  const load = await loadHost(1000, 200);
  try {
    measure(program, load);
  } finally {
    await load.dispose();
  }
};

const measure = (program: string, load: HostLoad): void => {
  const files: readonly (readonly [Kind, string])[] = [
    ...load.pids.map((pid) => ['p', `/proc/${pid}/stat`] as const),
    ...load.usage.map(({ kind, path }) => [kind, path] as const),
    ['s', '/proc/stat'],
    ...numbers().map((path) => ['n', path] as const),
  ];
  const list = files.map(([kind, path]) => `${kind} ${path}\n`).join('');
  const budget = new DescriptorBudget(files.length);
  const readers = files.map(([kind, path]) => reader(kind, path, budget));
  ours(readers);
  const rounds: { readonly node: number; readonly c: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const said = execFileSync(program, [String(PASSES)], { input: list, encoding: 'utf8' });
    const c = Number(/median ([\d.]+) us/.exec(said)?.[1]);
    rounds.push({ node: ours(readers), c });
  }
  const ratio = median(rounds.map(({ node, c }) => node / c));
  note(`ratios by round: ${rounds.map(({ node, c }) => (node / c).toFixed(2)).join(' ')}`);
  give({
    what: WHAT,
    ours: `${(median(rounds.map(({ node }) => node)) / 1000).toFixed(2)} ms`,
    reference: `${(median(rounds.map(({ c }) => c)) / 1000).toFixed(2)} ms (C)`,
    ratio,
    budget: BUDGET,
    met: ratio <= 1.6,
    how: `kept descriptors, ${ROUNDS} rounds in turn of ${PASSES} passes each, median; reference: reading.c, cc -O2`,
  });
};

const made = mkdtempSync(join(tmpdir(), 'negawatt-bench-'));
try {
  const program = compile(made);
  if (program === undefined) give(notMeasured(WHAT, BUDGET, 'no C compiler (Debian: gcc, libc6-dev)'));
  else await compare(program);
} finally {
  rmSync(made, { recursive: true, force: true });
}
