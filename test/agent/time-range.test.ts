/** Dates and ranges as people type them, in UTC or in their own zone. */
import { describe, expect, it } from 'vitest';
import { parseInstant, parseRange } from '../../agent/time-range.ts';

const utc = (text: string): number => Date.parse(text) / 1000;

describe('an instant', () => {
  it.each([
    ['2026-08-03', 'UTC', '2026-08-03T00:00Z'],
    ['2026-08-03T14:30', 'UTC', '2026-08-03T14:30Z'],
    ['2026-08-03 14:30', 'UTC', '2026-08-03T14:30Z'],
    ['2026-08-03T14:30+02:00', 'UTC', '2026-08-03T12:30Z'],
    ['2026-08-03', 'Europe/Berlin', '2026-08-02T22:00Z'],
    ['2026-01-15', 'Asia/Shanghai', '2026-01-14T16:00Z'],
    // The night in which clocks go forward: midnight is still winter time.
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00Z'],
    ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00Z'],
    ['2026-08-03T00:00Z', 'Europe/Berlin', '2026-08-03T00:00Z'],
  ])('%s in %s is %s', (text, zone, wanted) => {
    expect(parseInstant(text, zone)).toBe(utc(wanted));
  });

  it.each([['yesterday'], ['2026-13-01'], ['2026'], ['']])('"%s" is refused with an example', (text) => {
    expect(() => parseInstant(text)).toThrow(/is no time: write a date such as 2026-08-03/);
  });

  it('a zone that there is not is refused', () => {
    expect(() => parseInstant('2026-08-03', 'Europe/Atlantis')).toThrow(/is no time zone/);
  });
});

describe('a range', () => {
  it.each([
    ['2026-08-03/2026-08-31', '2026-08-03T00:00Z', '2026-08-31T00:00Z'],
    ['2026-08-03/28d', '2026-08-03T00:00Z', '2026-08-31T00:00Z'],
    ['4w/2026-08-31', '2026-08-03T00:00Z', '2026-08-31T00:00Z'],
    ['2026-08-03T06:00/12h', '2026-08-03T06:00Z', '2026-08-03T18:00Z'],
  ])('%s', (text, from, to) => {
    expect(parseRange(text)).toEqual({ from: utc(from), to: utc(to) });
  });

  it('of days keeps to the calendar of its zone where clocks change within it', () => {
    const berlin = (text: string) => parseRange(text, 'Europe/Berlin');
    expect(berlin('2026-10-12/28d')).toEqual(berlin('2026-10-12/2026-11-09'));
    expect(berlin('28d/2026-11-09')).toEqual(berlin('2026-10-12/2026-11-09'));
    expect(berlin('2026-10-12/28d').to).toBe(utc('2026-11-08T23:00Z'));
    expect(berlin('2026-10-25T00:00/24h').to).toBe(utc('2026-10-25T22:00Z'));
  });

  it.each([['2026-08-03'], ['28d/28d'], ['2026-08-31/2026-08-03'], ['2026-08-03/2026-08-03'], ['a/b']])(
    '"%s" is refused',
    (text) => {
      expect(() => parseRange(text)).toThrow();
    },
  );
});
