import type * as barchart from '@grafana/grafana-foundation-sdk/barchart';
import type * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import type * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import type * as stat from '@grafana/grafana-foundation-sdk/stat';
import type * as table from '@grafana/grafana-foundation-sdk/table';
import type * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { Ask, Look, PanelSpec } from './spec.ts';

export const SOURCE: common.DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

/** Looks that show one moment: their queries are asked once, at the end of the time range. */
const OF_A_MOMENT: readonly Look[] = ['stat', 'bars', 'table', 'histogram', 'matrix'];
const AS_TABLE: readonly Look[] = ['table', 'histogram', 'matrix'];

export const isInstant = (panel: PanelSpec, ask: Ask): boolean =>
  ask.instant === true || OF_A_MOMENT.includes(panel.look);

export const refId = (place: number): string => String.fromCharCode(65 + place);

const targetOf = (panel: PanelSpec, ask: Ask, place: number): prometheus.DataqueryBuilder => {
  const target = new prometheus.DataqueryBuilder()
    .refId(refId(place))
    .datasource(SOURCE)
    .expr(ask.expr)
    .legendFormat(ask.legend)
    .format(
      AS_TABLE.includes(panel.look) || panel.label !== undefined
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

const NOTHING = 'no data for this choice';

/** Values as words; and where there is none, the words for it in no colour: green would say that all is well. */
const mappingsOf = ({
  words = {},
  thresholds,
  none = NOTHING,
  look,
}: PanelSpec): dashboard.ValueMapping[] => {
  const options = Object.entries(words).map(([value, { text: word, color }], index) => [
    value,
    { text: word, index, ...(color === undefined ? {} : { color }) },
  ]);
  const noValue: dashboard.ValueMapping = {
    type: dashboard.MappingType.SpecialValue,
    options: {
      match: dashboard.SpecialValueMatch.Null,
      result: { text: none, color: 'text', index: options.length },
    },
  };
  return [
    ...(options.length === 0
      ? []
      : [{ type: dashboard.MappingType.ValueToText as const, options: Object.fromEntries(options) }]),
    ...(look === 'stat' && thresholds !== undefined ? [noValue] : []),
  ];
};

/** What all panels of figures have. */
export const dressed = <B extends Builder>(builder: B, panel: PanelSpec): B => {
  builder
    .title(panel.title)
    .description(panel.use)
    .datasource(SOURCE)
    .span(panel.width)
    .height(panel.height ?? (panel.look === 'stat' ? 4 : 8))
    .unit(panel.unit)
    .noValue(panel.none ?? NOTHING)
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
  const mappings = mappingsOf(panel);
  if (mappings.length > 0) builder.mappings(mappings);
  return builder;
};

/** The same thing has the same colour wherever it is drawn. */
export const withColors = (builder: Builder, { colors = {} }: PanelSpec): void => {
  for (const [name, fixedColor] of Object.entries(colors))
    builder.overrideByName(name, [{ id: 'color', value: { mode: 'fixed', fixedColor } }]);
};
