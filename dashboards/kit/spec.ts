/** What a dashboard is, before it is Grafana's JSON: plain data, so that tests can ask what each panel should show. */

/** One query of a panel. */
export interface Ask {
  readonly expr: string;
  /** Name of its series, with labels in double braces; every result has to have those labels. */
  readonly legend: string;
  /** One value at the end of the time range, no line; in stats, tables and bars always. */
  readonly instant?: true;
  /** Why the result may be empty in a healthy fleet. Left out: an empty answer is an error of the panel. */
  readonly mayBeEmpty?: string;
}

export type Look = 'stat' | 'lines' | 'stacked' | 'bars' | 'table' | 'histogram' | 'matrix' | 'text' | 'band';

/** From this value on, this colour. */
export interface Threshold {
  readonly from: number | null;
  readonly color: 'green' | 'yellow' | 'orange' | 'red' | 'blue' | 'text';
}

export interface PanelSpec {
  readonly title: string;
  /** What it shows and what to do with it. */
  readonly use: string;
  readonly look: Look;
  /** Grafana's unit id. */
  readonly unit: string;
  readonly asks: readonly Ask[];
  /** Columns of 24, and rows of 30 pixels. */
  readonly width: number;
  readonly height?: number;
  readonly thresholds?: readonly Threshold[];
  /** Shown instead of nothing. */
  readonly none?: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  /** Values shown as words. */
  readonly words?: Readonly<Record<string, { readonly text: string; readonly color?: Threshold['color'] }>>;
  /** Colours of series by their legend; the others are of Grafana's palette. */
  readonly colors?: Readonly<Record<string, 'blue' | 'orange'>>;
  /** Tenfold steps, for series that are of other units each; 0 has no place on it. */
  readonly scale?: 'log';
  /** Legend beside the graph, one name a line: for names that are long, or many. */
  readonly legend?: 'right';
  /** A stat that shows this label of its series, such as a grade, and no value. */
  readonly label?: string;
  /** Text of a text panel, Markdown. */
  readonly text?: string;
  /** Units of table columns by the name that `legend` gives them. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Labels that a table hides, and legends of values. */
  readonly hidden?: readonly string[];
  /** Labels whose columns stand first; the others are in the order of the alphabet. */
  readonly first?: readonly string[];
  /** Column that a table is sorted by, smallest first; left out: the first value that is shown, largest first. */
  readonly sort?: string;
  /** Fewest seconds between two points, such as `1h`. */
  readonly interval?: string;
  readonly points?: number;
  /** Column of a matrix; its rows are the label before it. */
  readonly matrix?: { readonly row: string; readonly column: string };
}

export interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

/** `recorded` is hidden: jobs whose recording rules reach over the whole time that is shown. */
export type Choice = 'class' | 'measure' | 'period' | 'recorded';

export interface BoardSpec {
  readonly uid: string;
  readonly title: string;
  readonly about: string;
  readonly from: string;
  readonly to?: string;
  /** Choices beside data source, job, host and cluster. */
  readonly choices: readonly Choice[];
  readonly rows: readonly RowSpec[];
}
