import * as z from 'zod/mini';
import { configSchema } from './schema.ts';

/** The part of JSON Schema that the configuration's schema turns into. */
export interface Shape {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  /** Forms that differ by a word under one key: which one is meant shows in that word. */
  readonly oneOf?: readonly Shape[];
  readonly required?: readonly string[];
  /** Names among which a slip of the pen finds its likeness. */
  readonly isName?: true;
  readonly 'x-expected'?: string;
  readonly 'x-example'?: unknown;
  /** No message shows what was written there. */
  readonly 'x-secret'?: true;
  /** The flag where it is not the key's own name: `web.config.file`. */
  readonly 'x-flag'?: string;
  /** A mapping that is set as a whole: one key, and no section of keys. */
  readonly 'x-whole'?: true;
}

/** One key of the configuration, or a section of keys: then `children` is not empty. */
export interface Key {
  readonly path: readonly string[];
  /** `sampling.interval`; '' for the whole. */
  readonly name: string;
  readonly shape: Shape;
  readonly children: readonly Key[];
}

const build = (path: readonly string[], shape: Shape): Key => ({
  path,
  name: path.join('.'),
  shape,
  children: Object.entries((shape['x-whole'] ? undefined : shape.properties) ?? {}).map(([name, child]) =>
    build([...path, name], child),
  ),
});

let tree: Key | undefined;

/** The keys as a tree, in the order of the schema. Built once, when first asked for (some milliseconds). */
export const keyTree = (): Key => {
  tree ??= build([], z.toJSONSchema(configSchema, { io: 'input' }) as Shape);
  return tree;
};

/** All keys that hold a value, in the order of the schema. */
export const leaves = (key: Key = keyTree()): readonly Key[] =>
  key.children.length === 0 ? [key] : key.children.flatMap((child) => leaves(child));

/** `NEGAWATT_SAMPLING_INTERVAL` for sampling.interval. */
export const environmentName = ({ path }: Key): string => `NEGAWATT_${path.join('_').toUpperCase()}`;

/** `sampling.interval` for sampling.interval, `web.listen-address` for web.listen_address: without the dashes before. */
export const flagName = ({ name, shape }: Key): string => shape['x-flag'] ?? name.replaceAll('_', '-');

/**
 * What lies at a path, also inside lists and mappings of free names; the deepest known where the path goes on.
 *
 * @param raw what was configured: of several forms of a mapping it shows which one is meant.
 */
export const shapeAt = (path: readonly PropertyKey[], raw?: unknown): Shape =>
  shapeIn(keyTree().shape, path, raw);

/** The same below any shape. */
export const shapeIn = (root: Shape, path: readonly PropertyKey[], raw?: unknown): Shape => {
  let shape = meant(root, raw);
  let value = raw;
  for (const step of path) {
    value = childOf(value, step);
    shape = meant(inside(shape, step) ?? shape, value);
  }
  return shape;
};

const childOf = (value: unknown, step: PropertyKey): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, step)
    ? (value as Readonly<Record<PropertyKey, unknown>>)[step]
    : undefined;

/** The form whose fixed words stand in the value. */
const meant = (shape: Shape, value: unknown): Shape =>
  shape.oneOf?.find(({ properties = {} }) =>
    Object.entries(properties).some(
      ([key, { const: word }]) => word !== undefined && word === childOf(value, key),
    ),
  ) ?? shape;

const inside = (shape: Shape, step: PropertyKey): Shape | undefined => {
  const { properties, items, additionalProperties: free, oneOf } = shape;
  const words = oneOf?.map((one) => one.properties?.[String(step)]?.const);
  if (words?.every((word) => word !== undefined)) return { enum: words, isName: true };
  const own = properties?.[String(step)] ?? items ?? (typeof free === 'object' ? free : undefined);
  const forms = shape.anyOf ?? oneOf;
  return own ?? forms?.map((one) => inside(one, step)).find((found) => found !== undefined);
};

const bounds = ({ minimum, maximum, exclusiveMinimum }: Shape): string => {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}`;
  return minimum === undefined ? '' : ` of at least ${minimum}`;
};

/** What is allowed, in words: `a whole number from 0 to 100`. */
export const expected = (shape: Shape): string => {
  if (shape['x-expected'] !== undefined) return shape['x-expected'];
  if (shape.anyOf !== undefined) return shape.anyOf.map(expected).join(', or ');
  if (shape.oneOf !== undefined) return shape.oneOf.map(expected).join(', or ');
  if (shape.enum !== undefined) return `one of ${shape.enum.join(', ')}`;
  if (shape.type === 'boolean') return 'true or false';
  if (shape.type === 'number') return `a number${bounds(shape)}`;
  if (shape.type === 'integer') return `a whole number${bounds(shape)}`;
  if (shape.type === 'array') {
    return shape.items?.properties === undefined
      ? 'a list'
      : expected(shape.items).replace(/^a mapping/, 'a list of mappings');
  }
  if (shape.properties !== undefined) return `a mapping of ${Object.keys(shape.properties).join(', ')}`;
  return shape.type === 'object' ? 'a mapping' : 'text';
};

/** A value that would be accepted; undefined where fixed keys stand, which `expected` lists. */
export const example = (shape: Shape): unknown => {
  if (shape.properties !== undefined && shape['x-whole'] !== true) return undefined;
  return (
    shape['x-example'] ??
    shape.default ??
    shape.enum?.[0] ??
    shape.minimum ??
    (shape.type === 'number' ? 1 : undefined)
  );
};
