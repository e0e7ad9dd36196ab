/**
 * Numbers and names parsed straight from bytes: a text of a kernel file is never made a string on the hot path.
 *
 * A range is `[from, to)`. What is not there is -1, so that a parser allocates nothing and throws nothing; the caller
 * knows the file and words the error. Everything at or below 0x20 separates fields; bound `to` to stay in a line.
 * Every loop keeps its position inside the range, so a byte is taken as it is, and in place: V8 runs the agent without its
 * optimising compiler, where a function for it would cost more than the rest of the loop.
 */
const NEWLINE = 0x0a;
const BLANK = 0x20;
const ZERO = 0x30;
/** Digits whose value is exact in a double without a further check. */
const SAFE_DIGITS = 15;
/** Digits of the largest 64-bit count. */
const MOST_DIGITS = 20;
const LARGEST = 0xffff_ffff_ffff_ffffn;

const digitsEnd = (bytes: Uint8Array, from: number, to: number): number => {
  let at = from;
  while (at < to && (bytes[at] as number) >= ZERO && (bytes[at] as number) <= ZERO + 9) at++;
  return at;
};

const digits = (bytes: Uint8Array, from: number, to: number): number => {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + ((bytes[at] as number) - ZERO);
  return value;
};

/** End of a number at `from`, or -1 where there is none, something else follows its digits, or it is too long. */
const numberEnd = (bytes: Uint8Array, from: number, to: number): number => {
  const end = digitsEnd(bytes, from, to);
  if (end <= from || end - from > MOST_DIGITS) return -1;
  return end < to && (bytes[end] as number) > BLANK ? -1 : end;
};

const bigDigits = (bytes: Uint8Array, from: number, end: number): bigint =>
  BigInt(digits(bytes, from, end - 9)) * 1_000_000_000n + BigInt(digits(bytes, end - 9, end));

/** The slow way, for more digits than a double holds for certain. */
const longUnsignedAt = (bytes: Uint8Array, from: number, to: number): number => {
  const end = numberEnd(bytes, from, to);
  if (end < 0) return -1;
  const value = bigDigits(bytes, from, end);
  return value > LARGEST ? -1 : Number(value);
};

/**
 * The unsigned decimal at `from`, up to 2^64 - 1: exact up to 2^53, the nearest double beyond, so that a growing
 * counter never seems to fall. -1 if there is none or something other than a blank follows.
 */
export const unsignedAt = (bytes: Uint8Array, from: number, to: number): number => {
  let value = 0;
  let at = from;
  for (; at < to; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (at - from > SAFE_DIGITS) return longUnsignedAt(bytes, from, to);
  return at > from && (at >= to || (bytes[at] as number) <= BLANK) ? value : -1;
};

/** As `unsignedAt`, exact over the whole range; -1n if there is none. */
export const unsignedBigAt = (bytes: Uint8Array, from: number, to: number): bigint => {
  const end = numberEnd(bytes, from, to);
  if (end < 0) return -1n;
  if (end - from <= SAFE_DIGITS) return BigInt(digits(bytes, from, end));
  const value = bigDigits(bytes, from, end);
  return value > LARGEST ? -1n : value;
};

export const skipBlanks = (bytes: Uint8Array, from: number, to: number): number => {
  let at = from;
  while (at < to && (bytes[at] as number) <= BLANK) at++;
  return at;
};

/** Start of the field that stands `count` fields after the one at `from`; `to` if there are fewer. */
export const skipFields = (bytes: Uint8Array, from: number, to: number, count: number): number => {
  let at = from;
  for (let field = 0; field < count; field++) {
    while (at < to && (bytes[at] as number) > BLANK) at++;
    while (at < to && (bytes[at] as number) <= BLANK) at++;
  }
  return at;
};

/** Where the line that holds `from` ends: at its newline, or at `to`. */
export const lineEnd = (bytes: Uint8Array, from: number, to: number): number => {
  let at = from;
  while (at < to && (bytes[at] as number) !== NEWLINE) at++;
  return at;
};

export const startsWith = (bytes: Uint8Array, from: number, to: number, text: Uint8Array): boolean => {
  if (from + text.length > to) return false;
  for (let at = 0; at < text.length; at++) {
    if ((bytes[from + at] as number) !== (text[at] as number)) return false;
  }
  return true;
};

/** Position after `key` (with its blank or colon) at the start of a line, or -1. */
export const afterKey = (bytes: Uint8Array, to: number, key: Uint8Array): number => {
  for (let line = 0; line + key.length <= to; line = lineEnd(bytes, line, to) + 1) {
    if (startsWith(bytes, line, to, key)) return line + key.length;
  }
  return -1;
};
