import { absent, type Found, found } from '../model/found.ts';

/**
 * A published figure, or one worked out from two others. Units: `t`, `kWh`, `g/kWh`, `h`, `kW`, and words of the
 * file's own (`car`, `t/car`).
 */
export type Figure =
  | {
      readonly value: number;
      readonly unit: string;
      /** Step that it was rounded to: 62,000 to 1,000 stands for 61,500 to 62,500. */
      readonly rounded?: number | undefined;
      readonly document: string;
    }
  | { readonly minus: readonly [string, string] }
  | { readonly divide: readonly [string, string] };

/** A value with what its rounding allows. */
export interface Ranged {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly unit: string;
}

type Figures = Readonly<Record<string, Figure>>;

/** More steps than any chain of published figures has: a circle of definitions ends here. */
const DEEPEST = 16;

/** The value of a figure by its name. Absent where a name is unknown, a circle is closed or two units do not fit. */
export const figureOf = (name: string, figures: Figures, depth = 0): Found<Ranged> => {
  const figure = Object.hasOwn(figures, name) ? figures[name] : undefined;
  if (figure === undefined)
    return absent(`no figure is called ${name}`, `name one of: ${Object.keys(figures).join(', ')}`);
  if (depth > DEEPEST) return absent(`the figure ${name} is worked out from itself`, 'give it a value');
  if ('value' in figure) {
    const half = (figure.rounded ?? 0) / 2;
    const { value, unit } = figure;
    return found({ value, low: value - half, high: value + half, unit });
  }
  const [first, second] = 'minus' in figure ? figure.minus : figure.divide;
  const a = figureOf(first, figures, depth + 1);
  if (!a.found) return a;
  const b = figureOf(second, figures, depth + 1);
  if (!b.found) return b;
  return 'minus' in figure
    ? difference(a.value, b.value, `${first} - ${second}`)
    : quotient(a.value, b.value, `${first} / ${second}`);
};

const difference = (a: Ranged, b: Ranged, name: string): Found<Ranged> =>
  a.unit === b.unit
    ? found({ value: a.value - b.value, low: a.low - b.high, high: a.high - b.low, unit: a.unit })
    : absent(`${name}: ${a.unit} and ${b.unit} cannot be subtracted`, 'use figures of one unit');

/** Unit of a quotient and what its value is multiplied by: tonnes over g/kWh are kWh a million times. */
const unitOf = (a: string, b: string): readonly [unit: string, by: number] | undefined => {
  if (a === b) return ['1', 1];
  if (a === 't' && b === 'g/kWh') return ['kWh', 1e6];
  if (a === 't' && b === 'kWh') return ['g/kWh', 1e6];
  if (a === 'kWh' && b === 'h') return ['kW', 1];
  if (b.startsWith(`${a}/`)) return [b.slice(a.length + 1), 1];
  return undefined;
};

/** Bounds hold for positive figures, which published amounts are. */
export const quotient = (a: Ranged, b: Ranged, name: string): Found<Ranged> => {
  const fit = unitOf(a.unit, b.unit);
  if (fit === undefined)
    return absent(
      `${name}: ${a.unit} cannot be divided by ${b.unit}`,
      'use units that fit, such as t and t/car',
    );
  if (!(b.low > 0)) return absent(`${name}: the divisor may be 0`, 'give it a value above 0');
  const [unit, by] = fit;
  return found({
    value: (a.value / b.value) * by,
    low: (a.low / b.high) * by,
    high: (a.high / b.low) * by,
    unit,
  });
};
