import * as z from 'zod/mini';
import type { Activity } from '../carbon/statement-activity.ts';
import type { Figure } from '../carbon/statement-figures.ts';
import { plain } from '../carbon/statement-words.ts';
import { grams } from '../units.ts';
import { crossProblems } from './activity-cross.ts';
import { type ActivityFile, activitySchema } from './activity-schema.ts';
import { fileProblems, named } from './file-problems.ts';
import type { Shape } from './keys.ts';
import { firstOf, type Problem } from './problem.ts';
import { readYaml } from './read.ts';

export type LoadedActivity =
  | { readonly ok: true; readonly activity: Activity }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads the activity file of `negawatt report`: YAML of at most 1 MiB. All problems at once, with file, line and key; a
 * key that is not known is one. Never throws.
 */
export const loadActivity = async (file: string): Promise<LoadedActivity> => {
  const read = await readYaml(file, '--activity');
  if (!read.ok) return read;
  const { value, locate } = read.parsed;
  const checked = activitySchema.safeParse(value);
  if (!checked.success) {
    const root = z.toJSONSchema(activitySchema, { io: 'input' }) as Shape;
    const kind = 'the activity file';
    return {
      ok: false,
      problems: firstOf(fileProblems(checked.error.issues, { file, kind, root, raw: value, locate })),
    };
  }
  const problems = crossProblems(checked.data).map(({ path, what }) => ({
    place: `${file}:${locate(path, 'value')}`,
    what: `${named(path)} ${what}`,
  }));
  return problems.length > 0
    ? { ok: false, problems: firstOf(problems) }
    : { ok: true, activity: activityOf(checked.data) };
};

/** Fills in what follows from the year and from counts. */
const activityOf = ({ agent, ...file }: ActivityFile): Activity => {
  const whole = { from: Date.UTC(file.year, 0), to: Date.UTC(file.year + 1, 0) };
  return {
    ...file,
    ...(agent === undefined ? {} : { agent: agentOf(agent) }),
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

const agentOf = ({
  tenancy_periods: tenancies,
  ...agent
}: NonNullable<ActivityFile['agent']>): NonNullable<Activity['agent']> => ({
  ...agent,
  ...(tenancies.length === 0 ? {} : { tenancies }),
});

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
