/** One chart a panel type, drawn with the components of @grafana/ui as Grafana's own panels use them. */
import {
  createTheme,
  type DisplayProcessor,
  type DisplayValue,
  dateTime,
  type Field,
  type FieldDisplay,
  FieldType,
  type GrafanaTheme2,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
  renderTextPanelMarkdown,
  type TimeRange,
} from '@grafana/data';
import { BarGauge, BigValue, TimeSeries, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/table-ng';
import type { ReactElement } from 'react';
import type { PanelData } from './data.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Chart extends Size, PanelData {
  // Options as a panel of Grafana's JSON has them; each component knows its own.
  // biome-ignore lint/suspicious/noExplicitAny: they are Grafana's, of another shape in each panel.
  readonly options: any;
  readonly range: TimeRange;
  readonly theme: GrafanaTheme2;
}

const asIs = (text: string): string => text;

/** Values of a stat or of bars, one for each series. */
const valuesOf = ({ frames, fieldConfig, options, theme }: Chart) =>
  getFieldDisplayValues({
    ...{ fieldConfig, reduceOptions: options.reduceOptions, replaceVariables: asIs, theme },
    ...{ data: frames, timeZone: 'utc' },
  });

const Stat = (chart: Chart): ReactElement => (
  <VizRepeater
    {...{ width: chart.width, height: chart.height, source: chart.frames, renderCounter: 0, itemSpacing: 3 }}
    autoGrid
    orientation={chart.options.orientation}
    getValues={() => valuesOf(chart)}
    getAlignmentFactors={(values) => getDisplayValueAlignmentFactors(values)}
    renderValue={({ value, alignmentFactors, width, height, count }) => (
      <BigValue
        {...{ width, height, count, alignmentFactors, theme: chart.theme, value: value.display }}
        colorMode={chart.options.colorMode}
        graphMode={chart.options.graphMode}
        justifyMode={chart.options.justifyMode}
        textMode={chart.options.textMode}
        disableWideLayout={chart.options.wideLayout === false}
      />
    )}
  />
);

const withoutName = ({ display, field }: FieldDisplay): DisplayValue => {
  const { title, ...nameless } = display;
  return field.displayName === undefined ? nameless : display;
};

const processorOf = ({ view, colIndex }: FieldDisplay): { display?: DisplayProcessor } => {
  const display = view?.getFieldDisplayProcessor(colIndex ?? 0);
  return display === undefined ? {} : { display };
};

const Bars = (chart: Chart): ReactElement => (
  <VizRepeater
    {...{ width: chart.width, height: chart.height, source: chart.frames, renderCounter: 0, itemSpacing: 10 }}
    minVizWidth={8}
    minVizHeight={chart.options.minVizHeight ?? 16}
    maxVizHeight={chart.options.maxVizHeight ?? 300}
    orientation={chart.options.orientation}
    getValues={() => valuesOf(chart)}
    getAlignmentFactors={(values) => getDisplayValueAlignmentFactors(values)}
    renderValue={({ value, alignmentFactors, orientation, width, height, count }) => (
      <BarGauge
        {...{ width, height, orientation, theme: chart.theme, field: value.field, itemSpacing: 10 }}
        // As Grafana does: the only bar of a panel has no name.
        value={count === 1 ? withoutName(value) : value.display}
        {...(value.view === undefined ? {} : processorOf(value))}
        {...(count > 1 ? { alignmentFactors } : {})}
        displayMode={chart.options.displayMode}
        valueDisplayMode={chart.options.valueMode}
        showUnfilled={chart.options.showUnfilled ?? true}
        namePlacement={chart.options.namePlacement ?? 'auto'}
        {...(chart.options.text === undefined ? {} : { text: chart.options.text })}
      />
    )}
  />
);

const Lines = ({ frames, range, width, height, options }: Chart): ReactElement => (
  <TimeSeries {...{ frames, width, height, timeRange: range, timeZone: 'utc', legend: options.legend }} />
);

