import type { MeasureOutcome, MeasureReport, Verdict } from '../model/comparison.ts';
import { counted } from '../model/counted.ts';
import type { DesignName, EnergyInterval } from '../model/estimate.ts';
import { overlapSentence } from './overlap-words.ts';
import { energyScale, massScale, percentWords, type Scale, scaled } from './quantity-words.ts';

/** As screens and reports say it. */
export const VERDICTS: Readonly<Record<Verdict, string>> = {
  verified: 'VERIFIED',
  indicative: 'INDICATIVE',
  not_verified: 'NOT SHOWN',
  increase: 'INCREASE',
  refused: 'CANNOT TELL',
};

/** People's words first, the term behind them. */
export const DESIGNS: Readonly<Record<DesignName, string>> = {
  switchback: 'randomised on/off test (switchback)',
  ab: 'randomised hosts (A/B)',
  'difference-in-differences': 'untouched hosts (difference in differences)',
  'synthetic-control': 'untouched hosts (synthetic control)',
  'adjusted-baseline': 'before and after at the same work (adjusted baseline)',
  segmented: 'before and after with a trend (segmented regression)',
  'before-after': 'before and after, as metered',
};

/** `198 kWh (193 to 202, 90 %)`. */
export const energyWithInterval = (avoided: number, { low, high, level }: EnergyInterval): string => {
  const scale = energyScale(avoided, low, high);
  return `${scaled(avoided, scale)} ${scale.unit} (${scaled(low, scale)} to ${scaled(high, scale)}, ${Math.round(level * 100)} %)`;
};

/** `±4.4 kWh`: half of an interval, in the unit of what it stands beside. */
export const halfWidth = ({ low, high }: EnergyInterval, scale: Scale): string =>
  `±${scaled((high - low) / 2, scale)} ${scale.unit}`;

/** How often this method was right when nothing changed. */
export const coverageWords = ({ coverage }: MeasureOutcome): string =>
  coverage === undefined
    ? 'how often this method was right when nothing changed: not measured'
    : `how often this method was right when nothing changed: ${percentWords(coverage.ratio)} of ${counted(coverage.windows, 'window')} (${coverage.independent} without overlap, so ±${(coverage.standardError * 100).toFixed(0)} points); 90 % was meant`;

/** Whether it may as well be nothing: 0 lies in it. */
export const isOpen = ({ low, high }: { readonly low: number; readonly high: number }): boolean =>
  low <= 0 && high >= 0;

/**
 * CO2e of the avoided energy with the interval of that energy, apart from what the grid did; undefined where no factor
 * held. Of a saving that is not shown there is an interval and no amount.
 */
export const emissionsSentence = ({ emissions, interval }: MeasureOutcome): string | undefined => {
  if (emissions === undefined || interval === undefined) return undefined;
  const { energyEffect, energyEffectLow: low, energyEffectHigh: high, gridEffect } = emissions;
  const scale = massScale(energyEffect, low, high, gridEffect);
  const range = (from: number, to: number, unit = ''): string =>
    `${scaled(from, scale)} to ${scaled(to, scale)}${unit}, ${Math.round(interval.level * 100)} %`;
  const amount =
    isOpen(interval) || isOpen({ low, high })
      ? `no amount is shown (${range(low, high, ` ${scale.unit}`)})`
      : energyEffect < 0
        ? `${scaled(-energyEffect, scale)} ${scale.unit} more than expected (${range(-high, -low)})`
        : `${scaled(energyEffect, scale)} ${scale.unit} avoided (${range(low, high)})`;
  const grid =
    gridEffect === undefined || gridEffect === 0
      ? ''
      : `; the grid by itself ${scaled(gridEffect, scale)} ${scale.unit}, which is none of the measure's`;
  return `CO2e: ${amount} at the factors of the reporting period${grid}`;
};

/** One sentence that may be quoted as it is. */
export const outcomeSentence = ({ plan, outcome, overlap, before, after }: MeasureReport): string => {
  const { verdict, avoided, interval, fraction, estimate, refusals } = outcome;
  if (verdict === 'refused' || avoided === undefined || interval === undefined || estimate === undefined)
    return (
      (overlap && overlapSentence(plan.name, overlap)) ??
      `No figure can be given. ${refusals.map(({ text }) => sentence(text)).join(' ') || 'No design gives one.'}`
    );
  const expected = energyScale(estimate.expected);
  const used = `${percentWords(Math.abs(fraction ?? 0))} of the ${scaled(estimate.expected, expected)} ${expected.unit} that these hosts would have used for the work done`;
  const rose = after.energy > before.energy ? ' Total energy rose all the same.' : '';
  switch (verdict) {
    case 'verified':
    case 'indicative':
      return `Avoided ${energyWithInterval(avoided, interval)}, ${used}.${rose}`;
    case 'increase':
      return `Used ${energyWithInterval(-avoided, { ...interval, low: -interval.high as never, high: -interval.low as never })} more than expected, ${used}.`;
    case 'not_verified':
      return `A saving is not shown: the interval ${intervalWords(interval)} has 0 in it. That is not "no effect".`;
  }
};

/** Reasons are written with their last stop, some without. */
const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

export const intervalWords = ({ low, high, level }: EnergyInterval): string => {
  const scale = energyScale(low, high);
  return `${scaled(low, scale)} to ${scaled(high, scale)} ${scale.unit} (${Math.round(level * 100)} %)`;
};
