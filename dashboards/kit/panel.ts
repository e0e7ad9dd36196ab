import * as barchart from '@grafana/grafana-foundation-sdk/barchart';
import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as text from '@grafana/grafana-foundation-sdk/text';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { Ask, Look, PanelSpec } from './spec.ts';

export const SOURCE: common.DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

/** Looks that show one moment: their queries are asked once, at the end of the time range. */
const OF_A_MOMENT: readonly Look[] = ['stat', 'bars', 'table', 'histogram', 'matrix'];
const AS_TABLE: readonly Look[] = ['table', 'histogram', 'matrix'];

export const isInstant = (panel: PanelSpec, ask: Ask): boolean =>
  ask.instant === true || OF_A_MOMENT.includes(panel.look);

const refId = (place: number): string => String.fromCharCode(65 + place);

const targetOf = (panel: PanelSpec, ask: Ask, place: number): prometheus.DataqueryBuilder => {
  const target = new prometheus.DataqueryBuilder()
    .refId(refId(place))
    .datasource(SOURCE)
    .expr(ask.expr)
    .legendFormat(ask.legend)
    .format(
      AS_TABLE.includes(panel.look)
        ? prometheus.PromQueryFormat.Table
        : prometheus.PromQueryFormat.TimeSeries,
    );
  return isInstant(panel, ask) ? target.instant() : target.range();
};

type Builder =
  | stat.PanelBuilder
  | timeseries.PanelBuilder
  | bargauge.PanelBuilder
  | barchart.PanelBuilder
  | table.PanelBuilder;

/** What all panels of figures have. */
const dressed = <B extends Builder>(builder: B, panel: PanelSpec): B => {
  builder
    .title(panel.title)
    .description(panel.use)
    .datasource(SOURCE)
    .span(panel.width)
    .height(panel.height ?? (panel.look === 'stat' ? 4 : 8))
    .unit(panel.unit)
    .noValue(panel.none ?? 'no data for this choice')
    .targets(panel.asks.map((ask, place) => targetOf(panel, ask, place)));
  if (panel.decimals !== undefined) builder.decimals(panel.decimals);
  if (panel.min !== undefined) builder.min(panel.min);
  if (panel.max !== undefined) builder.max(panel.max);
  if (panel.interval !== undefined) builder.interval(panel.interval);
  if (panel.thresholds !== undefined)
    builder.thresholds(
      new dashboard.ThresholdsConfigBuilder()
        .mode(dashboard.ThresholdsMode.Absolute)
        .steps(panel.thresholds.map(({ from, color }) => ({ value: from, color }))),
    );
  if (panel.words !== undefined)
    builder.mappings([
      {
        type: dashboard.MappingType.ValueToText,
        options: Object.fromEntries(
          Object.entries(panel.words).map(([value, { text: words, color }], index) => [
            value,
            { text: words, index, ...(color === undefined ? {} : { color }) },
          ]),
        ),
      },
    ]);
  return builder;
};

const lastValue = () => new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false);

const textModeOf = ({ name, asks }: PanelSpec): common.BigValueTextMode => {
  if (name === true) return common.BigValueTextMode.Name;
  const areNamed = asks.length > 1 || (asks[0]?.legend ?? '').includes('{{');
  return areNamed ? common.BigValueTextMode.ValueAndName : common.BigValueTextMode.Value;
};

const statOf = (panel: PanelSpec) =>
  dressed(new stat.PanelBuilder(), panel)
    .reduceOptions(lastValue())
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(
      panel.thresholds === undefined && panel.words === undefined
        ? common.BigValueColorMode.None
        : common.BigValueColorMode.Value,
    )
    .textMode(textModeOf(panel));

const linesOf = (panel: PanelSpec) => {
  const builder = dressed(new timeseries.PanelBuilder(), panel)
    .maxDataPoints(panel.points ?? 300)
    .lineWidth(1)
    .fillOpacity(panel.look === 'stacked' ? 40 : 0)
    .showPoints(common.VisibilityMode.Never)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
  if (panel.look === 'stacked')
    builder.stacking(new common.StackingConfigBuilder().group('A').mode(common.StackingMode.Normal));
  if (panel.look === 'band')
    builder
      .overrideByName('high', [
        { id: 'custom.fillBelowTo', value: 'low' },
        { id: 'custom.fillOpacity', value: 20 },
        { id: 'custom.lineWidth', value: 0 },
      ])
      .overrideByName('low', [{ id: 'custom.lineWidth', value: 0 }]);
  if (panel.thresholds !== undefined)
    builder.thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
    );
  return builder;
};

