/** Runs the named benchmarks, each in a process of its own, and prints one table. Started by run.mjs. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, release } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withRows } from './results.ts';
import { notMeasured, type Row, rowsIn, table } from './row.ts';

const [, , sources = '', list = '', ...args] = process.argv;
const known = list.split(',');
const flags = args.filter((arg) => arg.startsWith('--'));
const named = args.filter((arg) => !arg.startsWith('--'));
const wrong = [
  ...named.filter((name) => !known.includes(name)),
  ...flags.filter((flag) => !['--quick', '--save'].includes(flag)),
];
if (wrong.length > 0) {
  console.error(`no benchmark or flag: ${wrong.join(', ')}; there are --quick, --save, ${known.join(', ')}`);
  process.exit(64);
}

if (flags.includes('--quick') && flags.includes('--save')) {
  console.error('--quick shows that a benchmark runs; its figures are none to be kept: leave --save away');
  process.exit(64);
}

const rows: Row[] = [];
for (const name of named.length > 0 ? named : known) {
  console.error(`${name} ...`);
  const script = join(dirname(fileURLToPath(import.meta.url)), `${name}.bench.mjs`);
  const { stdout, status } = spawnSync(process.execPath, ['--expose-gc', script, sources, ...flags], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 16 * 1024 * 1024,
  });
  rows.push(...rowsIn(stdout));
  if (status !== 0) {
    rows.push(notMeasured(name, '', `the benchmark ended with status ${status}`));
    process.exitCode = 1;
  }
}
console.log(`\n${table(rows)}`);

/** What the figures hold for, without naming the machine. */
const machineClass = (): string => {
  const short = (version: string): string => version.split('.').slice(0, 2).join('.');
  const guest = /^flags\s*:.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  const kind = `${arch() === 'x64' ? 'x86-64' : arch()} ${guest ? 'VM' : 'machine'}`;
  return `${cpus().length}-core ${kind}, kernel ${short(release())}, Node ${short(process.versions.node)}`;
};

if (flags.includes('--save')) {
  const day = new Date().toISOString().slice(0, 10);
  const heading = [
    `\`npm run bench -- --save [NAME...]\`: each row as it was last measured; ${machineClass()}.`,
    'Each ratio was measured within one run; none is asserted in a test. Where there is no reference it is that to the budget.',
  ].join('\n');
  const file = join(sources, 'RESULTS.md');
  const before = named.length > 0 && existsSync(file) ? readFileSync(file, 'utf8') : '';
  writeFileSync(file, withRows(before, rows, day, heading));
}
