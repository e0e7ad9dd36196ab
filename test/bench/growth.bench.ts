/** How the cost of a tick and of a scrape grows with the number of workloads, and a chart of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { growthChart, type Size } from './growth-chart.ts';
import { asStarted, median, note, ownCpu, QUICK, SOURCES } from './measure.ts';
import { give } from './row.ts';
import { container, simulatedAgent } from './simulated-agent.ts';

const SIZES = QUICK ? [10, 100, 1000] : [10, 100, 1000, 10_000];
const WARM_UP = 5;
const TICKS = QUICK ? 5 : 20;

const measureOne = async (workloads: number): Promise<Size> => {
  const agent = await simulatedAgent();
  try {
    const all = Array.from({ length: workloads }, (_, i) => container(i + 1));
    for (let tick = 0; tick < WARM_UP; tick++) agent.tick(all);
    const ticks: number[] = [];
    const scrapes: number[] = [];
    let series = 0;
    for (let tick = 0; tick < TICKS; tick++) {
      ticks.push(agent.tick(all));
      const before = ownCpu();
      const text = await agent.render();
      scrapes.push(ownCpu() - before);
      series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    }
    return { workloads, tick: median(ticks), scrape: median(scrapes), series };
  } finally {
    agent.close();
  }
};

const measure = async (): Promise<readonly Size[]> => {
  const sizes: Size[] = [];
  for (const size of SIZES) sizes.push(await measureOne(size));
  return sizes;
};

const tell = (sizes: readonly Size[]): void => {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  for (const { workloads, tick, scrape, series } of sizes)
    note(`${workloads} workloads: tick ${ms(tick)}, scrape ${ms(scrape)}, ${series} series`);
  const [few, many] = [sizes.at(-2), sizes.at(-1)];
  if (few === undefined || many === undefined) return;
  const times = many.workloads / few.workloads;
  give({
    what: `tick with ${many.workloads} workloads: CPU`,
    ours: ms(many.tick),
    reference: `${times} x ${ms(few.tick)} (with ${few.workloads})`,
    ratio: many.tick / (times * few.tick),
    budget: 'linear or better: <= 1',
    met: many.tick <= times * few.tick,
    how: `medians of ${TICKS} ticks: ${sizes.map((one) => `${one.workloads}: tick ${ms(one.tick)}, scrape ${ms(one.scrape)}, ${one.series} series`).join('; ')}; chart: growth.svg; options of npm start`,
  });
  if (process.argv.includes('--save')) writeFileSync(join(SOURCES, 'growth.svg'), growthChart(sizes));
};

await asStarted(import.meta.filename, measure, tell);
