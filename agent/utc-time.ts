const digits = (value: number, count: number): string => String(value).padStart(count, '0');

/**
 * As `Date.prototype.toISOString`, for the years 0 to 9999. That one asks for the local time zone, though it prints
 * none, and with it come the zones of the whole world: 1 MB of a resident agent.
 */
export const utcTime = (milliseconds: number): string => {
  const date = new Date(milliseconds);
  const day = `${digits(date.getUTCFullYear(), 4)}-${digits(date.getUTCMonth() + 1, 2)}-${digits(date.getUTCDate(), 2)}`;
  const time = `${digits(date.getUTCHours(), 2)}:${digits(date.getUTCMinutes(), 2)}:${digits(date.getUTCSeconds(), 2)}`;
  return `${day}T${time}.${digits(date.getUTCMilliseconds(), 3)}Z`;
};
