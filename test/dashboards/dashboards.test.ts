import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOARDS } from '../../dashboards/boards/index.ts';
import { answerOf, labelValues, seriesOf, wrongWith } from '../fixtures/dashboard-answers.ts';
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
import { type FilledEngine, startEngine } from '../fixtures/history-engines.ts';

const program = debianProgram('/usr/bin/prometheus', 'prometheus');
const DAY = 86_400;
/** 2026-03-08T00:00Z. */
const TO = 1_772_928_000;
const A_DAY: Moment = { from: TO - DAY, to: TO, scrape: PAST_STEP, chosen: { period: '1d' } };
/** What changed half-way lies within it. */
const TWO_DAYS: Moment = { ...A_DAY, from: TO - 2 * DAY };
/** Hosts with boards are read more often than scraped, so their past is the dearest to make. */
const BOARD_HOURS: Moment = { ...A_DAY, from: TO - 6 * 3600 };
const MOMENTS: Readonly<Record<string, Moment>> = {
  'negawatt-savings': TWO_DAYS,
  'negawatt-gpu': BOARD_HOURS,
};

/** Instances of each cluster; the others have none. */
const CLUSTERS = { east: 'web-.*|training-.*|planner.*', west: 'batch-.*' };

/** What a query answers, in an order of its own. */
const shownBy = async (url: string, query: PanelQuery, moment: Moment): Promise<readonly string[]> =>
  (await answerOf(url, query, moment)).map((series) => JSON.stringify(series)).sort();