const Table = ({ frames, width, height, theme, options, fieldConfig }: Chart): ReactElement => {
  const [data] = frames;
  if (data === undefined) return <p>no frame</p>;
  return (
    <TableNG
      {...{ data, width, height, fieldConfig, sortBy: options.sortBy ?? [] }}
      noHeader={options.showHeader === false}
      {...(fieldConfig.defaults.noValue === undefined ? {} : { noValue: fieldConfig.defaults.noValue })}
      // Rows that are out of sight are drawn too: they are looked at as well.
      enableVirtualization={false}
      key={theme.name}
    />
  );
};

/**
 * Grafana's bar chart lives in Grafana itself: here the component of lines draws bars, a category a place, groups side by
 * side. Widths are not those of Grafana; categories, values, axes, colours and legend are.
 */
const BarChart = ({ frames, range, width, height, options }: Chart): ReactElement => {
  const [frame] = frames;
  const x = frame?.fields.find(({ name }) => name === options.xField);
  if (frame === undefined || x === undefined) return <p>no column {options.xField}</p>;
  const shown = x.values.map((value: number) => x.display?.(value) ?? { text: '', numeric: value });
  const places: Field = {
    ...{ name: x.name, type: FieldType.number, values: shown.map((_, place) => place), state: null },
    config: { min: -0.5, max: shown.length - 0.5, custom: { axisGridShow: false } },
    display: (place) => shown[place as number] ?? { text: '', numeric: Number.NaN },
  };
  const values = frame.fields.filter((field) => field !== x && field.type === FieldType.number);
  const bars = values.map((field, place) => ({
    ...field,
    state: { ...field.state, seriesIndex: place },
    config: {
      ...field.config,
      custom: {
        ...field.config.custom,
        drawStyle: 'bars',
        axisSoftMin: 0,
        ...{ barAlignment: values.length === 1 ? 0 : place === 0 ? -1 : 1, barWidthFactor: 0.4 },
      },
    },
  }));
  const aligned = { ...frame, fields: [places, ...bars] };
  return (
    <TimeSeries
      {...{ frames: [aligned], width, height, timeRange: range, timeZone: 'utc', legend: options.legend }}
      preparePlotFrame={() => ({
        ...aligned,
        fields: aligned.fields.map((field, fieldIndex) => ({
          ...field,
          state: { ...field.state, origin: { frameIndex: 0, fieldIndex } },
        })),
      })}
    />
  );
};

const Text = ({ options }: Chart): ReactElement => {
  const __html = renderTextPanelMarkdown(options.content);
  // biome-ignore lint/security/noDangerouslySetInnerHtml: Grafana's own sanitised Markdown of our own text.
  return <div className="markdown-html" dangerouslySetInnerHTML={{ __html }} />;
};

/** What Grafana shows where a query brought no column of values. */
const Nothing = ({ fieldConfig }: Chart): ReactElement => (
  <div className="nothing">{fieldConfig.defaults.noValue ?? 'No data'}</div>
);

const CHARTS: Readonly<Record<string, (chart: Chart) => ReactElement>> = {
  stat: Stat,
  bargauge: Bars,
  timeseries: Lines,
  table: Table,
  barchart: BarChart,
  text: Text,
};

/** Those that show the word for nothing by themselves. */
const OWN_WORD = ['stat', 'text'];

export const chartOf = (type: string, chart: Chart): ReactElement => {
  const draw = CHARTS[type];
  if (draw === undefined) throw new Error(`no chart for panels of type ${type}`);
  const isEmpty = !chart.frames.some((frame) => frame.length > 0);
  return isEmpty && !OWN_WORD.includes(type) ? Nothing(chart) : draw(chart);
};

export const themeOf = (mode: 'light' | 'dark'): GrafanaTheme2 => createTheme({ colors: { mode } });

export const rangeOf = (from: number, to: number): TimeRange => {
  const [begin, end] = [dateTime(from * 1000), dateTime(to * 1000)];
  return { from: begin, to: end, raw: { from: begin, to: end } };
};
