import { describe, expect, it } from 'vitest';
import { calendarReply, type Past, pastQueryOf, pastReply } from '../../agent/past-routes.ts';
import { calendarOf } from '../../src/carbon/calendar.ts';
import type { CalendarJson, PastJson } from '../../src/exporters/index.ts';
import { HOUR, MINUTE, type Usage } from '../../src/model/usage.ts';
import { memoryStore } from '../../src/store/index.ts';
import { grams, joules, seconds } from '../../src/units.ts';
import { drivenHost } from '../fixtures/samples.ts';

const NOW = Date.UTC(2026, 4, 20, 12, 30);
const at = (time: string): number => Date.parse(`2026-${time}Z`) / 1000;
const row = (period: 60 | 3600, start: number, watts: number, more: Partial<Usage> = {}): Usage => ({
  ...{ period, start, scope: 'host', name: '', gridZone: 'FR', quality: 'measured' },
  energy: joules(watts * period),
  ...{ withoutLocation: joules(0), withoutMarket: joules(0), covered: seconds(period) },
  ...{ poweredOn: seconds(period), location: grams(watts) },
  ...more,
});
const pastOf = (saved: readonly Usage[], unsaved: readonly Usage[] = [], timeZone?: string): Past => {
  const store = memoryStore();
  store.save(
    { bootId: 'b', savedAt: seconds(1), wall: NOW, counters: new Map(), engine: null, version: 1 },
    saved,
  );
  return { series: store.series, unsaved: () => unsaved, calendar: calendarOf(timeZone) };
};
const asked = (query: string) => ({ url: `/api/v1/history?${query}` }) as never;
const snapshot = drivenHost().settle();
const told = async <T>(reply: { body: string | Buffer } | Promise<{ body: string | Buffer }>): Promise<T> =>
  JSON.parse(String((await reply).body)) as T;

describe('the history of power', () => {
  it('is the mean of each step, and null where nothing was metered', async () => {
    const first = at('05-20T12:00:00');
    const rows = [
      row(MINUTE, first, 100),
      row(MINUTE, first + 60, 200, { energy: joules(200 * 30), covered: seconds(30) }),
      row(MINUTE, first + 360, 50),
      row(MINUTE, first, 70, { scope: 'domain', name: 'package-0' }),
      row(MINUTE, first, 999, { scope: 'class', name: 'web' }),
      row(HOUR, first, 999),
    ];
    const reply = pastReply(asked('since=2026-05-20T12:00:00Z&step=300'), pastOf(rows), snapshot, NOW);
    const past = await told<PastJson>(reply);
    expect(past.starts.slice(0, 3)).toEqual([first, first + 300, first + 600]);
    // 6,000 J and 6,000 J in 90 s.
    expect(past.host.powerWatts.slice(0, 3)).toEqual([133.333, 50, null]);
    expect(past.domains.map(({ id, powerWatts }) => [id, powerWatts[0]])).toEqual([['package-0', 70]]);
  });

  it('has what no save has kept yet, once', async () => {
    const minute = at('05-20T12:30:00');
    const half = { energy: joules(3000), covered: seconds(30) };
    const past = pastOf([row(MINUTE, minute, 0, half)], [row(MINUTE, minute, 0, half)]);
    const { host } = await told<PastJson>(
      pastReply(asked('since=2026-05-20T12:29:00Z'), past, snapshot, NOW),
    );
    expect(host.powerWatts).toEqual([null, 100]);
  });

  it('refuses what it cannot answer, with what it can', () => {
    const query = (text: string) => pastQueryOf(new URLSearchParams(text), NOW);
    expect(query('since=yesterday')).toMatch(/since is a time, such as/);
    expect(query('since=2999-01-01T00:00:00Z')).toMatch(/in the future/);
    expect(query('step=7')).toMatch(/step is one of 60, 120/);
    expect(query('since=0&step=60')).toMatch(/more than 720 steps/);
    expect(query('from=1')).toMatch(/there is no "from"; there are since, step/);
    // However far back is asked: minutes are kept for two days.
    expect(query('since=0')).toEqual({ from: NOW / 1000 - 48 * HOUR, to: at('05-20T12:40:00'), step: 600 });
  });

  it('says why it cannot be read, and what to do', async () => {
    const series = () => {
      throw Object.assign(new Error('state.db is damaged'), { fix: 'start the agent again' });
    };
    const reply = await pastReply(asked(''), { ...pastOf([]), series }, snapshot, NOW);
    expect([reply.status, reply.body]).toEqual([
      503,
      'the past cannot be read: state.db is damaged; start the agent again\n',
    ]);
  });
});

describe('today and this month', () => {
  const wall = snapshot.view.sample.wall;
  const hour = Math.floor(wall / 1000 / HOUR) * HOUR;

  it('are sums of hours since their start, with what is not saved yet', async () => {
    const day = Math.floor(wall / 1000 / (24 * HOUR)) * 24 * HOUR;
    const { getUTCDate } = Date.prototype;
    const past = pastOf(
      [row(HOUR, day - HOUR, 1000), row(HOUR, day, 100, { location: undefined, withoutLocation: joules(9) })],
      [row(HOUR, hour, 10, { quality: 'derived' })],
    );
    const calendar = await told<CalendarJson>(calendarReply(past, snapshot));
    expect(calendar.timeZone).toBe('UTC');
    expect(calendar.today.energyJoules).toBe(110 * HOUR);
    expect(calendar.today).toMatchObject({ locationGrams: 10, withoutLocationJoules: 9, quality: 'derived' });
    // The sample is of the first of January: yesterday was another month.
    expect(getUTCDate.call(new Date(wall))).toBe(1);
    expect(calendar.month.energyJoules).toBe(110 * HOUR);
  });

  it('have neither grams nor quality where nothing is known', async () => {
    const { today } = await told<CalendarJson>(calendarReply(pastOf([]), snapshot));
    expect(today).not.toHaveProperty('locationGrams');
    expect(today).not.toHaveProperty('quality');
    expect(today.coveredSeconds).toBe(0);
  });

  it('follow the clocks of a time zone, also where they change', () => {
    const berlin = calendarOf('Europe/Berlin');
    const iso = (start: number): string => new Date(start * 1000).toISOString();
    expect(iso(berlin.dayOf(Date.parse('2026-03-29T12:00:00Z')))).toBe('2026-03-28T23:00:00.000Z');
    expect(iso(berlin.monthOf(Date.parse('2026-03-31T12:00:00Z')))).toBe('2026-02-28T23:00:00.000Z');
    expect(iso(berlin.dayOf(Date.parse('2026-06-10T22:30:00Z')))).toBe('2026-06-10T22:00:00.000Z');
    // Rows begin at whole hours of UTC: the day in Kolkata at half past one.
    expect(iso(calendarOf('Asia/Kolkata').dayOf(Date.parse('2026-06-10T12:00:00Z')))).toBe(
      '2026-06-09T19:00:00.000Z',
    );
  });
});
