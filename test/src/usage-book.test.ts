import { expect, it } from 'vitest';
import { HOUR, MINUTE, type Usage } from '../../src/model/usage.ts';
import { joules } from '../../src/units.ts';
import { openUsageBook } from '../../src/usage-book.ts';
import { hourRow } from '../fixtures/usage.ts';

const minuteOf = (minute: number, scope: Usage['scope'] = 'host', name = ''): Usage => ({
  ...hourRow(minute * 60, 'DE', 2),
  period: MINUTE,
  scope,
  name,
});
const sumOf = (rows: readonly Usage[], period: number): number =>
  rows.filter((row) => row.period === period).reduce((sum, { energy }) => sum + energy, 0);

it('a disk that stays full for long costs minutes first, and their hours hold their sums', () => {
  const book = openUsageBook({ minutes: 100, hours: 50 });
  for (let minute = 0; minute < 600; minute += 1) book.add([minuteOf(minute)]);
  const rows = book.rows();
  expect(rows.filter(({ period }) => period === MINUTE).map(({ start }) => start / 60)).toEqual(
    Array.from({ length: 100 }, (_, i) => 500 + i),
  );
  expect(sumOf(rows, HOUR)).toBe(1200);
  expect(book.lost()).toEqual([
    '500 rows of minutes were let go while nothing could be kept; their hours are complete',
  ]);
  book.clear();
  expect([book.rows(), book.lost()]).toEqual([[], []]);
});

it('then parts and classes of the oldest hours, and the hours of the host last', () => {
  const book = openUsageBook({ minutes: 10, hours: 40 });
  for (let hour = 0; hour < 30; hour += 1)
    book.add([
      minuteOf(hour * 60),
      minuteOf(hour * 60, 'domain', 'dram-0'),
      minuteOf(hour * 60, 'class', 'web'),
    ]);
  const hosts = () => book.rows().filter(({ period, scope }) => period === HOUR && scope === 'host');
  expect(hosts()).toHaveLength(30);
  // Forty, and those of the ten minutes that are there.
  expect(book.rows().filter(({ period }) => period === HOUR).length).toBeLessThanOrEqual(50);
  expect(
    book
      .rows()
      .filter(({ scope, period }) => scope === 'class' && period === HOUR)
      .at(-1)?.start,
  ).toBe(29 * HOUR);
  for (let hour = 30; hour < 60; hour += 1) book.add([minuteOf(hour * 60)]);
  expect(hosts().length).toBeLessThanOrEqual(50);
  expect(hosts().at(-1)?.start).toBe(59 * HOUR);
  expect(book.lost().at(-1)).toMatch(/^\d+ hours of the host were let go, \d+ J: counters hold them still$/);
});

it('what an hour alone knows is in no minute', () => {
  const book = openUsageBook();
  book.add([hourRow(7200, 'DE', 5), { ...minuteOf(121), energy: joules(1) }]);
  expect(sumOf(book.rows(), HOUR)).toBe(6);
  expect(sumOf(book.rows(), MINUTE)).toBe(1);
});
