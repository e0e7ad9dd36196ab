import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createGridRefresh, type GridRefresh } from '../../../src/grid/refresh.ts';
import { type GridAnswer, GridError } from '../../../src/model/grid.ts';
import type { GridState } from '../../../src/model/grid-state.ts';
import { gramsPerKWh, seconds } from '../../../src/units.ts';
import {
  answer,
  byHand,
  down,
  HOUR,
  MINUTE,
  NOON,
  reading,
  type Scripted,
  SERIES,
  scripted,
} from '../../fixtures/grid-provider.ts';

let now = NOON;
let refresh: GridRefresh | undefined;
let said: string[] = [];
const hand = byHand();

beforeEach(() => {
  now = NOON;
  said = [];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  refresh?.close();
  vi.useRealTimers();
});

const watch = (provider: Scripted): (() => GridState) => {
  const current = createGridRefresh({
    entries: [{ id: 'scripted-1', provider }],
    host: 'node-17',
    wall: () => now,
    schedule: hand.schedule,
    onEvent: ({ level, message }) => said.push(`${level} ${message}`),
  });
  refresh = current;
  return () => {
    const [state] = current.latest();
    if (state === undefined) throw new Error('no state');
    return state;
  };
};
/** Goes on in time with a question each quarter of an hour, as the timetable would ask. */
const passTo = async (until: number): Promise<void> => {
  while (now < until) {
    const step = Math.min(15 * MINUTE, until - now);
    now += step;
    await vi.advanceTimersByTimeAsync(step);
    await hand.fire();
  }
};
/** The hour before this one and those before, as most providers tell them. */
const lastHours =
  (count = 3) =>
  (at: number): GridAnswer => {
    const hour = Math.floor(at / HOUR) * HOUR;
    return answer(
      ...Array.from({ length: count }, (_, index) => reading(hour - (count - index) * HOUR, 300 + index)),
    );
  };

