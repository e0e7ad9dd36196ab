import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantOf, toMinute } from '../../../src/grid/instant.ts';

describe('a time of a provider', () => {
  it.each([
    ['2018-01-20T12:00Z', '2018-01-20T12:00:00.000Z'],
    ['2026-11-23T12:30:00+01:00', '2026-11-23T11:30:00.000Z'],
    ['2026-11-23T12:30:00-0330', '2026-11-23T16:00:00.000Z'],
    ['2022-05-17T20:45:11.5092741+00:00', '2022-05-17T20:45:11.509Z'],
    ['2026-11-23T12:30:00.5Z', '2026-11-23T12:30:00.500Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('is read with its offset: %s', (text, instant) => {
    expect(new Date(instantOf(text) ?? 0).toISOString()).toBe(instant);
  });

  it.each([
    ...['', 'yesterday', '2026-11-23', '2026-11-23T12:30', '2026-11-23T12:30:00', '2026-11-23 12:30Z'],
    ...[
      '2026-02-29T00:00Z',
      '2026-13-01T00:00Z',
      '2026-11-23T24:00Z',
      '2026-11-23T12:60Z',
      '2026-11-23T12:00+15:00',
    ],
    ...[' 2026-11-23T12:00Z', '2026-11-23T12:00Z ', '+012026-11-23T12:00Z'],
  ])('is none where it is no time, or does not tell its offset: "%s"', (text) => {
    expect(instantOf(text)).toBeUndefined();
  });

  it('comes back as it was, to the minute', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000 }), (hours) => {
        const instant = hours * 3_600_000 + 1_800_000;
        expect(instantOf(toMinute(instant))).toBe(instant);
      }),
    );
  });
});
