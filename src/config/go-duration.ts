import * as z from 'zod/mini';
import { type Seconds, seconds } from '../units.ts';

/** Seconds in each unit of Go's `time.ParseDuration`. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};
const WHOLE = /^(\d{1,9}(\.\d{1,9})?(ns|us|µs|ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;

/** Reads `1m30s`, `100ms`, `0`; undefined where the text is no duration. */
export const parseGoDuration = (text: string): Seconds | undefined => {
  if (text === '0') return seconds(0);
  if (!WHOLE.test(text)) return undefined;
  const parts = [...text.matchAll(PART)];
  return seconds(parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (UNITS[unit] ?? 0), 0));
};

/** A duration as Go writes it; a bare number would be nanoseconds there, so that only 0 is taken. */
export const goDuration = () =>
  z.pipe(
    z.union([z.literal(0), z.string().check(z.refine((text) => parseGoDuration(text) !== undefined))]),
    z.transform((written) => (written === 0 ? seconds(0) : (parseGoDuration(written) ?? seconds(0)))),
  );
