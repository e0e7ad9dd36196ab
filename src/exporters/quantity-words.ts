/** Figures of comparisons in people's units: three digits, the same unit on both sides. */

const MINUS = '-';

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');

/** `1,996`, `63.4`, `0.0123`: three digits, whole numbers in full. */
export const threeDigits = (value: number): string => {
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : '';
  if (size === 0) return '0';
  if (size >= 99.95) return sign + grouped(String(Math.round(size)));
  if (size < 1e-4) return value.toExponential(1);
  return sign + size.toPrecision(3);
};

/** `1,996.0`: with so many decimals, whole numbers grouped; for figures that must add up. */
export const fixedDigits = (value: number, decimals: number): string => {
  const [whole = '', part] = Math.abs(value).toFixed(decimals).split('.');
  const isNegative = value < 0 && Number(value.toFixed(decimals)) !== 0;
  return `${isNegative ? MINUS : ''}${grouped(whole)}${part === undefined ? '' : `.${part}`}`;
};

export interface Scale {
  readonly divisor: number;
  readonly unit: string;
}

const scaleOf = (steps: readonly Scale[], values: readonly (number | undefined)[]): Scale => {
  const largest = Math.max(0, ...values.map((value) => Math.abs(value ?? 0)));
  const last = steps.at(-1) ?? { divisor: 1, unit: '' };
  return steps.find(({ divisor }) => largest >= divisor) ?? last;
};

/** Of joules: kWh from a tenth of one, MWh from ten. */
export const energyScale = (...joules: readonly (number | undefined)[]): Scale => {
  const largest = Math.max(0, ...joules.map((value) => Math.abs(value ?? 0)));
  if (largest >= 3.6e10) return { divisor: 3.6e9, unit: 'MWh' };
  return largest >= 3.6e5 ? { divisor: 3.6e6, unit: 'kWh' } : { divisor: 3600, unit: 'Wh' };
};

export const massScale = (...grams: readonly (number | undefined)[]): Scale =>
  scaleOf(
    [
      { divisor: 1e6, unit: 't' },
      { divisor: 1e3, unit: 'kg' },
      { divisor: 1, unit: 'g' },
    ],
    grams,
  );

/** Energy of one piece of work. */
export const perPieceScale = (...joules: readonly (number | undefined)[]): Scale =>
  scaleOf(
    [
      { divisor: 3.6e6, unit: 'kWh' },
      { divisor: 1e3, unit: 'kJ' },
      { divisor: 1, unit: 'J' },
      { divisor: 1e-3, unit: 'mJ' },
      { divisor: 1e-6, unit: 'µJ' },
    ],
    joules,
  );

/** `+13.9 %`, `-0.4 %`, `0.0 %`: relative change; '' where one side is not known or the first is 0. */
export const changeWords = (before: number | undefined, after: number | undefined): string => {
  if (before === undefined || after === undefined || before === 0) return '';
  return signedPercent(after / before - 1);
};

export const signedPercent = (ratio: number): string => {
  const rounded = Number((ratio * 100).toFixed(1));
  return `${rounded > 0 ? '+' : ''}${rounded === 0 ? '0.0' : rounded.toFixed(1)} %`;
};

/** A value in the unit that was chosen for all of its row. */
export const scaled = (value: number, { divisor }: Scale): string => threeDigits(value / divisor);

/** `21.3 %`. */
export const percentWords = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`;

/** Change of a share in points: `+13.9 points`. */
export const pointsWords = (before: number | undefined, after: number | undefined): string => {
  if (before === undefined || after === undefined) return '';
  const points = Number(((after - before) * 100).toFixed(1));
  return `${points > 0 ? '+' : ''}${points === 0 ? '0.0' : points.toFixed(1)} points`;
};

/** `2026-08-03`, with the time where it is not midnight; UTC. */
export const dateWords = (at: number): string => {
  const iso = new Date(at * 1000).toISOString();
  return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : `${iso.slice(0, 16).replace('T', ' ')} UTC`;
};

/** `28 d`, `28 d 6 h`, `5 h`. */
export const lengthWords = (length: number): string => {
  const hours = Math.round(length / 3600);
  const days = Math.floor(hours / 24);
  const rest = hours % 24;
  return [...(days > 0 ? [`${days} d`] : []), ...(rest > 0 || days === 0 ? [`${rest} h`] : [])].join(' ');
};