describe.skipIf(program === undefined)('dashboards, asked of a real Prometheus without any rule', () => {
  let engine: FilledEngine;

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'negawatt-dashboards-'));
    const asked = askedMetrics();
    await writePast({
      ...{ directory, hosts: 5, days: 2.1, to: TO, isKept: (metric) => asked.has(metric) },
      last: { training: 8 * 3600, batch: 1.1 * DAY, guest: 1.1 * DAY },
      // As fleets are: some targets have a cluster and some hosts a pool, and one has neither.
      withoutPool: ['training', 'guest'],
      clusters: { web: 'east', training: 'east', planner: 'east', batch: 'west' },
    });
    const config = join(directory, 'prometheus.yml');
    writeFileSync(config, 'scrape_configs: []\n');
    const port = await freePort();
    const args = [
      ...[`--config.file=${config}`, `--storage.tsdb.path=${join(directory, 'tsdb')}`],
      ...['--storage.tsdb.retention.time=100y', `--web.listen-address=127.0.0.1:${port}`],
    ];
    engine = await startEngine(program ?? '', args, directory, `http://127.0.0.1:${port}`);
  }, 240_000);

  afterAll(() => engine?.close());

  for (const board of BOARDS) {
    const moment = MOMENTS[board.uid] ?? A_DAY;
    it(`${board.title}: every panel shows what it says`, async () => {
      const wrong: string[] = [];
      for (const query of queriesOf(board)) {
        const why = await answerOf(engine.url, query, moment).then(
          (series) => wrongWith(query, series),
          (error: Error) => error.message,
        );
        if (why !== undefined)
          wrong.push(`${query.panel.title} / ${query.ask.legend}: ${why}\n${query.ask.expr}`);
      }
      expect(wrong).toEqual([]);
    });

    it(`${board.title}: variables offer values, and marks are found`, async () => {
      for (const { name, query } of sideQueries(board)) {
        const values = await labelValues(engine.url, query, moment);
        // No rule is loaded: that is empty, and everything is still shown.
        expect(values.length > 0, `${name}: ${query}`).toBe(name !== 'recorded');
        if (name === 'cluster') expect(values).toEqual(['east', 'west']);
      }
    });

    it(`${board.title}: the choice of a cluster shows its hosts and no others`, async () => {
      let differ = 0;
      for (const query of queriesOf(board)) {
        const shown = (chosen: Moment['chosen']): Promise<readonly string[]> =>
          shownBy(engine.url, query, { ...moment, chosen: { ...moment.chosen, ...chosen } });
        const all = await shown({});
        for (const [cluster, instance] of Object.entries(CLUSTERS)) {
          const own = await shown({ cluster });
          expect(own, `${query.panel.title}, ${cluster}`).toEqual(await shown({ instance }));
          if (JSON.stringify(own) !== JSON.stringify(all)) differ += 1;
        }
      }
      // Others are there with All: figures of some are not those of all.
      expect(differ).toBeGreaterThan(0);
    });
  }

  it('all hosts are shown where nothing is chosen, those without cluster or pool too', async () => {
    const shown = async (title: string, label: string): Promise<readonly (string | undefined)[]> => {
      const query = BOARDS.flatMap(queriesOf).find(({ panel }) => panel.title === title)!;
      const all = (await answerOf(engine.url, query, A_DAY)).map(({ metric }) => metric[label]);
      return [...new Set(all)].sort();
    };
    expect(await shown('Power per busy processor, by pool', 'pool')).toEqual([
      'batch',
      'database',
      'no pool set',
      'web',
    ]);
    const hosts = ['batch-004', 'database-002', 'guest-006', 'training-003', 'web-001'];
    expect(await shown('Least used hosts', 'instance')).toEqual(hosts.map((name) => `${name}:10202`));
  });

  it('GPU energy per unit of work is what the counters of boards and of work grew by', async () => {
    const query = BOARDS.flatMap(queriesOf).find(
      ({ panel }) => panel.title === 'GPU energy per unit of work',
    )!;
    const shown = await answerOf(engine.url, query, BOARD_HOURS);
    // Hosts without boards count work as well: their units are not here.
    expect(shown.map(({ metric }) => metric)).toEqual([{ unit: 'training_samples' }]);
    const last = shown[0]?.values?.at(-1);
    const counted = async (series: string, time: number): Promise<number> => {
      const form = { query: `sum(${series})`, time: String(time) };
      return Number((await seriesOf(engine.url, 'query', form))[0]?.value?.[1]);
    };
    const grown = async (series: string): Promise<number> =>
      (await counted(series, TO)) - (await counted(series, TO - 3900));
    const joules = await grown('hw_energy_joules_total{hw_type="gpu"}');
    const samples = await grown('negawatt_work_total{unit="training_samples"}');
    // A window that is left-closed or not holds one step more or less of 13.
    expect(Number(last?.[1]) / (joules / samples)).toBeCloseTo(1, 2);
  });

  it('Savings says that no measure is declared, instead of being empty', async () => {
    const board = BOARDS.find(({ uid }) => uid === 'negawatt-savings')!;
    const nobody: Moment = { ...TWO_DAYS, chosen: { instance: 'web-001.*', measure: '' } };
    for (const query of queriesOf(board)) {
      const series = await answerOf(engine.url, query, nobody);
      if (query.panel.title === 'Measures declared') {
        expect(series.map(({ value }) => value?.[1])).toEqual(['0']);
        expect(query.panel.words?.['0']?.text).toContain('no measure declared');
      } else {
        expect(series, query.panel.title).toEqual([]);
        expect(query.panel.none, query.panel.title).toMatch(/no measure (is )?declared/);
      }
    }
  });

  it('Before and after needs no measure: with hosts alone it still shows both sides', async () => {
    const board = BOARDS.find(({ uid }) => uid === 'negawatt-before-after')!;
    const hosts: Moment = { ...A_DAY, chosen: { period: '1d', instance: 'web-.*|guest-.*' } };
    for (const query of queriesOf(board))
      expect(wrongWith(query, await answerOf(engine.url, query, hosts)), query.panel.title).toBeUndefined();
    expect(board.title).toContain('change, not yet a saving');
  });

  it('Before and after tells the energy that the counters grew by, side by side', async () => {
    const board = BOARDS.find(({ uid }) => uid === 'negawatt-before-after')!;
    const web: Moment = { ...A_DAY, chosen: { period: '1d', instance: 'web-001.*' } };
    const asks = queriesOf(board).filter(({ panel }) => panel.title === 'Energy');
    const [before, after] = await Promise.all(asks.map((query) => answerOf(engine.url, query, web)));
    const at = async (time: number): Promise<number> => {
      const [total] = await seriesOf(engine.url, 'query', {
        query: 'hw_host_energy_joules_total{instance=~"web-001.*"}',
        time: String(time),
      });
      return Number(total?.value?.[1]) / 3.6e6;
    };
    const [start, change, end] = [await at(TO - 2 * DAY), await at(TO - DAY), await at(TO)];
    // A window that is left-closed or not holds one step more or less of 144.
    expect(Number(before?.[0]?.value?.[1]) / (change - start)).toBeCloseTo(1, 1);
    expect(Number(after?.[0]?.value?.[1]) / (end - change)).toBeCloseTo(1, 1);
    expect(Math.abs(end - change - (change - start))).toBeGreaterThan(0.01);
  });
});
