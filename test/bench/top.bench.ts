/** Processor time of `negawatt top` on a terminal of its own, that follows an agent once a second. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startAgent } from './agent-process.ts';
import { cpuOf, MADE, note, QUICK, sleep } from './measure.ts';
import { give, notMeasured } from './row.ts';

const WHAT = 'processor time of negawatt top at 1 Hz';
const BUDGET = 0.01;
const SETTLE_S = QUICK ? 5 : 15;
const MEASURED_S = QUICK ? 10 : 60;
/** Of util-linux: gives a program a pseudo-terminal. */
const SCRIPT = '/usr/bin/script';

const measure = async (url: string): Promise<number> => {
  const top = `exec '${process.execPath}' '${join(MADE, 'dist', 'negawatt.js')}' top --interval 1 --url '${url}'`;
  const child = spawn(SCRIPT, ['-qfc', `stty rows 24 cols 80; echo "pid $$"; ${top}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '', TERM: 'xterm-256color', LANG: 'C.UTF-8' },
  });
  let pid: number | undefined;
  let drawn = '';
  child.stdout.on('data', (data: Buffer) => {
    drawn = (drawn + data).slice(-20_000);
    // Said by the shell that then becomes the program.
    pid ??= Number(/pid (\d+)/.exec(drawn)?.[1] ?? Number.NaN) || undefined;
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await sleep(SETTLE_S * 1000);
    if (pid === undefined || child.exitCode !== null) throw new Error(`it ended at once: ${drawn}`);
    const before = cpuOf(pid);
    await sleep(MEASURED_S * 1000);
    const used = (cpuOf(pid) - before) / 1000 / MEASURED_S;
    if (!/power .* W/.test(drawn)) throw new Error('nothing was drawn');
    return used;
  } finally {
    child.stdin.write('q');
    await ended;
  }
};

if (!existsSync(SCRIPT)) give(notMeasured(WHAT, `<= ${100 * BUDGET} %`, 'no script (Debian: bsdutils)'));
else {
  const agent = await startAgent();
  try {
    const used = await measure(new URL(agent.url).origin);
    const percent = (100 * used).toFixed(2);
    note(`${percent} % of one processor`);
    give({
      what: WHAT,
      ours: `${percent} %`,
      reference: '',
      ratio: used / BUDGET,
      budget: `<= ${100 * BUDGET} % of one processor`,
      met: used <= BUDGET,
      how: `utime and stime over ${MEASURED_S} s on a pseudo-terminal of 80 x 24, after ${SETTLE_S} s; the agent is another process; ratio to the budget`,
    });
  } finally {
    await agent.stop();
  }
}
