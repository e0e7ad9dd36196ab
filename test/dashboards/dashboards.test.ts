import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { BOARDS } from '../../dashboards/boards/index.ts';
import { boardOf } from '../../dashboards/kit/board.ts';
import { BUSY_HOUR, RECORDING } from '../../dashboards/rules/recording.ts';
import { answerOf, labelValues, type Series, seriesOf, wrongWith } from '../fixtures/dashboard-answers.ts';
import {
  askedMetrics,
  clicked,
  filled,
  linksOf,
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
const PAST_DAYS = 2.1;
const A_DAY: Moment = {
  from: TO - DAY,
  to: TO,
  scrape: PAST_STEP,
  chosen: { job: 'negawatt', period: '1d' },
};
/** What changed half-way lies within it. */
const TWO_DAYS: Moment = { ...A_DAY, from: TO - 2 * DAY };
/** Hosts with boards are read more often than scraped, so their past is the dearest to make. */
const BOARD_HOURS: Moment = { ...A_DAY, from: TO - 6 * 3600 };
const MOMENTS: Readonly<Record<string, Moment>> = {
  'negawatt-savings': TWO_DAYS,
  'negawatt-gpu': BOARD_HOURS,
};

/** The same hosts and the same measure, of which nobody has a label beyond job and instance. */
const BARE = 'bare';

/** Instances of each cluster; the others have none. */
const CLUSTERS = { east: 'web-.*|training-.*|planner.*', west: 'batch-.*' };

/** What a query answers, in an order of its own. */
const shownBy = async (url: string, query: PanelQuery, moment: Moment): Promise<readonly string[]> =>
  (await answerOf(url, query, moment)).map((series) => JSON.stringify(series)).sort();

/** Value of each series by its labels. */
const valuesOf = (all: readonly Series[]): ReadonlyMap<string, number> =>
  new Map(all.map(({ metric, value }) => [JSON.stringify(metric), Number(value?.[1])]));

/** Closing it removes the directory, unless that is kept. */
const startOver = async (directory: string, tsdb: string, isKept = false): Promise<FilledEngine> => {
  const config = join(directory, 'prometheus.yml');
  writeFileSync(config, 'scrape_configs: []\n');
  const port = await freePort();
  const args = [
    ...[`--config.file=${config}`, `--storage.tsdb.path=${tsdb}`, '--web.enable-admin-api'],
    ...['--storage.tsdb.retention.time=100y', `--web.listen-address=127.0.0.1:${port}`],
  ];
  return startEngine(program ?? '', args, directory, `http://127.0.0.1:${port}`, { isKept });
};

describe.skipIf(program === undefined)('dashboards, asked of a real Prometheus', () => {
  let engine: FilledEngine;
  const directory = mkdtempSync(join(tmpdir(), 'negawatt-dashboards-'));

  beforeAll(async () => {
    const asked = askedMetrics();
    await writePast({
      ...{ directory, hosts: 5, days: PAST_DAYS, to: TO, isKept: (metric) => asked.has(metric) },
      last: { training: 8 * 3600, batch: 1.1 * DAY, guest: 1.1 * DAY },
      // As fleets are: some targets have a cluster and some hosts a pool, and one has neither.
      withoutPool: ['training', 'guest'],
      clusters: { web: 'east', training: 'east', planner: 'east', batch: 'west' },
      bareJob: BARE,
      unmetered: { guest: [{ from: TO - 5 * 3600, to: TO - 2 * 3600 }] },
    });
    engine = await startOver(directory, join(directory, 'tsdb'));
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

    it(`${board.title}: every panel shows it too where series carry job and instance alone`, async () => {
      const bare: Moment = { ...moment, chosen: { ...moment.chosen, job: BARE } };
      for (const query of queriesOf(board))
        expect(wrongWith(query, await answerOf(engine.url, query, bare)), query.panel.title).toBe(undefined);
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
    const joules = await grown('hw_energy_joules_total{job="negawatt",hw_type="gpu"}');
    const samples = await grown('negawatt_work_total{job="negawatt",unit="training_samples"}');
    // A window that is left-closed or not holds one step more or less of 13.
    expect(Number(last?.[1]) / (joules / samples)).toBeCloseTo(1, 2);
  });

  it('time without a meter is told of the host that had none', async () => {
    const query = BOARDS.flatMap(queriesOf).find(({ panel }) => panel.title.startsWith('Time without'))!;
    const shown = await answerOf(engine.url, query, A_DAY);
    expect(shown.map(({ metric }) => metric.instance)).toEqual(['guest-006:10202']);
    // Three hours of a day.
    expect(Number(shown[0]?.value?.[1])).toBeCloseTo(3 / 24, 2);
  });

  it('marks of measures lie at their start, not in 1970', async () => {
    const [mark] = boardOf(BOARDS[0]!).annotations?.list ?? [];
    // Grafana takes the value of a series for milliseconds.
    expect(mark?.useValueForTime).toBe(true);
    expect(mark?.titleFormat).toBe('{{measure}}');
    const text = filled(mark?.expr ?? '', A_DAY, PAST_STEP);
    const [series] = await seriesOf(engine.url, 'query', { query: text, time: String(TO) });
    expect(Number(series?.value?.[1]) / 1000).toBe(TO - (PAST_DAYS / 2) * DAY);
    expect(series?.metric.measure).toBe('demo');
  });

  it('a bar of the hosts that use most leads to the Host dashboard, which shows the same host over the same time', async () => {
    const fleet = BOARDS.find(({ uid }) => uid === 'negawatt-fleet')!;
    const [link] = linksOf(fleet, 'Top hosts');
    const query = queriesOf(fleet).find(({ panel }) => panel.title === 'Top hosts')!;
    const bars = await answerOf(engine.url, query, A_DAY);
    expect(bars.length).toBe(5);
    const choices = { datasource: 'd', job: 'negawatt', cluster: '.*' };
    for (const { metric, value } of bars) {
      const address = new URL(clicked(link ?? '', metric, { ...A_DAY, chosen: choices }), 'http://grafana');
      const host = BOARDS.find(({ uid }) => address.pathname === `/d/${uid}`)!;
      expect(host.title).toBe('negawatt / Host');
      const { from, to, ...rest } = Object.fromEntries(address.searchParams);
      const chosen = Object.fromEntries(Object.entries(rest).map(([name, text]) => [name.slice(4), text]));
      expect(Object.keys(chosen).sort()).toEqual(['cluster', 'datasource', 'instance', 'job']);
      const moment = { ...A_DAY, from: Number(from) / 1000, to: Number(to) / 1000, chosen };
      const energy = queriesOf(host).find(({ panel }) => panel.title === 'Energy of the time shown')!;
      const [own] = await answerOf(engine.url, energy, moment);
      expect(Number(own?.value?.[1]), metric.instance).toBeCloseTo(Number(value?.[1]), 6);
    }
  });

  it('idle energy of boards is that of the hours in which their host was there, not of all that is shown', async () => {
    const query = BOARDS.flatMap(queriesOf).find(
      ({ panel }) => panel.title === 'Idle energy of the time shown',
    )!;
    const [shown] = await answerOf(engine.url, query, A_DAY);
    const atEnd = async (series: string): Promise<readonly [string, number][]> =>
      (await seriesOf(engine.url, 'query', { query: series, time: String(TO) })).map(({ metric, value }) => [
        metric.hw_id ?? '',
        Number(value?.[1]),
      ]);
    // It came eight hours ago, and its counters began then.
    const [[, there] = ['', 0]] = await atEnd(
      'negawatt_host_powered_on_seconds_total{job="negawatt",instance=~"training.*"}',
    );
    expect(there / 3600).toBeCloseTo(8, 0);
    const floors = new Map(await atEnd('negawatt_floor_watts{job="negawatt"}'));
    const idle = (await atEnd('negawatt_gpu_busy_seconds_total{job="negawatt"}')).map(
      ([board, busy]) => (there - busy) * (floors.get(board) ?? Number.NaN),
    );
    const joules = idle.reduce((sum, one) => sum + one, 0);
    expect((Number(shown?.value?.[1]) * 3.6e6) / joules).toBeCloseTo(1, 1);
  });

  it('Savings says that no measure is declared, instead of being empty', async () => {
    const board = BOARDS.find(({ uid }) => uid === 'negawatt-savings')!;
    const nobody: Moment = { ...TWO_DAYS, chosen: { job: 'negawatt', instance: 'web-001.*', measure: '' } };
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
    const hosts: Moment = { ...A_DAY, chosen: { ...A_DAY.chosen, instance: 'web-.*|guest-.*' } };
    for (const query of queriesOf(board))
      expect(wrongWith(query, await answerOf(engine.url, query, hosts)), query.panel.title).toBeUndefined();
    expect(board.title).toContain('change, not yet a saving');
  });

  it('Before and after tells the energy that the counters grew by, side by side', async () => {
    const board = BOARDS.find(({ uid }) => uid === 'negawatt-before-after')!;
    const web: Moment = { ...A_DAY, chosen: { ...A_DAY.chosen, instance: 'web-001.*' } };
    const asks = queriesOf(board).filter(({ panel }) => panel.title === 'Energy');
    const [before, after] = await Promise.all(asks.map((query) => answerOf(engine.url, query, web)));
    const at = async (time: number): Promise<number> => {
      const [total] = await seriesOf(engine.url, 'query', {
        query: 'hw_host_energy_joules_total{job="negawatt",instance=~"web-001.*"}',
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

  it('with the recording rule over all that is shown, dashboards find it and show the same hours', async () => {
    const snapshot = await fetch(`${engine.url}/api/v1/admin/tsdb/snapshot`, { method: 'POST' });
    const { data } = (await snapshot.json()) as { data: { name: string } };
    const tsdb = join(directory, 'tsdb', 'snapshots', data.name);
    const groups = RECORDING.map((group) => ({
      ...group,
      rules: group.rules.filter(({ record }) => record === BUSY_HOUR),
    })).filter(({ rules }) => rules.length > 0);
    writeFileSync(join(directory, 'rules.yml'), stringify({ groups }));
    const from = TO - PAST_DAYS * DAY;
    const made = ['tsdb', 'create-blocks-from', 'rules', `--url=${engine.url}`, `--start=${from}`];
    // When within its five minutes a rule is worked out hangs on the name of its file: without the directory it is the same.
    const file = [`--end=${TO}`, `--output-dir=${tsdb}`, 'rules.yml'];
    execFileSync('/usr/bin/promtool', [...made, ...file], { cwd: directory });
    const withRule = await startOver(directory, tsdb, true);
    try {
      for (const board of BOARDS.filter(({ choices }) => choices.includes('recorded'))) {
        const moment = MOMENTS[board.uid] ?? A_DAY;
        const variable = sideQueries(board).find(({ name }) => name === 'recorded')!;
        expect(await labelValues(withRule.url, variable.query, moment), board.title).toHaveLength(1);
        const recorded: Moment = { ...moment, chosen: { ...moment.chosen, recorded: '(negawatt)' } };
        const reading = queriesOf(board).filter(({ ask }) => ask.expr.includes('$recorded'));
        expect(reading.length).toBeGreaterThan(0);
        for (const query of reading) {
          const byRule = valuesOf(await answerOf(withRule.url, query, recorded));
          const byCounters = valuesOf(await answerOf(engine.url, query, moment));
          expect([...byRule.keys()].sort(), query.panel.title).toEqual([...byCounters.keys()].sort());
          const all = [...byCounters].map(([key, value]) => [
            value,
            Math.abs(value - (byRule.get(key) ?? 0)),
          ]);
          const [total, apart] = [0, 1].map((at) => all.reduce((sum, pair) => sum + (pair[at] ?? 0), 0));
          // Up to five minutes beside the hour, a host near the edge of a tenth is in the next one: two tenths differ.
          expect(apart, query.panel.title).toBeLessThanOrEqual(0.12 * (total ?? 0));
        }
      }
    } finally {
      await withRule.close();
    }
  }, 120_000);
});
