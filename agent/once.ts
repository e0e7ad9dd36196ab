import { setTimeout as wait } from 'node:timers/promises';
import { hostJson, type IntervalReport, memoryStore, onceReport, seconds } from '../src/index.ts';
import { composeAgent } from './compose.ts';
import { type FlagValues, load } from './configuration.ts';
import { onceText } from './once-text.ts';
import { whileWaiting } from './progress.ts';
import { csv } from './table.ts';

/** Measures one interval, in seconds, and prints it. */
export const once = async (flags: FlagValues, interval: number, format: string): Promise<void> => {
  const loaded = await load(flags);
  const agent = await composeAgent({ loaded, store: memoryStore(), onSource: () => {}, interval });
  // Nothing scrapes a single run: its counters are shown as they are.
  agent.engine.observeScrapeInterval(seconds(0));
  try {
    await agent.refreshWork();
    agent.tick();
    await whileWaiting('measuring', () => wait(interval * 1000), {
      ...{ duration: seconds(interval), isQuiet: format !== 'table' },
    });
    await agent.refreshWork();
    const snapshot = agent.tick();
    const report = onceReport(snapshot);
    if (format === 'json')
      process.stdout.write(`${JSON.stringify({ ...hostJson(snapshot), interval: report }, null, 2)}\n`);
    else if (format === 'csv') process.stdout.write(csvOf(report, loaded.example));
    else process.stdout.write(onceText(report, snapshot, loaded.example));
  } finally {
    agent.close();
  }
};

/** The last column is filled while grams are an example: no row can be cut out without that word. */
const csvOf = (report: IntervalReport, example: string | undefined): string =>
  csv(
    [
      ...['workload', 'kind', 'class', 'cpu_seconds', 'dynamic_joules', 'static_share_joules'],
      ...['grams_co2e', 'example'],
    ],
    report.workloads.map((row) => [
      row.workload,
      row.kind,
      row.class,
      String(row.cpuSeconds),
      String(row.dynamicJoules),
      String(row.staticShareJoules),
      row.grams === undefined ? '' : String(row.grams),
      example ?? '',
    ]),
  );
