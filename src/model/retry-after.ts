import { type Seconds, seconds } from '../units.ts';

/**
 * `Retry-After` of an answer as seconds, given as such or as a date (RFC 9110, 10.2.3), from 0 to `longest`; undefined
 * where it says neither. A date is told by the clock of who answers.
 *
 * @param arrived when the answer came, milliseconds since 1970 UTC: for an answer without a date of its own.
 */
export const retryAfter = (
  headers: Readonly<{ 'retry-after'?: string | undefined; date?: string | undefined }>,
  arrived: number,
  longest: Seconds,
): Seconds | undefined => {
  const { 'retry-after': header, date } = headers;
  if (header === undefined) return undefined;
  const theirs = Date.parse(date ?? '');
  const wait = /^\d+$/.test(header.trim())
    ? Number(header)
    : (Date.parse(header) - (Number.isFinite(theirs) ? theirs : arrived)) / 1000;
  return Number.isFinite(wait) ? seconds(Math.min(Math.max(wait, 0), longest)) : undefined;
};
