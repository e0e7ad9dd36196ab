const digits = (value: number, count: number): string => String(value).padStart(count, '0');

/**
 * `2026-11-01T00:00:00Z`. Not `toISOString`: that asks for the local time zone, though it prints none, and with it come
 * the zones of the whole world. @param instant whole seconds since 1970 UTC, of the years 0 to 9999.
 */
export const utcInstant = (instant: number): string => {
  const date = new Date(instant * 1000);
  const day = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  return `${day.map((part, at) => digits(part, at === 0 ? 4 : 2)).join('-')}T${time.map((part) => digits(part, 2)).join(':')}Z`;
};

/** `2026-11-01` where it is a midnight, else `2026-11-01 06:00`; UTC, for people. */
export const shownInstant = (instant: number): string => {
  const text = utcInstant(instant);
  return instant % 86_400 === 0 ? text.slice(0, 10) : text.slice(0, 16).replace('T', ' ');
};