/** Without a colour Grafana would paint every value from 80 on red; without a lower end the smallest bar would be empty. */
const barsOf = (panel: PanelSpec) => {
  const builder = dressed(new bargauge.PanelBuilder(), panel)
    .reduceOptions(lastValue())
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .valueMode(common.BarGaugeValueMode.Text);
  if (panel.signed !== true) builder.min(panel.min ?? 0);
  return panel.thresholds === undefined
    ? builder.colorScheme(
        new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Fixed).fixedColor('blue'),
      )
    : builder;
};

/** Labels are texts: without this a job 820760 reads "821 K", and a cell without a label "no data". */
const CELLS_OF_TEXT = [
  { id: 'unit', value: 'string' },
  { id: 'noValue', value: '-' },
];

/** Names of the value columns as Grafana gives them: after the query where there are several. */
const valueColumn = (panel: PanelSpec, place: number): string =>
  panel.asks.length === 1 ? 'Value' : `Value #${refId(place)}`;

const withColumns = <B extends table.PanelBuilder | barchart.PanelBuilder>(
  builder: B,
  panel: PanelSpec,
): B => {
  const names = panel.asks.map(({ legend }, place) => [valueColumn(panel, place), legend] as const);
  const hidden = ['Time', '__name__', 'job', ...(panel.hidden ?? [])];
  builder.withTransformation({ id: 'merge', options: {} }).withTransformation({
    id: 'organize',
    options: {
      excludeByName: Object.fromEntries(hidden.map((name) => [name, true])),
      indexByName: {},
      renameByName: Object.fromEntries(names),
    },
  });
  builder
    .overrideByFieldType('string', CELLS_OF_TEXT)
    .overrideByFieldType('number', [{ id: 'noValue', value: '-' }]);
  for (const [name, unit] of Object.entries(panel.columns ?? {}))
    builder.overrideByName(name, [{ id: 'unit', value: unit }]);
  return builder;
};

const tableOf = (panel: PanelSpec) => {
  const builder = withColumns(dressed(new table.PanelBuilder(), panel), panel).filterable(true).minWidth(80);
  const [first] = panel.asks;
  return first === undefined
    ? builder
    : builder.sortBy([new common.TableSortByFieldStateBuilder().displayName(first.legend).desc(true)]);
};

/** Bars over steps of a percentage: the label `percent` of each series is its lower edge. */
const histogramOf = (panel: PanelSpec) =>
  withColumns(dressed(new barchart.PanelBuilder(), panel), panel)
    .withTransformation({
      id: 'convertFieldType',
      options: { fields: {}, conversions: [{ targetField: 'percent', destinationType: 'number' }] },
    })
    .withTransformation({ id: 'sortBy', options: { fields: {}, sort: [{ field: 'percent' }] } })
    .xField('percent')
    .overrideByName('percent', [{ id: 'unit', value: 'percent' }])
    .showValue(common.VisibilityMode.Never);

/** Rows by one label, columns by another, the value as colour. */
const matrixOf = (panel: PanelSpec) => {
  const { row, column } = panel.matrix ?? { row: 'class', column: 'hour' };
  return dressed(new table.PanelBuilder(), panel)
    .withTransformation({ id: 'sortBy', options: { fields: {}, sort: [{ field: column }] } })
    .withTransformation({
      id: 'groupingToMatrix',
      options: { rowField: row, columnField: column, valueField: 'Value', emptyValue: 'null' },
    })
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.ContinuousBlYlRd))
    .cellOptions({
      type: common.TableCellDisplayMode.ColorBackground,
      mode: common.TableCellBackgroundDisplayMode.Basic,
    })
    .overrideByFieldType('string', CELLS_OF_TEXT)
    .overrideByName(`${row}\\${column}`, [{ id: 'custom.cellOptions', value: { type: 'auto' } }])
    .minWidth(40);
};

const textOf = (panel: PanelSpec) =>
  new text.PanelBuilder()
    .title(panel.title)
    .description(panel.use)
    .span(panel.width)
    .height(panel.height ?? 4)
    .mode(text.TextMode.Markdown)
    .content(panel.text ?? '');

const LOOKS: Readonly<Record<Look, (panel: PanelSpec) => { build(): dashboard.Panel }>> = {
  stat: statOf,
  lines: linesOf,
  stacked: linesOf,
  band: linesOf,
  bars: barsOf,
  table: tableOf,
  histogram: histogramOf,
  matrix: matrixOf,
  text: textOf,
};

export const panelOf = (panel: PanelSpec): { build(): dashboard.Panel } => LOOKS[panel.look](panel);
