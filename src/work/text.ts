/** Control characters, and marks that turn the direction of a terminal's text (UAX #9, 2.1-2.4). */
const HIDDEN = /[\p{Cc}\p{Surrogate}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text that somebody else chose, safe in a log line: what does not print becomes U+FFFD, and a long one is cut. */
export const shown = (text: string, most = 60): string => {
  const clean = [...text.slice(0, most * 2).replace(HIDDEN, '\uFFFD')];
  return clean.length <= most ? clean.join('') : `${clean.slice(0, most).join('')}...`;
};

/** Whether a text may be a workload's id or name: 1 to 128 bytes without what does not print. */
export const isName = (text: string): boolean => {
  if (text === '' || Buffer.byteLength(text) > 128) return false;
  HIDDEN.lastIndex = 0;
  return !HIDDEN.test(text);
};
