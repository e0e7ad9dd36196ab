/** Figures as people read them. */
import { expect, it } from 'vitest';
import { duration, energies, energy, figure, mass, perPiece, together } from '../../agent/figures.ts';

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

it.each([
  ['2.3e-9 Wh', together(energy(2.3e-12)), '<0.001 Wh'],
  ['1.2 mWh', together(energy(1.2e-6)), '0.00120 Wh'],
  ['nothing', together(energy(0)), '0 Wh'],
  ['a little less than nothing', together(energy(-2.3e-12)), '>-0.001 Wh'],
  ['5.1e-10 g', together(mass(5.1e-10)), '<0.001 g'],
  ['4e-9 J a piece', together(perPiece(4e-9)), '<0.001 mJ'],
  ['one job an hour', figure(1 / 3600), '0.000278'],
  ['7e-9 of something', figure(7e-9), '<0.000001'],
])('%s is told in digits that people read', (_what, shown, expected) => {
  expect(shown.replaceAll('\u00a0', ' ')).toBe(expected);
});
