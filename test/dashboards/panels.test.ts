import { afterAll, describe, expect, it } from 'vitest';
import { BOARDS } from '../../dashboards/boards/index.ts';
import { QUERIES } from '../../dashboards/queries.ts';
import { answerOf } from '../fixtures/dashboard-answers.ts';
import { filled, type Moment, type PanelQuery, queriesOf } from '../fixtures/dashboard-queries.ts';
import { victoriaStart } from '../fixtures/history-engines.ts';
import { type InputSeries, linesOf, openPromtool, promtool } from '../fixtures/promtool.ts';

const HOUR = 12;
const DAY: Moment = { from: 0, to: 86_400, scrape: 300 };

/** A series every five minutes, from an hour on. */
const since = (hour: number, series: string, values: string): InputSeries => ({
  series,
  values: hour === 0 ? values : `_x${hour * HOUR} ${values}`,
});

/** Hosts of one name in two clusters, a quarter and three quarters busy, and a measure of the one in the east. */
const namesakes = (start: number): readonly InputSeries[] => {
  const busy = (cluster: string, percent: number): readonly InputSeries[] => {
    const labels = `job="n",instance="h:1",cluster="${cluster}"`;
    const counter = (mode: string, share: number): InputSeries =>
      since(0, `system_cpu_time_seconds_total{${labels},cpu_mode="${mode}"}`, `0+${3 * share}x${24 * HOUR}`);
    return [
      since(0, `negawatt_host_processors{${labels}}`, `1x${24 * HOUR}`),
      ...[counter('user', percent), counter('idle', 100 - percent)],
    ];
  };
  const told = (series: string, value: number): InputSeries =>
    since(0, series.replace('{', '{job="n",instance="planner:1",cluster="east",'), `${value}x${24 * HOUR}`);
  return [
    ...busy('east', 25),
    ...busy('west', 75),
    told('negawatt_savings_scope_info{measure="demo",member="h"}', 1),
    told('negawatt_savings_start_timestamp_seconds{measure="demo"}', start),
  ];
};
const WITH_MEASURE = ['Host-hours by processors busy', 'with the measure'] as const;
/** Twelve hours after the start, of the host in the east. */
const HOURS_BY_TENTH = Object.fromEntries(
  Array.from({ length: 10 }, (_, place) => [`${10 * place}`, place === 2 ? 12 : 0]),
);

const asked = ([title, legend]: readonly [string, string]): PanelQuery | undefined =>
  BOARDS.flatMap(queriesOf).find(({ panel, ask }) => panel.title === title && ask.legend === legend);

const victoria = victoriaStart();
it.skipIf(victoria === undefined)(
  'VictoriaMetrics finds the hours of the hosts of a measure as Prometheus does',
  async () => {
    const from = 1_772_841_600;
    const text = namesakes(from + 43_200)
      .flatMap((series) => linesOf(series, from, 300))
      .join('\n');
    const engine = await victoria!(() => text);
    try {
      const moment: Moment = { ...DAY, from, to: from + 86_400 };
      const query = asked(WITH_MEASURE)!;
      // What was sent can be read a moment later.
      await expect
        .poll(
          async () => {
            const shown = await answerOf(engine.url, query, moment);
            return Object.fromEntries(shown.map(({ metric, value }) => [metric.percent, Number(value?.[1])]));
          },
          { timeout: 10_000 },
        )
        .toEqual(HOURS_BY_TENTH);
    } finally {
      await engine.close();
    }
  },
);

