import { nearest } from '../model/nearest.ts';
import { environmentName, flagName, type Key, keyTree, leaves } from './keys.ts';
import type { Problem } from './problem.ts';

/** Where the value of a key comes from; `where` is its place, '' for a default. */
export interface Origin {
  readonly from: 'default' | 'file' | 'environment' | 'flag';
  readonly where: string;
}

/** What a file, the environment and the flags set, before it is checked. */
export interface Layers {
  readonly raw: unknown;
  /** By the name of the key; keys that nobody set are not in it. */
  readonly origins: ReadonlyMap<string, Origin>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;
/** By name without the dashes: `grid.zone`, `web.listen-address`, `no-source.rapl`. Undefined: not given. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Lays flags over the environment over the file. A key that a higher layer sets is replaced whole, lists and mappings
 * too. Text becomes what the key holds where that is plain; what does not fit stays text and is refused by the schema.
 */
export const layer = (
  file: { readonly value: unknown; readonly where: (path: readonly string[]) => string } | undefined,
  env: Environment,
  flags: Flags,
): Layers => {
  const origins = new Map<string, Origin>();
  const problems: Problem[] = [];
  const raw = copied(file?.value ?? {}, keyTree());
  const all = leaves();
  for (const key of all) {
    if (valueAt(raw, key.path) !== undefined && file !== undefined) {
      origins.set(key.name, { from: 'file', where: file.where(key.path) });
    }
    const name = environmentName(key);
    const text = env[name];
    if (text) put(raw, key, fromText(text, key), { from: 'environment', where: name }, origins);
  }
  const byFlag = new Map(all.map((key) => [flagName(key), key]));
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined || value === '') continue;
    const [, off] = /^no-source\.(.+)$/.exec(name) ?? [];
    const key = byFlag.get(off === undefined ? name : `sources.${off}.enabled`);
    if (key === undefined) {
      const known =
        off === undefined
          ? [...byFlag.keys()]
          : Object.keys(sourceNames()).map((source) => `no-source.${source}`);
      const hint = nearest(name, known, 1)[0];
      const next = hint === undefined ? `known are ${known.join(', ')}` : `did you mean --${hint}?`;
      problems.push({ place: `--${name}`, what: `sets no key; ${next}` });
      continue;
    }
    const given = typeof value === 'string' ? fromText(value, key) : value;
    put(raw, key, off === undefined ? given : false, { from: 'flag', where: `--${name}` }, origins);
  }
  return { raw, origins, problems, warnings: misspelt(env, all.map(environmentName)) };
};

const sourceNames = (): Tree => keyTree().shape.properties?.sources?.properties ?? {};

/** A copy without the keys that are there but empty (`grid:` with all below commented out): they are not set. */
const copied = (value: unknown, key: Key): unknown => {
  if (!isTree(value) || key.children.length === 0) return value;
  const copy: Tree = Object.create(null);
  for (const [name, inside] of Object.entries(value)) {
    const child = key.children.find(({ path }) => path.at(-1) === name);
    if (child === undefined) copy[name] = inside;
    else if (inside !== null) copy[name] = copied(inside, child);
  }
  return copy;
};

export const valueAt = (raw: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inside, step) => {
    if (Array.isArray(inside)) return inside[Number(step)];
    return isTree(inside) && Object.hasOwn(inside, step) ? inside[String(step)] : undefined;
  }, raw);

const put = (raw: unknown, key: Key, value: unknown, origin: Origin, origins: Map<string, Origin>): void => {
  let inside = raw;
  for (const step of key.path.slice(0, -1)) {
    // A section that is no mapping is the file's mistake and is reported as such.
    if (!isTree(inside)) return;
    inside[step] ??= Object.create(null) as Tree;
    inside = inside[step];
  }
  const last = key.path.at(-1);
  if (!isTree(inside) || last === undefined) return;
  inside[last] = value;
  origins.set(key.name, origin);
};

const asNumber = (text: string): number | string => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text);

/** `a,b` is a list, `a=1,b=2` a mapping; both may be JSON, and so may what can be a list or text. */
const fromText = (text: string, { shape }: Key): unknown => {
  if (/^[[{]/.test(text) && shape.type !== 'string') {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  }
  if (shape.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (shape.type === 'number' || shape.type === 'integer') return asNumber(text);
  const items = text.split(',').map((item) => item.trim());
  if (shape.type === 'array') return items.filter((item) => item !== '');
  if (shape.type !== 'object' || !items.every((item) => item.includes('='))) return text;
  const pairs = items.map((item) => [item.slice(0, item.indexOf('=')), item.slice(item.indexOf('=') + 1)]);
  const numbers =
    typeof shape.additionalProperties === 'object' && shape.additionalProperties.type === 'number';
  return Object.fromEntries(pairs.map(([name, value]) => [name, numbers ? asNumber(value ?? '') : value]));
};

/** Variables that look like a slip of the pen. Others may be a scheduler's (`NEGAWATT_SERVICE_HOST`): left alone. */
const misspelt = (env: Environment, known: readonly string[]): readonly string[] =>
  Object.keys(env)
    .filter((name) => name.startsWith('NEGAWATT_') && !known.includes(name))
    .flatMap((name) => {
      const short = name.slice('NEGAWATT_'.length);
      const [meant] = nearest(
        short,
        known.map((one) => one.slice('NEGAWATT_'.length)),
        1,
      );
      return meant === undefined
        ? []
        : [`${name} sets no key and is ignored; did you mean NEGAWATT_${meant}?`];
    });
