/** Kinds of fields of the activity file. */
import * as z from 'zod/mini';
import { PUE_KINDS } from '../carbon/statement-activity.ts';
import { TENANCIES } from '../model/tenancy.ts';
import { about, optionalDay } from './fields.ts';

export const say = (description: string, expected: string) => ({ description, 'x-expected': expected });
export const text = (description: string) =>
  about(z.string().check(z.regex(/\S/), z.maxLength(500)), say(description, 'text of 1 to 500 letters'));
export const optional = <T extends z.ZodMiniType>(schema: T) => z.exactOptional(schema);
export const count = (description: string) =>
  about(z.number().check(z.gte(0), z.lte(1e12)), say(description, 'a number from 0'));
export const share = (description: string) =>
  about(z.number().check(z.gte(0), z.lte(1)), say(description, 'a number from 0 to 1'));
export const oneOf = <const T extends readonly string[]>(values: T, description: string) =>
  about(z.enum(values), { description });
export const year = (description: string) =>
  about(z.int().check(z.gte(1990), z.lte(2100)), say(description, 'a year from 1990 to 2100'));
export const span = { from: optionalDay('Start, included.'), to: optionalDay('End, not included.') };
export const list = <T extends z.core.$ZodShape>(shape: T, description: string) =>
  about(z._default(z.array(z.strictObject(shape)).check(z.maxLength(1000)), []), { description });

export const pue = about(
  z.strictObject({
    value: about(z.number().check(z.gte(1), z.lte(10)), say('PUE of the year.', 'a number of at least 1')),
    kind: oneOf(PUE_KINDS, 'Where it comes from; printed beside every figure that rests on it.'),
  }),
  { description: 'Power usage effectiveness; for IT energy alone.' },
);
export const site = text('Name of the site.');
export const zone = text('Zone of the grid, such as DE, CN-GD or EGRID:CAMX.');
export const document = text('The document that states it.');
export const tenancy = about(z._default(z.enum(TENANCIES), 'owned'), { description: 'Decides the scope.' });
export const gases = about(z._default(z.enum(['CO2', 'CO2e']), 'CO2e'), { description: 'What is counted.' });
export const named = (description: string) => {
  // A remainder after credits is no emission: nothing here may go by its name.
  const fits = (written: string): boolean => !/\bnet\b|neutral/i.test(written);
  return about(
    z.string().check(z.regex(/\S/), z.maxLength(120), z.refine(fits)),
    say(description, 'text of 1 to 120 letters, and nothing called net or neutral: emissions are gross here'),
  );
};
