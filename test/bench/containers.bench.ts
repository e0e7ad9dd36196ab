/** A tick with 2,000 containers in use: processor time with the options of `npm start`, and the series it leaves. */
import { asStarted, median, note, QUICK } from './measure.ts';
import { give } from './row.ts';
import { container, simulatedAgent } from './simulated-agent.ts';

const CONTAINERS = 2000;
const BUDGET_MS = 25;
const SERIES = 200;
const WARM_UP = 20;
const TICKS = QUICK ? 20 : 100;

interface Figures {
  readonly ticks: readonly number[];
  readonly series: number;
}

const measure = async (): Promise<Figures> => {
  const agent = await simulatedAgent();
  try {
    const all = Array.from({ length: CONTAINERS }, (_, i) => container(i + 1));
    for (let tick = 0; tick < WARM_UP; tick++) agent.tick(all);
    const ticks = Array.from({ length: TICKS }, () => agent.tick(all));
    const text = await agent.render();
    return { ticks, series: text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length };
  } finally {
    agent.close();
  }
};

const tell = ({ ticks, series }: Figures): void => {
  const typical = median(ticks);
  note(`ticks: ${ticks.map((tick) => tick.toFixed(1)).join(' ')} ms`);
  give({
    what: `tick with ${CONTAINERS} containers: CPU`,
    ours: `${typical.toFixed(1)} ms`,
    reference: '',
    ratio: typical / BUDGET_MS,
    budget: `<= ${BUDGET_MS} ms`,
    met: typical <= BUDGET_MS,
    how: `median of ${TICKS} ticks after ${WARM_UP}, longest ${Math.max(...ticks).toFixed(1)} ms; simulated tree of version 2, all of them at work, packages and DRAM metered; options of npm start`,
  });
  give({
    what: `series with ${CONTAINERS} containers`,
    ours: String(series),
    reference: '',
    ratio: series / SERIES,
    budget: `<= ${SERIES}`,
    met: series <= SERIES,
    how: 'lines of the exposition that are no comments, at the defaults',
  });
};

await asStarted(import.meta.filename, measure, tell);
