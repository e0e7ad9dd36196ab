/** How long a scrape takes when a hundred come each second, beside one that comes alone. */
import { scrape, startAgent } from './agent-process.ts';
import { median, note, QUICK, sleep } from './measure.ts';
import { give } from './row.ts';

const ALONE = QUICK ? 10 : 30;
const EACH_MS = 10;
const STORM_S = QUICK ? 3 : 20;
const BUDGET = 5;

const timed = async (url: string): Promise<number> => {
  const start = performance.now();
  await scrape(url);
  return performance.now() - start;
};

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ??
  Number.NaN;

const agent = await startAgent();
try {
  await sleep(6000);
  const alone: number[] = [];
  for (let i = 0; i < ALONE; i++) {
    await sleep(500);
    alone.push(await timed(agent.url));
  }
  // By the plan, not by the answers: a slow answer does not make the next one come later.
  const pending: Promise<number>[] = [];
  const start = performance.now();
  for (let i = 0; i < (STORM_S * 1000) / EACH_MS; i++) {
    const wait = start + i * EACH_MS - performance.now();
    if (wait > 0) await sleep(wait);
    pending.push(timed(agent.url));
  }
  const storm = await Promise.all(pending);
  const [single, p99] = [median(alone), quantile(storm, 0.99)];
  note(
    `alone ${single.toFixed(2)} ms; storm median ${median(storm).toFixed(2)}, longest ${Math.max(...storm).toFixed(2)} ms`,
  );
  give({
    what: 'p99 of 100 scrapes a second',
    ours: `${p99.toFixed(2)} ms`,
    reference: `${single.toFixed(2)} ms (one alone)`,
    ratio: p99 / single,
    budget: `<= ${BUDGET}`,
    met: p99 <= BUDGET * single,
    how: `${storm.length} scrapes by the clock over ${STORM_S} s, compressed, kept connections; alone: median of ${ALONE}, two a second; no other load`,
  });
} finally {
  await agent.stop();
}
process.exit();
