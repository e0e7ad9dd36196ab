/** One line of the text format 0.0.4 or of OpenMetrics 1.0, without its timestamp and exemplar. */
export interface SampleLine {
  readonly labels: ReadonlyMap<string, string>;
  /** NaN where the number is none. */
  readonly value: number;
}

/** How a line of either format may begin; OpenMetrics and Prometheus 3 may quote the name inside the braces. */
const BEGINNING = /^(?:#|[A-Za-z_:][\w:]*[ \t{]|\{[ \t]*"(?:[^"\\]|\\.)*"[ \t]*[,}])/;

/** Whether a line could stand in metrics: cheap, for the thousands that are somebody else's. */
export const isPlausible = (line: string): boolean => BEGINNING.test(line);

const LABEL = /[ \t]*([A-Za-z_]\w*|"(?:[^"\\]|\\.)*")[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(,|(?=\}))/y;
const CLOSE = /[ \t]*\}/y;
/** Value, timestamp (milliseconds, or seconds in OpenMetrics), exemplar. */
const VALUE = /[ \t]*([^\s#]+)(?:[ \t]+-?[\d.]+(?:[eE][+-]?\d+)?)?[ \t]*(?:#.*)?$/y;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' };
const unescaped = (text: string): string =>
  text.includes('\\') ? text.replace(/\\(.)/gs, (whole, letter: string) => ESCAPES[letter] ?? whole) : text;

/** Bytes to text; undefined where they are not UTF-8. */
export const utf8 = (bytes: string): string | undefined => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (/^[\x00-\x7f]*$/.test(bytes)) return bytes;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return undefined;
  }
};

/** What follows the name on a line; undefined where it is not of the format. @param from where the name ends. */
export const parseSample = (line: string, from: number): SampleLine | undefined => {
  const labels = new Map<string, string>();
  let at = from;
  while (line[at] === ' ' || line[at] === '\t') at++;
  if (line[at] === '{') {
    at++;
    for (;;) {
      LABEL.lastIndex = at;
      const match = LABEL.exec(line);
      if (match === null) break;
      const [, name = '', value = ''] = match;
      if (labels.has(name)) return undefined;
      labels.set(name, unescaped(value));
      at = LABEL.lastIndex;
    }
    CLOSE.lastIndex = at;
    if (CLOSE.exec(line) === null) return undefined;
    at = CLOSE.lastIndex;
  }
  VALUE.lastIndex = at;
  const number = VALUE.exec(line)?.[1];
  if (number === undefined) return undefined;
  if (NUMBER.test(number)) return { labels, value: Number(number) };
  // As Go writes them; no counter of work has one.
  return /^(?:[+-]?inf(?:inity)?|nan)$/i.test(number) ? { labels, value: Number.NaN } : undefined;
};
