import type { core } from 'zod/mini';
import { leaves } from './keys.ts';

type Path = readonly PropertyKey[];

/** What was found wrong, as the keys that hold it: a fault inside a list is one of the list. */
export const faultyKeys = (
  issues: readonly core.$ZodIssue[],
  strayKeys: readonly Path[],
): readonly Path[] => {
  const all = leaves();
  const keyOf = (path: Path): Path =>
    all.find((key) => key.path.every((step, index) => step === path[index]))?.path ?? path;
  return [
    ...issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => keyOf([...issue.path, key]))
        : [keyOf(issue.path)],
    ),
    ...strayKeys,
  ];
};

/** What was written without such a key; the whole of it where the path is empty. */
export const without = (value: unknown, [step, ...deeper]: Path): unknown => {
  if (step === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { [step]: inside, ...others } = value as Readonly<Record<PropertyKey, unknown>>;
  return deeper.length === 0 || inside === undefined
    ? others
    : { ...others, [step]: without(inside, deeper) };
};
