import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as text from '@grafana/grafana-foundation-sdk/text';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { dressed, withColors } from './dressed.ts';
import { withHostLinks } from './links.ts';
import type { Look, PanelSpec } from './spec.ts';
import { histogramOf, matrixOf, tableOf } from './table.ts';

const lastValue = () => new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false);

/** As a column of texts: the name of a series would be left out, with the words for nothing, where there is none. */
const labelOf = (label: string) =>
  new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(true).fields(`/^${label}$/`);

const textModeOf = ({ label, asks }: PanelSpec): common.BigValueTextMode => {
  if (label !== undefined) return common.BigValueTextMode.Value;
  const areNamed = asks.length > 1 || (asks[0]?.legend ?? '').includes('{{');
  return areNamed ? common.BigValueTextMode.ValueAndName : common.BigValueTextMode.Value;
};

const statOf = (panel: PanelSpec) =>
  dressed(new stat.PanelBuilder(), panel)
    .reduceOptions(panel.label === undefined ? lastValue() : labelOf(panel.label))
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(
      panel.thresholds === undefined && panel.words === undefined
        ? common.BigValueColorMode.None
        : common.BigValueColorMode.Value,
    )
    .textMode(textModeOf(panel))
    // Names above values, in wide panels too: there Grafana would set them far apart.
    .wideLayout(false);

const linesOf = (panel: PanelSpec) => {
  const builder = dressed(new timeseries.PanelBuilder(), panel)
    .maxDataPoints(panel.points ?? 300)
    .lineWidth(1)
    .fillOpacity(panel.look === 'stacked' ? 40 : 0)
    .showPoints(common.VisibilityMode.Never)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(panel.legend === 'right' ? common.LegendPlacement.Right : common.LegendPlacement.Bottom)
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
  withColors(builder, panel);
  withHostLinks(builder, panel);
  if (panel.scale === 'log')
    builder.scaleDistribution(
      new common.ScaleDistributionConfigBuilder().type(common.ScaleDistribution.Log).log(10),
    );
  if (panel.thresholds !== undefined)
    builder.thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
    );
  return builder;
};

/** Name of a series from its labels, as an option of Grafana; the data source gives it too, but Grafana drops that of an only bar. */
const nameOfBar = ({ asks }: PanelSpec): string | undefined => {
  const [only, second] = asks;
  return only === undefined || second !== undefined || !only.legend.includes('{{')
    ? undefined
    : only.legend.replaceAll(/\{\{(\w+)\}\}/g, '${__field.labels.$1}');
};

/**
 * Without a colour Grafana would paint every value from 80 on red; without a lower end the smallest bar would be empty;
 * without sizes two bars would have letters as tall as a headline, and long names be cut off.
 */
const barsOf = (panel: PanelSpec) => {
  const builder = dressed(new bargauge.PanelBuilder(), panel)
    .reduceOptions(lastValue())
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .valueMode(common.BarGaugeValueMode.Text)
    .sizing(common.BarGaugeSizing.Manual)
    .minVizHeight(16)
    .maxVizHeight(32)
    .text(new common.VizTextDisplayOptionsBuilder().titleSize(11).valueSize(14))
    .min(panel.min ?? 0);
  withHostLinks(builder, panel);
  const name = nameOfBar(panel);
  if (name !== undefined) builder.displayName(name);
  return panel.thresholds === undefined
    ? builder.colorScheme(
        new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Fixed).fixedColor('blue'),
      )
    : builder;
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
