import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { SOURCE } from './dressed.ts';
import { panelOf } from './panel.ts';
import { gauge, recordedJobs } from './promql.ts';
import type { BoardSpec, Choice } from './spec.ts';

/** All dashboards carry it; links between them go by it. */
export const TAG = 'negawatt';

const ALL = { selected: true, text: 'All', value: '$__all' };

/** A choice of values of a label. @param everything what "All" stands for: `.*` also matches series without the label. */
const labelChoice = (
  name: string,
  label: string,
  query: string,
  everything: string,
): dashboard.QueryVariableBuilder =>
  new dashboard.QueryVariableBuilder(name)
    .label(label)
    .datasource(SOURCE)
    .query(query)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(everything)
    .current(ALL);

const CHOICES: Readonly<Record<Choice, (spec: BoardSpec) => { build(): dashboard.VariableModel }>> = {
  class: () =>
    labelChoice(
      'class',
      'Class',
      'label_values(negawatt_workload_cpu_seconds_total{job=~"$job", instance=~"$instance"}, class)',
      '.*',
    ),
  measure: () =>
    new dashboard.QueryVariableBuilder('measure')
      .label('Measure')
      .datasource(SOURCE)
      .query('label_values(negawatt_savings_info{job=~"$job"}, measure)')
      .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
      .sort(dashboard.VariableSort.AlphabeticalAsc),
  period: () =>
    new dashboard.CustomVariableBuilder('period')
      .label('Period on each side')
      .values('1d,7d,14d,28d,91d')
      .current({ selected: true, text: '7d', value: '7d' }),
  recorded: ({ choices }) =>
    new dashboard.QueryVariableBuilder('recorded')
      .label('Jobs with recording rules')
      .datasource(SOURCE)
      // What is before the begin is shown too where there is a period on each side.
      .query(
        `query_result(${recordedJobs(`@ \${__from:date:seconds}${choices.includes('period') ? ' offset $period' : ''}`)})`,
      )
      .regex('/job="([^"]*)"/')
      .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
      .multi(true)
      .includeAll(true)
      .current(ALL)
      .hide(dashboard.VariableHide.HideVariable),
};

const chosen = (spec: BoardSpec): readonly { build(): dashboard.VariableModel }[] => [
  new dashboard.DatasourceVariableBuilder('datasource').label('Data Source').type('prometheus'),
  labelChoice('job', 'Job', 'label_values(hw_host_energy_joules_total, job)', '.+'),
  labelChoice('instance', 'Instance', 'label_values(negawatt_build_info{job=~"$job"}, instance)', '.+'),
  labelChoice('cluster', 'Cluster', 'label_values(hw_host_energy_joules_total{job=~"$job"}, cluster)', '.*'),
  ...spec.choices.map((choice) => CHOICES[choice](spec)),
];

/** Where measures begin, on every graph. */
const starts = (): dashboard.AnnotationQueryBuilder =>
  new dashboard.AnnotationQueryBuilder()
    .name('Measures')
    .datasource(SOURCE)
    .enable(true)
    .iconColor('blue')
    .expr(`${gauge('negawatt_savings_start_timestamp_seconds')} * 1000`)
    .step('1h')
    .titleFormat('{{measure}}')
    .textFormat('measure in force from here on')
    .useValueForTime(true);

const links = (): dashboard.DashboardLinkBuilder =>
  new dashboard.DashboardLinkBuilder('negawatt')
    .type(dashboard.DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true)
    .icon('external link')
    .tooltip('Other dashboards, with the same hosts and times')
    .url('')
    .targetBlank(false);

/** Grafana 10 and later take it; the layout is that of 12, and what is older ignores what it does not know. */
const SCHEMA_VERSION = 39;

export const boardOf = (spec: BoardSpec): dashboard.Dashboard => {
  const builder = new dashboard.DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.about)
    .tags([TAG])
    .timezone('browser')
    .time({ from: spec.from, to: spec.to ?? 'now' })
    .refresh('1m')
    .readonly()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .annotation(starts())
    .link(links());
  for (const variable of chosen(spec)) builder.withVariable(variable);
  for (const row of spec.rows) {
    builder.withRow(new dashboard.RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panelOf(panel));
  }
  const made = builder.build();
  // Numbers by place, so that a panel keeps its own and two builds are the same.
  const panels = (made.panels ?? []).map((panel, place) => ({ ...panel, id: place + 1 }));
  return { ...made, schemaVersion: SCHEMA_VERSION, panels };
};
