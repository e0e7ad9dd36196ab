/** Price of a kWh that the site draws, in the operator's currency. */
export interface Price {
  /** ISO 4217 code: `EUR`. */
  readonly currency: string;
  readonly perKWh: number;
}

/** A time of day at which another price holds. */
export interface TariffWindow {
  /** Minutes since midnight, a multiple of 15; `to` before `from`: over midnight. */
  readonly from: number;
  readonly to: number;
  /** 1 Monday to 7 Sunday (ISO 8601), of the day on which the window begins; absent: each day. */
  readonly days?: readonly number[];
  readonly price: number;
}

export interface Tariff {
  readonly currency: string;
  /** Outside of all windows. */
  readonly price: number;
  readonly windows: readonly TariffWindow[];
}

/** Local time of a moment: minutes since midnight, and the day of the week, 1 Monday to 7 Sunday. */
export type LocalTime = (wall: number) => { readonly minute: number; readonly day: number };

const QUARTER_MS = 900_000;
const DAY_MINUTES = 1440;

/** Offsets of all time zones in use are multiples of a quarter of an hour, so in UTC too a price changes at one. */
export const nextQuarter = (wall: number): number => (Math.floor(wall / QUARTER_MS) + 1) * QUARTER_MS;

/** The price at a moment: that of the first window it lies in. `until`: when it may change; absent: never. Pure. */
export const priceAt = (
  { currency, price, windows }: Tariff,
  wall: number,
  local: LocalTime,
): { readonly price: Price; readonly until?: number } => {
  if (windows.length === 0) return { price: { currency, perKWh: price } };
  const { minute, day } = local(wall);
  const found = windows.find((window) => holds(window, minute, day));
  return { price: { currency, perKWh: found?.price ?? price }, until: nextQuarter(wall) };
};

/** A tariff as it is configured: plain data. */
export interface SiteTariff extends Tariff {
  /** Name of the IANA database; absent: UTC. */
  readonly timezone?: string;
}

/** Prices by instant, seconds since 1970 UTC. */
export const pricesOf = ({ timezone, ...tariff }: SiteTariff): ((at: number) => Price) => {
  const local = timezone === undefined ? utcTime : localTime(timezone);
  return (at) => priceAt(tariff, at * 1000, local).price;
};

/** Mean price of an hour, of its quarters by local time. @param hour its start, milliseconds since 1970 UTC. Pure. */
export const meanPrice = (tariff: Tariff, hour: number, local: LocalTime): Price => {
  const quarters = [0, 1, 2, 3].map((n) => priceAt(tariff, hour + n * QUARTER_MS, local).price.perKWh);
  const [first = tariff.price] = quarters;
  const isOne = quarters.every((price) => price === first);
  return {
    currency: tariff.currency,
    perKWh: isOne ? first : quarters.reduce((total, price) => total + price, 0) / quarters.length,
  };
};

const holds = ({ from, to, days }: TariffWindow, minute: number, day: number): boolean => {
  const on = (begun: number): boolean => days === undefined || days.includes(begun);
  if (from < to) return from <= minute && minute < to && on(day);
  // After midnight it is still the window of the day before.
  return (minute >= from && on(day)) || (minute < to && on(day === 1 ? 7 : day - 1));
};

/** Local time in UTC. */
export const utcTime: LocalTime = (wall) => {
  const minutes = Math.floor(wall / 60_000);
  // 1 January 1970 was a Thursday.
  return { minute: modulo(minutes, DAY_MINUTES), day: modulo(Math.floor(minutes / DAY_MINUTES) + 3, 7) + 1 };
};

const modulo = (a: number, b: number): number => ((a % b) + b) % b;

/**
 * Local time in a zone of the IANA database, summer time included. Throws RangeError for a zone that is not known. The
 * runtime's table of zones takes some MB: made only where a tariff names one.
 */
export const localTime = (timeZone: string): LocalTime => {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (wall) => {
    const parts = new Map(format.formatToParts(wall).map(({ type, value }) => [type, value]));
    return {
      minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
      day: DAYS.indexOf(parts.get('weekday') ?? '') + 1,
    };
  };
};

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
