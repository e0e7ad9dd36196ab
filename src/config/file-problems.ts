import type { core } from 'zod/mini';
import { nearest } from '../model/nearest.ts';
import { example, expected, type Shape, shapeIn } from './keys.ts';
import { valueAt } from './layers.ts';
import { type Problem, shown } from './problem.ts';
import { inline } from './text.ts';

/** A file beside the configuration, with a schema of its own. */
export interface CheckedFile {
  /** Its path, as problems name it. */
  readonly file: string;
  /** What it is called: `the activity file`. */
  readonly kind: string;
  /** Its schema as JSON Schema. */
  readonly root: Shape;
  readonly raw: unknown;
  readonly locate: (path: readonly PropertyKey[], at?: 'key' | 'value') => string;
}

/** A path as a message names it, on one line: items of a list are counted from 1. */
export const named = (path: readonly PropertyKey[]): string =>
  path.map((step) => (typeof step === 'number' ? `${step + 1}` : word(String(step)))).join('.') || 'the file';

const word = (key: string): string => {
  const line = key.replace(/\p{Cc}/gu, '?');
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
};

/** Puts what a schema found in such a file into words: place, key, what was found, what is allowed. */
export const fileProblems = (issues: readonly core.$ZodIssue[], of: CheckedFile): readonly Problem[] => {
  const { file, kind, root, raw, locate } = of;
  const problems = issues.flatMap((issue): readonly Problem[] => {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => {
        const shape = shapeIn(root, path);
        const { properties = {} } = alternative(shape, valueAt(raw, path))?.shape ?? shape;
        const known = Object.keys(properties);
        const [meant] = nearest(key, known, 1);
        const hint = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`;
        const what = `${named([...path, key])} is no key of ${kind}; ${hint}`;
        return { place: `${file}:${locate([...path, key], 'key')}`, what };
      });
    const found = valueAt(raw, path);
    const shape = shapeIn(root, path);
    const meant = issue.code === 'invalid_union' ? alternative(shape, found) : undefined;
    if (issue.code === 'invalid_union' && meant !== undefined) {
      const inner = issue.errors[meant.index]?.map((one) => ({ ...one, path: [...path, ...one.path] })) ?? [];
      return fileProblems(inner, of);
    }
    if (issue.code === 'invalid_key') {
      const why = issue.issues[0]?.message ?? 'is no name that is allowed here';
      return [{ place: `${file}:${locate(path, 'key')}`, what: `${named(path)} ${why}` }];
    }
    const sample = example(shape);
    const hint = sample === undefined || 'enum' in shape ? '' : `, for example ${inline(sample)}`;
    const state =
      found === undefined ? 'is missing' : isOpen(shape, found) ? `is ${shown(found)}` : 'is not right';
    const what = `${named(path)} ${state}; it must be ${expected(shape)}${hint}`;
    return [{ place: `${file}:${locate(path, 'value')}`, what }];
  });
  return [...new Map(problems.map((one) => [`${one.place} ${one.what}`, one])).values()];
};

/** Whether a message may show it. Text in place of a mapping may be a secret whose key is misspelt. */
const isOpen = (shape: Shape, found: unknown): boolean =>
  shape['x-secret'] !== true && !(shape.type === 'object' && typeof found === 'string');

/** Of several mappings that are allowed, the one that shares a key with what was written. */
const alternative = (
  { anyOf = [] }: Shape,
  found: unknown,
): { readonly index: number; readonly shape: Shape } | undefined => {
  if (typeof found !== 'object' || found === null) return undefined;
  const index = anyOf.findIndex(({ properties = {} }) =>
    Object.keys(found).some((key) => Object.hasOwn(properties, key)),
  );
  const shape = anyOf[index];
  return shape === undefined ? undefined : { index, shape };
};
