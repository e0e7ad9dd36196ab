/** Words that YAML 1.1 or 1.2 reads as something other than text. */
const SPECIAL = /^(true|false|null|yes|no|on|off|y|n|~|\.nan|\.inf)$/i;
const PLAIN = /^[A-Za-z/][A-Za-z0-9 _./-]*$/;
const PLAIN_DURATION = /^\d+(ms|s|m|h|d)$/;

const scalar = (text: string): string => {
  const plain = PLAIN.test(text) && !SPECIAL.test(text) && text.trim() === text;
  return plain || PLAIN_DURATION.test(text) ? text : JSON.stringify(text);
};

/** A value on one line as YAML reads it back: JSON, with the quotes left out where nothing needs them. */
export const inline = (value: unknown): string => {
  if (typeof value === 'string') return scalar(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([name, inside]) => `${scalar(name)}: ${inline(inside)}`)
    .join(', ')}}`;
};

/** Breaks text into lines of at most `width` letters, at spaces. */
export const wrapped = (text: string, width: number): readonly string[] =>
  text.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
    return lines;
  }, []);
