import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { BOARDS } from '../../dashboards/boards/index.ts';
import { outputs } from '../../dashboards/outputs.ts';
import { ALERTS } from '../../dashboards/rules/alerts.ts';
import { BUSY_HOUR, RECORDING } from '../../dashboards/rules/recording.ts';
import { filled, type Moment, queriesOf, sideQueries } from '../fixtures/dashboard-queries.ts';
import { openPromtool, promtool } from '../fixtures/promtool.ts';
import { ALERT_CASES, RECORD_CASES, type RecordCase, SWITCHED_OFF } from '../fixtures/rule-cases.ts';

describe.skipIf(promtool === undefined)('rules, by promtool', () => {
  const tool = openPromtool();
  const files = ['negawatt-recording.yaml', 'negawatt-alerts.yaml'];

  beforeAll(() => {
    for (const file of files) tool.write(file, outputs().get(`rules/${file}`) ?? '');
  });
  afterAll(() => tool.close());

  /** One alert alone: all rules over days of minutes would take as long as they have hours. */
  const alone = (name: string, every: string): string => {
    const rules = ALERTS.flatMap((group) => group.rules).filter(({ alert }) => alert === name);
    tool.write('alone.yaml', stringify({ groups: [{ name, interval: every, rules }] }));
    return 'alone.yaml';
  };

  it('are ones that Prometheus takes', () => {
    expect(tool.run('check', 'rules', ...files)).toMatchObject({ status: 0 });
  });

  it('every one of them has a case', () => {
    const alerts = ALERTS.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    const records = RECORDING.flatMap(({ rules }) => rules.map(({ record }) => record));
    expect(Object.keys(ALERT_CASES).sort()).toEqual([...alerts].sort());
    expect(Object.keys(RECORD_CASES).sort()).toEqual([...records].sort());
  });

  it('alerts tell what is wrong, what to do and how much it matters', () => {
    for (const { alert, labels, annotations } of ALERTS.flatMap(({ rules }) => rules)) {
      expect(labels.severity, alert).toMatch(/^(critical|warning|info)$/);
      expect(annotations.summary.length, alert).toBeGreaterThan(20);
      expect(annotations.description.length, alert).toBeGreaterThan(80);
    }
  });

  it.for(Object.entries(ALERT_CASES))(
    '%s fires when it should, for whom it should, and not before',
    ([name, { series, quiet, at, fires, interval = '1m', every = '5m' }]) => {
      const severity = ALERTS.flatMap(({ rules }) => rules).find(({ alert }) => alert === name)?.labels
        .severity;
      const expr = `ALERTS{alertname="${name}",alertstate="firing"}`;
      const exp_samples = fires.map((labels) => ({
        labels: `ALERTS{alertname="${name}",alertstate="firing",severity="${severity}",${labels}}`,
        value: 1,
      }));
      const promql_expr_test = [
        { expr, eval_time: quiet, exp_samples: [] },
        { expr, eval_time: at, exp_samples },
      ];
      const { text } = tool.test(
        [{ interval, input_series: series, promql_expr_test }],
        [alone(name, every)],
      );
      expect(text).toContain('SUCCESS');
    },
  );

  it('whom an alert is about is told with its cluster, where there is one', () => {
    const [name, about] = ['NegawattReloadFailed', 'negawatt_config_last_reload_successful'];
    const of = (labels: string) => ({ series: `${about}{job="n",instance="a:1"${labels}}`, values: '0x20' });
    const rule = ALERTS.flatMap(({ rules }) => rules).find(({ alert }) => alert === name);
    const told = (who: string, more: object) => ({
      exp_labels: { ...rule?.labels, job: 'n', instance: 'a:1', ...more },
      exp_annotations: { ...rule?.annotations, summary: `The configuration of ${who} was refused` },
    });
    const exp_alerts = [told('a:1', {}), told('a:1 (east)', { cluster: 'east' })];
    const alert_rule_test = [{ eval_time: '10m', alertname: name, exp_alerts }];
    const input_series = [of(''), of(',cluster="east"')];
    const { text } = tool.test([{ interval: '1m', input_series, alert_rule_test }], [alone(name, '1m')]);
    expect(text).toContain('SUCCESS');
  });

  it('names of recorded series tell level, metric and operation', () => {
    for (const { record } of RECORDING.flatMap(({ rules }) => rules))
      expect(record).toMatch(/^[a-z]+:[a-z][a-z0-9_]*:[a-z]+(_[a-z]+)*[0-9]+[mh]$/);
  });

  /** What a rule records, by all of them. */
  const expectRecorded = (
    record: string,
    { series, at, expected }: RecordCase,
    every = '1m',
    files = ['negawatt-recording.yaml'],
  ): void => {
    const exp_samples = expected.map(([labels, value]) => ({ labels: `${record}${labels}`, value }));
    const promql_expr_test = [{ expr: record, eval_time: at, exp_samples }];
    const tests = [{ interval: '1m', input_series: series, promql_expr_test }];
    expect(tool.test(tests, files, every).text).toContain('SUCCESS');
  };

  it.for(Object.entries(RECORD_CASES))('%s is what its name says', ([record, recordCase]) =>
    expectRecorded(record, recordCase),
  );

  const MEASURE_ENERGY = 'measure:hw_host_energy_joules:increase1h';

  it('a host of a measure that is switched off is not replaced by one of its name in another cluster', () =>
    expectRecorded(MEASURE_ENERGY, SWITCHED_OFF, '5m'));

  it('before it is known which hosts there were, no sum is told of one that could be another', () => {
    const groups = RECORDING.filter(({ name }) => name !== 'negawatt-members');
    tool.write('no-memory.yaml', stringify({ groups }));
    const expected = SWITCHED_OFF.expected.filter(([labels]) => labels.includes('"stays"'));
    expectRecorded(MEASURE_ENERGY, { ...SWITCHED_OFF, expected }, '5m', ['no-memory.yaml']);
  });

  // 25 % and 75 % busy; the rule began before the time shown, or is not loaded at all.
  const twoHosts = [25, 75].flatMap((percent, host) =>
    ['user', 'idle'].map((mode, at) => ({
      series: `system_cpu_time_seconds_total{job="n",instance="h${host}:1",cpu_mode="${mode}"}`,
      values: `0+${at === 0 ? percent : 100 - percent}x720`,
    })),
  );
  const processors = { series: 'negawatt_host_processors{job="n",instance="h0:1"}', values: '4x720' };
  const eightHours: Moment = { from: 2 * 3600, to: 10 * 3600, scrape: 60 };
  const capacity = BOARDS.find(({ uid }) => uid === 'negawatt-capacity')!;

  it.for([
    ['rules alone, once they reach back', '(n)', ['negawatt-recording.yaml']],
    ['counters alone, where no rule is loaded', '()', []],
    // What would be shown if the other side of the `or` were asked as well.
    ['no counter, where rules are said to be there and are not', '(n)', []],
  ] as const)('hours of hosts by utilisation are read from %s', ([what, recorded, files]) => {
    const panel = queriesOf(capacity).find(({ panel: { title } }) => title.startsWith('Host-hours'))!;
    const expr = filled(panel.ask.expr, { ...eightHours, chosen: { recorded } }, 60);
    const isShown = !what.startsWith('no counter');
    const exp_samples = [20, 70].map((percent) => ({ labels: `{percent="${percent}"}`, value: 8 }));
    const promql_expr_test = [{ expr, eval_time: '10h', exp_samples: isShown ? exp_samples : [] }];
    const { text } = tool.test([{ interval: '1m', input_series: twoHosts, promql_expr_test }], files, '5m');
    expect(text).toContain('SUCCESS');
  });

  it.for([
    ['all of the time shown', '', '0h', true],
    ['a part of it, since they were loaded within it', '', '3h', false],
    ['some hosts alone', 'h1', '0h', false],
  ] as const)('dashboards take rules that tell of %s for what they are', ([, missing, since, isTaken]) => {
    const [variable] = sideQueries(capacity).filter(({ name }) => name === 'recorded');
    const expr = filled(variable?.query ?? '', eightHours, 60).replace(/^query_result\((.*)\)$/, '$1');
    const hours = `${'_ '.repeat(60 * Number.parseInt(since, 10))}0.5x720`;
    const input_series = ['h0', 'h1'].flatMap((host) => [
      { ...processors, series: processors.series.replace('h0', host) },
      ...(host === missing ? [] : [{ series: `${BUSY_HOUR}{job="n",instance="${host}:1"}`, values: hours }]),
    ]);
    const exp_samples = isTaken ? [{ labels: '{job="n"}', value: 2 }] : [];
    const promql_expr_test = [{ expr, eval_time: '10h', exp_samples }];
    expect(tool.test([{ interval: '1m', input_series, promql_expr_test }], []).text).toContain('SUCCESS');
  });
});
