import { expect, it } from 'vitest';
import { BOARDS } from '../../dashboards/boards/index.ts';
import { boardOf } from '../../dashboards/kit/board.ts';

interface Made {
  readonly type: string;
  readonly title: string;
  readonly fieldConfig: {
    readonly defaults: {
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
