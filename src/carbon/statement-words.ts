const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/**
 * A number with a fixed count of decimals and commas between thousands: 1,250.5. One that they would show as 0 and is
 * not has three digits instead.
 */
export const number = (value: number, decimals: number): string => {
  const fixed = halfUp(value, decimals).toFixed(decimals);
  if (value !== 0 && Number(fixed) === 0) return small(value);
  const [whole = '', part] = fixed.replace('-', '').split('.');
  return `${value < 0 ? '-' : ''}${grouped(whole)}${part === undefined ? '' : `.${part}`}`;
};

/** Halves go up as on paper: 607.6125 is stored as a little less, and is 607.613 all the same. */
const halfUp = (value: number, decimals: number): number => {
  const size = Math.abs(value);
  // Beyond this a number is written with an exponent, and has no decimals worth rounding.
  if (!(size < 1e15)) return value;
  const written = size.toPrecision(15);
  const rounded = written.includes('e')
    ? size
    : Math.round(Number(`${written}e${decimals}`)) / 10 ** decimals;
  return value < 0 ? -rounded : rounded;
};

/** Below 1e-9 nothing here is more than rounding. */
const small = (value: number): string => (Math.abs(value) < 1e-9 ? '0' : value.toPrecision(3));

/** A number as it was written: no trailing zeros, six decimals at most. */
export const plain = (value: number): string => {
  const [whole = '', part] = String(Number(value.toFixed(6))).split('.');
  return `${grouped(whole)}${part === undefined ? '' : `.${part}`}`;
};

/** Energy for people; megawatt-hours from 1,000 kWh on. */
export const energyWords = (kWh: number): string =>
  Math.abs(kWh) >= 1000 ? `${plain(kWh / 1000)} MWh` : `${plain(kWh)} kWh`;

/** `+81.13 %`; the operands stand beside it wherever it is used. */
export const changeWords = (ratio: number): string => `${ratio > 0 ? '+' : ''}${number(ratio * 100, 2)} %`;

/** Decimals by unit: tonnes to the kilogram. */
const DECIMALS: Readonly<Record<string, number>> = {
  t: 3,
  kWh: 1,
  '%': 2,
  'g/kWh': 1,
  hosts: 0,
  h: 0,
  'host-hours': 0,
  kW: 1,
  revision: 0,
};

/** Units that are words, of one. */
const OF_ONE: Readonly<Record<string, string>> = { hosts: 'host', 'host-hours': 'host-hour' };

/** Value and unit of a figure for people; large energies and powers in a larger unit. */
export const shownFigure = (
  value: number,
  unit: string,
): { readonly value: string; readonly unit: string } => {
  if (unit === 'kWh' && Math.abs(value) >= 1e4) return { value: number(value / 1000, 3), unit: 'MWh' };
  if (unit === 'kW' && Math.abs(value) >= 1000) return { value: number(value / 1000, 2), unit: 'MW' };
  const shown = DECIMALS[unit] === undefined ? written(value) : number(value, DECIMALS[unit]);
  return { value: shown, unit: shown === '1' ? (OF_ONE[unit] ?? unit) : unit };
};

export const together = (value: number, unit: string): string => {
  const shown = shownFigure(value, unit);
  return `${shown.value} ${shown.unit}`;
};

/** Two decimals where the figure is large, else as it is. */
const written = (value: number): string => plain(Math.abs(value) < 100 ? value : Number(value.toFixed(2)));

/** A published figure with no more digits than it has: 62,000 t, 68,665.35 t. */
export const publishedWords = (value: number, unit: string): string =>
  unit === 'kWh' ? energyWords(Number(value.toFixed(1))) : `${written(value)} ${unit}`;

/** `a, b and c`. */
export const listed = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
