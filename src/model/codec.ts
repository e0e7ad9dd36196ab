/**
 * State to what JSON can hold and back, with what JSON lacks: bigint, Map and Set. Fields that are undefined are left out
 * when it is written. A part that needs no tag is not copied: it is the one that was given, and is not to be changed.
 * A value of the wrong shape is caught by whoever reads it: here only the three tags are understood.
 */
export const encode = (value: unknown): unknown => {
  if (typeof value === 'bigint') return { $bigint: value.toString() };
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Map) {
    const pairs: unknown[] = [];
    value.forEach((held, key) => {
      pairs.push([encode(key), encode(held)]);
    });
    return { $map: pairs };
  }
  if (value instanceof Set) return { $set: [...value].map(encode) };
  return Array.isArray(value) ? encodeList(value) : encodeFields(value as Fields);
};

type Fields = Readonly<Record<string, unknown>>;

const encodeList = (list: readonly unknown[]): readonly unknown[] => {
  let made: unknown[] | undefined;
  for (let at = 0; at < list.length; at++) {
    const held = list[at];
    // Most lists are of numbers, hundreds of them.
    if (typeof held !== 'object' && typeof held !== 'bigint') continue;
    const encoded = encode(held);
    if (encoded === held) continue;
    made ??= [...list];
    made[at] = encoded;
  }
  return made ?? list;
};

const encodeFields = (fields: Fields): Fields => {
  let made: Record<string, unknown> | undefined;
  for (const key of Object.keys(fields)) {
    const held = fields[key];
    const encoded = encode(held);
    if (encoded === held) continue;
    made ??= { ...fields };
    made[key] = encoded;
  }
  return made ?? fields;
};

/** Inverse of `encode`. Throws TypeError or SyntaxError on a tag whose content does not fit. */
export const decode = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [tag, held] = entries[0] ?? [];
  if (entries.length === 1 && tag === '$bigint') return BigInt(String(held));
  if (entries.length === 1 && tag === '$map') return new Map(listOf(held).map(pairOf));
  if (entries.length === 1 && tag === '$set') return new Set(listOf(held).map(decode));
  return Object.fromEntries(entries.map(([key, inner]) => [key, decode(inner)]));
};

const listOf = (value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) throw new TypeError('saved state: a map or set is not a list');
  return value;
};

const pairOf = (value: unknown): [unknown, unknown] => {
  const [key, held] = listOf(value);
  return [decode(key), decode(held)];
};
