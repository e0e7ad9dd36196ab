/** Figures as people read them. */
import { expect, it } from 'vitest';
import { duration, energies } from '../../agent/figures.ts';

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

it.each([
  [
    [29.4, 28.5, 30.2],
    ['29.4', '28.5', '30.2', 'kWh'],
  ],
  [
    [-0.0918, -0.754, 0.571],
    ['-0.0918', '-0.754', '0.571', 'kWh'],
  ],
  [
    [0.02, 0.01, 0.03],
    ['20.0', '10.0', '30.0', 'Wh'],
  ],
  [
    [1200, -300, 2700],
    ['1.20', '-0.300', '2.70', 'MWh'],
  ],
])('energies that stand beside each other, %j kWh, have one unit', (kwh, shown) => {
  const { values, unit } = energies(...kwh);
  expect([...values, unit]).toEqual(shown);
});
