import { describe, expect, it } from 'vitest';
import {
  type Charted,
  energyAgainstWork,
  expectedAgainstActual,
  meansOf,
} from '../../../src/exporters/comparison-charts.ts';
import type { ChartSeries } from '../../../src/model/comparison.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
/** A fleet whose power swings by the hour of the day: 600 to 1,000 W, a tenth less where it is scaled so. */
const sideOf = (from: number, days: number, scale = 1, expects = false): ChartSeries => {
  const hours = Float64Array.from({ length: Math.round(days * 24) }, (_, i) => i);
  const watts = hours.map((hour) => 800 + 200 * Math.sin((hour / 24) * 2 * Math.PI));
  return {
    ...{ from, step: HOUR },
    energy: watts.map((value) => value * scale * HOUR),
    expected: expects ? watts.map((value) => value * HOUR) : undefined,
    work: watts.map((value) => value * 2),
  };
};
const charted = (before: ChartSeries, after: ChartSeries): Charted => ({
  charts: { before, after },
  outcome: undefined,
  start: after.from,
  asOf: after.from + after.energy.length * after.step,
  unit: 'requests',
});
const around = (daysBefore: number, daysAfter: number): Charted =>
  charted(sideOf(0, daysBefore), sideOf(daysBefore * DAY, daysAfter, 0.9, true));

/** Points of each line of a kind, in pixels. */
const pointsOf = (
  svg: string | undefined,
  kind: string,
): readonly (readonly (readonly [number, number])[])[] =>
  [...(svg ?? '').matchAll(new RegExp(`class="line ${kind}" d="([^"]*)"`, 'g'))].map(([, path = '']) =>
    [...path.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const),
  );
const swingOf = (points: readonly (readonly [number, number])[]): number => {
  const heights = points.map(([, y]) => y);
  return Math.max(...heights) - Math.min(...heights);
};

describe('power before and after the start of a measure', () => {
  it.each([
    ['a month beside a week', 28, 7, 'days', 28, 7],
    ['a week beside a month', 7, 28, 'days', 7, 28],
    ['a week beside a week', 7, 7, 'hours', 168, 168],
    ['two months beside the first two days', 56, 2, '6 hours', 224, 8],
    ['two months beside the first hours', 56, 0.5, 'hours', 1344, 12],
  ])('is drawn alike on both sides: %s', (_, daysBefore, daysAfter, means, pointsBefore, pointsAfter) => {
    const given = around(daysBefore, daysAfter);
    const svg = expectedAgainstActual(given);
    const [before = [], after = []] = pointsOf(svg, 'actual');
    expect([before.length, after.length]).toEqual([pointsBefore, pointsAfter]);
    expect(pointsOf(svg, 'expected')[0]).toHaveLength(pointsAfter);
    expect(meansOf(given)).toBe(means);
    // The measure takes a tenth off: it makes nothing swing more than it did.
    expect(swingOf(after)).toBeLessThanOrEqual(swingOf(before) + 0.2);
  });

  it('says of a day of which a part was not metered what is true of the rest, on both lines', () => {
    const after = sideOf(28 * DAY, 7, 0.9, true);
    // The third day ends at noon: its upper half alone was metered.
    after.energy.fill(Number.NaN, 2 * 24 + 12, 3 * 24);
    const svg = expectedAgainstActual(charted(sideOf(0, 28), after));
    const [, actual = []] = pointsOf(svg, 'actual');
    const [expected = []] = pointsOf(svg, 'expected');
    const zero = Number(/y="([\d.]+)" text-anchor="end">0</.exec(svg ?? '')?.[1]) - 4;
    const ratios = actual.map(([, y], i) => (zero - y) / (zero - (expected[i]?.[1] ?? Number.NaN)));
    expect(ratios).toHaveLength(7);
    for (const ratio of ratios) expect(ratio).toBeCloseTo(0.9, 2);
  });

  it('has as many dots against work for a day before as for a day after', () => {
    const svg = energyAgainstWork(around(28, 7)) ?? '';
    expect(svg.match(/class="dot before"/g)).toHaveLength(28);
    expect(svg.match(/class="dot after"/g)).toHaveLength(7);
  });
});
