/** What each dependency costs by itself: resident memory and time to load it, with the options of `npm start`. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MADE, median, note, QUICK, startFlags } from './measure.ts';
import { give } from './row.ts';

const ROUNDS = QUICK ? 3 : 7;

interface Cost {
  readonly name: string;
  readonly megabytes: number;
  readonly milliseconds: number;
}

/** Node's loader of modules is awake before it begins: it is no package's cost. */
const script = (name: string): string => `
  const rss = () => { gc(); gc(); return process.memoryUsage.rss(); };
  await import('data:text/javascript,export default 1');
  const before = rss();
  const start = performance.now();
  await import(${JSON.stringify(name)});
  const took = performance.now() - start;
  console.log(JSON.stringify({ megabytes: (rss() - before) / 1e6, milliseconds: took }));`;

const costOf = (name: string): Cost | undefined => {
  const rounds: Omit<Cost, 'name'>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { stdout, status } = spawnSync(
      process.execPath,
      ['--expose-gc', ...startFlags(), '--input-type=module', '-e', script(name)],
      { encoding: 'utf8', cwd: MADE, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    if (status !== 0) return undefined;
    rounds.push(JSON.parse(stdout) as Omit<Cost, 'name'>);
  }
  return {
    name,
    megabytes: median(rounds.map(({ megabytes }) => megabytes)),
    milliseconds: median(rounds.map(({ milliseconds }) => milliseconds)),
  };
};

const { dependencies } = JSON.parse(readFileSync(join(MADE, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};
const costs = Object.keys(dependencies).flatMap((name) => costOf(name) ?? []);
const text = ({ name, megabytes, milliseconds }: Cost): string =>
  `${name} ${megabytes.toFixed(1)} MB, ${milliseconds.toFixed(0)} ms`;
const dearest = [...costs].sort((a, b) => b.megabytes - a.megabytes);
note(dearest.map(text).join('; '));
give({
  what: 'dependencies, each loaded alone: the dearest',
  ours: dearest[0] === undefined ? '' : text(dearest[0]),
  reference: '',
  budget: '',
  how: `resident memory and time that an import adds to an empty Node, medians of ${ROUNDS}; unbundled, so more than their part in the agent, which leaves out what it does not use and loads libsql, koffi, systeminformation and ways out only when they are needed: ${dearest.map(text).join('; ')}`,
});
