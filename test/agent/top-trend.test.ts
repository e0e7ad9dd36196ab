/** Trends, classes and the filter of `negawatt top`. */
import { describe, expect, it } from 'vitest';
import { textWidth } from '../../agent/text-width.ts';
import { byClass } from '../../agent/top/by-class.ts';
import { layout } from '../../agent/top/layout.ts';
import { nextShown, type Shown } from '../../agent/top/shown.ts';
import { drawsBlocks, NO_TRENDS, spark, sumOf, trendsAfter, wattsOf } from '../../agent/top/trend.ts';
import { press, rowsInView, START, type View } from '../../agent/top/view.ts';
import { hostJson } from '../../src/exporters/index.ts';
import { gpuHost } from '../fixtures/gpu-host.ts';

const shownOf = (): Shown => {
  const driven = gpuHost();
  let shown: Shown | undefined;
  driven.step();
  for (let look = 0; look < 5; look++) shown = nextShown(shown, hostJson(driven.step(), 'booked'));
  if (shown === undefined) throw new Error('no look');
  return shown;
};
const shown = shownOf();
const NO_PAGE = { page: 10, total: 100, first: 0 };
const typed = (view: View, ...keys: readonly string[]): View =>
  keys.reduce((now, key) => press(now, key, shown, NO_PAGE), view);
const linesOf = (view: View, width: number, blocks = true, height = 30): readonly string[] =>
  layout({ shown, view, from: 'x', problem: undefined, blocks }, { width, height }).lines.map(
    ({ text }) => text,
  );
const sum = (
  rows: Shown['use']['rows'],
  of: (row: Shown['use']['rows'][number]) => number | undefined,
): number => rows.reduce((all, row) => all + (of(row) ?? 0), 0);

describe('a trend', () => {
  it('goes from zero to its largest look, and is blank where nothing was known', () => {
    expect(spark([0, 4, undefined, 8], 10)).toBe('\u2581\u2584 \u2588');
    expect(spark([1, 2, 3], 2)).toBe('\u2585\u2588');
    expect(spark([0, 0], 4)).toBe('\u2581\u2581');
    expect(spark([undefined], 4)).toBe(' ');
  });

  it('of several rows adds up looks of the same time', () => {
    expect(sumOf([[1, 2, 3], [10], [undefined, 100]])).toEqual([1, 2, 113]);
    expect(sumOf([])).toEqual([]);
  });

  it('is kept for sixty looks, of rows that are there', () => {
    const [row] = shown.use.rows;
    if (row === undefined) throw new Error('no row');
    let trends = NO_TRENDS;
    for (let look = 0; look < 100; look++) trends = trendsAfter(trends, look, [row]);
    expect(trends.host).toHaveLength(60);
    expect(trends.host.at(-1)).toBe(99);
    expect([...trends.rows.values()].map((one) => one.length)).toEqual([60]);
    expect(trendsAfter(trends, undefined, []).rows.size).toBe(0);
  });

  it('stands beside the power and each row, and fits into every width', () => {
    for (const width of [40, 80, 120, 200]) {
      const lines = linesOf(START, width);
      for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
      expect(lines.find((line) => line.startsWith('trend'))).toMatch(/^trend {4}\u2588+ 0 to 280 W$/);
    }
    const head = linesOf(START, 200).find((line) => line.includes('WATTS')) ?? '';
    expect(head).toContain('TREND');
    expect(
      linesOf(START, 200).filter((line) => /\u2588 +(unit|container|idle)/.test(line)).length,
    ).toBeGreaterThan(1);
  });

  it('is drawn where the terminal is of UTF-8 alone', () => {
    expect(drawsBlocks({ LANG: 'en_GB.UTF-8' })).toBe(true);
    expect(drawsBlocks({ LANG: 'C.utf8' })).toBe(true);
    expect(drawsBlocks({ LANG: 'en_GB.UTF-8', LC_ALL: 'C' })).toBe(false);
    expect(drawsBlocks({})).toBe(false);
    expect(linesOf(START, 200, false).join('\n')).not.toMatch(/[\u2581-\u2588]|TREND/);
  });
});

describe('classes', () => {
  const classes = typed(START, 'c');

  it('add up to the same power, by resource too, and name how many workloads they are', () => {
    const rows = rowsInView(shown, classes);
    expect(rows.length).toBeLessThan(shown.use.rows.length);
    expect(sum(rows, wattsOf)).toBeCloseTo(sum(shown.use.rows, wattsOf), 9);
    expect(sum(rows, (row) => row.share)).toBeCloseTo(1, 9);
    for (const resource of ['cpu', 'gpu']) {
      const of = (row: (typeof rows)[number]): number | undefined =>
        row.powerByResource?.find((one) => one.resource === resource)?.powerWatts;
      expect(sum(rows, of)).toBeCloseTo(sum(shown.use.rows, of), 9);
    }
    expect(linesOf(classes, 120).join('\n')).toMatch(/unclassified \(\d\)$/m);
    expect(linesOf(classes, 120).join('\n')).not.toContain('KIND');
  });

  it('leave idle power and other work apart, and what is not known unknown', () => {
    const names = rowsInView(shown, classes).map(({ name }) => name);
    expect(names).toContain('idle');
    const blind = shown.use.rows.map(({ workload, kind, class: rowClass, name, labels, ended }) => ({
      ...{ workload, kind, class: rowClass, name, labels, ended },
    }));
    for (const row of byClass(blind)) {
      expect(wattsOf(row)).toBeUndefined();
      expect(row.share).toBeUndefined();
      expect(row.processors).toBeUndefined();
    }
  });

  it('and back', () => expect(typed(classes, 'c')).toEqual(START));
});

describe('the filter', () => {
  it('takes letters that are keys elsewhere, in any case, until Enter', () => {
    const view = typed(START, '/', ...'NGINx', 'q', 'backspace', 'return');
    expect(view).toMatchObject({ filter: 'NGINx', isTyping: false, sort: 'watts', kind: undefined });
    expect(rowsInView(shown, view).map(({ name }) => name)).toEqual(['nginx.service']);
    expect(linesOf(view, 120).at(-1)).toContain('/ filter: NGINx');
    expect(typed(view, 's').sort).toBe('processors');
  });

  it('is shown while it is typed, and ended by Esc then or later', () => {
    const typing = typed(START, '/', 'n', 'space');
    expect(linesOf(typing, 80).at(-1)).toContain('/ filter: n _  Enter keeps it, Esc ends it');
    expect(typed(typing, 'escape')).toEqual(START);
    expect(typed(typing, 'return', 'escape')).toEqual(START);
  });

  it('that fits nothing says so, and has no end of letters', () => {
    const view = typed(START, '/', ...'zz', 'return');
    expect(linesOf(view, 80).join('\n')).toContain('no row with "zz" in its name or class now');
    expect(typed(START, '/', ...'z'.repeat(100)).filter).toHaveLength(40);
    expect(typed(START, '/', 'f1').filter).toBe('');
  });
});
