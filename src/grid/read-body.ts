import type * as z from 'zod/mini';
import { oneLine } from '../model/foreign-text.ts';
import { GridError } from '../model/grid.ts';
import { parseJson } from './client.ts';
import { instantOf } from './instant.ts';

/** Reads JSON of a known form. @throws GridError (failed) that names what is wrong and where. */
export const readBody = <T>(schema: z.ZodMiniType<T>, body: string): T => readValue(schema, parseJson(body));

/** The same for what was parsed before. @throws GridError (failed) */
export const readValue = <T>(schema: z.ZodMiniType<T>, value: unknown): T => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'the whole' : issue.path.join('.');
  throw unexpected(`has another form than documented, at ${oneLine(where)}`);
};

/** An answer that was understood and is not what was asked for. */
export const unexpected = (what: string, fix = ''): GridError =>
  new GridError('failed', `the answer ${what}`, { fix });

/** A time of an answer. @throws GridError (failed) where it is none that can be told in UTC. */
export const instant = (text: string): number => {
  const value = instantOf(text);
  if (value === undefined) throw unexpected(`has no time with its offset to UTC: ${oneLine(text)}`);
  return value;
};

/** Compares what an answer says of itself with what was asked for. @throws GridError (failed) where they differ. */
export const echoed = (what: string, answered: string | undefined | null, asked: string, fix = ''): void => {
  if (answered === asked) return;
  const said = answered === undefined || answered === null ? `does not say its ${what}` : '';
  throw unexpected(said || `is for ${what} ${oneLine(answered ?? '')}; asked for was ${oneLine(asked)}`, fix);
};
