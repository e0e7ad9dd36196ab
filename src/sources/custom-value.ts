import { SourceError } from '../model/source-error.ts';
import { valueAtPath } from './custom-json.ts';
import { type MeterUnit, microOf } from './custom-unit.ts';
import { printable } from './text.ts';

/** What a meter said: its text, and when that text was made, in milliseconds since 1970, where anything tells. */
export interface Content {
  readonly text: string;
  readonly madeAt?: number;
}

/** How a number is taken out of a content. */
export interface Extraction {
  /** For messages. */
  readonly what: string;
  readonly unit: MeterUnit;
  readonly path?: string | undefined;
  readonly timestampPath?: string | undefined;
}

export interface CustomValue {
  /** Microwatts or microjoules. All ones where the number stands for "no reading": for the core to drop and count. */
  readonly micro: bigint;
  readonly madeAt?: number;
  /** Why the number is no reading. */
  readonly refused?: string;
}

/**
 * Numbers that mean "no reading" in the unit that a device counts in: all ones of 32 and 64 bits, the largest
 * signed ones, and the blanks of DCGM (dcgm_fields.h: from DCGM_INT32_BLANK, DCGM_FP64_BLANK and DCGM_INT64_BLANK on).
 */
const BLANKS: ReadonlySet<bigint> = new Set([
  0xffff_ffffn,
  0x7fff_ffffn,
  0xffff_ffff_ffff_ffffn,
  0x7fff_ffff_ffff_ffffn,
  ...[2_147_483_632n, 140_737_488_355_328n, 9_223_372_036_854_775_792n].flatMap((blank) => [
    blank,
    blank + 1n,
    blank + 2n,
    blank + 3n,
  ]),
]);
const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/**
 * The number of a content, in micro-units. Throws SourceError `retry` where there is none: text, `N/A`, `null`, `NaN`,
 * an empty answer.
 */
export const customValue = (content: Content, of: Extraction): CustomValue => {
  const text = (of.path === undefined ? content.text : valueAtPath(content.text, of.path, of.what)).trim();
  const micro = microOf(text, of.unit);
  if (micro === undefined) {
    const seen = text === '' ? 'nothing' : `"${printable(text.slice(0, 40))}"`;
    throw new SourceError('retry', `${of.what}: expected a number of ${of.unit}, found ${seen}`, {
      fix:
        of.path === undefined
          ? 'It must answer one number and nothing else; for JSON say where with path.'
          : `Check that ${of.path} is where the number stands.`,
    });
  }
  const madeAt = of.timestampPath === undefined ? content.madeAt : timestampAt(content.text, of);
  const time = madeAt === undefined ? {} : { madeAt };
  const shown = printable(text);
  if (micro < 0n) return { micro, refused: `${of.what}: ${shown} ${of.unit} is below zero`, ...time };
  // In the device's own unit: scaled to micro-units a blank would look like a number.
  const whole = /^\d+(\.0+)?$/.test(text) ? BigInt(text.replace(/\..*$/, '')) : undefined;
  if (whole !== undefined && BLANKS.has(whole))
    return { micro: ALL_ONES, refused: `${of.what}: ${shown} stands for "no reading"`, ...time };
  return { micro, ...time };
};

/** Milliseconds in a count of seconds, milliseconds, microseconds or nanoseconds since 1970: told apart by their size. */
const scaleOf = (value: number): number => {
  if (value < 1e11) return 1000;
  if (value < 1e14) return 1;
  return value < 1e17 ? 1e-3 : 1e-6;
};
/** With its offset from UTC: without one the time would depend on where it is read. */
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;

const timestampAt = (json: string, { what, timestampPath = '' }: Extraction): number => {
  const text = valueAtPath(json, timestampPath, what);
  const count = /^\d{1,20}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
  const time = ISO.test(text) ? Date.parse(text) : count * scaleOf(count);
  if (Number.isFinite(time)) return time;
  throw new SourceError(
    'retry',
    `${what}: at ${timestampPath} is no time: "${printable(text.slice(0, 40))}"`,
    {
      fix: 'A time is a count since 1970 in s, ms, us or ns, or ISO 8601 with Z or an offset.',
    },
  );
};
