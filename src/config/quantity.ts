import * as z from 'zod/mini';
import type { SupplyUnit } from '../model/supply.ts';
import { grams, gramsPerKWh, kilowattHours } from '../units.ts';
import { about } from './fields.ts';

/** A quantity as people write it: a number, a space, a unit. Nothing below 0, and no commas that mean two things. */
const WRITTEN = /^(\d+(?:\.\d+)?) ?(\S+)$/;

interface Written {
  readonly value: number;
  readonly unit: string;
  /** Half of a step of its last digit: 0.5 for `110 %`. */
  readonly half: number;
}

const parse = (text: string): Written | undefined => {
  const match = WRITTEN.exec(text);
  if (match === null) return undefined;
  const [, digits = '', unit = ''] = match;
  const decimals = digits.split('.')[1]?.length ?? 0;
  return { value: Number(digits), unit, half: 0.5 / 10 ** decimals };
};

/** Factor from a unit to the base unit. 1 t = 1,000 kg; 1 m3 = 1,000 L (SI Brochure, 9th edition). */
type Units = Readonly<Record<string, number>>;
const ENERGY: Units = { Wh: 0.001, kWh: 1, MWh: 1000, GWh: 1e6 };
const MASS: Units = { g: 1, kg: 1000, t: 1e6, kt: 1e9 };
const INTENSITY: Units = { 'g/kWh': 1, 'kg/kWh': 1000, 'kg/MWh': 1, 't/MWh': 1000 };
const VOLUME: Units = { L: 1, m3: 1000 };

const hasUnit = (text: string, units: Units): boolean => {
  const written = parse(text);
  return written !== undefined && Object.hasOwn(units, written.unit);
};

const inBase = (text: string, units: Units): number => {
  const { value, unit } = parse(text) ?? { value: Number.NaN, unit: '' };
  return value * (units[unit] ?? Number.NaN);
};

const quantity = <T>(description: string, sample: string, units: Units, make: (value: number) => T) =>
  about(
    z.pipe(
      z.string().check(z.refine((text) => hasUnit(text, units))),
      z.transform((text) => make(inBase(text, units))),
    ),
    {
      description,
      'x-example': sample,
      'x-expected': `a number from 0 and its unit, one of ${Object.keys(units).join(', ')}`,
    },
  );

export const energy = (description: string) => quantity(description, '1000 MWh', ENERGY, kilowattHours);
export const mass = (description: string) => quantity(description, '13.1 t', MASS, grams);
export const intensity = (description: string) => quantity(description, '0 g/kWh', INTENSITY, gramsPerKWh);
export const litres = (description: string) => quantity(description, '120 m3', VOLUME, (value) => value);

/** Units in which fuels are bought, with the unit of the factor that fits and what they are multiplied by. */
const FUELS: Readonly<Record<string, readonly [per: SupplyUnit, by: number]>> = {
  kg: ['kg/kg', 1],
  t: ['kg/kg', 1000],
  L: ['kg/L', 1],
  m3: ['kg/L', 1000],
  Nm3: ['kg/Nm3', 1],
  kWh: ['kg/kWh', 1],
  MWh: ['kg/kWh', 1000],
  GJ: ['kg/GJ', 1],
};

export const fuelQuantity = (description: string) =>
  about(
    z.pipe(
      z.string().check(z.refine((text) => Object.hasOwn(FUELS, parse(text)?.unit ?? ''))),
      z.transform((text) => {
        const { value, unit } = parse(text) ?? { value: Number.NaN, unit: '' };
        const [per, by] = FUELS[unit] ?? (['kg/kg', Number.NaN] as const);
        return { value: value * by, per };
      }),
    ),
    {
      description,
      'x-example': '1700 kg',
      'x-expected': `a number from 0 and its unit, one of ${Object.keys(FUELS).join(', ')}`,
    },
  );

/** A published figure in base units (`t`, `kWh`, `g/kWh`), or in a word of the file's own. */
const published = (text: string): Written => {
  const { value, unit, half } = parse(text) ?? { value: Number.NaN, unit: '', half: 0 };
  const bases: readonly (readonly [string, Units])[] = [
    ['kWh', ENERGY],
    ['g/kWh', INTENSITY],
    ['t', { kg: 0.001, t: 1, kt: 1000 }],
  ];
  for (const [base, units] of bases) {
    const by = Object.hasOwn(units, unit) ? units[unit] : undefined;
    if (by !== undefined) return { value: value * by, unit: base, half: half * by };
  }
  return { value, unit, half };
};

export const publishedQuantity = (description: string, sample: string) =>
  about(z.pipe(z.string().check(z.refine((text) => parse(text) !== undefined)), z.transform(published)), {
    description,
    'x-example': sample,
    'x-expected': 'a number from 0 and its unit, such as 62000 t or 110 %',
  });
