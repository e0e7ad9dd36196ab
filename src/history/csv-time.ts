const FORM =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;

/** An instant of ISO 8601, seconds since 1970 UTC, and whether it says its zone itself. */
export interface CsvTime {
  readonly at: number;
  readonly zoned: boolean;
}

/** Undefined where the text is no instant, or no whole second. Without a zone it is taken as UTC. */
export const csvTime = (text: string): CsvTime | undefined => {
  const [, year, month, day, hour = '0', minute = '0', second = '0', part = '', zone] = FORM.exec(text) ?? [];
  if (year === undefined || /[1-9]/.test(part)) return undefined;
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  // Of the 31st of June Date makes the 1st of July.
  if (new Date(date).getUTCDate() !== Number(day) || Number(month) > 12 || h > 23 || m > 59 || s > 59)
    return undefined;
  const offset = /^[+-]/.test(zone ?? '') ? offsetOf(zone ?? '') : 0;
  return offset === undefined
    ? undefined
    : { at: date / 1000 + h * 3600 + m * 60 + s - offset, zoned: zone !== undefined };
};

/** Seconds east of UTC; no zone is further than 14 h from it (tz database). */
const offsetOf = (text: string): number | undefined => {
  const [, sign, hours = '', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(text) ?? [];
  const offset = Number(hours) * 3600 + Number(minutes) * 60;
  if (Number(minutes) > 59 || offset > 14 * 3600) return undefined;
  return sign === '-' ? -offset : offset;
};
