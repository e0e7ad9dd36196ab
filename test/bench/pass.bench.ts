/** The longest that a pass over the processes holds the agent, and the processor time that all of it takes. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenSource, SampleDraft } from '../../src/model/source.ts';
import { systemClock } from '../../src/sources/clock.ts';
import { processSource } from '../../src/sources/process.ts';
import { asStarted, median, note, ownCpu, QUICK, sleep } from './measure.ts';
import { give } from './row.ts';

const BUDGET_MS = 20;
const MANY = 20_000;
const CPU_BUDGET_MS = 400;
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

interface Pass {
  /** Milliseconds. */
  readonly longest: number;
  /** Own processor time of the whole pass, waiting for it included; milliseconds. */
  readonly cpu: number;
}
interface Passes {
  readonly processes: number;
  readonly passes: readonly Pass[];
  readonly descriptors: number;
  readonly limit: number;
}

/** Some passes as the source makes them by itself; the first one warms up. */
const passesOver = async (processes: number): Promise<Passes> => {
  const procfs = fakeProcfs(processes);
  const paths = { procfs, sysfs: '/sys', rootfs: '/' };
  const passes: Pass[] = [];
  let descriptors = 0;
  try {
    await timersDuring(async (took) => {
      const opened = await processSource({ interval: 1, limit: 32_768 }).open(paths, systemClock);
      if (!opened.found) throw new Error(opened.reason);
      await untilPass(opened.value);
      for (let pass = 0; pass < PASSES; pass++) {
        took.length = 0;
        const before = ownCpu();
        await untilPass(opened.value);
        passes.push({ longest: Math.max(...took), cpu: ownCpu() - before });
      }
      descriptors = readdirSync('/proc/self/fd').length;
      opened.value.close();
    });
  } finally {
    rmSync(procfs, { recursive: true, force: true });
  }
  const limit = Number(
    /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? Number.NaN,
  );
  return { processes, passes, descriptors, limit };
};

const tell = ({ processes, passes, descriptors, limit }: Passes): void => {
  const slices = passes.map(({ longest }) => longest);
  const longest = Math.max(...slices);
  const cpu = median(passes.map((pass) => pass.cpu));
  const inMs = (values: readonly number[]): string => values.map((value) => value.toFixed(1)).join(' ');
  note(
    `${processes} processes: longest slices ${inMs(slices)} ms, CPU ${inMs(passes.map((pass) => pass.cpu))} ms`,
  );
  const how = `simulated tree, options of npm start, ${PASSES} passes, listing included`;
  give({
    what: `process pass of ${processes}: longest slice`,
    ours: `${longest.toFixed(1)} ms`,
    reference: '',
    ratio: longest / BUDGET_MS,
    budget: `<= ${BUDGET_MS} ms`,
    met: longest <= BUDGET_MS,
    how: `${how}; longest of all, median over passes ${median(slices).toFixed(1)} ms`,
  });
  if (processes < MANY) return;
  give({
    what: `process pass of ${processes}: CPU`,
    ours: `${cpu.toFixed(0)} ms`,
    reference: '',
    ratio: cpu / CPU_BUDGET_MS,
    budget: `<= ${CPU_BUDGET_MS} ms`,
    met: cpu <= CPU_BUDGET_MS && descriptors < limit,
    how: `${how}, median; ${descriptors} descriptors open of ${limit} allowed`,
  });
};

await asStarted(
  import.meta.filename,
  async () => [await passesOver(1000), await passesOver(MANY)],
  (found) => found.forEach(tell),
);