describe('what is known of a grid', () => {
  it('grows old by its newest reading, from fresh to gone, while the provider is down, and comes back', async () => {
    const provider = scripted(lastHours());
    const state = watch(provider);
    await refresh?.start();
    expect(state()).toMatchObject({ state: 'gone', readings: [] });
    await passTo(NOON + 15 * MINUTE);
    expect(state()).toMatchObject({ state: 'fresh', age: 900, fetchedAt: now });
    const booked = state().readings;

    provider.script = down;
    const seen: string[] = [];
    for (let hours = 0; hours < 26; hours += 0.25) {
      await passTo(now + 15 * MINUTE);
      const { state: standing, age = 0, error } = state();
      // Of the reading until noon, not of the last question.
      expect(age).toBe((now - NOON) / 1000);
      expect(error).toMatchObject({ kind: 'failed', since: NOON + 30 * MINUTE });
      if (seen.at(-1) !== standing) seen.push(standing);
      const expected = age <= 3600 ? 'fresh' : age <= 7200 ? 'stale' : age <= 86_400 ? 'degraded' : 'gone';
      expect(standing).toBe(expected);
    }
    expect(seen).toEqual(['fresh', 'stale', 'degraded', 'gone']);
    expect(state().readings).toEqual(booked);
    expect(state().counts.entered).toEqual({ fresh: 1, stale: 1, degraded: 1, gone: 1 });

    provider.script = lastHours();
    await passTo(now + HOUR);
    expect(state()).toMatchObject({ state: 'fresh' });
    expect(state().error).toBeUndefined();
    // What was told before the fault is still what it was.
    expect(state().readings.slice(0, booked.length)).toEqual(booked);
    expect(said).toEqual([
      'warn grid data of a test: gives no answer: http://grid answers 502. Wait.',
      'warn grid data of a test: its last reading is more than two intervals old; it is used up to 24 hours, and marked',
      'warn grid data of a test: its last reading is more than 24 hours old; the factor of the year stands in',
      'info grid data of a test: answers again',
    ]);
  });

  it('does not get younger by an answer that tells nothing new', async () => {
    const provider = scripted(() => answer(reading(NOON - 3 * HOUR, 280)));
    const state = watch(provider);
    await refresh?.ask();
    expect(state()).toMatchObject({ state: 'stale', age: 7200, fetchedAt: NOON });
    now += HOUR;
    await refresh?.ask();
    expect(state()).toMatchObject({ state: 'degraded', age: 10_800, fetchedAt: now });
  });

  it('takes what is told anew, counts it, and keeps the rest', async () => {
    const provider = scripted(() => answer(reading(NOON - 2 * HOUR, 280), reading(NOON - HOUR, 290)));
    const state = watch(provider);
    await refresh?.ask();
    provider.script = () => answer(reading(NOON - HOUR, 310), reading(NOON, 320));
    await refresh?.ask();
    expect(state().readings.map(({ value }) => value)).toEqual([280, 310, 320]);
    expect(state().counts.restated).toBe(1);
  });

  it('replaces an hour by the quarters that are told of it later, never both', async () => {
    const provider = scripted(() => answer(reading(NOON - HOUR, 290)));
    const state = watch(provider);
    await refresh?.ask();
    const quarters = [0, 1, 2, 3].map((n) => {
      const from = NOON - HOUR + n * 15 * MINUTE;
      return reading(from, 280 + n, { to: from + 15 * MINUTE });
    });
    provider.script = () => answer(...quarters);
    await refresh?.ask();
    expect(state().readings).toEqual(quarters);
  });

  it('leaves out rows of the future, without a number, and that no grid can have; and counts them', async () => {
    const rows = [
      reading(NOON - 3 * HOUR, Number.NaN),
      reading(NOON - 2 * HOUR, 2001),
      reading(NOON - HOUR, -1),
      reading(NOON, 300),
      reading(NOON + 30 * MINUTE, 301),
      reading(NOON + HOUR, 302),
      reading(NOON - 9 * HOUR, 303, { to: NOON - 10 * HOUR }),
    ];
    const provider = scripted(() => answer(...rows));
    const state = watch(provider);
    await refresh?.ask();
    expect(state().readings).toEqual([reading(NOON, 300)]);
    expect(state().counts.dropped).toEqual({ missing: 2, absurd: 2, future: 2, overlap: 0 });
  });

  it('lets a marginal value be higher than any average', async () => {
    const marginal = { ...SERIES, signal: 'marginal', basis: 'marginal' } as const;
    const rows = [reading(NOON - 2 * HOUR, 2500), reading(NOON - HOUR, 4001)];
    const state = watch(scripted(() => ({ ...answer(...rows), series: marginal })));
    await refresh?.ask();
    expect(state().readings.map(({ value }) => value)).toEqual([2500]);
  });

  it('keeps two days and not more, but the newest reading in any case', async () => {
    const hours = Array.from({ length: 100 }, (_, index) => reading(NOON - (100 - index) * HOUR, index));
    const provider = scripted(() => answer(...hours));
    const state = watch(provider);
    await refresh?.ask();
    expect(state().readings).toHaveLength(48);
    provider.script = () => answer();
    now += 100 * HOUR;
    await refresh?.ask();
    expect(state().readings).toEqual([hours.at(-1)]);
    expect(state().state).toBe('gone');
  });

  it('never mixes two series: another basis begins anew and is told', async () => {
    const provider = scripted(() => answer(reading(NOON - 2 * HOUR, 290)));
    const state = watch(provider);
    await refresh?.ask();
    const lifecycle = { ...SERIES, basis: 'lifecycle' } as const;
    provider.script = () => ({ ...answer(reading(NOON - HOUR, 340)), series: lifecycle });
    await refresh?.ask();
    expect(state().readings).toEqual([reading(NOON - HOUR, 340)]);
    expect(state()).toMatchObject({ series: lifecycle, counts: { seriesChanges: 1 } });
    expect(said).toEqual([
      'warn grid data of a test: is another series now: basis "lifecycle" after "direct"',
    ]);
  });

  it('keeps a forecast until there is another one, with believable values alone', async () => {
    const ahead = [reading(NOON + HOUR, 250), reading(NOON + 2 * HOUR, Number.NaN)];
    const provider = scripted(() => ({
      ...answer(reading(NOON, 300)),
      forecast: { generatedAt: NOON, readings: ahead },
    }));
    const state = watch(provider);
    await refresh?.ask();
    provider.script = () => answer(reading(NOON, 300));
    await refresh?.ask();
    expect(state().forecast).toEqual({ generatedAt: NOON, readings: [reading(NOON + HOUR, 250)] });
  });

  it('tells a note of the provider once', async () => {
    const provider = scripted(() => ({ ...answer(), notes: ['the zone was mapped to\nDE'] }));
    watch(provider);
    await refresh?.ask();
    await refresh?.ask();
    expect(said).toEqual(['info grid data of a test: the zone was mapped to DE']);
  });
});

