import {
  type Calibration,
  type CalibrationPlan,
  type CalibrationProgress,
  type CurveFile,
  type LoadCurve,
  powerAt,
  ratio,
  SETTLE,
  type Seconds,
  seconds,
  WATCHED,
} from '../src/index.ts';
import { printable, table } from './table.ts';

const percent = (share: number, digits = 0): string => `${(share * 100).toFixed(digits)} %`;

export const timeText = (seconds: number): string => {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
};

/** Of the whole, the look at what else runs included. */
export const durationOf = ({ steps, stepDuration }: CalibrationPlan): Seconds =>
  seconds(WATCHED + steps.length * stepDuration);

/** What will be done and how long it takes. */
export const planText = (plan: CalibrationPlan, burner: string, output: string): string => {
  const { steps, stepDuration } = plan;
  const counted = stepDuration * (1 - SETTLE);
  return [
    `Load steps  ${steps.map((step) => percent(step)).join(', ')}, each ${timeText(stepDuration)}, of which the last ${timeText(counted)} count`,
    `Burner      ${burner}`,
    `Takes       ${timeText(durationOf(plan))}; Ctrl-C stops it and writes nothing`,
    `Output      ${output}`,
    '',
  ].join('\n');
};

export const progressText = (progress: CalibrationProgress, steps: number): string => {
  switch (progress.stage) {
    case 'meter':
      return `meter ${printable(progress.meter.text)}; other work keeps ${percent(progress.busy, 1)} of the processors busy\n`;
    case 'step':
      return `step ${progress.number} of ${steps}: ${percent(progress.asked)} asked ...\n`;
    case 'measured': {
      const { load, power, pairs } = progress.step;
      return `  ${percent(load, 1)} reached, ${power.toFixed(1)} W (${pairs} readings)\n`;
    }
  }
};

/** The default steps lie 25 % apart; what other work does to them widens that a little. */
const WIDE = 0.35;

/** A warning where steps that reached other loads than they were asked for left a hole; else ''. */
export const gapText = ({ from, to }: Calibration['fit']['widest']): string =>
  to - from > WIDE
    ? `warning: nothing was measured between ${percent(from)} and ${percent(to)} load: the curve is a straight line there; add --steps\n`
    : '';

export interface CurveRow {
  readonly load: number;
  readonly watts: number;
  readonly extrapolated: boolean;
  readonly publishedWatts?: number;
  /** Published over measured, less one. */
  readonly difference?: number;
}

/** The measured curve beside the published one of this processor's family. */
export const curveRows = ({ points }: CurveFile, published: LoadCurve | undefined): readonly CurveRow[] =>
  points.map(({ load, watts, extrapolated = false }) => {
    const row = { load, watts, extrapolated };
    if (published === undefined) return row;
    const publishedWatts = powerAt(published, ratio(load));
    return { ...row, publishedWatts, ...(watts > 0 ? { difference: publishedWatts / watts - 1 } : {}) };
  });

export const resultText = (file: CurveFile, path: string, published: LoadCurve | undefined): string => {
  const rows = curveRows(file, published).map((row) => [
    percent(row.load),
    row.watts.toFixed(1),
    row.publishedWatts?.toFixed(1) ?? '',
    row.difference === undefined ? '' : `${row.difference < 0 ? '' : '+'}${percent(row.difference)}`,
    row.extrapolated ? 'extrapolated' : '',
  ]);
  const partly = file.covers === 'components' ? ' (processors and memory, without board and supply)' : '';
  return [
    '',
    table(['LOAD', 'WATTS', 'PUBLISHED W', 'DIFFERENCE', ''], rows).trimEnd(),
    '',
    `Measured against ${printable(file.meter)}${partly}: ${file.pairs} readings from ${percent(file.measured_from, 1)} to ${percent(file.measured_to, 1)} load.`,
    `${percent(file.error_band_quantile)} of them lie within +-${percent(file.error_band, 1)} of the curve, which explains ${percent(file.r_squared, 1)} of the variance. Another host, and`,
    'other work than these steps, differ by more.',
    published === undefined
      ? 'No published curve stands for this processor.'
      : `Published: ${published.name}, whole servers at the wall; ${published.citation}.`,
    '',
    `Written: ${path}. For hosts and guests of this type, in their configuration:`,
    '',
    'sources:',
    '  model:',
    `    curve_file: ${JSON.stringify(path)}`,
    '    # in a guest, where not one for each processor it sees: hardware threads that it holds',
    '    # guest_threads: 4',
    '',
  ].join('\n');
};
