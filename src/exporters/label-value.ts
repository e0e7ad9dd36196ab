/** Longest label value in bytes of UTF-8; workload ids are made to fit already. */
export const LONGEST_VALUE = 128;

const PLAIN = /^[\x20-\x7e]*$/;
/** Control characters, and the marks that reorder text on a screen (Unicode Bidirectional Algorithm, UAX #9, 2.1-2.4). */
const CONTROL = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * Text as a label value: names of processes and groups belong to whoever runs them.
 *
 * Control characters are removed, halves of surrogate pairs become U+FFFD, and what is longer than 128 bytes of UTF-8
 * is cut at a code point. Applying it twice changes nothing. Quotes and backslashes are the serialiser's to escape.
 */
export const labelValue = (text: string): string => {
  if (text.length <= LONGEST_VALUE && PLAIN.test(text)) return text;
  const clean = text.replace(LONE_SURROGATE, '\uFFFD').replace(CONTROL, '');
  let bytes = 0;
  let units = 0;
  for (const point of clean) {
    bytes += bytesOf(point.codePointAt(0) ?? 0);
    if (bytes > LONGEST_VALUE) return clean.slice(0, units);
    units += point.length;
  }
  return clean;
};

/** Bytes of a code point in UTF-8 (RFC 3629, section 3). */
const bytesOf = (point: number): number => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);
