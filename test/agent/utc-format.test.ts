import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { UtcFormat } from '../../agent/package/utc-format.ts';

const byType = (parts: readonly { readonly type: string; readonly value: string }[]): object =>
  Object.fromEntries(parts.filter(({ type }) => type !== 'literal').map(({ type, value }) => [type, value]));

test('a job sees the parts of every date as the real formatter gives them for UTC', () => {
  const real = new Intl.DateTimeFormat('en-US', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    weekday: 'short',
    hour12: false,
    timeZone: 'UTC',
  });
  const ours = new UtcFormat('en-US', { timeZone: 'UTC' });
  fc.assert(
    fc.property(
      fc.date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true }),
      (date) => {
        // Some releases of ICU write midnight as 24; the scheduler takes either for 0.
        const expected = byType(real.formatToParts(date));
        if ('hour' in expected && expected.hour === '24') expected.hour = '00';
        expect(byType(ours.formatToParts(date))).toEqual(expected);
      },
    ),
  );
});

test('the zone is named as one of the ways in which releases of ICU name UTC', () => {
  const options = { timeZone: 'UTC', timeZoneName: 'shortOffset' } as const;
  const zone = (parts: readonly { readonly type: string; readonly value: string }[]) =>
    parts.find(({ type }) => type === 'timeZoneName')?.value;
  const known = /^GMT(\+0)?$/;
  expect(zone(new UtcFormat('en-US', options).formatToParts(new Date()))).toMatch(known);
  expect(zone(new Intl.DateTimeFormat('en-US', options).formatToParts(new Date()))).toMatch(known);
});

test('a job planned in another zone is refused at the start, not run at the wrong hour', () => {
  expect(() => new UtcFormat('en-US', { timeZone: 'Europe/Berlin' })).toThrow(RangeError);
  expect(() => new UtcFormat('en-US', {})).toThrow('local time');
});
