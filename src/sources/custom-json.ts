import { SourceError } from '../model/source-error.ts';
import { printable } from './text.ts';

const SPACE = /[\t\n\r ]*/y;
/** A string, a number or a word, in JSON that is known to be well-formed. */
const SCALAR = /"(?:[^"\\]|\\.)*"|[^\s,\]}]+/y;

/** Matches at `at` and returns the end of the match; `at` itself where nothing matches. */
const endOf = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
};

/**
 * The value at a path such as `data.0.watts`, as it is written: a count of 64 bits keeps its digits, which `JSON.parse`
 * would round. A string loses its quotes. Of equal keys the last one counts, as for `JSON.parse`.
 *
 * @param what names the text in messages. Throws SourceError `retry`: no JSON, nothing at the path, no single value.
 */
export const valueAtPath = (text: string, path: string, what: string): string => {
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new SourceError('retry', `${what}: no JSON, it begins "${printable(text.slice(0, 40).trim())}"`, {
      cause,
      fix: 'Check what it answers; leave path out where it is a plain number.',
    });
  }
  const steps = path.split('.');
  let found: string | undefined;
  let at = endOf(SPACE, text, 0);

  /** Walks over one value; `depth` steps of the path lead to it, or -1 where it lies beside the path. */
  const walk = (depth: number): void => {
    const from = at;
    const open = text[at];
    if (open === '{' || open === '[') {
      at = endOf(SPACE, text, at + 1);
      for (let index = 0; text[at] !== '}' && text[at] !== ']'; index += 1) {
        let key = String(index);
        if (open === '{') {
          const end = endOf(SCALAR, text, at);
          key = JSON.parse(text.slice(at, end)) as string;
          at = endOf(SPACE, text, endOf(SPACE, text, end) + 1);
        }
        walk(depth >= 0 && steps[depth] === key ? depth + 1 : -1);
        at = endOf(SPACE, text, at);
        if (text[at] === ',') at = endOf(SPACE, text, at + 1);
      }
      at += 1;
    } else {
      at = endOf(SCALAR, text, at);
    }
    if (depth === steps.length) found = text.slice(from, at);
  };
  walk(0);

  if (found === undefined) {
    throw new SourceError('retry', `${what}: nothing at ${path}`, {
      fix: 'Check the path against what it answers: keys and list numbers, joined by dots.',
    });
  }
  if (/^[[{]/.test(found)) {
    throw new SourceError('retry', `${what}: at ${path} is ${found[0] === '[' ? 'a list' : 'a mapping'}`, {
      fix: 'Make the path lead to one number.',
    });
  }
  return found.startsWith('"') ? (JSON.parse(found) as string) : found;
};
