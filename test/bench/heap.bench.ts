/**
 * Whether memory grows: the live heap over 1,000 samples in each of which every container is a new one. With the options
 * of `npm start`: without them V8 goes on for hours to make machine code of what is called often, which is no leak.
 */
import { type Points, slopeOf } from '../fixtures/slope.ts';
import { asStarted, note, QUICK } from './measure.ts';
import { give } from './row.ts';
import { container, simulatedAgent, TICK_S } from './simulated-agent.ts';

const CONTAINERS = 50;
const SAMPLES = QUICK ? 300 : 1000;
const EVERY = 10;
const SCRAPE_EVERY = 3;
/**
 * Three hours: ended workloads go as they come, what is done at a full hour has been done thrice, and the search for rare
 * sources, which comes round seldom, was called often enough for V8 to make its code: 10 kB, once, in the third hour (as
 * heap snapshots before and after show), and flat for 2,460 samples behind it.
 */
const WARM_UP = Math.ceil(10_800 / TICK_S);
const BUDGET = 1;

/** Bytes of the live heap by number of the sample. */
const measure = async (): Promise<Points> => {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('needs --expose-gc');
  const agent = await simulatedAgent();
  // Made before it is measured, so that it does not grow with what it holds.
  const heap = new Float64Array(SAMPLES / EVERY);
  let living: readonly string[] = [];
  for (let sample = -WARM_UP; sample < SAMPLES; sample++) {
    for (const path of living) agent.host.remove(`sys/fs/cgroup${path}`);
    agent.forget(living);
    const first = (sample + WARM_UP) * CONTAINERS + 1;
    living = Array.from({ length: CONTAINERS }, (_, i) => container(first + i));
    agent.tick(living);
    if (sample % SCRAPE_EVERY === 0) await agent.render();
    // Sources that read by themselves get their turn.
    await new Promise((resolve) => setImmediate(resolve));
    if (sample < 0 || sample % EVERY !== 0) continue;
    gc();
    heap[sample / EVERY] = process.memoryUsage().heapUsed;
  }
  agent.close();
  return [...heap].map((bytes, i) => [i * EVERY, bytes]);
};

const tell = (points: Points): void => {
  const { slope, half, mean } = slopeOf(points);
  const percent = (bytes: number): number => (100 * 1000 * bytes) / mean;
  note(`live heap: ${points.map(([, bytes]) => (bytes / 1e6).toFixed(2)).join(' ')} MB`);
  give({
    what: 'growth of the live heap in 1,000 samples, every container new in each',
    ours: `${percent(slope).toFixed(2)} % (${percent(slope - half).toFixed(2)} to ${percent(slope + half).toFixed(2)} %)`,
    reference: '',
    budget: `95 % interval with 0 in it, < ${BUDGET} %`,
    met: Math.abs(slope) <= half && Math.abs(percent(slope)) < BUDGET,
    how: `${SAMPLES} samples of ${CONTAINERS} containers after ${WARM_UP}, every ${SCRAPE_EVERY}rd scraped; ${(mean / 1e6).toFixed(1)} MB after a full collection at each ${EVERY}th; least squares, Newey-West interval; options of npm start`,
  });
};

await asStarted(import.meta.filename, measure, tell, ['--expose-gc']);
