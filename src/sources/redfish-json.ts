/** Reading JSON of which nothing is certain. Each returns undefined where the value is missing, null or of another type. */

/** What lies below a path of keys. */
export const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (held, key) =>
      typeof held === 'object' && held !== null && Object.hasOwn(held, key)
        ? (held as Readonly<Record<string, unknown>>)[key]
        : undefined,
    value,
  );

export const listAt = (value: unknown, ...path: readonly string[]): readonly unknown[] => {
  const held = at(value, ...path);
  return Array.isArray(held) ? held : [];
};

export const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const held = at(value, ...path);
  return typeof held === 'string' && held !== '' ? held : undefined;
};

/** A number that is finite and not negative. */
export const amountAt = (value: unknown, ...path: readonly string[]): number | undefined => {
  const held = at(value, ...path);
  return typeof held === 'number' && Number.isFinite(held) && held >= 0 ? held : undefined;
};

/** A sensor's value: an object with `Reading` in newer resources, the bare number in older ones. */
export const readingAt = (value: unknown, key: string): number | undefined =>
  amountAt(value, key, 'Reading') ?? amountAt(value, key);

/** Where a resource points to: `{"@odata.id": ...}`. */
export const linkAt = (value: unknown, ...path: readonly string[]): string | undefined =>
  textAt(value, ...path, '@odata.id');

/** Whether two links lead to the same resource: a trailing slash and a host before the path make no difference. */
export const sameLink = (a: string, b: string): boolean => bare(a) === bare(b);

/** Last part of a link's path: the resource's id. */
export const idOf = (link: string): string => bare(link).split('/').at(-1) ?? '';

const bare = (link: string): string => {
  try {
    const { pathname, hash } = new URL(link, 'http://localhost/redfish/v1/');
    return pathname.replace(/\/+$/, '') + hash;
  } catch {
    return link;
  }
};
