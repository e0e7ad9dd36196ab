import type { ChartSeries, Comparison, MeasureOutcome, MeasureReport, Side } from '../model/comparison.ts';
import { pointLength, pointsOf, pointWords } from './chart-points.ts';
import {
  dateWords,
  energyScale,
  massScale,
  percentWords,
  type Scale,
  scaled,
  threeDigits,
} from './quantity-words.ts';
import { type Axis, type Extent, extentOf, frameOf, roundTicks, svgOf } from './svg-frame.ts';
import { across, band, bar, dots, line, type Points, upright } from './svg-marks.ts';

const DAY = 86_400;

/** Round numbers of the unit that the axis is written in. */
const ticksIn = ({ low, high }: Extent, { divisor }: Scale): readonly number[] =>
  roundTicks({ low: low / divisor, high: high / divisor }).map((tick) => tick * divisor);

const timeAxis = (from: number, to: number): Axis => {
  const days = roundTicks({ low: 0, high: (to - from) / DAY }, 6).filter(Number.isInteger);
  return {
    extent: { low: from, high: to },
    label: 'UTC',
    words: (at) => dateWords(at).slice(0, 10),
    ticks: days.map((day) => from + day * DAY),
  };
};

const powerAxis = (values: Iterable<number>): Axis => {
  const extent = extentOf(values, true);
  const isLarge = extent.high >= 2000;
  return {
    extent,
    label: isLarge ? 'power, kW' : 'power, W',
    words: (value) => (isLarge ? threeDigits(value / 1000) : threeDigits(value)),
  };
};

/** What charts are drawn from, of a measure or of a comparison without a plan. */
export interface Charted {
  readonly charts: MeasureReport['charts'];
  readonly outcome: MeasureOutcome | undefined;
  /** Of the change, and the end of what is drawn; seconds since 1970 UTC. */
  readonly start: number;
  readonly asOf: number;
  /** Of the first kind of work. */
  readonly unit: string;
}

/** `days`, `6 hours`: what one point of the charts over time stands for, the same on both sides. */
export const meansOf = ({ charts }: Charted): string =>
  charts === undefined ? '' : pointWords(pointLength(charts.before, charts.after));

export const chartedMeasure = ({ charts, outcome, plan, asOf }: MeasureReport): Charted => ({
  ...{ charts, outcome, asOf, start: plan.start, unit: plan.work[0]?.unit ?? 'work' },
});

export const chartedComparison = ({ charts, adjusted, after }: Comparison): Charted => ({
  ...{ charts, outcome: adjusted, start: after.window.from, asOf: after.window.to },
  unit: after.work[0]?.unit ?? 'work',
});

/** What was used, and what would have been without the change. */
export const expectedAgainstActual = ({ charts, start, asOf }: Charted): string | undefined => {
  if (charts === undefined) return undefined;
  const length = pointLength(charts.before, charts.after);
  const [before, after] = [pointsOf(charts.before, length), pointsOf(charts.after, length)];
  const watts = (joules: Float64Array) => joules.map((value) => value / charts.after.step);
  const { energy, expected } = charts.after;
  const together = watts(after.means(energy, expected));
  const was = watts(before.means(charts.before.energy));
  const is = watts(after.means(energy)).map((alone, i) => {
    const both = together[i] ?? Number.NaN;
    return Number.isFinite(both) ? both : alone;
  });
  const would = expected === undefined ? new Float64Array() : watts(after.means(expected, energy));
  const frame = frameOf(timeAxis(charts.before.from, asOf), powerAxis([...was, ...is, ...would]));
  return svgOf(
    frame,
    [
      line(frame, { at: before.at, values: was }, 'actual'),
      line(frame, { at: after.at, values: would }, 'expected'),
      line(frame, { at: after.at, values: is }, 'actual'),
      upright(frame, start, 'start'),
    ].join(''),
    'Power before and after the start, beside what was expected without the change',
  );
};

/** Avoided energy since the start, with the band of the printed interval, which grows as its total did. */
export const cumulativeAvoided = ({ charts, outcome, start, asOf }: Charted): string | undefined => {
  const { interval, avoided } = outcome ?? {};
  const { energy, expected, from, step } = charts?.after ?? {};
  if (!energy || !expected || from === undefined || step === undefined) return undefined;
  if (interval === undefined || avoided === undefined) return undefined;
  const at = Float64Array.from(energy, (_, i) => from + (i + 1) * step);
  let sum = 0;
  const sums = Float64Array.from(energy, (value, i) => {
    const more = (expected[i] ?? Number.NaN) - value;
    if (Number.isFinite(more)) sum += more;
    return sum;
  });
  const counted = energy.reduce(
    (n, value, i) => n + (Number.isFinite(value - (expected[i] ?? Number.NaN)) ? 1 : 0),
    0,
  );
  let seen = 0;
  const parts = Float64Array.from(energy, (value, i) => {
    if (Number.isFinite(value - (expected[i] ?? Number.NaN))) seen += 1;
    return counted === 0 ? 0 : seen / counted;
  });
  const low = sums.map((value, i) => value - (avoided - interval.low) * (parts[i] ?? 0));
  const high = sums.map((value, i) => value + (interval.high - avoided) * (parts[i] ?? 0));
  const scale = energyScale(...low, ...high);
  const extent = extentOf([...low, ...high], true);
  const frame = frameOf(timeAxis(start, asOf), {
    extent,
    ticks: ticksIn(extent, scale),
    label: `avoided since the start, ${scale.unit}`,
    words: (value) => scaled(value, scale),
  });
  return svgOf(
    frame,
    [
      band(frame, at, low, high, 'avoided'),
      line(frame, { at, values: sums }, 'avoided'),
      across(frame, start, 0, 'zero'),
    ].join(''),
    'Avoided energy added up since the start, with its 90 % band',
  );
};