describe.skipIf(promtool === undefined)('panels, on series whose answer is known', () => {
  const tool = openPromtool();
  afterAll(() => tool.close());

  /** @param expected values by labels, to the hundredth. */
  const expectShown = (
    panel: readonly [string, string],
    input_series: readonly InputSeries[],
    expected: Readonly<Record<string, number>>,
  ): void => {
    const expr = `round(${filled(asked(panel)?.ask.expr ?? '', DAY, 300)}, 0.01)`;
    const exp_samples = Object.entries(expected).map(([labels, value]) => ({ labels, value }));
    const promql_expr_test = [{ expr, eval_time: '24h', exp_samples }];
    const { text } = tool.test([{ interval: '5m', input_series, promql_expr_test }], []);
    expect(text).toContain('SUCCESS');
  };

  describe('of boards that were there for eight hours of a day, or whose host was', () => {
    const board = (host: string, id: string, hour: number, busy: string): readonly InputSeries[] => {
      const labels = `job="n",instance="${host}",hw_id="${id}"`;
      return [
        since(hour, `hw_power_watts{${labels},hw_type="gpu"}`, `90x${(24 - hour) * HOUR}`),
        since(hour, `negawatt_floor_watts{${labels},method="observed"}`, `70x${(24 - hour) * HOUR}`),
        since(hour, `negawatt_gpu_busy_seconds_total{${labels}}`, `${busy}x${(24 - hour) * HOUR}`),
      ];
    };
    const host = (name: string, hour: number): readonly InputSeries[] => [
      since(hour, `negawatt_build_info{job="n",instance="${name}"}`, `1x${(24 - hour) * HOUR}`),
      since(
        hour,
        `negawatt_host_powered_on_seconds_total{job="n",instance="${name}"}`,
        `0+300x${(24 - hour) * HOUR}`,
      ),
    ];
    const boards = [
      ...host('a:1', 0),
      ...board('a:1', 'g1', 0, '0'),
      ...board('a:1', 'g2', 16, '0'),
      ...host('b:1', 16),
      ...board('b:1', 'g3', 16, '0+150'),
    ];
    const unknown = (line: InputSeries): InputSeries => ({
      ...line,
      ...(line.series.includes('floor')
        ? { series: line.series.replace('observed', 'none'), values: line.values.replace('70', '0') }
        : {}),
    });

    it('idle energy is their floor over the hours in which they were there and idle', () => {
      // 24, 8 and 4 hours at 70 W.
      expectShown(['Idle energy of the time shown', 'idle energy'], boards, { '{}': 2.52 });
    });

    it('no idle energy is told of boards without a known floor, where 0 would read as none', () => {
      expectShown(['Idle energy of the time shown', 'idle energy'], boards.map(unknown), {});
    });

    it('idle energy of one that is gone is by the floor that was known best, not by the largest', () => {
      const labels = 'job="n",instance="a:1",hw_id="g"';
      const gone = [
        since(0, `hw_power_watts{${labels},hw_type="gpu"}`, `90x${8 * HOUR - 1}`),
        since(0, `negawatt_gpu_busy_seconds_total{${labels}}`, `0x${8 * HOUR - 1}`),
        since(0, `negawatt_floor_watts{${labels},method="curve"}`, `100x${4 * HOUR - 1}`),
        since(4, `negawatt_floor_watts{${labels},method="learnt"}`, `70x${4 * HOUR - 1}`),
      ];
      const shown = ['Idle energy of the time shown', 'idle energy'] as const;
      expectShown(shown, [...host('a:1', 0), ...gone], { '{}': 0.56 });
    });

    it('the share of busy time is of the time in which they were there', () => {
      // Four of forty hours.
      expectShown(['Busy', 'busy'], boards, { '{}': 0.1 });
    });
  });

  it('of two hosts with one name the one that lacks a meter is listed, whatever the other one has', () => {
    const [query] = QUERIES.filter(({ title }) => title === 'Hosts that answer and lack a meter');
    const of = (metric: string, cluster: string, more = ''): InputSeries =>
      since(0, `${metric}{job="negawatt",instance="h:1",cluster="${cluster}"${more}}`, `1x${HOUR}`);
    const input_series = [
      ...[of('up', 'east'), of('up', 'west')],
      of('negawatt_host_energy_source_info', 'east', ',quality="measured"'),
    ];
    const labels = 'up{job="negawatt",instance="h:1",cluster="west"}';
    const promql_expr_test = [
      { expr: query?.expression, eval_time: '30m', exp_samples: [{ labels, value: 1 }] },
    ];
    expect(tool.test([{ interval: '5m', input_series, promql_expr_test }], []).text).toContain('SUCCESS');
  });

  it('hours of the hosts of a measure are those of its cluster, where another one has a host of that name', () => {
    const expected = Object.entries(HOURS_BY_TENTH).map(([tenth, hours]) => [`{percent="${tenth}"}`, hours]);
    expectShown(WITH_MEASURE, namesakes(43_200), Object.fromEntries(expected));
  });
});
