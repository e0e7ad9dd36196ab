import { CommandError, USAGE } from './exit.ts';

/** Half-open, seconds since 1970 UTC. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

const DAY = 86_400;
const UNITS: Readonly<Record<string, number>> = { h: 3600, d: DAY, w: 7 * DAY };
const LENGTH = /^(\d+)(h|d|w)$/;
const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?(Z|[+-]\d\d:?\d\d)?$/;

const wrong = (text: string): CommandError =>
  new CommandError(`"${text}" is no time: write a date such as 2026-08-03, with a time if need be`, USAGE);

/** How far a zone is ahead of UTC at an instant, seconds. */
const offsetAt = (instant: number, zone: string): number => {
  const parts = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  }).formatToParts(new Date(instant * 1000));
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  return (
    Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) / 1000 - instant
  );
};

/**
 * An instant as it was typed: an ISO date or time, of a zone where it names none.
 *
 * @throws CommandError
 */
export const parseInstant = (text: string, zone = 'UTC'): number => {
  const match = DATE.exec(text);
  if (match === null) throw wrong(text);
  const normal = text.replace(' ', 'T');
  const utc = Date.parse(match[1] !== undefined || normal.length === 10 ? normal : `${normal}Z`) / 1000;
  if (!Number.isFinite(utc)) throw wrong(text);
  if (match[1] !== undefined || zone === 'UTC') return utc;
  try {
    // Once more from the first guess: the offset is that of the local time, not of the same figures in UTC.
    const guess = utc - offsetAt(utc, zone);
    return utc - offsetAt(guess, zone);
  } catch {
    throw new CommandError(`${zone} is no time zone: write one such as Europe/Berlin`, USAGE);
  }
};

/** So much later by the calendar of its zone: a day in which clocks change has 23 or 25 hours. */
const moved = (text: string, by: number, length: string, zone: string): number => {
  const at = parseInstant(text, zone);
  if (length.endsWith('h')) return at + by;
  const day = new Date(Date.parse(text.slice(0, 10)) + by * 1000).toISOString().slice(0, 10);
  return parseInstant(`${day}${text.slice(10)}`, zone);
};

/** `2026-08-03/2026-08-31`, `2026-08-03/28d` or `28d/2026-08-31`; the end is not in it. @throws CommandError */
export const parseRange = (text: string, zone = 'UTC'): Range => {
  const [first = '', second = '', ...more] = text.split('/');
  if (second === '' || more.length > 0)
    throw new CommandError(
      `"${text}" is no range: write two dates or a date and a length, such as 2026-08-03/2026-08-31 or 2026-08-03/28d`,
      USAGE,
    );
  const length = (part: string): number | undefined => {
    const match = LENGTH.exec(part);
    return match === null ? undefined : Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN);
  };
  const [a, b] = [length(first), length(second)];
  if (a !== undefined && b !== undefined) throw wrong(text);
  const from = a === undefined ? parseInstant(first, zone) : moved(second, -a, first, zone);
  const to = b === undefined ? parseInstant(second, zone) : moved(first, b, second, zone);
  if (to <= from) throw new CommandError(`the range ${text} ends before it begins: turn its ends`, USAGE);
  return { from, to };
};
