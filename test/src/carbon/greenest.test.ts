/** When to run something: by a forecast, honest about what it does not cover. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { greenest } from '../../../src/carbon/greenest.ts';
import type { GridForecast } from '../../../src/model/grid.ts';
import { gramsPerKWh } from '../../../src/units.ts';

const HOUR = 3_600_000;
const forecast = (...values: readonly number[]): GridForecast => ({
  generatedAt: -HOUR,
  readings: values.map((value, i) => ({
    from: i * HOUR,
    to: (i + 1) * HOUR,
    value: gramsPerKWh(value),
    estimated: false,
  })),
});
const ask = (of: GridForecast, duration: number, within: number, now = 0) =>
  greenest(of, { now, duration: duration * HOUR, within: within * HOUR });

describe('the greenest start', () => {
  it('is the one with the lowest mean over the whole run, with its saving against now and against the mean', () => {
    const answer = ask(forecast(300, 300, 100, 200, 400, 500), 2, 6);
    expect(answer?.starts[0]).toMatchObject({ start: 2 * HOUR, end: 4 * HOUR, intensity: 150 });
    expect(answer?.starts[0]?.savesAgainstNow).toBeCloseTo(0.5, 12);
    expect(answer?.mean).toBe(300);
    expect(answer?.starts[0]?.savesAgainstMean).toBeCloseTo(0.5, 12);
    expect(answer).toMatchObject({ now: 300, covered: 6 * HOUR, age: HOUR });
  });

  it('is now where nothing is better, and saves nothing', () => {
    const [first] = ask(forecast(100, 200, 300), 1, 3)!.starts;
    expect(first).toMatchObject({ start: 0, savesAgainstNow: 0 });
  });

  it('of a run that is no whole hour may begin within a reading, so that it ends with a good one', () => {
    expect(ask(forecast(400, 400, 100, 900), 1.5, 4)?.starts[0]?.start).toBe(1.5 * HOUR);
  });

  it('is never one that the forecast does not cover whole, and says how much it covers', () => {
    const holed = forecast(300, 300, 10, 300);
    const answer = ask({ ...holed, readings: holed.readings.filter((_, i) => i !== 1) }, 2, 24);
    expect(answer?.starts.map(({ start }) => start)).toEqual([2 * HOUR]);
    expect(answer?.covered).toBe(3 * HOUR);
    expect(answer?.now, 'a run now would meet the hole').toBeUndefined();
    expect(answer?.starts[0]).not.toHaveProperty('savesAgainstNow');
  });

  it('of marginal values below 0 has no share of saving, which would mean nothing', () => {
    const [first] = ask(forecast(-10, -200, 100), 1, 3)!.starts;
    expect(first).toMatchObject({ start: HOUR, intensity: -200 });
    expect(first).not.toHaveProperty('savesAgainstNow');
    expect(first).not.toHaveProperty('savesAgainstMean');
  });

  it('is none where the run is longer than the time, or than the forecast, or where that is over', () => {
    expect(ask(forecast(1, 2), 3, 2)).toBeUndefined();
    expect(ask(forecast(1, 2), 3, 9)).toBeUndefined();
    expect(ask(forecast(1, 2), 1, 9, 5 * HOUR)).toBeUndefined();
    expect(ask(forecast(), 1, 9)).toBeUndefined();
    expect(ask(forecast(1), 0, 9)).toBeUndefined();
  });

  it('is as good as the best of all minutes, whatever the forecast', () => {
    const minute = 60_000;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 12 }),
        fc.integer({ min: 1, max: 120 }),
        (values, minutes) => {
          const of = forecast(...values);
          const whole = values.length * HOUR;
          const duration = minutes * minute;
          const answer = greenest(of, { now: 0, duration, within: whole });
          const meanFrom = (start: number): number => {
            let sum = 0;
            for (let at = start; at < start + duration; at += minute) sum += values[Math.floor(at / HOUR)]!;
            return sum / minutes;
          };
          let best = Number.POSITIVE_INFINITY;
          for (let start = 0; start + duration <= whole; start += minute)
            best = Math.min(best, meanFrom(start));
          expect(answer?.starts[0]?.intensity).toBeCloseTo(best, 6);
          for (const { start, intensity } of answer?.starts ?? [])
            expect(intensity).toBeCloseTo(meanFrom(start), 6);
        },
      ),
      { numRuns: 60 },
    );
  });
});
