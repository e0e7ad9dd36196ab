import { printable } from './text.ts';

/**
 * Reading of JSON that somebody else wrote: what is not of the expected form counts as not there, so that one strange
 * entry hides no other.
 */
export type Json = Readonly<Record<string, unknown>>;

export const asObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};

export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Longest text that is kept of a name or a label, bytes: what a label of a metric holds. */
const LONGEST = 128;

/** Text that is safe to show, or undefined where there is none. */
export const asText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? printable(value, LONGEST) : undefined;

export const asCount = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;

/** Labels that one workload may have; Kubernetes and Docker know no limit but that of their own files. */
const MOST_TAGS = 64;

/** Labels of an owner, those that are text. */
export const asTags = (value: unknown): Readonly<Record<string, string>> => {
  const tags: [string, string][] = [];
  for (const [name, text] of Object.entries(asObject(value))) {
    if (tags.length >= MOST_TAGS) break;
    if (typeof text === 'string') tags.push([printable(name, LONGEST), printable(text, LONGEST)]);
  }
  return Object.fromEntries(tags);
};

/** The entries that are there. */
export const present = (
  entries: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
