import type { core } from 'zod/mini';
import { nearest } from '../model/nearest.ts';
import { example, expected, keyTree, leaves, shapeAt } from './keys.ts';
import { valueAt } from './layers.ts';
import { type Problem, shown } from './problem.ts';
import { inline } from './text.ts';

/** Finds the place of a path, or of a key itself, in whatever layer set it. */
export type PlaceOf = (path: readonly PropertyKey[], at: 'key' | 'value') => string;

/** What zod says where neither a schema nor a locale gave it words. */
const WORDLESS = 'Invalid input';

/** Puts what the schema found into an operator's words: key path, what was found, what is allowed, an example. */
export const problemsOf = (
  issues: readonly core.$ZodIssue[],
  raw: unknown,
  placeOf: PlaceOf,
): readonly Problem[] =>
  issues.flatMap((issue) => {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        place: placeOf([...path, key], 'key'),
        what: unknownKey(path, key, raw),
      }));
    }
    if (issue.code === 'invalid_key') {
      const why = issue.issues.map(({ message }) => message).find((message) => message !== WORDLESS);
      return [
        {
          place: placeOf(path, 'key'),
          what: `${path.join('.')} ${why ?? 'is not a name that is allowed here'}`,
        },
      ];
    }
    if (issue.code === 'invalid_union') {
      // The alternative that fits from the outside is the one that was meant: a list, say, with one bad item.
      const meant = issue.errors.find((inner) => inner.every((one) => one.path.length > 0));
      const below = meant?.map((one) => ({ ...one, path: [...path, ...one.path] }));
      if (below !== undefined) return problemsOf(below, raw, placeOf);
    }
    const found = valueAt(raw, path);
    const state = found === undefined ? 'is missing' : `is ${shown(found)}`;
    const name = path.length === 0 ? 'the configuration' : path.map(String).join('.');
    return [
      { place: placeOf(path, 'value'), what: `${name} ${state}; it must be ${allowed(path, found, raw)}` },
    ];
  });

/**
 * Keys that the options of a source do not know and would drop without a word, below lists and the like. Whole
 * sections refuse such keys by themselves.
 */
export const strays = (
  raw: unknown,
  placeOf: PlaceOf,
  path: readonly PropertyKey[] = [],
): readonly Problem[] => {
  if (typeof raw !== 'object' || raw === null) return [];
  const { properties, additionalProperties } = shapeAt(path);
  return Object.entries(raw).flatMap(([key, value]) => {
    const here = [...path, key];
    const lost = !Array.isArray(raw) && properties !== undefined && !Object.hasOwn(properties, key);
    if (!lost) return strays(value, placeOf, here);
    return additionalProperties === false
      ? []
      : [{ place: placeOf(here, 'key'), what: unknownKey(path, key) }];
  });
};

const allowed = (path: readonly PropertyKey[], found: unknown, raw: unknown): string => {
  const shape = shapeAt(path, raw);
  const [near] =
    shape.isName && typeof found === 'string' ? nearest(found, shape.enum?.map(String) ?? [], 1) : [];
  if (near !== undefined) return `${expected(shape)}; did you mean ${near}?`;
  const sample = example(shape);
  // Where the example is what was found, the message is about something else and would contradict itself.
  const withExample =
    sample !== undefined && sample !== found && !('enum' in shape) && shape.type !== 'boolean';
  return `${expected(shape)}${withExample ? `, for example ${inline(sample)}` : ''}`;
};

const unknownKey = (path: readonly PropertyKey[], key: string, raw?: unknown): string => {
  const name = [...path, key].join('.');
  const shape = shapeAt(path, raw);
  const form = shape.properties === undefined ? shape.anyOf?.find(({ properties }) => properties) : shape;
  const siblings = Object.keys(form?.properties ?? {});
  const near = nearest(key, siblings, 1).map((sibling) => [...path, sibling].join('.'));
  // A right key in the wrong section is as common as a slip of the pen.
  const elsewhere = leaves(keyTree())
    .filter((leaf) => leaf.path.at(-1) === key)
    .map((leaf) => leaf.name);
  const [meant] = [...near, ...elsewhere];
  const next = meant === undefined ? `known here: ${siblings.join(', ')}` : `did you mean ${meant}?`;
  return `${name} is no key of the configuration; ${next}`;
};
