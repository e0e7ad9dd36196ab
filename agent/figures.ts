/** Three digits are what the figures here are good for. */
const DIGITS = 3;

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');

/** Below this a number without a unit of its own is told as a bound: nobody reads 2.3e-9. */
const LEAST = 1e-6;

/** The same in the smallest unit of an energy or a mass. */
const LEAST_IN_UNIT = 1e-3;

const lessThan = (least: number, value: number): string =>
  value < 0 ? `>-${least.toFixed(-Math.log10(least))}` : `<${least.toFixed(-Math.log10(least))}`;

/** A number for a person: 0.0123, 63.4, 1,230, <0.000001. */
export const figure = (value: number): string => {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < LEAST) return lessThan(LEAST, value);
  if (size >= 100) return grouped(String(Math.round(value)));
  return value.toPrecision(DIGITS);
};

/** How many of something: 30 as it is, parts of one only where there are parts. */
export const count = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 100 ? String(value) : figure(value);

/** A value with the unit that suits its size. */
export interface Shown {
  readonly value: string;
  readonly unit: string;
}

/** A number in the smallest unit there is for it. */
const inSmallest = (value: number): string =>
  value !== 0 && Math.abs(value) < LEAST_IN_UNIT ? lessThan(LEAST_IN_UNIT, value) : figure(value);

const scaled = (value: number, steps: readonly (readonly [number, string])[]): Shown => {
  const step = steps.find(([size]) => Math.abs(value) >= size) ?? steps.at(-1);
  const [size, unit] = step ?? [1, ''];
  return { value: inSmallest(value / size), unit };
};

const KWH = [
  [1e6, 'GWh'],
  [1e3, 'MWh'],
  [0.1, 'kWh'],
  [0, 'Wh'],
] as const;

/** @param kwh kilowatt-hours; below 0.1 shown in watt-hours. */
export const energy = (kwh: number): Shown => {
  const [size, unit] = KWH.find(([least]) => Math.abs(kwh) >= least) ?? KWH[3];
  if (unit === 'Wh') return { value: inSmallest(kwh * 1000), unit };
  return { value: figure(unit === 'kWh' ? kwh : kwh / size), unit };
};

/** Energies that stand beside each other, in the unit of the largest. @param kwh kilowatt-hours. */
export const energies = (
  ...kwh: readonly number[]
): { readonly values: readonly string[]; readonly unit: string } => {
  const largest = Math.max(0, ...kwh.map(Math.abs));
  const [size, unit] = KWH.find(([least]) => largest >= least) ?? KWH[3];
  const each = unit === 'Wh' ? 1e-3 : unit === 'kWh' ? 1 : size;
  return { values: kwh.map((value) => figure(value / each)), unit };
};

export const mass = (grams: number): Shown =>
  scaled(grams, [
    [1e6, 't'],
    [1e3, 'kg'],
    [1, 'g'],
  ]);

/** Bytes in GiB, as devices are sold; small amounts in MiB. */
export const memory = (bytes: number): string =>
  bytes === 0 || bytes >= 2 ** 30
    ? `${figure(bytes / 2 ** 30)}\u00a0GiB`
    : `${figure(bytes / 2 ** 20)}\u00a0MiB`;

const JOULES = [
  [1e6, 'MJ'],
  [1e3, 'kJ'],
  [1, 'J'],
  [1e-3, 'mJ'],
] as const;

/** Energy of one piece of work: 0.42 J is 420 mJ. */
export const perPiece = (joules: number): Shown => scaled(joules, JOULES);

export const together = ({ value, unit }: Shown): string => `${value}\u00a0${unit}`;

export const percent = (ratio: number): string =>
  ratio > 0 && ratio < 0.001 ? '<0.1\u00a0%' : `${(ratio * 100).toFixed(ratio < 0.1 ? 1 : 0)}\u00a0%`;

/** 45 s, 12 min, 3 h 20 min, 4 d 6 h; to the nearest second, as a timer of 5 s comes after 4.99 s. */
export const duration = (seconds: number): string => {
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole}\u00a0s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 120) return `${minutes}\u00a0min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}\u00a0h ${minutes % 60}\u00a0min`;
  return `${Math.floor(hours / 24)}\u00a0d ${hours % 24}\u00a0h`;
};

/** Processor time: short ones with a digit more. */
export const cpuTime = (seconds: number): string =>
  seconds < 100 ? `${figure(seconds)}\u00a0s` : duration(seconds);

/** `2026-01-01 14:33:05 UTC` from ISO 8601. */
export const clock = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
