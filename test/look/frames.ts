/**
 * Answers of a Prometheus as the frames that Grafana's Prometheus data source makes of them: series named by the legend,
 * or, in format "table", one frame of a query with a column a label.
 */
export interface Target {
  readonly refId: string;
  readonly legendFormat: string;
  readonly format: string;
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

export interface Column {
  readonly name: string;
  readonly type: 'time' | 'number' | 'string';
  readonly values: readonly (number | string)[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface Frame {
  readonly refId: string;
  readonly fields: readonly Column[];
}

/** A target, what was answered, and the milliseconds between two points of a range. */
export interface Answer {
  readonly target: Target;
  readonly series: readonly Series[];
  readonly step: number;
}

const pointsOf = ({ value, values }: Series): readonly (readonly [number, string])[] =>
  values ?? (value === undefined ? [] : [value]);

const times = (series: readonly Series[]): readonly number[] =>
  series.flatMap((one) => pointsOf(one).map(([at]) => at * 1000));

/** NaN and infinities stay: they are to be seen. */
const numbers = (series: readonly Series[]): readonly number[] =>
  series.flatMap((one) =>
    pointsOf(one).map(([, text]) => Number(text.replace('+Inf', 'Infinity').replace('-Inf', '-Infinity'))),
  );

const nameOf = (legend: string, labels: Readonly<Record<string, string>>): string =>
  legend.replaceAll(/\{\{\s*([^}\s]+)\s*\}\}/g, (_, label: string) => labels[label] ?? '');

const framesOfSeries = ({ target, series, step }: Answer): readonly Frame[] =>
  series.map((one) => ({
    refId: target.refId,
    fields: [
      { name: 'Time', type: 'time', values: times([one]), config: { interval: step } },
      {
        name: 'Value',
        type: 'number',
        values: numbers([one]),
        labels: one.metric,
        config: { displayNameFromDS: nameOf(target.legendFormat, one.metric) },
      },
    ],
  }));

const frameOfTable = ({ target, series }: Answer, isOnly: boolean): Frame => {
  const labels = [...new Set(series.flatMap(({ metric }) => Object.keys(metric)))].sort();
  return {
    refId: target.refId,
    fields: [
      { name: 'Time', type: 'time', values: times(series), config: {} },
      ...labels.map((label): Column => {
        const values = series.flatMap((one) => pointsOf(one).map(() => one.metric[label] ?? ''));
        return { name: label, type: 'string', values, config: { filterable: true } };
      }),
      {
        name: isOnly ? 'Value' : `Value #${target.refId}`,
        type: 'number',
        values: numbers(series),
        config: {},
      },
    ],
  };
};

/** A query without an answer still is a frame: value columns keep their names. */
export const framesOf = (answers: readonly Answer[]): readonly Frame[] => {
  const tables = answers.filter(({ target }) => target.format === 'table');
  return [
    ...tables.map((answer) => frameOfTable(answer, tables.length === 1)),
    ...answers.filter(({ target }) => target.format !== 'table').flatMap(framesOfSeries),
  ];
};
