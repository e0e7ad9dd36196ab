/** Every query of every dashboard over a large fleet: which are the slowest. */
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { BOARDS } from '../../dashboards/boards/index.ts';
import { RECORDING } from '../../dashboards/rules/recording.ts';
import type { MetricName } from '../../src/metrics.ts';
import { answerOf, labelValues, seriesOf } from '../fixtures/dashboard-answers.ts';
import {
  askedMetrics,
  type Moment,
  type PanelQuery,
  queriesOf,
  sideQueries,
} from '../fixtures/dashboard-queries.ts';
import { PAST_STEP, writePast } from '../fixtures/dashboards-past.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { freePort } from '../fixtures/free-port.ts';
import { startEngine } from '../fixtures/history-engines.ts';
import { note, QUICK, SOURCES } from './measure.ts';
import { give, notMeasured } from './row.ts';

/** Hosts that are simulated, and how often each is there. */
const [HOSTS, COPIES, DAYS] = QUICK ? [5, 6, 1] : [6, 50, 7];
const TO = 1_772_928_000;
/** What is shown begins so much after the first scrape, days: rules have been there for longer. */
const RULES_BEFORE = 0.1;
const BUDGET_MS = 1000;
const REPEATS = 3;
const secondsSince = (from: number): string => ((performance.now() - from) / 1000).toFixed(0);
const SHOWN = 15;
const WHAT = `slowest dashboard query, ${HOSTS * COPIES} hosts, ${DAYS} days of 5 minutes`;

const asked = askedMetrics();

const timed = async (ask: () => Promise<unknown>): Promise<number> => {
  const times: number[] = [];
  for (let turn = 0; turn < REPEATS; turn++) {
    const began = performance.now();
    await ask();
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[Math.floor(REPEATS / 2)] ?? Number.NaN;
};

/** A Prometheus begins to compact a minute after its start: a fleet's has done so long ago. */
const BEGINS_MS = 70_000;
const LOOK_MS = 5000;
/** Processor seconds in five that an engine at rest may use. */
const AT_REST = 0.5;

const compacted = async (url: string): Promise<void> => {
  const used = async (): Promise<number> =>
    Number(/^process_cpu_seconds_total (\S+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
  await setTimeout(BEGINS_MS);
  for (let before = await used(), now = Number.POSITIVE_INFINITY; now - before > AT_REST; ) {
    if (Number.isFinite(now)) before = now;
    await setTimeout(LOOK_MS);
    now = await used();
  }
};

/** Jobs with rules, as the dashboard itself finds out. */
const recordedIn = async (url: string, { board }: PanelQuery, moment: Moment): Promise<string> => {
  const variable = sideQueries(board).find(({ name }) => name === 'recorded');
  if (variable === undefined) return '';
  const jobs = await labelValues(url, variable.query, moment);
  return jobs.length === 0 ? '()' : '(negawatt)';
};

/** The rules that dashboards read, worked out over the past as if they had always been loaded. */
const recordRules = async (url: string, directory: string): Promise<void> => {
  const groups = RECORDING.map((group) => ({
    ...group,
    rules: group.rules.filter(({ record }) => asked.has(record)),
  })).filter(({ rules }) => rules.length > 0);
  const file = join(directory, 'rules.yml');
  writeFileSync(file, stringify({ groups }));
  const from = TO - (DAYS + RULES_BEFORE) * 86_400;
  const made = ['tsdb', 'create-blocks-from', 'rules', `--url=${url}`, `--start=${from}`, `--end=${TO}`];
  await promisify(execFile)('/usr/bin/promtool', [...made, `--output-dir=${join(directory, 'tsdb')}`, file]);
};

const main = async (program: string): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), 'negawatt-dashboards-'));
  const began = performance.now();
  const golden = join(SOURCES, '..', 'golden', 'savings-points.txt');
  const isKept = (metric: MetricName): boolean => asked.has(metric);
  await writePast({
    ...{ directory, hosts: HOSTS, copies: COPIES, days: DAYS + RULES_BEFORE, to: TO, golden, isKept },
  });
  note(`blocks made in ${secondsSince(began)} s`);
  const config = join(directory, 'prometheus.yml');
  writeFileSync(config, 'scrape_configs: []\n');
  const port = await freePort();
  const args = [
    ...[`--config.file=${config}`, `--storage.tsdb.path=${join(directory, 'tsdb')}`],
    ...['--storage.tsdb.retention.time=100y', `--web.listen-address=127.0.0.1:${port}`],
  ];
  const engine = await startEngine(program, args, directory, `http://127.0.0.1:${port}`);
  try {
    await recordRules(engine.url, directory);
    note(`rules worked out after ${secondsSince(began)} s`);
    await compacted(engine.url);
    note(`at rest after ${secondsSince(began)} s`);
    const [count] = await seriesOf(engine.url, 'query', {
      ...{ query: 'count({job="negawatt"}) / count(up)', time: String(TO) },
    });
    const from = TO - DAYS * 86_400;
    const rows: { readonly name: string; readonly ms: number }[] = [];
    for (const query of BOARDS.flatMap(queriesOf)) {
      // Before and after looks at a period on each side of the begin.
      const sides = query.board.choices.includes('period');
      const half = Math.round((DAYS / 2) * 24);
      const plain: Moment = {
        ...{ from: sides ? TO - half * 3600 : from, to: TO, scrape: PAST_STEP },
        chosen: { period: `${half}h` },
      };
      const recorded = await recordedIn(engine.url, query, plain);
      if (recorded === '()') throw new Error(`${query.board.title} does not see the rules`);
      const moment: Moment = { ...plain, chosen: { ...plain.chosen, recorded } };
      const name = `${query.board.title} | ${query.panel.title} | ${query.ask.legend}`;
      rows.push({ name, ms: await timed(() => answerOf(engine.url, query, moment)) });
    }
    // Choices and marks are asked whenever a dashboard is opened.
    const whole: Moment = { from, to: TO, scrape: PAST_STEP, chosen: {} };
    for (const board of BOARDS)
      for (const { name, query } of sideQueries(board)) {
        const ms = await timed(() => labelValues(engine.url, query, whole));
        rows.push({ name: `${board.title} | ${name}`, ms });
      }
    note(`all queries asked after ${secondsSince(began)} s`);
    rows.sort((a, b) => b.ms - a.ms);
    for (const { name, ms } of rows.slice(0, SHOWN)) note(`${ms.toFixed(0).padStart(7)} ms  ${name}`);
    const [slowest] = rows;
    if (slowest === undefined) return;
    give({
      ...{ what: WHAT, ours: `${slowest.ms.toFixed(0)} ms`, reference: '', ratio: slowest.ms / BUDGET_MS },
      ...{ budget: '1 s', met: slowest.ms <= BUDGET_MS },
      how: `${slowest.name}; median of ${REPEATS}, of ${rows.length} queries; ${Number(count?.value?.[1]).toFixed(0)} series a host; ${HOSTS} hosts are simulated, ${COPIES} of each; rules loaded`,
    });
  } finally {
    await engine.close();
  }
};

const program = debianProgram('/usr/bin/prometheus', 'prometheus');
if (program === undefined) give(notMeasured(WHAT, '1 s', 'Prometheus is not installed'));
else await main(program);
