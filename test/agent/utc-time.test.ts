import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { utcTime } from '../../agent/utc-time.ts';

test('a time in the log is written as ISO 8601 has it', () => {
  expect(utcTime(0)).toBe('1970-01-01T00:00:00.000Z');
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
      (date) => {
        expect(utcTime(date.getTime())).toBe(date.toISOString());
      },
    ),
  );
});
