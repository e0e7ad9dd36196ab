/** `negawatt demo --once` as a person runs it: from the start of the process to its end, all verdicts on the screen. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MEASURES } from '../../src/lab/story.ts';
import { counted } from '../../src/model/counted.ts';
import { MADE, median, note, QUICK } from './measure.ts';
import { give } from './row.ts';

const RUNS = QUICK ? 1 : 3;
const BUDGET_S = 120;

const names = MEASURES.map(({ name }) => name).slice(0, QUICK ? 1 : undefined);
const demoOnce = (): number => {
  // What it makes on the way is gone at its end; where it is not, nothing of it stays either.
  const TMPDIR = mkdtempSync(join(tmpdir(), 'negawatt-bench-demo-'));
  const flags = QUICK ? ['--measures', names.join(',')] : [];
  const began = performance.now();
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(MADE, 'dist', 'negawatt.js'), 'demo', '--once', ...flags],
    { encoding: 'utf8', env: { PATH: process.env.PATH ?? '', TMPDIR } },
  );
  const took = (performance.now() - began) / 1000;
  rmSync(TMPDIR, { recursive: true, force: true });
  const missing = names.filter((name) => !new RegExp(`^${name}\\b`, 'm').test(stdout));
  if (status !== 0 || missing.length > 0)
    throw new Error(`status ${status}, without ${missing.join(', ') || 'nothing'}:\n${stdout}${stderr}`);
  return took;
};

const runs = Array.from({ length: RUNS }, demoOnce);
note(`demo --once: ${runs.map((took) => took.toFixed(1)).join(' ')} s`);
const took = median(runs);
give({
  what: 'demo --once: a simulated fleet and the verdicts of its measures',
  ours: `${took.toFixed(1)} s`,
  reference: '',
  ratio: took / BUDGET_S,
  budget: `<= ${BUDGET_S} s`,
  met: took <= BUDGET_S,
  how: `${counted(names.length, 'measure')}, median of ${counted(RUNS, 'run')}, from the start of the process to its end, built already; ratio to the budget`,
});