describe('a provider that fails', () => {
  it('is asked after 30 s, then half as often each time, down to every half an hour', async () => {
    const provider = scripted(down);
    const state = watch(provider);
    await refresh?.ask();
    const pauses: number[] = [];
    for (let times = 0; times < 9; times += 1) {
      const pause = (state().next ?? 0) - now;
      pauses.push(pause / 1000);
      // The timetable comes by meanwhile and asks nothing.
      await hand.fire();
      now += pause - 1;
      await hand.fire();
      expect(provider.asked).toHaveLength(times + 1);
      now += 1;
      await vi.advanceTimersByTimeAsync(pause);
      expect(provider.asked).toHaveLength(times + 2);
    }
    pauses.forEach((pause, index) => {
      const least = Math.min(30 * 2 ** index, 1800);
      expect(pause).toBeGreaterThanOrEqual(least);
      expect(pause).toBeLessThanOrEqual(least * 1.1);
    });
    expect(said).toHaveLength(1);
  });

  it('is not asked before the time that it asks for', async () => {
    const provider = scripted(() => new GridError('busy', 'asked too often', { retryAfter: seconds(600) }));
    const state = watch(provider);
    await refresh?.ask();
    expect(state().next).toBe(NOON + 600_000);
    provider.script = lastHours();
    now += 599_000;
    await vi.advanceTimersByTimeAsync(599_000);
    await hand.fire();
    expect(provider.asked).toHaveLength(1);
    now += 1000;
    await vi.advanceTimersByTimeAsync(1000);
    expect(state()).toMatchObject({ state: 'fresh' });
  });

  it('is not asked again once it refused the key, until the key is another one', async () => {
    const provider = scripted(() => new GridError('refused', 'wrong key', { fix: 'Correct it.' }));
    const state = watch(provider);
    await refresh?.start();
    await passTo(NOON + 48 * HOUR);
    expect(provider.asked).toHaveLength(1);
    expect(state().next).toBeUndefined();
    expect(said.filter((line) => line.includes('wrong key'))).toHaveLength(1);
    provider.script = lastHours();
    provider.keyIsNew = true;
    await passTo(now + 15 * MINUTE);
    expect(state()).toMatchObject({ state: 'fresh', counts: { asked: 2 } });
  });

  it('that does not know the zone is told once and asked each half an hour', async () => {
    const provider = scripted(() => new GridError('unknown', 'no zone XX'));
    watch(provider);
    await refresh?.start();
    await passTo(NOON + 5 * HOUR);
    expect(said).toEqual(['warn grid data of a test: gives no answer: no zone XX']);
    expect(provider.asked.length).toBeGreaterThan(5);
    expect(provider.asked.length).toBeLessThan(12);
  });

  it('with an error that is none of its own says to report it', async () => {
    const state = watch(scripted(() => new TypeError('x is not a function')));
    await refresh?.ask();
    expect(state().error).toMatchObject({ kind: 'failed', fix: expect.stringMatching(/report/) });
  });

  it('that never answers is given up, and asked again', async () => {
    const provider = scripted(() => new Promise<never>(() => {}));
    const state = watch(provider);
    const asking = refresh?.ask();
    await refresh?.start();
    // One question at a time, however often it is due.
    const due = [hand.fire(), hand.fire()];
    await vi.advanceTimersByTimeAsync(60_000);
    expect(provider.asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(60_000);
    await Promise.all([asking, ...due]);
    expect(provider.asked).toHaveLength(1);
    expect(state().error?.message).toBe('a test: no answer within 120 s');
  });

  it('is asked again after its pause also where the clock was set back by a day', async () => {
    const provider = scripted(down);
    watch(provider);
    await refresh?.ask();
    now -= 24 * HOUR;
    await vi.advanceTimersByTimeAsync(40_000);
    expect(provider.asked).toHaveLength(2);
  });
});

it('one that fails does not hold up another', async () => {
  const good = scripted(lastHours());
  refresh = createGridRefresh({
    entries: [
      { id: 'a', provider: scripted(down) },
      { id: 'b', provider: good },
      { id: 'c', provider: scripted(() => answer({ ...reading(NOON, 1), value: gramsPerKWh(Number.NaN) })) },
    ],
    host: 'node-17',
    wall: () => now,
  });
  await refresh.ask();
  expect(refresh.latest().map(({ state }) => state)).toEqual(['gone', 'fresh', 'gone']);
});

it('nothing is asked once it is closed', async () => {
  const provider = scripted(lastHours());
  watch(provider);
  await refresh?.start();
  refresh?.close();
  expect(hand.planned()).toBe(0);
  await vi.advanceTimersByTimeAsync(60_000);
  await refresh?.ask();
  expect(provider.asked).toEqual([]);
});
