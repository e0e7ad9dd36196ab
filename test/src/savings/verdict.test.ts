/** From figures to words: what may be said, and which design speaks. */
import { describe, expect, it } from 'vitest';
import type { DesignEstimate, DesignName, Grade } from '../../../src/model/estimate.ts';
import { chooseDesign } from '../../../src/savings/choose-design.ts';
import { gradeOf, weaker } from '../../../src/savings/grade.ts';
import { figureRefusals } from '../../../src/savings/guard-figures.ts';
import { verdictOf } from '../../../src/savings/verdict.ts';
import { joules, ratio } from '../../../src/units.ts';

const interval = (low: number, high: number) => ({
  method: 'placebo' as const,
  level: ratio(0.9),
  low: joules(low),
  high: joules(high),
});
const say = (grade: Grade, low: number, high: number, more = {}) =>
  verdictOf({ grade, interval: interval(low, high), isRefused: false, isBlocked: false, ...more });

describe('the verdict', () => {
  it('is verified for grades A to C with all of the interval above 0, indicative for D', () => {
    expect(['A', 'B', 'C', 'D'].map((grade) => say(grade as Grade, 1, 2))).toEqual([
      'verified',
      'verified',
      'verified',
      'indicative',
    ]);
  });

  it('shows nothing where 0 is in the interval or its end, whatever the grade', () => {
    expect([say('A', 0, 2), say('A', -1, 2), say('D', -2, 0), say('A', -2, 0)]).toEqual(
      Array(4).fill('not_verified'),
    );
  });

  it('is an increase where all of the interval is below 0, also without a strong design', () => {
    expect([say('A', -2, -1), say('D', -2, -1)]).toEqual(['increase', 'increase']);
  });

  it('is no verified one where service is worse and nothing accepts it', () => {
    expect(say('A', 1, 2, { isBlocked: true })).toBe('indicative');
  });

  it('is refused with a refusal, without an interval, without a number, and without work', () => {
    expect(say('A', 1, 2, { isRefused: true })).toBe('refused');
    expect(say('A', 1, 2, { interval: undefined })).toBe('refused');
    expect(say('A', Number.NaN, 2)).toBe('refused');
    expect(say('A', 1, Number.POSITIVE_INFINITY)).toBe('refused');
    expect(say('E', 1, 2)).toBe('refused');
  });
});

const estimate = (design: DesignName, grade: Grade, avoided: number, isRefused = false): DesignEstimate => ({
  ...{ design, grade, expected: joules(1000), actual: joules(1000 - avoided), avoided: joules(avoided) },
  ...{ intervals: [], interval: interval(avoided - 1, avoided + 1), coverage: undefined, pValue: undefined },
  ...{ detectable: undefined, flags: [], diagnostics: {}, expectedSeries: undefined, placebo: [] },
  refusals: isRefused ? [{ flag: 'pre_trend', text: '', remedy: '' }] : [],
});

describe('of several designs', () => {
  it('the strongest speaks, never the one that found most; the others are listed', () => {
    const all = [
      estimate('adjusted-baseline', 'C', 500),
      estimate('difference-in-differences', 'B', 10),
      { design: 'synthetic-control' as const, refusals: [{ flag: 'few_donors', text: '', remedy: '' }] },
    ];
    const { chosen, others } = chooseDesign(all);
    expect(chosen?.design).toBe('difference-in-differences');
    expect(others).toHaveLength(2);
    for (const order of [[...all].reverse(), [all[1]!, all[2]!, all[0]!]])
      expect(chooseDesign(order).chosen?.design).toBe('difference-in-differences');
  });

  it('a refused one gives way, and speaks where all are refused', () => {
    const free = estimate('adjusted-baseline', 'D', 5);
    expect(chooseDesign([estimate('difference-in-differences', 'B', 5, true), free]).chosen).toBe(free);
    const both = [
      estimate('difference-in-differences', 'B', 5, true),
      estimate('adjusted-baseline', 'D', 5, true),
    ];
    expect(chooseDesign(both).chosen?.design).toBe('difference-in-differences');
    expect(chooseDesign([]).chosen).toBeUndefined();
  });
});

describe('the grade', () => {
  const input = {
    estimate: { design: 'switchback' as const, grade: 'A' as const },
    coverage: undefined,
    registration: { hashAtStart: 'aa', frozenAt: 10, hashNow: 'aa' },
    start: 10,
    quality: 'measured' as const,
    didMeterVary: false,
  };
  const coverage = (share: number) => ({
    ratio: ratio(share),
    windows: 100,
    independent: 20,
    standardError: ratio(0.05),
  });

  it('is that of the design where plan and data are in order', () => {
    expect(gradeOf(input)).toEqual({ grade: 'A', reasons: [] });
  });

  it('is never above D without a plan, with a late or an edited one, with estimated power, a varied meter or poor coverage', () => {
    const cases = [
      { registration: undefined },
      { registration: { ...input.registration, hashAtStart: undefined } },
      { registration: { ...input.registration, frozenAt: 11 } },
      { registration: { ...input.registration, hashNow: 'bb' } },
      { quality: 'estimated' as const },
      { didMeterVary: true },
      { coverage: coverage(0.79) },
    ];
    for (const change of cases) expect(gradeOf({ ...input, ...change }).grade).toBe('D');
    expect(gradeOf({ ...input, coverage: coverage(0.8) }).grade).toBe('A');
    expect(gradeOf({ ...input, quality: 'derived' as never }).grade).toBe('A');
  });

  it('has its reasons worst first', () => {
    const { grade, reasons } = gradeOf({
      ...input,
      estimate: { design: 'difference-in-differences', grade: 'B' },
      quality: 'estimated',
    });
    expect(grade).toBe('D');
    expect(reasons.map(({ flag }) => flag)).toEqual(['estimated_power', 'design_difference_in_differences']);
  });

  it('of two is the weaker one', () => {
    expect([weaker('A', 'D'), weaker('D', 'A'), weaker('B', 'B')]).toEqual(['D', 'D', 'B']);
  });
});

describe('figures that can not be', () => {
  const flags = (expected: number, actual: number, avoided: number, low: number, high: number) =>
    figureRefusals({ expected: joules(expected), actual: joules(actual) }, avoided, interval(low, high)).map(
      ({ flag }) => flag,
    );

  it('are refused: more than all, below 0, no number, an interval that says nothing', () => {
    expect(flags(100, 90, 10, 5, 15)).toEqual([]);
    expect(flags(100, 0, 101, 100, 102)).toEqual(['more_than_all']);
    expect(flags(100, -1, 10, 5, 15)).toEqual(['negative_energy']);
    expect(flags(0, 1, -1, -2, 0)).toEqual(['negative_energy']);
    expect(flags(Number.NaN, 1, 1, 1, 1)).toEqual(['not_finite']);
    expect(flags(100, 90, 10, 5, Number.POSITIVE_INFINITY)).toEqual(['not_finite']);
    expect(flags(100, 90, 10, -91, 111)).toEqual(['interval_too_wide']);
  });
});
