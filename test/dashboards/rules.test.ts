import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { outputs } from '../../dashboards/outputs.ts';
import { ALERTS } from '../../dashboards/rules/alerts.ts';
import { RECORDING } from '../../dashboards/rules/recording.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { ALERT_CASES, RECORD_CASES } from '../fixtures/rule-cases.ts';

const promtool = debianProgram('/usr/bin/promtool', 'prometheus');

describe.skipIf(promtool === undefined)('rules, by promtool', () => {
  const directory = mkdtempSync(join(tmpdir(), 'negawatt-rules-'));
  const files = ['negawatt-recording.yaml', 'negawatt-alerts.yaml'];

  beforeAll(() => {
    for (const file of files) writeFileSync(join(directory, file), outputs().get(`rules/${file}`) ?? '');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const run = (...args: string[]): { readonly status: number | null; readonly text: string } => {
    const { status, stdout, stderr } = spawnSync(promtool ?? '', args, { cwd: directory, encoding: 'utf8' });
    return { status, text: stdout + stderr };
  };
  /** One alert alone: all rules over days of minutes would take as long as they have hours. */
  const alone = (name: string, every: string): string => {
    const rules = ALERTS.flatMap((group) => group.rules).filter(({ alert }) => alert === name);
    writeFileSync(join(directory, 'alone.yaml'), stringify({ groups: [{ name, interval: every, rules }] }));
    return 'alone.yaml';
  };
  const testOf = (
    tests: readonly unknown[],
    rule_files: readonly string[],
    evaluation_interval = '1m',
  ): { readonly status: number | null; readonly text: string } => {
    writeFileSync(join(directory, 'case.yaml'), stringify({ rule_files, evaluation_interval, tests }));
    return run('test', 'rules', 'case.yaml');
  };

  it('are ones that Prometheus takes', () => {
    expect(run('check', 'rules', ...files)).toMatchObject({ status: 0 });
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
      const { text } = testOf([{ interval, input_series: series, promql_expr_test }], [alone(name, every)]);
      expect(text).toContain('SUCCESS');
    },
  );

  it.for(Object.entries(RECORD_CASES))('%s is what its name says', ([record, { series, at, expected }]) => {
    const answer = testOf(
      [
        {
          interval: '1m',
          input_series: series,
          promql_expr_test: [
            {
              expr: record,
              eval_time: at,
              exp_samples: expected.map(([labels, value]) => ({ labels: `${record}${labels}`, value })),
            },
          ],
        },
      ],
      ['negawatt-recording.yaml'],
    );
    expect(answer.text).toContain('SUCCESS');
  });
});
