/**
 * Micro-units in one of each unit: powers become microwatts, energies microjoules. A watt-hour is 3600 J (SI Brochure,
 * 9th edition, table 8).
 */
const MICRO = {
  uW: 1n,
  mW: 1000n,
  W: 1_000_000n,
  kW: 1_000_000_000n,
  uJ: 1n,
  mJ: 1000n,
  J: 1_000_000n,
  kJ: 1_000_000_000n,
  Wh: 3_600_000_000n,
  kWh: 3_600_000_000_000n,
} as const;

export type MeterUnit = keyof typeof MICRO;
export const METER_UNITS = Object.keys(MICRO) as readonly MeterUnit[] as readonly [MeterUnit, ...MeterUnit[]];

/** Whether the unit is one of energy, so that its values are counts; else they are powers. */
export const isEnergyUnit = (unit: MeterUnit): boolean => unit.endsWith('J') || unit.endsWith('h');

const DECIMAL = /^([+-]?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/;

/**
 * A decimal in `unit` as whole micro-units, exact: text never becomes a double on the way. What lies below one
 * micro-unit is cut towards zero, so that a count that grows never seems to fall. Undefined where the text is no plain
 * decimal number.
 */
export const microOf = (text: string, unit: MeterUnit): bigint | undefined => {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const shift = Number(exponent) - fraction.length;
  const scaled = BigInt(whole + fraction) * MICRO[unit];
  const size = shift >= 0 ? scaled * 10n ** BigInt(shift) : scaled / 10n ** BigInt(-shift);
  return sign === '-' ? -size : size;
};
