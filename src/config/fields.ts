import * as z from 'zod/mini';
import { gramsPerKWh, ratio, seconds, watts } from '../units.ts';
import { DURATION, parseDuration } from './duration.ts';

/**
 * What a key is for, beside its type: for messages, the annotated file and the JSON schema. `x-expected` says what the
 * type cannot. Keys with `x-` do not reach the generated JSON schema.
 */
export interface About {
  readonly description: string;
  /** A value that is accepted. Not `examples`: zod leaves that out where the value is converted. */
  readonly 'x-example'?: unknown;
  readonly 'x-expected'?: string;
  readonly 'x-secret'?: true;
  readonly 'x-flag'?: string;
  /** A mapping that is set as a whole: one key, and no section of keys. */
  readonly 'x-whole'?: true;
}

export const about = <T extends z.ZodMiniType>(schema: T, words: About): T =>
  schema.check(z.meta({ ...words }));

/** A group of keys. Left out it is there with its defaults; a key that it does not know is an error. */
export const section = <T extends z.core.$ZodShape>(description: string, shape: T) =>
  about(z.prefault(z.strictObject(shape), {} as never), { description });

export const flag = (fallback: boolean, description: string) =>
  about(z._default(z.boolean(), fallback), { description });

/** A duration as text; seconds once it is read. `least` and `most` are written as durations. */
const durationText = (least: string, most: string) => {
  const [from, to] = [parseDuration(least) ?? 0, parseDuration(most) ?? 0];
  const inRange = (text: string): boolean => {
    const value = parseDuration(text);
    return value === undefined || (value >= from && value <= to);
  };
  const written = z.string().check(z.regex(DURATION), z.refine(inRange));
  return z.pipe(
    written,
    z.transform((text) => parseDuration(text) ?? seconds(0)),
  );
};

const durationWords = (least: string, most: string, description: string): About => ({
  description,
  'x-expected': `a duration from ${least} to ${most}, in ms, s, m, h or d`,
});

/** A duration with a default; all three are written as durations. */
export const duration = (fallback: string, least: string, most: string, description: string) =>
  about(z.prefault(durationText(least, most), fallback), durationWords(least, most, description));

/** A duration that may be left out. */
export const optionalDuration = (least: string, most: string, description: string) =>
  about(z.exactOptional(durationText(least, most)), {
    ...durationWords(least, most, description),
    'x-example': most,
  });

/** A duration that must be told. */
export const requiredDuration = (sample: string, least: string, most: string, description: string) =>
  about(durationText(least, most), { ...durationWords(least, most, description), 'x-example': sample });

/** A path of the file system: text without control characters. */
export const path = (expected = 'a path') => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  const schema = z.string().check(z.regex(/^[^\u0000-\u001f\u007f]+$/), z.maxLength(4096));
  return about(schema, { description: '', 'x-expected': expected });
};

export const power = () =>
  z.pipe(
    z.number().check(z.gte(0), z.lte(20_000)),
    z.transform((value) => watts(value)),
  );

export const atLeastOne = () =>
  z.pipe(
    z.number().check(z.gte(1)),
    z.transform((value) => ratio(value)),
  );

export const fraction = (least: number, most: number) =>
  z.pipe(
    z.number().check(z.gte(least), z.lte(most)),
    z.transform((value) => ratio(value)),
  );

/** An emission factor, g/kWh. */
export const intensity = (least: number, most: number) =>
  z.pipe(
    z.number().check(z.gte(least), z.lte(most)),
    z.transform((value) => gramsPerKWh(value)),
  );

/** Text of 1 to `most` letters. */
export const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most));

const DAY = /^\d{4}-\d\d-\d\d$/;
const DAY_OR_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/;

/** The day must exist: JavaScript makes 31 June the first of July. */
const exists = (written: string): boolean => {
  const day = written.slice(0, 10);
  const [at, midnight] = [Date.parse(written), Date.parse(day)];
  return Number.isFinite(at) && Number.isFinite(midnight) && new Date(midnight).toISOString().startsWith(day);
};

/** Milliseconds since 1970 UTC once it is read. */
const calendar = (pattern: RegExp) =>
  z.pipe(
    z.string().check(z.regex(pattern), z.refine(exists)),
    z.transform((written) => Date.parse(written)),
  );

const dateWords = (description: string): About => ({
  description,
  'x-example': '2026-01-01',
  'x-expected': 'a date such as 2026-01-01 (UTC)',
});

/** A day as text, `2026-01-01`, that may be left out; milliseconds since 1970 UTC of its start once it is read. */
export const optionalDay = (description: string) =>
  about(z.exactOptional(calendar(DAY)), dateWords(description));

/** A day (its start, UTC) or a time with its zone; milliseconds since 1970 UTC once it is read. */
export const instant = (description: string) =>
  about(calendar(DAY_OR_TIME), {
    ...dateWords(description),
    'x-expected': 'a date such as 2026-01-01 (UTC), or a time with its zone such as 2026-01-01T08:00Z',
  });

/** What holds for a time: from and to are days or times with their zone, milliseconds since 1970 UTC once read. */
export const dated = <T extends z.core.$ZodShape>(shape: T) =>
  z.strictObject({ from: instant('Start, included.'), to: instant('End, not included.'), ...shape });

/** Label names of ours and of the scraper: a static label under one of them would say two things. */
const RESERVED = [
  ...['zone', 'type', 'region', 'service', 'env', 'instance', 'job'],
  ...['host_name', 'cpu_model', 'cores', 'memory_gib', 'gpu_model'],
];
const LABEL =
  `must be a Prometheus label name: letters, digits and _, not beginning with a digit or __, ` +
  `and none of ${RESERVED.join(', ')}`;

/** Static labels: names that Prometheus accepts and that nothing else uses, values of at most 128 bytes. */
export const staticLabels = (description: string) => {
  const name = z.string().check(
    z.regex(/^(?!__)[A-Za-z_][A-Za-z0-9_]*$/, { error: LABEL }),
    z.refine((text) => !RESERVED.includes(text), { error: LABEL }),
  );
  const value = z.string().check(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    z.regex(/^[^\u0000-\u001f\u007f]*$/),
    z.refine((text) => Buffer.byteLength(text) <= 128),
  );
  const worded = about(value, {
    description: 'Value of the label.',
    'x-expected': 'text of at most 128 bytes',
  });
  return about(z._default(z.record(name, worded), {}), {
    description,
    'x-example': { pool: 'web', rack: 'r12' },
    'x-expected': 'a mapping of label names to text of at most 128 bytes',
  });
};
