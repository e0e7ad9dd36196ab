import { createHash } from 'node:crypto';
import { canonical, frozen } from './canonical.ts';
import { problemsOf, strays } from './issues.ts';
import { leaves } from './keys.ts';
import { type Environment, type Flags, layer, type Origin, valueAt } from './layers.ts';
import { measureClashes } from './measures-cross.ts';
import { firstOf, type Problem } from './problem.ts';
import { readYaml } from './read.ts';
import { faultyKeys, without } from './rest.ts';
import { type Config, configSchema } from './schema.ts';

/** One key as it was written, and who wrote it; `value` is undefined where an optional key is not set. */
export interface Setting {
  readonly name: string;
  readonly value: unknown;
  readonly origin: Origin;
}

export type LoadedConfig =
  | {
      readonly ok: true;
      readonly config: Config;
      /** Of the resolved configuration: the same for two hosts that behave the same. */
      readonly sha256: string;
      /** All keys, in the order of the schema. */
      readonly settings: readonly Setting[];
      /** Not wrong, but perhaps not meant; one line each. */
      readonly warnings: readonly string[];
    }
  | {
      readonly ok: false;
      readonly problems: readonly Problem[];
      /** What is left where the keys with problems are taken out, for what else can be checked; often there is none. */
      readonly rest?: Rest;
    };

/** A configuration that nothing may run under: the keys with problems are at their defaults. */
export interface Rest {
  readonly config: Config;
  readonly settings: readonly Setting[];
  /** Names of the keys and sections that have a problem. */
  readonly faulty: readonly string[];
}

export interface ConfigInput {
  readonly file?: string;
  readonly env?: Environment;
  readonly flags?: Flags;
  /** Hash of a text in hexadecimal; SHA-256 unless told. */
  readonly hash?: (text: string) => string;
}

/** A value that breaks two rules of its key is one problem: the message names all that is allowed. */
const distinct = (problems: readonly Problem[]): readonly Problem[] => [
  ...new Map(problems.map((problem) => [`${problem.place} ${problem.what}`, problem])).values(),
];

/**
 * Reads the configuration: defaults, then the file, then the environment (`NEGAWATT_GRID_ZONE`), then the flags. What
 * comes later wins. All problems are reported at once. The result is frozen. Never throws.
 */
export const loadConfig = async (input: ConfigInput): Promise<LoadedConfig> => {
  const file = input.file === undefined ? undefined : await readYaml(input.file);
  if (file?.ok === false) return file;
  const parsed = file?.parsed;
  const at = (path: readonly PropertyKey[], part?: 'key' | 'value'): string =>
    parsed === undefined ? '' : `${input.file}:${parsed.locate(path, part)}`;
  const layers = layer(parsed && { value: parsed.value, where: at }, input.env ?? {}, input.flags ?? {});
  const checked = configSchema.safeParse(layers.raw);
  const placeOf = (path: readonly PropertyKey[], part: 'key' | 'value'): string => {
    const above = path.map((_, index) => path.slice(0, path.length - index).join('.'));
    const origin = above.map((name) => layers.origins.get(name)).find((one) => one !== undefined);
    return origin === undefined || origin.from === 'file' ? at(path, part) : origin.where;
  };
  const issues = checked.error === undefined ? [] : problemsOf(checked.error.issues, layers.raw, placeOf);
  const clashes = measureClashes(checked.data?.measures ?? []).map(({ path, what }) => ({
    place: placeOf(path, 'value'),
    what: `${path.join('.')} ${what}`,
  }));
  const problems = distinct([...issues, ...strays(layers.raw, placeOf), ...layers.problems, ...clashes]);
  /** @param raw what was written, or what is left of it: a value that was refused may hold a password. */
  const settingsOf = (raw: unknown): readonly Setting[] =>
    leaves().map(({ name, path, shape }) => ({
      name,
      value: valueAt(raw, path) ?? shape.default,
      origin: layers.origins.get(name) ?? { from: 'default', where: '' },
    }));
  if (!checked.success || problems.length > 0) {
    const withStrays = leaves()
      .map(({ path }) => path)
      .filter((path) => strays(valueAt(layers.raw, path), placeOf, path).length > 0);
    const keys = faultyKeys(checked.error?.issues ?? [], withStrays);
    const left = keys.reduce<unknown>(without, layers.raw);
    const rest = configSchema.safeParse(left);
    const faulty = [...keys.map((path) => path.join('.')), ...(clashes.length > 0 ? ['measures'] : [])];
    return {
      ok: false,
      problems: firstOf(problems),
      ...(rest.success ? { rest: { config: rest.data as Config, settings: settingsOf(left), faulty } } : {}),
    };
  }
  const config = frozen(checked.data) as Config;
  const hash = input.hash ?? ((text) => createHash('sha256').update(text).digest('hex'));
  return {
    ok: true,
    config,
    sha256: hash(canonical(config)),
    warnings: layers.warnings,
    settings: settingsOf(layers.raw),
  };
};
