import { hostJson, type IntervalReport, memoryStore, onceReport, seconds } from '../../src/index.ts';
import { composeAgent } from '../compose.ts';
import { load } from '../configuration.ts';
import { onceText } from '../once-text.ts';
import { csv } from '../table.ts';
import { type CommandFile, newCommand } from './command.ts';
import { formatOf, withFormat } from './format.ts';
import { parseInterval } from './interval.ts';
import { withConfigFlags } from './options.ts';

export const onceCommand: CommandFile = {
  build: (flagsOf) =>
    withFormat(
      withConfigFlags(
        newCommand('once', 'Measure one interval and print it: power, energy, CO2e, workloads.', [
          'negawatt once',
          'negawatt once --interval 30s --json',
        ]),
      ).option('--interval <duration>', 'length of the interval, 1s or more', parseInterval, 5),
      ['table', 'json', 'csv'],
    ).action(async (_options, command) => {
      const { interval } = command.opts() as { interval: number };
      const loaded = await load(flagsOf(command));
      const agent = await composeAgent({ loaded, store: memoryStore(), onSource: () => {}, interval });
      // Nothing scrapes a single run: its counters are shown as they are.
      agent.engine.observeScrapeInterval(seconds(0));
      try {
        await agent.refreshWork();
        agent.tick();
        await new Promise((resolve) => setTimeout(resolve, interval * 1000));
        await agent.refreshWork();
        const snapshot = agent.tick();
        const report = onceReport(snapshot);
        const format = formatOf(command);
        if (format === 'json')
          process.stdout.write(`${JSON.stringify({ ...hostJson(snapshot), interval: report }, null, 2)}\n`);
        else if (format === 'csv') process.stdout.write(csvOf(report, loaded.example));
        else process.stdout.write(onceText(report, snapshot, loaded.example));
      } finally {
        agent.close();
      }
    }),
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
