/**
 * `Intl.DateTimeFormat` for UTC alone, put in its place in the bundle by build.mjs.
 *
 * node-cron asks it for the parts of a date at each look at the clock. The real one brings time zones and languages
 * from ICU into memory, 9 MB of a resident agent, and every job here is planned in UTC.
 */
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

export interface DatePart {
  readonly type: 'weekday' | 'month' | 'day' | 'year' | 'hour' | 'minute' | 'second' | 'timeZoneName';
  readonly value: string;
}

const two = (value: number): string => String(value).padStart(2, '0');

export class UtcFormat {
  readonly #namesZone: boolean;

  /** Throws RangeError, as the real one does for a zone that it does not know. */
  constructor(
    _language: string | undefined,
    { timeZone, timeZoneName }: { readonly timeZone?: string; readonly timeZoneName?: string } = {},
  ) {
    if (timeZone !== 'UTC')
      throw new RangeError(`jobs are planned in UTC, not in ${timeZone ?? 'local time'}`);
    this.#namesZone = timeZoneName !== undefined;
  }

  /** What en-US gives without its separators; with `timeZoneName` the zone is all that is read. */
  formatToParts(date: Date): readonly DatePart[] {
    if (this.#namesZone) return [{ type: 'timeZoneName', value: 'GMT' }];
    return [
      { type: 'weekday', value: WEEKDAYS[date.getUTCDay()] ?? '' },
      { type: 'month', value: two(date.getUTCMonth() + 1) },
      { type: 'day', value: two(date.getUTCDate()) },
      { type: 'year', value: String(date.getUTCFullYear()) },
      { type: 'hour', value: two(date.getUTCHours()) },
      { type: 'minute', value: two(date.getUTCMinutes()) },
      { type: 'second', value: two(date.getUTCSeconds()) },
    ];
  }
}
