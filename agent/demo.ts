import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { counted, METRIC_NAMES, type MetricName, openComparing, openLab } from '../src/index.ts';
import { blocksWindow, writeBlocks } from './demo-blocks.ts';
import { serveDemo, writePage } from './demo-pages.ts';
import { type DemoPast, lastMonday, makePast } from './demo-past.ts';
import { type SavingsSeries, savingsSeries } from './demo-savings.ts';
import { SIMULATED, verdictsOf, verdictTable } from './demo-verdicts.ts';
import { CommandError, USAGE } from './exit.ts';
import { createProgress } from './progress.ts';

export interface DemoOptions {
  readonly once?: boolean;
  readonly output?: string;
  readonly openmetrics?: boolean;
  readonly savings?: boolean;
  readonly seed: string;
  readonly hosts: number;
  readonly days: number;
  readonly metrics?: string;
  readonly measures?: string;
  readonly withoutEffects?: boolean;
  readonly listenAddress: string;
  /** Print the verdicts as `/api/v1/measures` gives them, and end. */
  readonly isJson: boolean;
}

/** Resolves at the first signal to end; ends what goes on by the abort signal. */
const untilEnd = (): { readonly signal: AbortSignal; readonly ended: Promise<void>; stop(): void } => {
  const controller = new AbortController();
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const onSignal = (): void => {
    controller.abort(new CommandError('interrupted'));
    end();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, onSignal);
  return {
    signal: controller.signal,
    ended,
    stop: () => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
    },
  };
};

const metricsOf = (text: string | undefined): readonly MetricName[] | undefined => {
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  const known = new Set<string>(METRIC_NAMES);
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new CommandError(`${unknown} is no metric of negawatt: METRICS.md lists them`, USAGE);
  return names as MetricName[];
};

/**
 * A fleet to look at without any meter. What it leaves behind is what `--output` asks for; without that, nothing.
 */
export const demo = async (options: DemoOptions): Promise<void> => {
  const { output } = options;
  const metrics = metricsOf(options.metrics);
  if (options.openmetrics === true && output === undefined)
    throw new CommandError('--openmetrics writes files: name a folder for them with --output', USAGE);
  const directory = output === undefined ? mkdtempSync(join(tmpdir(), 'negawatt-demo-')) : resolve(output);
  const end = untilEnd();
  try {
    mkdirSync(directory, { recursive: true });
    process.stderr.write(`${SIMULATED}.\n`);
    if (options.openmetrics === true) await openMetrics(options, directory, metrics, end.signal);
    else await story(options, directory, end);
  } catch (error) {
    // Ended on request: what was asked for by then is there.
    if (!end.signal.aborted) throw error;
    process.exitCode = 130;
  } finally {
    end.stop();
    if (output === undefined) rmSync(directory, { recursive: true, force: true });
  }
};

const openMetrics = async (
  { seed, hosts, days, savings = false }: DemoOptions,
  directory: string,
  metrics: readonly MetricName[] | undefined,
  signal: AbortSignal,
): Promise<void> => {
  const now = Date.now() / 1000;
  const series = savings ? await savingsOf({ seed, days, directory, now, signal }) : undefined;
  const all = hosts + (series?.past.hosts.length ?? 0);
  const progress = createProgress(
    `${counted(all, 'host')}, ${counted(days, 'day')}, a scrape each 5 minutes`,
  );
  const input = { directory, seed, hosts, days, now, metrics, savings: series };
  const files = await writeBlocks({ ...input, progress, signal });
  process.stdout.write(
    [
      `${counted(files.length, 'file')} in ${join(directory, 'openmetrics')}, one for each block. To look at them:`,
      `  for f in ${join(directory, 'openmetrics')}/*.om; do promtool tsdb create-blocks-from openmetrics "$f" ${join(directory, 'tsdb')}; done`,
      `  echo 'scrape_configs: []' > ${join(directory, 'prometheus.yml')}`,
      `  prometheus --config.file=${join(directory, 'prometheus.yml')} --storage.tsdb.path=${join(directory, 'tsdb')} --storage.tsdb.retention.time=10y --web.listen-address=127.0.0.1:9090`,
      '',
    ].join('\n'),
  );
};

/** The measures of the demo as a service would have exported them over those days. */
const savingsOf = async (input: {
  readonly seed: string;
  readonly days: number;
  readonly directory: string;
  readonly now: number;
  readonly signal: AbortSignal;
}): Promise<{ readonly past: DemoPast; readonly pointsAt: SavingsSeries['pointsAt'] }> => {
  const { seed, days, directory, now, signal } = input;
  const living = createProgress('the months behind the measures');
  const past = await makePast({
    ...{ directory, seed, end: lastMonday(now * 1000), progress: living, signal },
    // Without the days since then the hosts would be missing on every panel of the measures.
    until: Math.floor(now / 3600) * 3600,
  });
  const progress = createProgress('verdicts, day by day');
  const series = await savingsSeries({ past, ...blocksWindow(now, days), progress, signal });
  return { past, pointsAt: series.pointsAt };
};

const story = async (
  { once = false, output, seed, measures: named, withoutEffects = false, listenAddress, isJson }: DemoOptions,
  directory: string,
  { signal, ended }: ReturnType<typeof untilEnd>,
): Promise<void> => {
  const [lab, comparing] = await Promise.all([openLab(), openComparing()]);
  const wanted = named?.split(',');
  const measures = lab.MEASURES.filter(({ name }) => wanted?.includes(name) !== false);
  if (measures.length === 0)
    throw new CommandError(
      `no measure of the demo has that name; there are ${lab.MEASURES.map(({ name }) => name).join(', ')}`,
      USAGE,
    );
  const months = Math.round(Math.max(...measures.map(({ before, report }) => before + report)) / 30);
  const progress = createProgress(
    `${counted(months, 'month')} of ${counted(
      measures.reduce((n, { hosts }) => n + hosts, 0),
      'host',
    )}`,
  );
  const end = lastMonday(Date.now());
  const past = await makePast({ directory, seed, end, measures, withoutEffects, progress, signal });
  const judging = createProgress('verdicts, from what the hosts used');
  const results = await verdictsOf(past, judging, signal);
  signal.throwIfAborted();
  const shown = { past, results, claims: new Map(measures.map(({ name, claim }) => [name, claim])) };
  const standings = results.map(({ standing }) => standing);
  process.stdout.write(
    isJson
      ? `${JSON.stringify({ notice: SIMULATED, measures: standings }, null, 2)}\n`
      : `${SIMULATED}\n\n${verdictTable(results, comparing.VERDICTS)}`,
  );
  if (output !== undefined) {
    const page = await writePage(directory, shown);
    (isJson ? process.stderr : process.stdout).write(
      `\nThe page with all reports: ${page}. The same verdict again:\n  negawatt compare --measure ${measures[0]?.name} --config.file ${past.configFile}\n`,
    );
  }
  if (once || isJson) return;
  const server = await serveDemo(shown, listenAddress);
  try {
    process.stdout.write(
      `\nLook at ${server.url} - Ctrl-C ends it${output === undefined ? ' and leaves nothing behind' : ''}\n`,
    );
    await ended;
  } finally {
    await server.close();
  }
};
