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
  readonly required?: readonly string[];
  readonly 'x-expected'?: string;
  readonly 'x-example'?: unknown;
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
  children: Object.entries(shape.properties ?? {}).map(([name, child]) => build([...path, name], child)),
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
export const flagName = ({ name }: Key): string => name.replaceAll('_', '-');

/** What lies at a path, also inside lists and mappings of free names; the deepest known where the path goes on. */
export const shapeAt = (path: readonly PropertyKey[]): Shape => shapeIn(keyTree().shape, path);

/** The same below any shape. */
export const shapeIn = (root: Shape, path: readonly PropertyKey[]): Shape =>
  path.reduce<Shape>((shape, step) => inside(shape, step) ?? shape, root);

const inside = (shape: Shape, step: PropertyKey): Shape | undefined => {
  const { properties, items, additionalProperties: free } = shape;
  const own = properties?.[String(step)] ?? items ?? (typeof free === 'object' ? free : undefined);
  return own ?? shape.anyOf?.map((one) => inside(one, step)).find((found) => found !== undefined);
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
  if (shape.properties !== undefined) return undefined;
  return (
    shape['x-example'] ??
    shape.default ??
    shape.enum?.[0] ??
    shape.minimum ??
    (shape.type === 'number' ? 1 : undefined)
  );
};
