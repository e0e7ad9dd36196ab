/** Figures as people read them. */
import { expect, it } from 'vitest';
import { duration } from '../../agent/figures.ts';

it.each([
  [4.99, '5 s'],
  [0.2, '0 s'],
  [119.4, '119 s'],
  [119.6, '2 min'],
  [5400, '90 min'],
  [12_000, '3 h 20 min'],
  [4 * 86_400 + 6 * 3600, '4 d 6 h'],
])('%f seconds are shown as %s', (seconds, shown) => {
  expect(duration(seconds).replaceAll('\u00a0', ' ')).toBe(shown);
});
