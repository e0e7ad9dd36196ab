/**
 * Characters that take two columns: East Asian Width W or F of Unicode's EastAsianWidth.txt (UAX #11), in coarse blocks.
 * What is emoji by default (W there too) is told by its property.
 */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd],
];
/** They join the character before them. Vowels and finals of Hangul (U+1160 to U+11FF) do so too. */
const JOINS = /^[\p{Mn}\p{Me}\u1160-\u11ff]$/u;
const EMOJI = /^\p{Emoji_Presentation}$/u;

const widthOf = (character: string): 0 | 1 | 2 => {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (JOINS.test(character)) return 0;
  return WIDE.some(([from, to]) => code >= from && code <= to) || EMOJI.test(character) ? 2 : 1;
};

/** Columns that a terminal gives to a printable text. */
export const textWidth = (text: string): number => {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
};

/** The text where it fits, else as much of it as leaves a column for the mark of a cut, `~`. */
export const cut = (text: string, width: number): string => {
  if (textWidth(text) <= width) return text;
  if (width < 1) return '';
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += widthOf(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}~`;
};

export const padEnd = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - textWidth(text)));

export const padStart = (text: string, width: number): string =>
  ' '.repeat(Math.max(0, width - textWidth(text))) + text;
