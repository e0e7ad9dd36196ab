import { expect, it } from 'vitest';
import { BOARDS } from '../../dashboards/boards/index.ts';
import { boardOf } from '../../dashboards/kit/board.ts';

/** Where a click leads, by the part of a panel that it is on. */
const linksOf = ({ fieldConfig }: Made): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    fieldConfig.overrides.flatMap(({ matcher, properties }) =>
      properties.filter(({ id }) => id === 'links').map(({ value }) => [matcher.options, value]),
    ),
  );

interface Made {
  readonly type: string;
  readonly title: string;
  readonly options: { readonly legend?: { readonly showLegend: boolean } };
  readonly transformations?: readonly {
    readonly id: string;
    readonly options: {
      readonly excludeByName: Readonly<Record<string, boolean>>;
      readonly sort?: readonly { readonly field: string }[];
    };
  }[];
  readonly fieldConfig: {
    readonly defaults: {
      readonly mappings?: readonly { readonly type: string; readonly options: unknown }[];
      readonly displayName?: string;
      readonly min?: number;
      readonly color?: { readonly mode: string };
    };
    readonly overrides: readonly {
      readonly matcher: { readonly id: string; readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
}

const made = (type: string): readonly Made[] =>
  BOARDS.flatMap((board) => (JSON.parse(JSON.stringify(boardOf(board))) as { panels: Made[] }).panels).filter(
    (panel) => panel.type === type,
  );

it('tables show labels as they are: job 820760 is not 821 K, scope 3.3 not 3.30, and no label is a dash', () => {
  const tables = made('table');
  expect(tables.length).toBeGreaterThan(10);
  for (const { title, fieldConfig } of tables) {
    const texts = fieldConfig.overrides.find(
      ({ matcher }) => matcher.id === 'byType' && matcher.options === 'string',
    );
    expect(texts?.properties, title).toEqual([
      { id: 'unit', value: 'string' },
      { id: 'noValue', value: '-' },
    ]);
  }
});

it('bars are not red for being above 80 of anything, and begin at 0', () => {
  const bars = made('bargauge');
  expect(bars.length).toBeGreaterThan(10);
  for (const { title, fieldConfig } of bars) {
    expect(fieldConfig.defaults.color?.mode, title).toBe('fixed');
    expect(fieldConfig.defaults.min, title).toBe(0);
  }
});

it('a bar that is alone keeps its name: a fleet of one host says which', () => {
  const names = Object.fromEntries(
    made('bargauge').map(({ title, fieldConfig }) => [title, fieldConfig.defaults.displayName]),
  );
  expect(names['Top hosts']).toBe('${__field.labels.instance}');
  expect(Object.values(names)).not.toContain(undefined);
});

it('a table leaves out what it says it hides, also where that is a value with a name', () => {
  const [where] = made('table').filter(({ title }) => title === 'Where the total comes from');
  const organized = where?.transformations?.find(({ id }) => id === 'organize');
  // The name is given after columns are left out.
  expect(organized?.options.excludeByName).toMatchObject({ Value: true, job: true });
});

it('bars before and after a change have a legend, and one colour each', () => {
  const both = made('barchart').filter(({ options }) => options.legend?.showLegend === true);
  expect(both.length).toBe(2);
  for (const { title, fieldConfig } of both) {
    const colours = fieldConfig.overrides.flatMap(({ properties }) =>
      properties.filter(({ id }) => id === 'color').map(({ value }) => JSON.stringify(value)),
    );
    expect(new Set(colours).size, title).toBe(2);
  }
});

it('a stat without a value is not green, and its words are few enough to be read', () => {
  const panels = BOARDS.flatMap(({ rows }) => rows.flatMap((row) => row.panels));
  const stats = panels.filter(({ look }) => look === 'stat');
  expect(stats.length).toBeGreaterThan(30);
  // Letters are as wide as the panel lets all of them be: by twelve pixels in the narrowest.
  for (const { title, none = '', width } of stats) expect(none.length / width, title).toBeLessThan(9);
  const [refused] = made('stat').filter(({ title }) => title === 'Configuration refused');
  expect(refused?.fieldConfig.defaults.mappings).toEqual([
    {
      type: 'special',
      options: { match: 'null', result: { text: 'no data for this choice', color: 'text', index: 0 } },
    },
  ]);
});

it('hours of classes stand in one order of columns before and after a change, whichever class was there at midnight', () => {
  const sides = made('table').filter(({ title }) => title.startsWith('Processors in use by class and hour'));
  expect(sides.length).toBe(2);
  // Columns come in the order in which the rows before name them: of two stable sorts the last one counts.
  for (const { transformations } of sides)
    expect(transformations?.map(({ id, options }) => [id, options.sort?.[0]?.field])).toEqual([
      ['sortBy', 'hour'],
      ['sortBy', 'class'],
      ['groupingToMatrix', undefined],
    ]);
});

it('a host that is named leads to its dashboard, in bars, lines and tables', () => {
  const named = ['bargauge', 'timeseries', 'table'].flatMap((type) =>
    made(type).flatMap((panel) => Object.keys(linksOf(panel)).map((part) => [panel.title, type, part])),
  );
  expect(named).toEqual(
    expect.arrayContaining([
      ['Top hosts', 'bargauge', 'number'],
      ['Least used hosts', 'bargauge', 'number'],
      ['Host total', 'timeseries', 'number'],
      ['Largest workloads of the time shown', 'table', 'instance'],
    ]),
  );
});