/** Energy against work in both periods: the line of the baseline shows what work cost before. */
export const energyAgainstWork = ({ charts, unit }: Charted): string | undefined => {
  if (charts === undefined) return undefined;
  const length = pointLength(charts.before, charts.after);
  const dotsOf = (side: ChartSeries): Points | undefined => {
    const { means } = pointsOf(side, length);
    const { energy, work, step } = side;
    return work === undefined
      ? undefined
      : {
          at: means(work, energy).map((value) => (value * 3600) / step),
          values: means(energy, work).map((value) => value / step),
        };
  };
  const [before, after] = [dotsOf(charts.before), dotsOf(charts.after)];
  if (before === undefined || after === undefined) return undefined;
  const frame = frameOf(
    {
      extent: extentOf([...before.at, ...after.at], true),
      label: `${unit} an hour`,
      words: threeDigits,
    },
    powerAxis([...before.values, ...after.values]),
  );
  return svgOf(
    frame,
    dots(frame, before, 'before') + dots(frame, after, 'after'),
    'Power against work, before and after',
  );
};

/** How wrong the same method was where nothing was changed, and where the estimate lies among those. */
export const placeboHistogram = ({ outcome }: Charted): string | undefined => {
  const errors = outcome?.estimate?.placebo ?? [];
  if (errors.length < 10) return undefined;
  const estimate = outcome?.fraction ?? 0;
  const extent = extentOf([...errors, estimate], false);
  const bins = 24;
  const width = (extent.high - extent.low) / bins;
  const counts = Array.from({ length: bins }, () => 0);
  for (const error of errors) {
    const bin = Math.min(bins - 1, Math.floor((error - extent.low) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const frame = frameOf(
    { extent, label: 'apparent saving where nothing was changed', words: percentWords },
    { extent: extentOf(counts, true), label: 'windows', words: (value) => String(value) },
    200,
  );
  return svgOf(
    frame,
    counts
      .map((count, i) =>
        count === 0
          ? ''
          : bar(frame, [extent.low + i * width, extent.low + (i + 1) * width], [0, count], 'before'),
      )
      .join('') + upright(frame, estimate, 'this measure'),
    'Apparent savings in windows in which nothing was changed, with the estimate marked',
  );
};

/** The whole change of emissions as steps that add up. */
export const changeWaterfall = ({ outcome }: Charted): string | undefined => {
  const change = outcome?.change;
  if (change === undefined) return undefined;
  const steps = [
    ['work done', change.activity],
    ['energy per work', change.intensity],
    ['facility', change.facility],
    ['grid', change.grid],
  ] as const;
  let sum = 0;
  const bars = steps.map(([label, value]) => {
    const from = sum;
    sum += value;
    return { label, from, to: sum };
  });
  const all = [...bars, { label: 'all together', from: 0, to: change.total as number }];
  const ends = all.flatMap(({ from, to }) => [from, to]);
  const scale = massScale(...ends);
  const height = extentOf(ends, true);
  const frame = frameOf(
    {
      extent: { low: 0, high: all.length },
      label: '',
      words: (at) => all[Math.floor(at)]?.label ?? '',
      ticks: all.map((_, i) => i + 0.5),
    },
    {
      extent: height,
      ticks: ticksIn(height, scale),
      label: `change of CO2e, ${scale.unit}`,
      words: (value) => scaled(value, scale),
    },
  );
  return svgOf(
    frame,
    all
      .map(({ from, to }, i) => bar(frame, [i + 0.2, i + 0.8], [from, to], to > from ? 'more' : 'less'))
      .join('') + across(frame, 0, 0, 'zero'),
    'Change of CO2e as steps: work done, energy per work, facility and grid',
  );
};

/** Shares of powered-on host-hours by utilisation, before and after. */
export const utilisationHistogram = (before: Side, after: Side, of: 'cpu' | 'gpu'): string | undefined => {
  const [first, second] = [before[of].histogram, after[of].histogram];
  if (first === undefined || second === undefined) return undefined;
  const frame = frameOf(
    { extent: { low: 0, high: 100 }, label: `${of.toUpperCase()} use, %`, words: (value) => String(value) },
    { extent: extentOf([...first, ...second], true), label: 'share of host-hours', words: percentWords },
    200,
  );
  const bars = (shares: readonly number[], kind: string, shift: number): string =>
    shares
      .map((share, i) =>
        share === 0 ? '' : bar(frame, [i * 5 + shift, i * 5 + shift + 2], [0, share], kind),
      )
      .join('');
  return svgOf(
    frame,
    bars(first, 'before', 0.4) + bars(second, 'after', 2.6),
    `${of.toUpperCase()} utilisation before and after`,
  );
};
