/**
 * Branded quantities and the only conversions between them.
 *
 * The brand is invariant in its unit, so `sum([joules, watts])` does not compile.
 */
declare const unit: unique symbol;

/** A number that carries its unit in its type. Finite unless a docstring says otherwise. */
export type Quantity<U extends string> = number & { readonly [unit]: (of: U) => U };

export type Joules = Quantity<'J'>;
export type Watts = Quantity<'W'>;
export type Seconds = Quantity<'s'>;
export type KilowattHours = Quantity<'kWh'>;
export type GramsCO2e = Quantity<'gCO2e'>;
export type GramsPerKWh = Quantity<'gCO2e/kWh'>;
export type Ratio = Quantity<'1'>;
export type Bytes = Quantity<'By'>;
export type Celsius = Quantity<'Cel'>;
export type Hertz = Quantity<'Hz'>;

const quantity = <U extends string>(value: number): Quantity<U> => value as Quantity<U>;

export const joules = (value: number): Joules => quantity(value);
export const watts = (value: number): Watts => quantity(value);
export const seconds = (value: number): Seconds => quantity(value);
export const kilowattHours = (value: number): KilowattHours => quantity(value);
export const grams = (value: number): GramsCO2e => quantity(value);
export const gramsPerKWh = (value: number): GramsPerKWh => quantity(value);
export const ratio = (value: number): Ratio => quantity(value);
export const bytes = (value: number): Bytes => quantity(value);
export const celsius = (value: number): Celsius => quantity(value);
export const hertz = (value: number): Hertz => quantity(value);

/** Joules in one kilowatt-hour: 1000 W x 3600 s (SI Brochure, 9th edition, table 8). */
export const JOULES_PER_KWH = 3_600_000;

export const energyOf = (power: Watts, duration: Seconds): Joules => joules(power * duration);
/** Mean power of an interval. The duration must be above zero. */
export const powerOf = (energy: Joules, duration: Seconds): Watts => watts(energy / duration);
export const toKilowattHours = (energy: Joules): KilowattHours => kilowattHours(energy / JOULES_PER_KWH);
export const fromKilowattHours = (energy: KilowattHours): Joules => joules(energy * JOULES_PER_KWH);
/** Emissions of an amount of energy at one factor. */
export const emissionsOf = (energy: Joules, factor: GramsPerKWh): GramsCO2e =>
  grams((energy / JOULES_PER_KWH) * factor);

/** Mass in kg, as footprints are published. */
export const fromKilograms = (value: number): GramsCO2e => grams(value * 1000);
/** A year as life times of hardware are stated: 365 days, so 5 years are 43,800 h. */
export const fromYears = (value: number): Seconds => seconds(value * 365 * 86_400);
/** Inverse of `fromYears`. */
export const toYears = (value: Seconds): number => value / (365 * 86_400);
/** Kilograms in one pound, exact by its definition of 1959 (NIST SP 811, appendix B.8). */
const KG_PER_POUND = 0.453_592_37;
/** Intensity as WattTime, Singularity and eGRID give it, in pounds per megawatt-hour. */
export const fromPoundsPerMWh = (value: number): GramsPerKWh => gramsPerKWh(value * KG_PER_POUND);
/** Kilograms per megawatt-hour are grams per kilowatt-hour: both units are 1000 times larger. */
export const fromKilogramsPerMWh = (value: number): GramsPerKWh => gramsPerKWh(value);

/** Microjoules as counters give them (powercap, hwmon). Exact: split before the value leaves bigint. */
export const fromMicrojoules = (value: bigint): Joules =>
  joules(Number(value / 1_000_000n) + Number(value % 1_000_000n) / 1e6);
/** Microwatts as hwmon gives them. */
export const fromMicrowatts = (value: bigint): Watts => watts(Number(value) / 1e6);
export const fromMicroseconds = (value: number): Seconds => seconds(value / 1e6);
export const fromNanoseconds = (value: number): Seconds => seconds(value / 1e9);
/** Ticks of 1/100 s: USER_HZ, the unit of times in procfs on every architecture of today (proc(5), time(7)). */
export const fromClockTicks = (value: number): Seconds => seconds(value / 100);
/** Kibibytes, which /proc/meminfo calls kB (proc(5)). */
export const fromKibibytes = (value: number): Bytes => bytes(value * 1024);

export const add = <U extends string>(a: Quantity<U>, b: Quantity<U>): Quantity<U> => quantity(a + b);
export const subtract = <U extends string>(a: Quantity<U>, b: Quantity<U>): Quantity<U> => quantity(a - b);
export const scale = <U extends string>(a: Quantity<U>, by: number): Quantity<U> => quantity(a * by);
export const atMost = <U extends string>(a: Quantity<U>, ceiling: Quantity<U>): Quantity<U> =>
  a < ceiling ? a : ceiling;
/** How many times `b` goes into `a`; the divisor must not be zero. */
export const ratioOf = <U extends string>(a: Quantity<U>, b: Quantity<U>): Ratio => ratio(a / b);

/** Neumaier's compensated sum: the error does not grow with the number of terms. */
export const sum = <U extends string>(values: Iterable<Quantity<U>>): Quantity<U> => {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return quantity(total + lost);
};
