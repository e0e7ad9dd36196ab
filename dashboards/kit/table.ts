import * as barchart from '@grafana/grafana-foundation-sdk/barchart';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as table from '@grafana/grafana-foundation-sdk/table';
import { dressed, refId, withColors } from './dressed.ts';
import { withHostColumn } from './links.ts';
import type { PanelSpec } from './spec.ts';

/** Labels are texts: without this a job 820760 reads "821 K", and a cell without a label "no data". */
const CELLS_OF_TEXT = [
  { id: 'unit', value: 'string' },
  { id: 'noValue', value: '-' },
];

/** Names of the value columns as Grafana gives them: after the query where there are several. */
const valueColumn = (panel: PanelSpec, place: number): string =>
  panel.asks.length === 1 ? 'Value' : `Value #${refId(place)}`;

/** Labels in the words of a reader; the others are words already. */
const LABELS: Readonly<Record<string, string>> = {
  gpu_instance: 'GPU instance',
  grid_zone: 'grid zone',
  hw_id: 'component',
  kg_co2e: 'kg CO2e',
  lifetime_years: 'years',
  method_version: 'method',
};

const withColumns = <B extends table.PanelBuilder | barchart.PanelBuilder>(
  builder: B,
  panel: PanelSpec,
): B => {
  const names = panel.asks.map(({ legend }, place) => [legend, valueColumn(panel, place)] as const);
  const byLegend = new Map(names);
  const hidden = ['Time', '__name__', 'job', ...(panel.hidden ?? [])];
  builder.withTransformation({ id: 'merge', options: {} }).withTransformation({
    id: 'organize',
    options: {
      // Columns are left out before they get their names.
      excludeByName: Object.fromEntries(hidden.map((name) => [byLegend.get(name) ?? name, true])),
      indexByName: Object.fromEntries((panel.first ?? []).map((name, place) => [name, place])),
      renameByName: { ...LABELS, ...Object.fromEntries(names.map(([legend, column]) => [column, legend])) },
    },
  });
  builder
    .overrideByFieldType('string', CELLS_OF_TEXT)
    .overrideByFieldType('number', [{ id: 'noValue', value: '-' }]);
  for (const [name, unit] of Object.entries(panel.columns ?? {}))
    builder.overrideByName(name, [{ id: 'unit', value: unit }]);
  return builder;
};

export const tableOf = (panel: PanelSpec) => {
  const builder = withColumns(dressed(new table.PanelBuilder(), panel), panel).filterable(true).minWidth(80);
  withHostColumn(builder, panel);
  const sorted = panel.asks.find(({ legend }) => panel.hidden?.includes(legend) !== true)?.legend;
  const column = panel.sort ?? sorted;
  return column === undefined
    ? builder
    : builder.sortBy([
        new common.TableSortByFieldStateBuilder().displayName(column).desc(panel.sort === undefined),
      ]);
};

/** Bars over steps of a percentage: the label `percent` of each series is its lower edge. */
export const histogramOf = (panel: PanelSpec) => {
  const builder = withColumns(dressed(new barchart.PanelBuilder(), panel), panel)
    .withTransformation({
      id: 'convertFieldType',
      options: { fields: {}, conversions: [{ targetField: 'percent', destinationType: 'number' }] },
    })
    .withTransformation({ id: 'sortBy', options: { fields: {}, sort: [{ field: 'percent' }] } })
    .xField('percent')
    .overrideByName('percent', [{ id: 'unit', value: 'percent' }])
    .showValue(common.VisibilityMode.Never)
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Fixed).fixedColor('blue'))
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(panel.asks.length > 1),
    );
  withColors(builder, panel);
  return builder;
};

/** Where a row has no value, there is no colour either: the lowest of all would be a value. */
const NO_VALUE = {
  type: dashboard.MappingType.SpecialValue as const,
  options: {
    match: dashboard.SpecialValueMatch.Null,
    result: { text: '-', color: 'transparent', index: 0 },
  },
};

/**
 * Rows by one label, columns by another, the value as colour. Each column has colours of its own: one that is much larger
 * than the others would leave them all in the lowest.
 */
export const matrixOf = (panel: PanelSpec) => {
  const { row, column } = panel.matrix ?? { row: 'hour', column: 'class' };
  const corner = `${row}\\${column}`;
  return (
    dressed(new table.PanelBuilder(), panel)
      // Columns come in the order of first appearance: by row last, a class without a value at midnight would come late.
      .withTransformation({ id: 'sortBy', options: { fields: {}, sort: [{ field: row }] } })
      .withTransformation({ id: 'sortBy', options: { fields: {}, sort: [{ field: column }] } })
      .withTransformation({
        id: 'groupingToMatrix',
        options: { rowField: row, columnField: column, valueField: 'Value', emptyValue: 'null' },
      })
      .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.ContinuousBlYlRd))
      .fieldMinMax(true)
      .cellOptions({
        type: common.TableCellDisplayMode.ColorBackground,
        mode: common.TableCellBackgroundDisplayMode.Basic,
      })
      .mappings([NO_VALUE])
      .overrideByFieldType('string', CELLS_OF_TEXT)
      .overrideByName(corner, [{ id: 'custom.cellOptions', value: { type: 'auto' } }])
      .sortBy([new common.TableSortByFieldStateBuilder().displayName(corner).desc(false)])
      .minWidth(40)
  );
};
