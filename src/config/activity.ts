import * as z from 'zod/mini';
import type { Activity } from '../carbon/statement-activity.ts';
import type { Figure } from '../carbon/statement-figures.ts';
import { plain } from '../carbon/statement-words.ts';
import { nearest } from '../model/nearest.ts';
import { grams } from '../units.ts';
import { crossProblems } from './activity-cross.ts';
import { type ActivityFile, activitySchema } from './activity-schema.ts';
import { example, expected, type Shape, shapeIn } from './keys.ts';
import { valueAt } from './layers.ts';
import { type Problem, shown } from './problem.ts';
import { readYaml } from './read.ts';
import { inline } from './text.ts';

export type LoadedActivity =
  | { readonly ok: true; readonly activity: Activity }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads the activity file of `negawatt report`: YAML of at most 1 MiB. All problems at once, with file, line and key; a
 * key that is not known is one. Never throws.
 */
export const loadActivity = async (file: string): Promise<LoadedActivity> => {
  const read = await readYaml(file);
  if (!read.ok) return read;
  const { value, locate } = read.parsed;
  const checked = activitySchema.safeParse(value);
  if (!checked.success) {
    const root = z.toJSONSchema(activitySchema, { io: 'input' }) as Shape;
    return { ok: false, problems: problemsOf(checked.error.issues, value, root, file, locate) };
  }
  const problems = crossProblems(checked.data).map(({ path, what }) => ({
    place: `${file}:${locate(path, 'value')}`,
    what: `${named(path)} ${what}`,
  }));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, activity: activityOf(checked.data) };
};

const named = (path: readonly PropertyKey[]): string =>
  path.map((step) => (typeof step === 'number' ? `${step + 1}` : String(step))).join('.') || 'the file';

type Locate = (path: readonly PropertyKey[], at?: 'key' | 'value') => string;

const problemsOf = (
  issues: readonly z.core.$ZodIssue[],
  raw: unknown,
  root: Shape,
  file: string,
  locate: Locate,
): readonly Problem[] => {
  const problems = issues.flatMap((issue): readonly Problem[] => {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => {
        const shape = shapeIn(root, path);
        const { properties = {} } = alternative(shape, valueAt(raw, path))?.shape ?? shape;
        const known = Object.keys(properties);
        const [meant] = nearest(key, known, 1);
        const hint = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`;
        const what = `${named([...path, key])} is no key of the activity file; ${hint}`;
        return { place: `${file}:${locate([...path, key], 'key')}`, what };
      });
    const found = valueAt(raw, path);
    const shape = shapeIn(root, path);
    const meant = issue.code === 'invalid_union' ? alternative(shape, found) : undefined;
    if (issue.code === 'invalid_union' && meant !== undefined) {
      const inner = issue.errors[meant.index]?.map((one) => ({ ...one, path: [...path, ...one.path] })) ?? [];
      return problemsOf(inner, raw, root, file, locate);
    }
    const sample = example(shape);
    const hint = sample === undefined || 'enum' in shape ? '' : `, for example ${inline(sample)}`;
    const state = found === undefined ? 'is missing' : `is ${shown(found)}`;
    const what = `${named(path)} ${state}; it must be ${expected(shape)}${hint}`;
    return [{ place: `${file}:${locate(path, 'value')}`, what }];
  });
  return [...new Map(problems.map((one) => [`${one.place} ${one.what}`, one])).values()];
};

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

/** Fills in what follows from the year and from counts. */
const activityOf = (file: ActivityFile): Activity => {
  const whole = { from: Date.UTC(file.year, 0), to: Date.UTC(file.year + 1, 0) };
  return {
    ...file,
    energy: file.energy.map((one) => ({ ...whole, ...one })),
    instruments: file.instruments.map((one) => ({ ...whole, ...one })),
    refrigerants: file.refrigerants.map(({ quantity, ...one }) => ({ ...one, kilograms: quantity / 1000 })),
    water: file.water.map(({ quantity, ...one }) => ({ ...one, litres: quantity })),
    scope3: file.scope3.map(({ count, each, ...one }) =>
      count === undefined || each === undefined
        ? one
        : {
            ...one,
            emissions: grams(count * each),
            working: `${plain(count)} x ${plain(each / 1000)} kg`,
          },
    ),
    figures: Object.fromEntries(
      Object.entries(file.figures).map(([name, figure]): readonly [string, Figure] =>
        'value' in figure
          ? [
              name,
              {
                value: figure.value.value,
                unit: figure.value.unit,
                ...(figure.rounded === undefined ? {} : { rounded: figure.rounded.value }),
                document: figure.document,
              },
            ]
          : [name, figure],
      ),
    ),
  };
};

/** The activity of a year for which no file was given: the hours of the agent's own host, and nothing else. */
export const activityWithoutFile = (year: number, entity: string, hosts?: number): Activity =>
  activityOf(
    activitySchema.parse({
      year,
      boundary: {
        entity,
        approach: 'operational_control',
        ...(hosts === undefined
          ? {}
          : { hosts, exclusions: ['all but this host: no activity file is named'] }),
      },
    }),
  );
