const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
/** Control characters, line separators, and marks that turn the direction of a terminal's text. */
const HIDDEN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Bytes of UTF-8 that one unit of a string takes at most (RFC 3629, section 3). */
const MOST_BYTES = 3;

const cut = (text: string, most: number): string => {
  if (text.length * MOST_BYTES <= most) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = most;
  // Never through a character: back to a byte that begins one.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
};

/**
 * Bytes that somebody else chose (a process's name, a directory's) as text that is safe in a log line and a label:
 * what is not UTF-8 and what does not print becomes U+FFFD; at most `most` bytes.
 */
export const printable = (raw: Buffer | string, most = 4096): string => {
  const text = typeof raw === 'string' ? raw : raw.toString('utf8');
  return cut(PRINTABLE_ASCII.test(text) ? text : text.replace(HIDDEN, '\ufffd'), most);
};
