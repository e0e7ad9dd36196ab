import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeSchedule } from '../../../src/savings/switchback-check.ts';
import { blockAt, strataOf, switchbackBlocks } from '../../../src/savings/switchback-schedule.ts';

const HOUR = 3600;
const DAY = 86_400;
/** Monday, 5 January 2026, 00:00 UTC. */
const MONDAY = Date.UTC(2026, 0, 5) / 1000;

const schedule = (hours: number, seed = 'a', washout = 0) =>
  ({ design: 'switchback', block: hours * HOUR, washout, seed }) as const;

const anyHours = fc.constantFrom(1, 2, 3, 4, 6, 8, 12, 24, 48);
const anyStart = fc.integer({ min: 0, max: 60 * 24 }).map((hour) => MONDAY + hour * HOUR);

describe('a schedule of an on/off test', () => {
  it('has the measure on in half of the weekdays and half of the weekends, for each part of the day', () => {
    fc.assert(
      fc.property(fc.constantFrom(3, 6, 12, 24), anyStart, fc.string(), (hours, start, seed) => {
        const ons = new Map<string, [on: number, off: number]>();
        for (const block of switchbackBlocks(schedule(hours, seed), start, start + 28 * DAY)) {
          const weekday = new Date(((block.from + block.to) / 2) * 1000).getUTCDay();
          const key = `${weekday === 0 || weekday === 6} ${(block.from - start) % DAY}`;
          const [on, off] = ons.get(key) ?? [0, 0];
          ons.set(key, block.on ? [on + 1, off] : [on, off + 1]);
        }
        expect(ons.size).toBe((2 * 24) / hours);
        for (const [on, off] of ons.values()) expect(on).toBe(off);
      }),
      { numRuns: 50 },
    );
  });

  it('is the same for the same seed, whenever it ends, and another for another seed', () => {
    fc.assert(
      fc.property(anyHours, anyStart, fc.string(), (hours, start, seed) => {
        const long = switchbackBlocks(schedule(hours, seed), start, start + 70 * DAY);
        expect(switchbackBlocks(schedule(hours, seed), start, start + 20 * DAY)).toEqual(
          long.slice(0, Math.floor((20 * 24) / hours)),
        );
        expect(switchbackBlocks(schedule(hours, `${seed}!`), start, start + 70 * DAY)).not.toEqual(long);
      }),
      { numRuns: 50 },
    );
  });

  it('tells for any instant the arm that its list of blocks has', () => {
    const blocks = switchbackBlocks(schedule(6), MONDAY, MONDAY + 30 * DAY);
    for (const block of blocks)
      for (const instant of [block.from, block.to - 1])
        expect(blockAt(schedule(6), MONDAY, instant)).toEqual(block);
    expect(blockAt(schedule(6), MONDAY, MONDAY - 1)).toBeUndefined();
  });

  it('was fixed by its seed for ever: published schedules stay valid', () => {
    const arms = switchbackBlocks(schedule(24, '42'), MONDAY, MONDAY + 14 * DAY).map(({ on }) =>
      on ? 1 : 0,
    );
    expect(arms.join('')).toMatchInlineSnapshot(`"00100101011110"`);
  });

  it('gives every half of a stratum the same chance', () => {
    const counts = new Map<string, number>();
    const draws = 6000;
    for (let seed = 0; seed < draws; seed += 1) {
      const weekend = switchbackBlocks(schedule(24, `s${seed}`), MONDAY, MONDAY + 14 * DAY)
        .filter(({ from }) => [0, 6].includes(new Date(from * 1000).getUTCDay()))
        .map(({ on }) => (on ? 1 : 0))
        .join('');
      counts.set(weekend, (counts.get(weekend) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Chi-squared with 5 degrees of freedom: 20.5 is passed by chance once in a thousand times.
    const chi = [...counts.values()].reduce((sum, n) => sum + (n - draws / 6) ** 2 / (draws / 6), 0);
    expect(chi).toBeLessThan(20.5);
  });

  it('has no stratum twice and no block left out', () => {
    fc.assert(
      fc.property(anyHours, anyStart, (hours, start) => {
        const all = strataOf(schedule(hours), start, 3).flatMap((stratum) => [...stratum]);
        expect(all.sort((a, b) => a - b)).toEqual(all.map((_, at) => at));
        expect(all.length).toBe(hours <= 24 ? (42 * 24) / hours : 42);
      }),
    );
  });
});

describe('a schedule that can not be run', () => {
  const judge = (hours: number, days: number, drain: number, washout = drain) =>
    judgeSchedule({
      schedule: schedule(hours, 'a', washout * HOUR),
      start: MONDAY,
      end: MONDAY + days * DAY,
      step: HOUR,
      drain: drain * HOUR,
    });
  const flags = (remarks: readonly { readonly flag: string }[]) => remarks.map(({ flag }) => flag);

  it.each([
    [6, 10, 1, 'too_short'],
    [48, 18, 1, 'too_few_blocks'],
    [6, 28, 4, 'block_too_short'],
    [5, 28, 1, 'block_does_not_fit_days'],
    [0, 28, 0, 'block_does_not_fit_days'],
  ])('blocks of %d h over %d days with %d h of drain: %s', (hours, days, drain, flag) => {
    const { refusals } = judge(hours, days, drain);
    expect(flags(refusals)).toContain(flag);
    for (const { text, remedy } of refusals) {
      expect(text).toMatch(/\d/);
      expect(remedy).not.toBe('');
    }
  });

  it('is told when blocks are short, when the washout is, and when the end is uneven', () => {
    expect(judge(6, 28, 1)).toEqual({ refusals: [], warnings: [] });
    expect(flags(judge(6, 28, 2.5 as number, 3).warnings)).toEqual(['block_short']);
    expect(flags(judge(6, 28, 2, 1).warnings)).toEqual(['washout_short']);
    expect(flags(judge(6, 30, 1).warnings)).toEqual(['uneven_end']);
  });

  it('is refused where nothing is left of a block, or it does not fit the intervals', () => {
    expect(flags(judge(6, 28, 0, 6).refusals)).toEqual(['washout_takes_all']);
    expect(flags(judge(6, 28, 0.5).refusals)).toEqual(['block_does_not_fit_step']);
  });
});
