/** The longest that a pass over the processes holds the agent: its slices, and the listing that the first one has. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenSource, SampleDraft } from '../../src/model/source.ts';
import { systemClock } from '../../src/sources/clock.ts';
import { processSource } from '../../src/sources/process.ts';
import { median, note, QUICK, sleep } from './measure.ts';
import { give } from './row.ts';

const BUDGET_MS = 20;
const PASSES = QUICK ? 2 : 10;

const fakeProcfs = (processes: number): string => {
  const folder = mkdtempSync(join(tmpdir(), 'negawatt-bench-proc-'));
  for (let pid = 1; pid <= processes; pid++) {
    mkdirSync(join(folder, String(pid)));
    const stat = `${pid} (worker-${pid}) S 1 ${pid} ${pid} 0 -1 4194560 9031 0 3 0 ${pid} 47 0 0 20 0 1 0 ${pid * 7} 23605248 2891 18446744073709551615 1 1 0 0 0 0 671173123 4096 1260 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n`;
    writeFileSync(join(folder, String(pid), 'stat'), stat);
  }
  return folder;
};

/** Times what runs in timers while `work` goes on: the slices of a pass. Milliseconds. */
const timersDuring = async (work: (took: number[]) => Promise<void>): Promise<void> => {
  const { setTimeout: original } = globalThis;
  const took: number[] = [];
  const timed = (run: () => void, delay?: number): NodeJS.Timeout =>
    original(() => {
      const start = performance.now();
      run();
      took.push(performance.now() - start);
    }, delay);
  globalThis.setTimeout = Object.assign(timed, original) as typeof original;
  try {
    await work(took);
  } finally {
    globalThis.setTimeout = original;
  }
};

const untilPass = async (source: OpenSource): Promise<void> => {
  const draft: SampleDraft = { meters: [], readings: [] };
  while (draft.processes === undefined) {
    await sleep(5);
    source.read(draft);
  }
};

/** Longest slice of each of some passes, as the source makes them by itself; the first one warms up. */
const longestSlices = async (procfs: string): Promise<readonly number[]> => {
  const paths = { procfs, sysfs: '/sys', rootfs: '/' };
  const longest: number[] = [];
  await timersDuring(async (took) => {
    const opened = await processSource({ interval: 1, limit: 32_768 }).open(paths, systemClock);
    if (!opened.found) throw new Error(opened.reason);
    await untilPass(opened.value);
    for (let pass = 0; pass < PASSES; pass++) {
      took.length = 0;
      await untilPass(opened.value);
      longest.push(Math.max(...took));
    }
    opened.value.close();
  });
  return longest;
};

for (const processes of [1000, 20_000]) {
  const procfs = fakeProcfs(processes);
  try {
    const slices = await longestSlices(procfs);
    const longest = Math.max(...slices);
    const typical = median(slices);
    note(
      `${processes} processes: longest slice by pass ${slices.map((slice) => slice.toFixed(1)).join(' ')} ms`,
    );
    give({
      what: `process pass of ${processes}: longest slice`,
      ours: `${longest.toFixed(1)} ms`,
      reference: '',
      ratio: longest / BUDGET_MS,
      budget: `<= ${BUDGET_MS} ms`,
      met: longest <= BUDGET_MS,
      how: `simulated tree, longest of ${PASSES} passes, listing included; median over passes ${typical.toFixed(1)} ms`,
    });
  } finally {
    rmSync(procfs, { recursive: true, force: true });
  }
}
